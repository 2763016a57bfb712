{{/* What other values say; `operator.env` comes on top of it, and may not say any of it again. */}}
{{- define "hybridface.operator.env" -}}
- name: HYBRIDFACE_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: HYBRIDFACE_INSTANCE
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- {name: HYBRIDFACE_WORK_URI, value: {{ .Values.objectStorage.workUri | quote }}}
{{- with .Values.cluster }}
- {name: HYBRIDFACE_CLUSTER, value: {{ . | quote }}}
{{- end }}
{{- if eq .Values.scope "namespaces" }}
- {name: HYBRIDFACE_NAMESPACES, value: {{ include "hybridface.tenant.names" . | quote }}}
{{- end }}
{{- range list "inventory" "tenants" "pods" "catalogue" }}
- {name: HYBRIDFACE_{{ upper . }}, value: /etc/hybridface/{{ . }}.yaml}
{{- end }}
- {name: HYBRIDFACE_HEALTH_PORT, value: {{ .Values.operator.port | quote }}}
- {name: HYBRIDFACE_CONCURRENCY, value: {{ .Values.operator.concurrency | quote }}}
- {name: HYBRIDFACE_ALLOW_PRIVATE_WEBHOOKS, value: {{ .Values.operator.allowPrivateWebhooks | quote }}}
- {name: HYBRIDFACE_FILE_METADATA, value: /tmp/metadata}
{{- range $name, $seconds := .Values.operator.timing }}
- {name: HYBRIDFACE_{{ $name | snakecase | upper }}, value: {{ $seconds | quote }}}
{{- end }}
- {name: HYBRIDFACE_S3_ENDPOINT, value: {{ include "hybridface.storage.endpoint" . | quote }}}
- {name: HYBRIDFACE_S3_REGION, value: {{ .Values.objectStorage.region | quote }}}
- {name: HYBRIDFACE_CREDENTIALS_DIR, value: /var/run/hybridface/parent-key}
{{- with .Values.objectStorage.sts.endpoint }}
- {name: HYBRIDFACE_STS_ENDPOINT, value: {{ . | quote }}}
{{- end }}
- {name: HYBRIDFACE_STS_DURATION_SECONDS, value: {{ .Values.objectStorage.sts.durationSeconds | int | quote }}}
{{- if .Values.objectStorage.ca }}
- {name: HYBRIDFACE_S3_CA_FILE, value: /etc/hybridface-storage-ca/ca.crt}
{{- end }}
{{ include "hybridface.consul.env" . }}
{{- if .Values.consul.tokenSecret.name }}
- {name: HYBRIDFACE_CONSUL_TOKEN_FILE, value: /var/run/hybridface/consul/token}
{{- end }}
{{- end -}}

{{- define "hybridface.tenant.names" -}}
{{- $names := list -}}
{{- range .Values.tenants }}{{- $names = append $names .namespace -}}{{- end -}}
{{- join "," $names -}}
{{- end -}}
