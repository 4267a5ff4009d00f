package node

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pages reads everything that shows what was said: nothing of it is markup, a formula or a header.
func (x *target) pages() {
	x.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	var calls struct {
		Calls []struct{ ID string } `json:"calls"`
		Items []struct{ ID string } `json:"items"`
	}
	for len(calls.Calls)+len(calls.Items) < 20 && time.Now().Before(deadline) { // the record is behind the chats
		_, body := x.send(http.MethodGet, "/api/calls?limit=100", "", "")
		if err := json.Unmarshal([]byte(body), &calls); err != nil {
			x.t.Fatal(err, body)
		}
		time.Sleep(50 * time.Millisecond)
	}
	paths := []string{"/api/insights.csv", "/api/insights/report", "/api/tickets", "/api/hooks", "/api/quality/export/calls.csv", "/metrics", "/api/audit", "/api/live"}
	for _, c := range append(calls.Calls, calls.Items...) {
		for _, f := range []string{"", "/transcript.txt", "/transcript.vtt", "/transcript.json"} {
			paths = append(paths, "/api/calls/"+c.ID+f)
		}
	}
	read := 0
	for _, p := range paths {
		res, body := x.send(http.MethodGet, p, "", "")
		kind := res.Header.Get("Content-Type")
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") || res.Header.Get("Set-Cookie") != "" || res.Header.Get("X-Injected") != "" {
			x.t.Errorf("%s: headers %v", p, res.Header)
		}
		if strings.Contains(kind, "html") || strings.Contains(kind, "vtt") {
			body = wayBack.ReplaceAllString(body, "")
			for _, m := range []string{"<script>", "<img", "<svg", "<iframe", "<b on", "<a href"} {
				if strings.Contains(body, m) {
					x.t.Errorf("%s shows %s", p, m)
				}
			}
		}
		if strings.Contains(kind, "csv") {
			rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff"))).ReadAll()
			if err != nil {
				continue // other checks look at the format
			}
			for _, cell := range slices.Concat(rows...) {
				if cell != "" && strings.ContainsAny(cell[:1], "=@\t\r") {
					x.t.Errorf("%s: a formula %q", p, cell)
				}
			}
		}
		if res.StatusCode == http.StatusOK {
			read++
		}
	}
	x.t.Logf("pages and exports read: %d of %d", read, len(paths))
	if read < 20 {
		x.t.Errorf("only %d pages could be read", read)
	}
}

// secrets looks through what the model was sent and what was logged.
func (x *target) secrets(all []attack) {
	x.t.Helper()
	for _, body := range x.model.asked {
		for _, no := range []string{"canary-", "4111 1111", `"tools"`, "Bearer", "NOTE TO THE ASSISTANT", "语言模型：", "chatbots: do not"} {
			if strings.Contains(body, no) {
				x.t.Fatalf("the model was sent %q: %s", no, body)
			}
		}
	}
	log := x.log.text()
	for _, a := range all {
		if len(a.text) > 15 && strings.Contains(log, a.text) {
			x.t.Errorf("the log has %q", a.text)
		}
	}
	for _, no := range []string{"swordfish", "芝麻", "canary-", "issue_refund"} {
		if strings.Contains(log, no) {
			x.t.Errorf("the log has %q", no)
		}
	}
}

// limits walks the description of the API: no operation takes a body larger than its bound.
func (x *target) limits(t *testing.T) {
	_, text := x.send(http.MethodGet, "/openapi.json", "", "")
	var api struct {
		Paths map[string]map[string]struct {
			RequestBody json.RawMessage `json:"requestBody"`
		}
	}
	if err := json.Unmarshal([]byte(text), &api); err != nil {
		t.Fatal(err)
	}
	// ask sends a head and the beginning of a body and returns the status.
	ask := func(method, path string, length int64, body string) string {
		c, err := net.Dial("tcp", x.Web())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		_, _ = io.WriteString(c, method+" "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer "+canaryToken+"\r\nContent-Length: "+strconv.FormatInt(length, 10)+"\r\n\r\n"+body)
		b := make([]byte, 12)
		if _, err := io.ReadFull(c, b); err != nil {
			return err.Error()
		}
		return string(b[9:])
	}
	fill := func(p string) string {
		for strings.Contains(p, "{") {
			from := strings.Index(p, "{")
			p = p[:from] + "1" + p[from+strings.Index(p[from:], "}")+1:]
		}
		return p
	}
	walked, bodies := 0, 0
	for path, methods := range api.Paths {
		for method, op := range methods {
			walked++
			if op.RequestBody == nil {
				continue
			}
			bodies++
			for _, length := range []int64{1 << 40, 65 << 20} {
				if s := ask(strings.ToUpper(method), fill(path), length, `{"`); s != "413" && s != "429" && s != "404" && s != "401" && s != "403" {
					t.Errorf("%s %s takes %d bytes: %q", method, path, length, s)
				}
			}
		}
	}
	slow := time.Now()
	if s := ask(http.MethodPost, "/api/session", 40, `{"login":"ada`); s == "200" {
		t.Errorf("a body that never ends: %q", s)
	}
	t.Logf("operations %d, with a body %d; one that never ended was given up after %.0f s", walked, bodies, time.Since(slow).Seconds())
	if bodies < 40 {
		t.Errorf("only %d operations with a body", bodies)
	}
}
