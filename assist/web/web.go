// Package web holds Parley's pages, embedded in the binary. So far that is one: the live page with the running calls,
// their transcripts as they form and the wire-clock waterfall of every reply. It is plain modules and style sheets, as
// written, without a build step; all data comes from the HTTP API.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"time"
)

//go:embed static
var static embed.FS

// Config is what the pages cannot learn from the API. They show it to whoever opens them.
type Config struct {
	SIP     string `json:"sip"`     // address calls are answered at, host:port
	Version string `json:"version"` // of Parley
}

// page is one embedded file, ready to be sent.
type page struct {
	name, kind, tag string
	data            []byte
}

// Handler serves the live page at / and /live, its parts under /assets/ and the configuration at /config.json. Browsers
// ask each time whether their copy is still good, so a new binary never runs with old parts.
func Handler(c Config) (http.Handler, error) {
	config, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write page configuration: %w", err)
	}
	pages, err := load()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	live := pages["index.html"]
	mux.Handle("GET /{$}", live)
	mux.Handle("GET /live", live)
	mux.Handle("GET /config.json", page{"config.json", "application/json", "", config})
	for name, p := range pages {
		if name != "index.html" {
			mux.Handle("GET /assets/"+name, p)
		}
	}
	mux.HandleFunc("/", missing)
	return mux, nil
}

func load() (map[string]page, error) {
	files, err := fs.ReadDir(static, "static")
	if err != nil {
		return nil, fmt.Errorf("read embedded pages: %w", err)
	}
	kinds := map[string]string{
		".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	}
	pages := make(map[string]page, len(files))
	for _, f := range files {
		data, err := static.ReadFile("static/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read embedded pages: %w", err)
		}
		kind := kinds[path.Ext(f.Name())]
		if kind == "" {
			return nil, fmt.Errorf("read embedded pages: %s is of an unknown type", f.Name())
		}
		sum := sha256.Sum256(data)
		pages[f.Name()] = page{f.Name(), kind, `"` + hex.EncodeToString(sum[:8]) + `"`, data}
	}
	return pages, nil
}

// ServeHTTP sends the file.
func (p page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", p.kind)
	w.Header().Set("Cache-Control", "no-cache")
	if p.tag != "" {
		w.Header().Set("ETag", p.tag)
	}
	http.ServeContent(w, r, p.name, time.Time{}, bytes.NewReader(p.data))
}

func missing(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusNotFound)
	_, _ = fmt.Fprint(w, `{"title":"Not Found","status":404,"detail":"there is no such page"}`) // the peer is gone when it fails
}
