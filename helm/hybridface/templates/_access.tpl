{{/* A binding of a role to the operator. Takes (dict "root" $ "component" "..." "kind" "Role" "name" "..." "namespace" "..."). */}}
{{- define "hybridface.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels: {{- include "hybridface.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
- kind: ServiceAccount
  name: {{ include "hybridface.operator" .root }}
  namespace: {{ .root.Release.Namespace | quote }}
{{- end -}}

{{/* What the cluster role grants, as far as it can be granted in one namespace. */}}
{{- define "hybridface.namespacedRules" -}}
{{- $rules := list -}}
{{- range .rules -}}
{{- $resources := without .resources "nodes" "namespaces" -}}
{{- if $resources -}}
{{- $rules = append $rules (set (deepCopy .) "resources" $resources) -}}
{{- end -}}
{{- end -}}
rules: {{- toYaml $rules | nindent 0 }}
{{- end -}}
