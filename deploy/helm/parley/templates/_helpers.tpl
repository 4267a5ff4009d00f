{{- define "parley.name" -}}
{{ .Release.Name }}
{{- end }}

{{- define "parley.selector" -}}
app.kubernetes.io/name: parley
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "parley.labels" -}}
{{ include "parley.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "parley.config" -}}
{{ toYaml .Values.config }}
sip:
  udp: {{ .Values.sip.udp | quote }}
  tcp: {{ .Values.sip.tcp | quote }}
  allow: [{{ range $i, $n := .Values.sip.allow }}{{ if $i }}, {{ end }}{{ $n | quote }}{{ end }}]
  advertise: {{ .Values.sip.advertise | quote }}
  rtp_min: {{ .Values.sip.rtpMin }}
  rtp_max: {{ .Values.sip.rtpMax }}
  {{- with .Values.sip.more }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
http:
  listen: "0.0.0.0:{{ .Values.http.port }}"
  token: $PARLEY_HTTP_TOKEN
  {{- with .Values.http.more }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
access:
  public: {{ .Values.http.public | quote }}
  proxies: [{{ range $i, $n := .Values.http.proxies }}{{ if $i }}, {{ end }}{{ $n | quote }}{{ end }}]
database:
  url: $PARLEY_DATABASE_URL
events:
  url: $PARLEY_EVENTS_URL
{{- end }}
