package config

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/goccy/go-yaml"
)

const chart = "../../../../deploy/helm/parley"

// render fills in the chart as Helm does, with the few functions the chart uses.
func render(t *testing.T, change func(values map[string]any)) map[string][]map[string]any {
	t.Helper()
	var values, meta map[string]any
	for name, into := range map[string]*map[string]any{"values.yaml": &values, "Chart.yaml": &meta} {
		data, err := os.ReadFile(filepath.Join(chart, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(data, into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if change != nil {
		change(values)
	}
	root := template.New("chart").Option("missingkey=error")
	indent := func(n int, s string) string {
		pad := strings.Repeat(" ", n)
		return pad + strings.ReplaceAll(s, "\n", "\n"+pad)
	}
	root.Funcs(template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var b bytes.Buffer
			err := root.ExecuteTemplate(&b, name, data)
			return strings.TrimSpace(b.String()), err
		},
		"toYaml": func(v any) (string, error) {
			out, err := yaml.Marshal(v)
			return strings.TrimSpace(string(out)), err
		},
		"nindent":   func(n int, s string) string { return "\n" + indent(n, s) },
		"quote":     func(v any) string { return strconv.Quote(fmt.Sprint(v)) },
		"sha256sum": func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) },
		"default": func(d, v any) any {
			if v == nil || v == "" {
				return d
			}
			return v
		},
	})
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.ParseFiles(files...); err != nil {
		t.Fatal(err)
	}
	data := map[string]any{
		"Values": values, "Release": map[string]any{"Name": "front", "Service": "Helm"},
		"Chart": map[string]any{"AppVersion": meta["appVersion"], "Name": meta["name"]},
	}
	out := map[string][]map[string]any{}
	for _, f := range files {
		var b bytes.Buffer
		if err := root.ExecuteTemplate(&b, filepath.Base(f), data); err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(f) != ".yaml" {
			continue
		}
		for doc := range strings.SplitSeq(b.String(), "\n---\n") {
			var m map[string]any
			if err := yaml.Unmarshal([]byte(doc), &m); err != nil {
				t.Fatalf("%s: %v\n%s", f, err, doc)
			}
			kind, _ := m["kind"].(string)
			out[kind] = append(out[kind], m)
		}
	}
	return out
}

// at follows keys and indices into a document.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok || m[p] == nil {
				t.Fatalf("nothing at %v", path)
			}
			v = m[p]
		case int:
			l, ok := v.([]any)
			if !ok || len(l) <= p {
				t.Fatalf("nothing at %v", path)
			}
			v = l[p]
		}
	}
	return v
}

// TestHelmChart renders the chart: Parley takes the configuration in it, a node has the time that its drain needs, one node
// at a time goes, and nothing secret is in the open.
func TestHelmChart(t *testing.T) {
	t.Setenv("PARLEY_DATABASE_URL", "postgres://parley:hidden@db/parley")
	t.Setenv("PARLEY_EVENTS_URL", "nats://parley:hidden@nats:4222")
	t.Setenv("PARLEY_HTTP_TOKEN", "hidden-token-of-programs")
	docs := render(t, func(v map[string]any) {
		v["sip"].(map[string]any)["allow"] = []any{"10.0.0.0/8", "192.0.2.7/32"}
		v["http"].(map[string]any)["public"] = "https://parley.example"
	})
	text, _ := at(t, docs["ConfigMap"][0], "data", "parley.yaml").(string)
	if strings.Contains(text, "hidden") {
		t.Error("a secret is in the ConfigMap")
	}
	file := filepath.Join(t.TempDir(), "parley.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(c.SIP.Allow) != 2 || c.SIP.RTPMin != 20000 || c.Access.Public != "https://parley.example" ||
		c.HTTP.Token != "hidden-token-of-programs" || c.Events.URL != "nats://parley:hidden@nats:4222" || c.Database.URL == "" {
		t.Errorf("configuration %+v %+v %+v %+v %+v", c.SIP, c.HTTP, c.Access, c.Events, c.Database)
	}
	pod := at(t, docs["StatefulSet"][0], "spec", "template", "spec")
	grace, err := strconv.Atoi(fmt.Sprint(at(t, pod, "terminationGracePeriodSeconds")))
	if err != nil || time.Duration(grace)*time.Second < c.Limits.Drain+30*time.Second {
		t.Errorf("a node gets %d s to end, its drain takes %s and some", grace, c.Limits.Drain)
	}
	for probe, path := range map[string]string{"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"} {
		if got := at(t, pod, "containers", 0, probe, "httpGet", "path"); got != path {
			t.Errorf("%s asks %v", probe, got)
		}
	}
	if fmt.Sprint(at(t, docs["PodDisruptionBudget"][0], "spec", "maxUnavailable")) != "1" {
		t.Error("more than one node may go at a time")
	}
	want := fmt.Sprint(at(t, docs["StatefulSet"][0], "spec", "selector", "matchLabels"))
	for _, kind := range []string{"Service", "PodDisruptionBudget"} {
		for _, d := range docs[kind] {
			sel := at(t, d, "spec", "selector")
			if m, ok := sel.(map[string]any); ok && m["matchLabels"] != nil {
				sel = m["matchLabels"]
			}
			if fmt.Sprint(sel) != want {
				t.Errorf("%s selects %v, the nodes are %v", kind, sel, want)
			}
		}
	}
	if len(docs["Service"]) != 2 || at(t, docs["StatefulSet"][0], "spec", "volumeClaimTemplates", 0, "spec", "resources", "requests", "storage") != "50Gi" {
		t.Error("services or storage are missing")
	}
}

// TestHelmChartSealed renders the chart for an open port with keys of its own.
func TestHelmChartSealed(t *testing.T) {
	t.Setenv("PARLEY_DATABASE_URL", "postgres://parley:hidden@db/parley")
	t.Setenv("PARLEY_EVENTS_URL", "nats://parley:hidden@nats:4222")
	t.Setenv("PARLEY_HTTP_TOKEN", "hidden-token-of-programs")
	t.Setenv("PARLEY_HOOK_SECRET", "hidden-secret-of-a-hook")
	docs := render(t, func(v map[string]any) {
		sip := v["sip"].(map[string]any)
		sip["allow"] = []any{"192.0.2.7/32"}
		sip["more"] = map[string]any{"tls": "0.0.0.0:5061", "cert": "/files/tls.crt", "key": "/files/tls.key", "srtp": "required", "guard": map[string]any{"rate": 200}}
		v["http"].(map[string]any)["more"] = map[string]any{"rates": map[string]any{"sign_in": 10}}
		v["files"] = "parley-files"
		v["env"] = []any{map[string]any{"name": "PARLEY_HOOK_SECRET", "value": "shown elsewhere"}}
		config := v["config"].(map[string]any)
		config["security"] = map[string]any{"key_command": []any{"cat", "/files/recordings.key"}, "seal_records": true}
		config["webhooks"] = []any{map[string]any{"name": "crm", "url": "https://crm.example/parley", "secret": "$PARLEY_HOOK_SECRET", "events": []any{"call.ended"}}}
	})
	text, _ := at(t, docs["ConfigMap"][0], "data", "parley.yaml").(string)
	file := filepath.Join(t.TempDir(), "parley.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if c.SIP.TLS != "0.0.0.0:5061" || c.SIP.SRTP != "required" || c.SIP.Guard.Rate != 200 || c.SIP.RTPMin != 20000 || c.HTTP.Rates.SignIn != 10 ||
		!c.Security.SealRecords || c.Webhooks[0].Secret != "hidden-secret-of-a-hook" {
		t.Errorf("configuration %+v %+v %+v", c.SIP, c.HTTP, c.Security)
	}
	pod := fmt.Sprint(at(t, docs["StatefulSet"][0], "spec", "template", "spec"))
	for _, want := range []string{"mountPath:/files", "secretName:parley-files", "name:PARLEY_HOOK_SECRET"} {
		if !strings.Contains(pod, want) {
			t.Errorf("%s is not in the node: %s", want, pod)
		}
	}
}

// TestComposedNodes reads what deploy/kamailio/compose.yaml runs.
func TestComposedNodes(t *testing.T) {
	const dir = "../../../../deploy/kamailio"
	data, err := os.ReadFile(filepath.Join(dir, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := yaml.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(dir, "dispatcher.list"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		at(t, m, "services", name, "command")
		c, err := Load(filepath.Join(dir, "node-"+name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Events.URL == "" || !strings.Contains(string(list), "1 sip:"+c.SIP.UDP+"\n") {
			t.Errorf("node %s listens at %s, which the dispatcher does not know, with events at %q", name, c.SIP.UDP, c.Events.URL)
		}
	}
}
