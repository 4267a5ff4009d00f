package customer_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/customer"
)

// answering is a system that gives one answer to everything.
type answering []byte

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(a)), Request: r}, nil
}

// FuzzAnswer is told nonsense by the system that knows the customers: what is taken of it has a key, and no address but
// one a browser may open.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"customers":[{"id":17,"name":"Ann\u0000 <b>","numbers":["13800138000","x"],"links":[{"title":"a","url":"javascript:alert(1)"},{"title":"b","url":"https://crm.example/17"}]},{"name":"no id"}]}`))
	f.Add([]byte(`{"id":"x","number":"+442071838750","lang":"en-GB"}`))
	f.Add([]byte(`{"id":[1e999]}`))
	f.Add([]byte("<html>"))
	pop, err := customer.ParsePop("https://crm.example/find?phone={number}")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		h := &customer.HTTP{Pop: pop, Client: &http.Client{Transport: answering(body)}, Countries: []string{"CN", "GB"}, Limit: time.Minute}
		found, err := h.Seek(t.Context(), customer.Handle{Channel: customer.Phone, Value: "+8613800138000"})
		if err != nil && found != nil {
			t.Errorf("%+v with %v", found, err)
		}
		for _, c := range found {
			if c.Ref == "" || strings.ContainsAny(c.Name, "\x00\n") {
				t.Errorf("%+v", c)
			}
			for _, l := range c.Links {
				if !strings.HasPrefix(l.URL, "https://") && !strings.HasPrefix(l.URL, "http://") {
					t.Errorf("link to %q", l.URL)
				}
			}
		}
	})
}

func FuzzNormalise(f *testing.F) {
	f.Add("0086 138-0013-8000")
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := customer.Normalise(s, "CN", "GB", "US"); ok {
			if again, ok := customer.Normalise(n); !ok || again != n {
				t.Fatalf("%q -> %q -> %q", s, n, again)
			}
		}
	})
}

func FuzzPop(f *testing.F) {
	f.Add("https://crm.example/a/{ref}?p={number}#{name}", "x&y=1/../z")
	f.Fuzz(func(t *testing.T, template, value string) {
		p, err := customer.ParsePop(template)
		if err != nil {
			return
		}
		a, err := url.Parse(p.URL(map[string]string{}))
		if err != nil {
			t.Skip("a template that is no address by itself says nothing about how values are encoded")
		}
		b, err := url.Parse(p.URL(map[string]string{"ref": value, "number": value, "name": value}))
		if err != nil || a.Host != b.Host || a.Scheme != b.Scheme {
			t.Fatalf("%q with %q: %v, %v", template, value, b, err)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add(file)
	f.Fuzz(func(t *testing.T, text string) {
		b := &customer.Book{Store: empty{}, Countries: []string{"CN"}}
		_, _ = b.Load(t.Context(), strings.NewReader(text), true)
	})
}
