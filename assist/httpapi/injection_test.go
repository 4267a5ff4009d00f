package httpapi_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/store"
)

// TestHeaderInjection asks, by hand, for paths and with values that would break out of a header of the answer, such as the
// name of a download, the address of a redirect or a cookie: the head of the answer has none of it.
func TestHeaderInjection(t *testing.T) {
	g := newGuarded(t, func(o *httpapi.Options) {
		k := o.Records.(*store.Store).Keeping(nil)
		o.Retention = httpapi.RetentionOptions{Holds: k, Tray: k, Reports: k}
	})
	admin := g.first(t)
	_, body := admin.send(t, http.MethodGet, "/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	paths := []string{"/%", "/call/?line=%", "/assets/%.js", "//%"}
	for path, ways := range doc.Paths {
		for _, p := range ways["get"].Parameters {
			switch p.In {
			case "path":
				path = strings.ReplaceAll(path, "{"+p.Name+"}", "%")
			case "query":
				paths = append(paths, path+"?"+p.Name+"=%")
			}
		}
		paths = append(paths, path)
	}
	if len(paths) < 20 {
		t.Fatalf("the interface has only %q", paths)
	}
	for _, path := range paths {
		for _, evil := range []string{"a%0d%0aX-Evil:%201%0d%0a%0d%0a<x>", "%0aX-Evil:1", "%0dX-Evil:1", "a%00X-Evil:1", "%22;%20x=%0d%0aX-Evil:%201", "%E5%98%8D%E5%98%8AX-Evil:1", "a\rX-Evil: 1", "a\x00X-Evil: 1"} {
			path := strings.ReplaceAll(path, "%", evil)
			if head := admin.head(t, path, "127.0.0.1"); injectedHead(head) {
				t.Errorf("%q: %q", path, head)
			}
		}
	}
	for _, host := range []string{"a\rX-Evil: 1", "a\x00", "a%0d%0aX-Evil: 1", "evil.example/\tX-Evil: 1"} {
		if head := admin.head(t, "/call/", host); injectedHead(head) {
			t.Errorf("host %q: %q", host, head)
		}
	}
}

// head asks for a path as it is, with a session, and returns the head of the answer.
func (u user) head(t *testing.T, path, host string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(u.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: parley_session=%s\r\nConnection: close\r\n\r\n", path, host, u.cookie); err != nil {
		t.Fatal(err)
	}
	head := ""
	for r := bufio.NewReader(conn); ; {
		line, err := r.ReadString('\n')
		head += line
		if err == io.EOF || line == "\r\n" {
			return head
		}
		if err != nil {
			t.Fatalf("%q: %v", path, err)
		}
	}
}

// injectedHead tells whether the head of an answer, however its lines are told apart, has a header that was smuggled in, or
// is none.
func injectedHead(head string) bool {
	for _, l := range strings.FieldsFunc(head, func(r rune) bool { return r == '\r' || r == '\n' || r == 0 }) {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(l)), "x-evil") {
			return true
		}
	}
	_, err := http.ReadResponse(bufio.NewReader(strings.NewReader(head)), nil)
	return err != nil
}
