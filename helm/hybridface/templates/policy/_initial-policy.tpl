{{- define "hybridface.policy.job" -}}
{{- $names := dict "root" $ "component" "initial-policy" -}}
backoffLimit: 10
template:
  metadata:
    labels: {{- include "hybridface.labels" $names | nindent 6 }}
  spec:
    restartPolicy: OnFailure
    automountServiceAccountToken: false
    enableServiceLinks: false
    {{- include "hybridface.pod.placement" . | nindent 4 }}
    securityContext: {{- include "hybridface.pod.securityContext" . | nindent 6 }}
    containers:
    - name: publish
      image: {{ include "hybridface.image" (dict "root" . "image" .Values.operator.image) }}
      imagePullPolicy: {{ .Values.operator.image.pullPolicy }}
      command: [hybridface]
      args: [policy, publish, --if-absent, --pools, /etc/hybridface/inventory.yaml, /etc/hybridface/policy.yaml]
      env: {{- include "hybridface.consul.env" . | nindent 6 }}
      {{- if .Values.initialPolicy.tokenSecret.name }}
      - {name: HYBRIDFACE_CONSUL_TOKEN_FILE, value: /var/run/hybridface/consul/token}
      {{- end }}
      resources:
        requests: {cpu: 50m, memory: 128Mi, ephemeral-storage: 64Mi}
        limits: {memory: 256Mi, ephemeral-storage: 64Mi}
      securityContext: {{- include "hybridface.container.securityContext" . | nindent 8 }}
      volumeMounts:
      - {name: documents, mountPath: /etc/hybridface, readOnly: true}
      - {name: scratch, mountPath: /tmp}
      {{- include "hybridface.consul.mounts" (dict "root" . "token" .Values.initialPolicy.tokenSecret) | nindent 6 }}
    volumes:
    - name: documents
      projected:
        sources:
        - configMap: {name: {{ include "hybridface.fullname" . }}-inventory}
        - configMap: {name: {{ include "hybridface.fullname" . }}-initial-policy}
    - name: scratch
      emptyDir: {sizeLimit: 16Mi}
    {{- include "hybridface.consul.volumes" (dict "root" . "token" .Values.initialPolicy.tokenSecret) | nindent 4 }}
{{- end -}}
