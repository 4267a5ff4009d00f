package callpage

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	rec.Header().Set("X-Frame-Options", "DENY")
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return rec
}

func TestPageIsLightAndWithoutInline(t *testing.T) {
	t.Parallel()
	h, err := Handler(Options{Lines: []Line{{ID: "bank"}}, Title: map[string]string{"en": `A "Bank" <b>`, "zh": "银行"}})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, p := range []string{"/call", "/call/call.js", "/call/phone.js", "/call/chat.js", "/call/words.js", "/call/call.css", "/call/icon.svg", "/embed.js"} {
		rec := get(t, h, p)
		if rec.Code != 200 || rec.Header().Get("Content-Type") == "" || rec.Header().Get("ETag") == "" {
			t.Errorf("%s: %d %v", p, rec.Code, rec.Header())
		}
		if csp := rec.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: %s", p, csp)
		}
		if rec.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s can be framed", p)
		}
		total += rec.Body.Len()
	}
	if total > 60<<10 {
		t.Errorf("the page is %d bytes; 60 KB are the limit", total)
	}
	body := get(t, h, "/call").Body.String()
	if regexp.MustCompile(`(?i)<style| style=| on[a-z]+=|<script[^>]*>[^<]`).MatchString(body) {
		t.Error("the page has inline script or style")
	}
	if strings.Contains(body, "<b>") {
		t.Error("the title is not escaped")
	}
}

func TestOriginsMayEmbed(t *testing.T) {
	t.Parallel()
	h, err := Handler(Options{Lines: []Line{{ID: "bank"}}, Origins: []string{"https://shop.example"}})
	if err != nil {
		t.Fatal(err)
	}
	rec := get(t, h, "/call")
	if !strings.Contains(rec.Header().Get("Content-Security-Policy"), "frame-ancestors 'self' https://shop.example") || rec.Header().Get("X-Frame-Options") != "" {
		t.Error(rec.Header())
	}
	if get(t, h, "/embed.js").Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Error("the script cannot be loaded by another site")
	}
	for _, bad := range []string{"shop.example", "https://shop.example/", "*", "https://*.example", "https://a; script-src *"} {
		if _, err := Handler(Options{Lines: []Line{{ID: "bank"}}, Origins: []string{bad}}); err == nil {
			t.Errorf("origin %q is accepted", bad)
		}
	}
	if _, err := Handler(Options{}); err == nil {
		t.Error("a page without lines is accepted")
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	h, err := Handler(Options{Lines: []Line{{ID: "bank"}}})
	if err != nil {
		t.Fatal(err)
	}
	if rec := get(t, h, "/call/?lang=zh"); rec.Code != 301 || rec.Header().Get("Location") != "/call?lang=zh" {
		t.Errorf("redirect: %d %s", rec.Code, rec.Header().Get("Location"))
	}
	for _, p := range []string{"/call/index.html", "/call/../callpage.go", "/call/x", "/"} {
		if rec := get(t, h, p); rec.Code != 404 {
			t.Errorf("%s: %d", p, rec.Code)
		}
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/call", nil))
	if rec.Code != 405 {
		t.Errorf("POST: %d", rec.Code)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/call", nil)
	req.Header.Set("If-None-Match", get(t, h, "/call").Header().Get("ETag"))
	rec = httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	if rec.Code != 304 {
		t.Errorf("same again: %d", rec.Code)
	}
}

// TestWordsAreComplete compares the two languages name by name.
func TestWordsAreComplete(t *testing.T) {
	t.Parallel()
	body, err := files.ReadFile("page/words.js")
	if err != nil {
		t.Fatal(err)
	}
	en, zh, ok := strings.Cut(string(body), "\n  zh: {")
	if !ok {
		t.Fatal("no Chinese")
	}
	names := regexp.MustCompile(`(?:^|[\s{,])'?([a-zA-Z-]+)'?: ['({\[]|(\w+): \(`)
	keys := func(s string) string {
		var out []string
		for _, m := range names.FindAllStringSubmatch(regexp.MustCompile(`'[^']*'(,|\]|;| \+)`).ReplaceAllString(s, "''$1"), -1) {
			out = append(out, m[1]+m[2])
		}
		return strings.Join(out, " ")
	}
	_, en, _ = strings.Cut(en, "en: {")
	if a, b := keys(en), keys(zh); a != b || len(a) < 300 {
		t.Errorf("names differ:\n%s\n%s", a, b)
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	var m Message
	if err := json.Unmarshal(Message{Type: "caption", Who: "bot", Text: "您好", Lang: "zh", Final: true}.JSON(), &m); err != nil || m.Text != "您好" || !m.Final {
		t.Errorf("%+v %v", m, err)
	}
}
