{{- define "hybridface.trial.setup" -}}
{{- $fullname := include "hybridface.fullname" . -}}
{{- $names := dict "root" $ "component" "trial-setup" -}}
{{- $work := regexFind "^[^/]+" (trimPrefix "s3://" .Values.objectStorage.workUri) -}}
{{- $buckets := append .Values.trial.minio.buckets $work | uniq | join "," -}}
backoffLimit: 20
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
    - name: setup
      image: {{ include "hybridface.image" (dict "root" . "image" .Values.operator.image) }}
      imagePullPolicy: {{ .Values.operator.image.pullPolicy }}
      command: [python, /scripts/prepare_minio.py]
      env:
      - {name: ENDPOINT, value: {{ include "hybridface.storage.endpoint" . | quote }}}
      - {name: BUCKETS, value: {{ $buckets | quote }}}
      resources:
        requests: {cpu: 50m, memory: 128Mi, ephemeral-storage: 64Mi}
        limits: {memory: 256Mi, ephemeral-storage: 64Mi}
      securityContext: {{- include "hybridface.container.securityContext" . | nindent 8 }}
      volumeMounts:
      - {name: scripts, mountPath: /scripts, readOnly: true}
      - {name: root, mountPath: /keys/root, readOnly: true}
      - {name: operator, mountPath: /keys/operator, readOnly: true}
      - {name: scratch, mountPath: /tmp}
    volumes:
    - name: scripts
      configMap: {name: {{ $fullname }}-trial-setup}
    - name: root
      secret: {secretName: {{ $fullname }}-trial-minio-root, defaultMode: 0440}
    - name: operator
      secret: {secretName: {{ include "hybridface.storage.parentKeySecret" . | quote }}, defaultMode: 0440}
    - name: scratch
      emptyDir: {sizeLimit: 16Mi}
{{- end -}}
