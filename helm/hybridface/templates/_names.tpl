{{/* Names, labels and images. Names are cut so that what is longest of all stays a label: `<name>-trial-consul-<hash>`, of a pod. */}}

{{- define "hybridface.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 39 | trimSuffix "-" -}}
{{- end -}}

{{- define "hybridface.fullname" -}}
{{- $name := include "hybridface.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 39 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 39 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 39 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.operator" -}}
{{- include "hybridface.fullname" . }}-operator
{{- end -}}

{{/* What never changes of an object: selectors are made of it. Takes (dict "root" $ "component" "operator"). */}}
{{- define "hybridface.selector" -}}
app.kubernetes.io/name: {{ include "hybridface.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Takes (dict "root" $ "component" "operator"). */}}
{{- define "hybridface.labels" -}}
{{ include "hybridface.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: hybridface
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Takes (dict "root" $ "image" .Values.operator.image). */}}
{{- define "hybridface.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* An object of files/, as it is there, under a name and labels of this release.
     Takes (dict "root" $ "object" <dict> "name" "..." "namespace" "..." "component" "..."). */}}
{{- define "hybridface.object" -}}
{{- $labels := include "hybridface.labels" . | fromYaml -}}
{{- $metadata := merge (dict "name" (.name | default .object.metadata.name) "labels" $labels) -}}
{{- with .namespace }}{{- $_ := set $metadata "namespace" . -}}{{- end -}}
{{- with .annotations }}{{- $_ := set $metadata "annotations" . -}}{{- end -}}
{{- toYaml (merge (dict "metadata" $metadata) (omit .object "metadata")) -}}
{{- end -}}

{{/* Where pods of the operator's image may run, and who may pull it. */}}
{{- define "hybridface.pod.placement" -}}
{{- with .Values.operator.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . | quote }}
{{- end }}
{{- end }}
{{- with .Values.operator.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.operator.tolerations }}
tolerations: {{- toYaml . | nindent 0 }}
{{- end }}
{{- end -}}

{{- define "hybridface.pod.securityContext" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "hybridface.container.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}
