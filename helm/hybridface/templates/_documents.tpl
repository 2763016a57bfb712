{{/* The documents that the operator reads, from values. */}}

{{- define "hybridface.document.inventory" -}}
{{- toYaml .Values.inventory -}}
{{- end -}}

{{- define "hybridface.document.tenants" -}}
grants:
{{- range .Values.tenants }}
- {{- toYaml (omit . "createNamespace") | nindent 2 }}
{{- else }} []
{{- end }}
{{- end -}}

{{- define "hybridface.document.catalogue" -}}
models: {{- toYaml .Values.catalogue | nindent 2 }}
{{- end -}}

{{- define "hybridface.document.policy" -}}
{{- toYaml .Values.initialPolicy.document -}}
{{- end -}}

{{- define "hybridface.document.pods" -}}
image: {{ include "hybridface.image" (dict "root" . "image" .Values.workers.image) }}
imagePullSecrets: {{- toYaml .Values.workers.imagePullSecrets | nindent 2 }}
priorityClassPrefix: {{ .Values.priorityClasses.prefix | quote }}
store:
  endpoint: {{ include "hybridface.storage.endpoint" . }}
  region: {{ .Values.objectStorage.region | quote }}
  {{- if .Values.objectStorage.ca }}
  caConfigMap: {{ include "hybridface.storage.caConfigMap" . }}
  {{- end }}
caches:
  private: {{- include "hybridface.cache" .Values.workers.caches.private | nindent 4 }}
  cloud: {{- include "hybridface.cache" .Values.workers.caches.cloud | nindent 4 }}
{{ toYaml (pick .Values.workers "probe" "swap" "merge" "graceSeconds" "retriesPerShard" "jobLabels" "podLabels" "podAnnotations" "env") }}
{{- end -}}

{{- define "hybridface.cache" -}}
kind: {{ .kind }}
{{- if eq .kind "emptyDir" }}
sizeLimit: {{ .sizeLimit }}
{{- else if eq .kind "image" }}
reference: {{ .reference | quote }}
{{- else }}
claim: {{ .claim | quote }}
{{- end }}
{{- end -}}
