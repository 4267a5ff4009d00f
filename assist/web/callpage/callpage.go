// Package callpage is the page a caller uses instead of a telephone: /call, one button, captions, and a small script
// that puts the same page on other sites. It is plain HTML, CSS and JavaScript embedded in the program; the call itself
// goes to the WHIP address of package pipeline/webrtc. Where the server has a chat, callers can also write on the same page,
// and go from one to the other in the same conversation.
package callpage

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/parley-voice/parley/pipeline/call"
)

//go:embed page
var files embed.FS

// Line is one line a caller may choose.
type Line struct {
	ID   string            `json:"id"`             // last part of the WHIP address
	Name map[string]string `json:"name,omitempty"` // by language, "en" and "zh"
}

// ICEServer is a STUN or TURN server for the browser. Its credential can be read by everyone who opens the page.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Options say what the page shows.
type Options struct {
	Title      map[string]string // name of the organisation by language; nil = Parley
	Lines      []Line            // at least one; a choice is shown for two or more
	Recorded   bool              // say that the call is recorded
	Notice     map[string]string // the words for that, by language; nil = a sentence of the page when Recorded
	ICEServers []ICEServer       // nil = none
	// Relays are asked for further servers, with credentials of their own, each time the page is opened; nil = none.
	Relays  func() []ICEServer
	WHIP    string   // path of the WHIP handler; "" = /whip
	Chat    string   // path of the chat API; "" = no chat on the page
	Contact bool     // ask callers, who need not answer, for their name and where to reach them
	Origins []string // sites that may embed the page, such as "https://shop.example"; nil = none
}

// Message is what the page understands on its data channel, as JSON.
type Message struct {
	Type  string `json:"type"`            // "caption"; "note", a line that nobody says; "with", Who has the call now; "keypad", which opens for a code until Final
	Who   string `json:"who,omitempty"`   // of a caption: caller, bot or agent; with: bot or agent
	Text  string `json:"text"`            // shown as it is
	Lang  string `json:"lang,omitempty"`  // of the text: en or zh
	Final bool   `json:"final,omitempty"` // false: a later caption of the same party replaces it
	// At is when it began to be said; the first caption of a line puts it before those that began later.
	At call.Offset `json:"at"`
}

// JSON returns the message as it is sent.
func (m Message) JSON() []byte {
	b, _ := json.Marshal(m) // strings, numbers and a bool always marshal
	return b
}

type asset struct {
	body []byte
	kind string
	tag  string
}

type page struct {
	assets  map[string]asset
	csp     string
	origins bool
	index   func() ([]byte, error) // the page, where it is made anew each time; nil otherwise
}

// Handler serves /call, /call/... and /embed.js. The headers that protect the page replace those set before.
func Handler(o Options) (http.Handler, error) {
	if len(o.Lines) == 0 {
		return nil, errors.New("make caller page: there is no line to call; name at least one")
	}
	ancestors := "'none'"
	for i, s := range o.Origins {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Scheme+"://"+u.Host != s || strings.ContainsAny(s, ";, *") {
			return nil, fmt.Errorf("make caller page: origin %q: write it as https://HOST without a path", s)
		}
		if i == 0 {
			ancestors = "'self'"
		}
		ancestors += " " + s
	}
	if o.WHIP == "" {
		o.WHIP = "/whip"
	}
	p := &page{assets: map[string]asset{}, origins: len(o.Origins) > 0,
		csp: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; connect-src 'self'; " +
			"base-uri 'none'; form-action 'none'; frame-ancestors " + ancestors}
	if err := p.load(o); err != nil {
		return nil, err
	}
	return p, nil
}

// load prepares the files.
func (p *page) load(o Options) error {
	entries, err := files.ReadDir("page")
	if err != nil {
		return fmt.Errorf("make caller page: %w", err)
	}
	for _, e := range entries {
		body, err := files.ReadFile("page/" + e.Name())
		if err != nil {
			return fmt.Errorf("make caller page: %w", err)
		}
		at := "/call/" + e.Name()
		switch e.Name() {
		case "index.html":
			at = "/call"
			text := string(body)
			if body, err = render(text, o); err != nil {
				return err
			}
			if o.Relays != nil {
				p.index = func() ([]byte, error) {
					with := o
					with.ICEServers = slices.Concat(o.ICEServers, o.Relays())
					return render(text, with)
				}
			}
		case "embed.js":
			p.add("/embed.js", e.Name(), body)
		}
		p.add(at, e.Name(), body)
	}
	return nil
}

func (p *page) add(at, name string, body []byte) { p.assets[at] = assetOf(name, body) }

func assetOf(name string, body []byte) asset {
	sum := sha256.Sum256(body)
	kind := map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
		".svg": "image/svg+xml"}[path.Ext(name)]
	if kind == "" {
		kind = mime.TypeByExtension(path.Ext(name))
	}
	return asset{body, kind, `"` + hex.EncodeToString(sum[:8]) + `"`}
}

// render writes what the page has to know into it.
func render(text string, o Options) ([]byte, error) {
	t, err := template.New("call").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("make caller page: %w", err)
	}
	config, err := json.Marshal(map[string]any{"title": o.Title, "lines": o.Lines, "recorded": o.Recorded, "notice": o.Notice, "ice": o.ICEServers, "whip": o.WHIP, "chat": o.Chat, "contact": o.Contact})
	if err != nil {
		return nil, fmt.Errorf("make caller page: %w", err)
	}
	title := o.Title["en"]
	if title == "" {
		title = "Parley"
	}
	var out bytes.Buffer
	if err := t.Execute(&out, map[string]string{"Config": string(config), "Title": title}); err != nil {
		return nil, fmt.Errorf("make caller page: %w", err)
	}
	return out.Bytes(), nil
}

// ServeHTTP answers with a file of the page.
func (p *page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.protect(w.Header())
	if r.URL.Path == "/call/" {
		target := url.URL{Path: "/call", RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, target.String(), http.StatusMovedPermanently)
		return
	}
	a, ok := p.assets[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET is answered here", http.StatusMethodNotAllowed)
		return
	}
	if p.index != nil && r.URL.Path == "/call" {
		body, err := p.index()
		if err != nil {
			http.Error(w, "the page could not be made", http.StatusInternalServerError)
			return
		}
		a = assetOf("index.html", body)
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("ETag", a.tag)
	h.Set("Cache-Control", "no-cache") // kept, but asked for each time: an update shows at once
	if strings.HasSuffix(r.URL.Path, "/embed.js") {
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	}
	if r.Header.Get("If-None-Match") == a.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(a.body) // the browser is gone when it fails
	}
}

// protect sets the headers of every answer.
func (p *page) protect(h http.Header) {
	h.Set("Content-Security-Policy", p.csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if p.origins {
		h.Del("X-Frame-Options") // it knows no list; frame-ancestors says who may
		return
	}
	h.Set("X-Frame-Options", "DENY")
}
