{{/* The volume of a trial server. Takes .Values.trial.<server>. */}}
{{- define "hybridface.trial.volumes" -}}
{{- if not .volumeSize }}
volumes:
- name: data
  emptyDir: {sizeLimit: {{ get .resources.limits "ephemeral-storage" }}}
{{- end }}
{{- end -}}

{{- define "hybridface.trial.claims" -}}
{{- if .volumeSize }}
volumeClaimTemplates:
- metadata: {name: data}
  spec:
    accessModes: [ReadWriteOnce]
    resources:
      requests: {storage: {{ .volumeSize }}}
{{- end }}
{{- end -}}
