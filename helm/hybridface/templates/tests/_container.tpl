{{- define "hybridface.test.container" -}}
image: {{ include "hybridface.image" (dict "root" . "image" .Values.operator.image) }}
imagePullPolicy: {{ .Values.operator.image.pullPolicy }}
resources:
  requests: {cpu: 50m, memory: 128Mi, ephemeral-storage: 64Mi}
  limits: {memory: 256Mi, ephemeral-storage: 64Mi}
securityContext: {{- include "hybridface.container.securityContext" . | nindent 2 }}
volumeMounts:
- {name: test, mountPath: /test, readOnly: true}
- {name: documents, mountPath: /etc/hybridface, readOnly: true}
- {name: scratch, mountPath: /tmp}
{{- end -}}
