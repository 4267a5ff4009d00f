// Package web holds Parley's pages, embedded in the binary: the desk of an agent, live calls, records, knowledge, quality
// and settings, one React application that gets all its data from the HTTP API. Its source is in app; deploy/pages.sh
// builds it into built, which is embedded as it is. A binary built before that serves one page that says so.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed built
var built embed.FS

//go:embed fallback.html
var fallback string

// Config is what the pages cannot learn from the API. They show it to whoever opens them.
type Config struct {
	SIP     string `json:"sip"`     // address calls are answered at, host:port
	Version string `json:"version"` // of Parley
}

// asset is one embedded file, ready to be sent.
type asset struct {
	name, kind, tag string
	data            []byte
	packed          func() []byte // gzipped, nil when that is no smaller
}

// routes are the first parts of the addresses that are pages; what is below them is the application's own affair.
var routes = []string{"desk", "live", "calls", "knowledge", "quality", "insights", "settings", "welcome", "signin"}

// Built reports whether the binary holds the pages, rather than the one that says they are missing.
func Built() bool {
	_, err := fs.Stat(built, "built/index.html")
	return err == nil
}

// Handler serves the pages and what they load. Built parts carry their hash in their name and are kept by browsers; the
// page itself is asked for each time, so a new binary never runs with old parts.
func Handler(c Config) (http.Handler, error) {
	index := fallback
	files := map[string]asset{}
	if Built() {
		data, err := built.ReadFile("built/index.html")
		if err != nil {
			return nil, fmt.Errorf("read embedded pages: %w", err)
		}
		index = string(data)
		if files, err = load(); err != nil {
			return nil, err
		}
	}
	mux := http.NewServeMux()
	p := page{index, c}
	mux.Handle("GET /{$}", p)
	for _, r := range routes {
		mux.Handle("GET /"+r, p)
		mux.Handle("GET /"+r+"/", p)
	}
	for name, f := range files {
		mux.Handle("GET /"+name, f)
	}
	mux.HandleFunc("/", missing)
	return mux, nil
}

var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".wasm": "application/wasm",
	".png": "image/png",
}

func load() (map[string]asset, error) {
	files := map[string]asset{}
	err := fs.WalkDir(built, "built", func(name string, d fs.DirEntry, err error) error {
		kind := kinds[path.Ext(name)]
		if err != nil || d.IsDir() || kind == "" {
			return err
		}
		data, err := built.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		short := strings.TrimPrefix(name, "built/")
		files[short] = asset{short, kind, hex.EncodeToString(sum[:8]), data, sync.OnceValue(func() []byte { return pack(data) })}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read embedded pages: %w", err)
	}
	if len(files) == 0 {
		return nil, errors.New("read embedded pages: index.html is there but nothing it loads: run deploy/pages.sh")
	}
	return files, nil
}

func pack(data []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(data); err != nil || w.Close() != nil || b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

// ServeHTTP sends the file.
func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(a.name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	data, tag := a.data, `"`+a.tag+`"`
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && r.Header.Get("Range") == "" {
		if z := a.packed(); z != nil {
			data, tag = z, `"`+a.tag+`-gz"`
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("ETag", tag)
	http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(data))
}

// page is the one HTML page, whatever the address.
type page struct {
	index  string
	config Config
}

// ServeHTTP sends the page with what it has to know, and with headers that fit it: styles that carry this answer's nonce,
// and the microphone, which the desk needs.
func (p page) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	nonce := rand.Text()
	config, err := json.Marshal(struct {
		Config
		Nonce string `json:"nonce"`
	}{p.config, nonce})
	if err != nil {
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"+nonce+"'; img-src 'self' data: blob:; media-src 'self' blob:; "+
		"connect-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(self), autoplay=(self)")
	_, _ = strings.NewReplacer("{{PARLEY}}", html.EscapeString(string(config)), "{{NONCE}}", nonce).WriteString(w, p.index) // the peer is gone when it fails
}

func missing(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = fmt.Fprint(w, `{"title":"Not Found","status":404,"detail":"there is no such page"}`) // the peer is gone when it fails
}
