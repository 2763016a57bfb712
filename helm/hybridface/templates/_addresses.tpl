{{/* Where Consul and object storage are, and by which ports. */}}

{{- define "hybridface.consul.address" -}}
{{- if .Values.trial.consul.enabled -}}
http://{{ include "hybridface.fullname" . }}-trial-consul.{{ .Release.Namespace }}.svc:8500
{{- else -}}
{{- .Values.consul.address -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.storage.endpoint" -}}
{{- if .Values.trial.minio.enabled -}}
http://{{ include "hybridface.fullname" . }}-trial-minio.{{ .Release.Namespace }}.svc:9000
{{- else -}}
{{- .Values.objectStorage.endpoint -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.storage.parentKeySecret" -}}
{{- if .Values.trial.minio.enabled -}}
{{ include "hybridface.fullname" . }}-trial-parent-key
{{- else -}}
{{- .Values.objectStorage.parentKeySecret -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.storage.caConfigMap" -}}hybridface-storage-ca{{- end -}}

{{/* The port of an address. Takes (dict "address" "https://host:8501" "http" 8500 "https" 8501). */}}
{{- define "hybridface.port" -}}
{{- $port := regexFind ":[0-9]+$" .address | trimPrefix ":" -}}
{{- if $port -}}{{- $port -}}{{- else if hasPrefix "https:" .address -}}{{- .https -}}{{- else -}}{{- .http -}}{{- end -}}
{{- end -}}

{{- define "hybridface.consul.port" -}}
{{- include "hybridface.port" (dict "address" (include "hybridface.consul.address" .) "http" 8500 "https" 8501) -}}
{{- end -}}

{{- define "hybridface.storage.port" -}}
{{- include "hybridface.port" (dict "address" (include "hybridface.storage.endpoint" .) "http" 80 "https" 443) -}}
{{- end -}}

{{/* A rule of egress. Takes (dict "to" <peers> "ports" <ports> "protocols" (list "TCP")). */}}
{{- define "hybridface.egress" -}}
- ports:
  {{- range $port := .ports }}
  {{- range $protocol := $.protocols | default (list "TCP") }}
  - {protocol: {{ $protocol }}, port: {{ $port | int }}}
  {{- end }}
  {{- end }}
  {{- with .to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The pods of a trial server, as a peer. Takes (dict "root" $ "component" "trial-minio"). */}}
{{- define "hybridface.trial.peer" -}}
- namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ .root.Release.Namespace | quote }}}}
  podSelector:
    matchLabels: {{- include "hybridface.selector" . | nindent 6 }}
{{- end -}}

{{- define "hybridface.storage.peers" -}}
{{- if .Values.trial.minio.enabled -}}
{{- include "hybridface.trial.peer" (dict "root" . "component" "trial-minio") -}}
{{- else -}}
{{- toYaml .Values.networkPolicy.storage.to -}}
{{- end -}}
{{- end -}}

{{- define "hybridface.consul.peers" -}}
{{- if .Values.trial.consul.enabled -}}
{{- include "hybridface.trial.peer" (dict "root" . "component" "trial-consul") -}}
{{- else -}}
{{- toYaml .Values.networkPolicy.consul.to -}}
{{- end -}}
{{- end -}}
