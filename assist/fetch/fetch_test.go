package fetch

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/knowledge/ingest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const faq = `<html><head><title>x</title></head><body><h1>Shop</h1><h2>When are you open?</h2><p>From nine to five.</p><script>alert(1)</script></body></html>`

// site is a server with pages of every sort; asked tells how many requests there were for a path.
func site(t *testing.T) (address string, asked func(path string) int) {
	t.Helper()
	var mu sync.Mutex
	count := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		count[r.URL.Path]++
		mu.Unlock()
		to := func(where string) { http.Redirect(w, r, where, http.StatusFound) }
		switch r.URL.Path {
		case "/faq":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, faq)
		case "/table.csv":
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, "question,answer\nIs it raining?,Yes.\n")
		case "/moved":
			to("/faq")
		case "/round":
			to("/round")
		case "/file":
			to("file:///etc/passwd")
		case "/inside":
			to("http://[::1]:80/secret")
		case "/metadata":
			to("http://169.254.169.254/latest/meta-data/")
		case "/name":
			to("http://localhost/faq")
		case "/image":
			w.Header().Set("Content-Type", "image/png")
		case "/large":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, strings.Repeat("<p>x</p>", 1000))
		case "/slow":
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
		case "/empty":
			w.Header().Set("Content-Type", "text/html")
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, func(path string) int {
		mu.Lock()
		defer mu.Unlock()
		return count[path]
	}
}

var local = Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

func TestPages(t *testing.T) {
	at, _ := site(t)
	var told []int
	o := local
	o.Progress = func(done, total int) { told = append(told, done, total) }
	got := All(t.Context(), []string{at + "/faq", at + "/table.csv", at + "/moved"}, ingest.Into{Base: "shop"}, o)
	if len(got) != 3 || len(told) != 6 || told[4] != 3 {
		t.Fatal(got, told)
	}
	for i, want := range []string{"When are you open?", "Is it raining?", "When are you open?"} {
		r := got[i]
		if len(r.Problems) != 0 || len(r.Entries) != 1 || r.Entries[0].Question != want || r.Entries[0].Base != "shop" || !strings.HasPrefix(r.Name, at) {
			t.Errorf("%d: %+v", i, r)
		}
	}
	if b := ingest.Join(got); len(b.Entries) != 2 || len(b.Problems) != 0 {
		t.Errorf("together: %+v", b)
	}
}

// TestRefused: what leads inside is not asked, whatever leads there.
func TestRefused(t *testing.T) {
	at, asked := site(t)
	one := func(u string, o Options) ingest.Result {
		t.Helper()
		got := All(t.Context(), []string{u}, ingest.Into{Base: "shop"}, o)
		if len(got) != 1 || len(got[0].Entries) != 0 || len(got[0].Problems) != 1 || got[0].Problems[0].Where != u {
			t.Fatalf("%s: %+v", u, got)
		}
		return got[0]
	}
	if why := one(at+"/faq", Options{}).Problems[0].Why; !strings.Contains(why, "own network") || asked("/faq") != 0 {
		t.Errorf("loopback: %s, asked %d times", why, asked("/faq"))
	}
	small := local
	small.MaxPage, small.PageTime = 100, 300*time.Millisecond
	byName := local
	byName.Networks = []netip.Prefix{netip.MustParsePrefix("::1/128")}
	listed := local
	listed.Hosts = []string{"faq.example"}
	for _, c := range []struct {
		path, why string
		o         Options
	}{
		{"/file", "own network", local}, {"/inside", "own network", local}, {"/metadata", "own network", local}, {"/faq", "not allowed", listed},
		{"/round", "page to page", local}, {"/image", "image/png", local}, {"/large", "larger", small}, {"/slow", "in time", small}, {"/none", "404", local}, {"/empty", "empty", local},
	} {
		if why := one(at+c.path, c.o).Problems[0].Why; !strings.Contains(why, c.why) {
			t.Errorf("%s: %s", c.path, why)
		}
	}
	// The name leads to 127.0.0.1, which these options do not allow.
	if why := one(strings.Replace(at, "127.0.0.1", "localhost", 1)+"/faq", byName).Problems[0].Why; !strings.Contains(why, "own network") && !strings.Contains(why, "refused") {
		t.Errorf("a name that leads inside: %s", why)
	}
}

func TestAllIsBounded(t *testing.T) {
	at, _ := site(t)
	o := local
	o.MaxAll = int64(len(faq)) + 10
	got := All(t.Context(), []string{at + "/faq", at + "/faq"}, ingest.Into{Base: "shop"}, o)
	if len(got[0].Problems) != 0 || len(got[1].Problems) != 1 || !strings.Contains(got[1].Problems[0].Why, "larger") {
		t.Errorf("%+v", got)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	urls, problems := List("list.txt", "\uFEFFhttps://a.example/faq\n\n# note\nhttps://b.example/x y\nhttps://a.example/faq\nfile:///etc/passwd\nhttps://u:p@c.example/\n")
	if len(urls) == 0 || urls[0] != "https://a.example/faq" || len(problems) < 2 || problems[0].Where != "list.txt line 4" && problems[0].Where != "list.txt line 6" {
		t.Errorf("%q, %v", urls, problems)
	}
	if _, problems := List("l", "\n"); len(problems) != 1 {
		t.Errorf("an empty list: %v", problems)
	}
	var b strings.Builder
	for i := range MaxList + 1 {
		fmt.Fprintf(&b, "https://a.example/%d\n", i)
	}
	if urls, problems := List("l", b.String()); len(urls) != 0 || len(problems) != 1 {
		t.Errorf("a long list: %d, %v", len(urls), problems)
	}
}

func FuzzList(f *testing.F) {
	f.Add("https://a.example\n#\nx")
	f.Fuzz(func(t *testing.T, text string) {
		urls, _ := List("l", text)
		for _, u := range urls {
			if !strings.HasPrefix(strings.ToLower(u), "http") {
				t.Errorf("%q was taken", u)
			}
		}
	})
}
