package customer_test

import (
	"bytes"
	"io"
	"net/http"
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
