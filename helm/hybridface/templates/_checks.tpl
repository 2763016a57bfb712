{{/* What a schema cannot say of values that belong together. */}}

{{- define "hybridface.checks" -}}
{{- include "hybridface.checks.release" . -}}
{{- include "hybridface.checks.services" . -}}
{{- include "hybridface.checks.tenants" . -}}
{{- include "hybridface.checks.pools" . -}}
{{- include "hybridface.checks.caches" . -}}
{{- include "hybridface.checks.environment" . -}}
{{- include "hybridface.checks.labels" . -}}
{{- include "hybridface.checks.classes" . -}}
{{- end -}}

{{/* Without a cluster `lookup` finds nothing. */}}
{{- define "hybridface.checks.release" -}}
{{- $name := include "hybridface.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "fullnameOverride: objects would be called %s, as no Service may be: give small letters, digits and dashes, a letter first" $name) -}}
{{- end -}}
{{- range (lookup "apps/v1" "Deployment" .Release.Namespace "").items -}}
{{- $is := .metadata.labels | default dict -}}
{{- $isOperator := eq (print (get $is "app.kubernetes.io/part-of") "/" (get $is "app.kubernetes.io/component")) "hybridface/operator" -}}
{{- if and $isOperator (ne (get $is "app.kubernetes.io/instance") $.Release.Name) -}}
{{- fail (printf "namespace %s: the operator of release %s is there, and both would wait for one Lease: install each in a namespace of its own" $.Release.Namespace (get $is "app.kubernetes.io/instance")) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Else an API server refuses it halfway. */}}
{{- define "hybridface.checks.classes" -}}
{{- $classes := .Values.priorityClasses -}}
{{- range $name, $value := ternary $classes.values dict $classes.create -}}
{{- with lookup "scheduling.k8s.io/v1" "PriorityClass" "" (print $classes.prefix $name) -}}
{{- if or (ne (int .value) (int $value)) (ne .preemptionPolicy $classes.preemptionPolicy) -}}
{{- fail (printf "priorityClasses: %s is there with %d and %s, which cannot change: change priorityClasses.prefix as well" .metadata.name (int .value) .preemptionPolicy) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.checks.environment" -}}
{{- range include "hybridface.operator.env" . | fromYamlArray -}}
{{- if hasKey $.Values.operator.env .name -}}
{{- fail (printf "operator.env: %s is what another value says already: set that one" .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.checks.labels" -}}
{{- range $name, $_ := include "hybridface.labels" (dict "root" . "component" "operator") | fromYaml -}}
{{- if hasKey $.Values.operator.podLabels $name -}}
{{- fail (printf "operator.podLabels: %s is the chart's own: leave it out" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.checks.services" -}}
{{- if not (include "hybridface.consul.address" .) -}}
{{- fail "consul.address: say where Consul is, such as https://consul.example:8501, or set trial.consul.enabled" -}}
{{- end -}}
{{- if not (include "hybridface.storage.endpoint" .) -}}
{{- fail "objectStorage.endpoint: say where S3 is, such as https://minio.example:9000, or set trial.minio.enabled" -}}
{{- end -}}
{{- if not (include "hybridface.storage.parentKeySecret" .) -}}
{{- fail "objectStorage.parentKeySecret: name a Secret with access-key and secret-key, never root's" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (not .Values.trial.minio.enabled) (not .Values.networkPolicy.storage.to) -}}
{{- fail "networkPolicy.storage.to: say where object storage is (ipBlock or selectors): workers reach nothing else; or set networkPolicy.enabled: false" -}}
{{- end -}}
{{- if hasPrefix "http:" (include "hybridface.consul.address" .) -}}
{{- if or .Values.consul.ca .Values.consul.clientCertSecret -}}
{{- fail "consul.address: is http, and certificates are given: give an https address" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.checks.tenants" -}}
{{- $seen := dict -}}
{{- range .Values.tenants -}}
{{- if has .namespace (list $.Release.Namespace "kube-system" "kube-public" "kube-node-lease") -}}
{{- fail (printf "tenants: %s is of the operator or the cluster, where restricted pods are not held back: give tenants others" .namespace) -}}
{{- end -}}
{{- range concat (.read | default list) (.write | default list) -}}
{{- if or (hasPrefix . $.Values.objectStorage.workUri) (hasPrefix $.Values.objectStorage.workUri .) -}}
{{- fail (printf "tenants: %s would open %s, where the jobs of all tenants keep their work: grant something else" . $.Values.objectStorage.workUri) -}}
{{- end -}}
{{- end -}}
{{- if hasKey $seen .namespace -}}
{{- fail (printf "tenants: %s is there twice: make it one" .namespace) -}}
{{- end -}}
{{- $_ := set $seen .namespace true -}}
{{- end -}}
{{- if eq .Values.scope "namespaces" -}}
{{- if not .Values.tenants -}}
{{- fail "tenants: with scope: namespaces at least one is needed: without names the operator would watch all" -}}
{{- end -}}
{{- if not .Values.cluster -}}
{{- fail "cluster: with scope: namespaces the operator may not ask which cluster this is: name it" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.checks.pools" -}}
{{- $label := .Values.inventory.privateNodes -}}
{{- $seen := dict -}}
{{- range $pool := .Values.inventory.pools -}}
{{- if hasKey $seen $pool.name -}}
{{- fail (printf "inventory.pools: %s is there twice: give each a name of its own" $pool.name) -}}
{{- end -}}
{{- $_ := set $seen $pool.name true -}}
{{- range $nodes := compact (list $pool $pool.cpu) -}}
{{- $isPrivate := eq (get ($nodes.nodeSelector | default dict) $label.key | toString) $label.value -}}
{{- if and (eq $pool.kind "private") (not $isPrivate) -}}
{{- fail (printf "inventory.pools: %s is private, so its nodeSelector needs %s: %s" $pool.name $label.key $label.value) -}}
{{- else if and (eq $pool.kind "cloud") $isPrivate -}}
{{- fail (printf "inventory.pools: %s is a cloud pool and may not select private nodes: take %s out" $pool.name $label.key) -}}
{{- else if not $nodes.nodeSelector -}}
{{- fail (printf "inventory.pools: %s would take any node, private ones too: name its labels in nodeSelector" $pool.name) -}}
{{- end -}}
{{- include "hybridface.checks.tolerations" (dict "of" (print "inventory.pools: tolerations of " $pool.name) "all" $nodes.tolerations) -}}
{{- end -}}
{{- end -}}
{{- include "hybridface.checks.tolerations" (dict "of" "operator.tolerations" "all" .Values.operator.tolerations) -}}
{{- end -}}

{{/* What no API server takes. Takes (dict "of" "..." "all" <tolerations>). */}}
{{- define "hybridface.checks.tolerations" -}}
{{- range .all -}}
{{- $is := .operator | default "Equal" -}}
{{- if and (eq $is "Exists") .value -}}
{{- fail (printf "%s: with operator: Exists there is no value to compare: leave %s out" $.of .value) -}}
{{- else if and (eq $is "Equal") (not .key) -}}
{{- fail (printf "%s: without a key operator has to be Exists" $.of) -}}
{{- else if and (hasKey . "tolerationSeconds") (ne (.effect | default "") "NoExecute") -}}
{{- fail (printf "%s: tolerationSeconds goes with effect: NoExecute alone" $.of) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.checks.caches" -}}
{{- $caches := .Values.workers.caches -}}
{{- range $zone, $cache := $caches -}}
{{- if and (eq $cache.kind "persistentVolumeClaim") (not $cache.claim) -}}
{{- fail (printf "workers.caches.%s.claim: name the claim" $zone) -}}
{{- end -}}
{{- if and (eq $cache.kind "image") (not $cache.reference) -}}
{{- fail (printf "workers.caches.%s.reference: name the image" $zone) -}}
{{- end -}}
{{- end -}}
{{- if and (eq $caches.private.kind "persistentVolumeClaim") (eq $caches.cloud.kind "persistentVolumeClaim") (eq $caches.private.claim $caches.cloud.claim) -}}
{{- fail "workers.caches: private and cloud pods may not share a claim: name two" -}}
{{- end -}}
{{- end -}}
