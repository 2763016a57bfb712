{{/* How a pod reaches Consul. Tokens differ from pod to pod: (dict "root" $ "token" .Values.consul.tokenSecret). */}}

{{- define "hybridface.consul.env" -}}
- {name: HYBRIDFACE_CONSUL_ADDRESS, value: {{ include "hybridface.consul.address" . | quote }}}
- {name: HYBRIDFACE_CONSUL_PREFIX, value: {{ .Values.consul.prefix | quote }}}
{{- with .Values.consul.datacenter }}
- {name: HYBRIDFACE_CONSUL_DATACENTER, value: {{ . | quote }}}
{{- end }}
{{- if .Values.consul.ca }}
- {name: HYBRIDFACE_CONSUL_CA_FILE, value: /etc/hybridface-consul-ca/ca.crt}
{{- end }}
{{- if .Values.consul.clientCertSecret }}
- {name: HYBRIDFACE_CONSUL_CLIENT_CERT, value: /var/run/hybridface/consul-client/tls.crt}
- {name: HYBRIDFACE_CONSUL_CLIENT_KEY, value: /var/run/hybridface/consul-client/tls.key}
{{- end }}
{{- end -}}

{{- define "hybridface.consul.mounts" -}}
{{- if .token.name }}
- {name: consul-token, mountPath: /var/run/hybridface/consul, readOnly: true}
{{- end }}
{{- if .root.Values.consul.ca }}
- {name: consul-ca, mountPath: /etc/hybridface-consul-ca, readOnly: true}
{{- end }}
{{- if .root.Values.consul.clientCertSecret }}
- {name: consul-client, mountPath: /var/run/hybridface/consul-client, readOnly: true}
{{- end }}
{{- end -}}

{{- define "hybridface.consul.volumes" -}}
{{- if .token.name }}
- name: consul-token
  secret:
    secretName: {{ .token.name | quote }}
    defaultMode: 0440
    items:
    - {key: {{ .token.key | quote }}, path: token}
{{- end }}
{{- if .root.Values.consul.ca }}
- name: consul-ca
  configMap: {name: {{ include "hybridface.fullname" .root }}-consul-ca}
{{- end }}
{{- with .root.Values.consul.clientCertSecret }}
- name: consul-client
  secret: {secretName: {{ . | quote }}, defaultMode: 0440}
{{- end }}
{{- end -}}
