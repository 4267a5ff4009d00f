package tracing_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/parley-voice/parley/cmd/parley/internal/tracing"
	"github.com/parley-voice/parley/pipeline/call"
)

// collector keeps what is sent to it.
type collector struct {
	mu    sync.Mutex
	raw   []byte
	names []string
	ids   map[string]bool
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		if z, err := gzip.NewReader(bytes.NewReader(body)); err == nil {
			body, _ = io.ReadAll(z)
		}
	}
	c.raw = append(c.raw, body...)
	var req v1.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, rs := range req.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			for _, s := range ss.GetSpans() {
				c.names = append(c.names, s.GetName())
				id, _ := uuid.FromBytes(s.GetTraceId())
				c.ids[id.String()] = true
			}
		}
	}
}

func TestATraceHoldsTimesAndNoWords(t *testing.T) {
	t.Parallel()
	c := &collector{ids: map[string]bool{}}
	srv := httptest.NewServer(c)
	defer srv.Close()
	tr, err := tracing.Open(t.Context(), tracing.Options{URL: srv.URL + "/v1/traces", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	id := call.NewID()
	sec := func(s float64) call.Offset { return call.Offset(s * 1e9) }
	one := tr.Begin(id, "bank", "sip", time.Now().Add(-time.Minute))
	one.Note(0, call.Started{From: "+442079460123"})
	one.Note(sec(3), call.Turn{N: 1, Text: "my heliotrope wheelbarrow"})
	one.Note(sec(4), call.Waterfall{Turn: 2, LastVoice: sec(3), FinalText: sec(3.3), Answered: sec(3.4), FirstAudio: sec(3.35), FirstVoice: sec(4), Why: "sure"})
	one.Note(sec(5), call.Transfer{Target: "sip:+442079460999@trunk", State: "asked"})
	one.Note(sec(5), call.Trouble{Part: "asr", Why: "heard: heliotrope"})
	one.Note(sec(9), call.Ended{By: call.Caller, Why: "bye", Duration: 9})
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.names)
	if got := strings.Join(c.names, ","); got != "answering,call,recognition,reply,turn taking and sending" {
		t.Errorf("spans %s", got)
	}
	if len(c.ids) != 1 || !c.ids[string(id)] {
		t.Errorf("traces %v, want one with the ID of the call %s", c.ids, id)
	}
	for _, word := range []string{"heliotrope", "44207946", "trunk"} {
		if bytes.Contains(c.raw, []byte(word)) {
			t.Errorf("%q was sent", word)
		}
	}
}

func TestNoCollectorNoHarm(t *testing.T) {
	t.Parallel()
	var none *tracing.Tracer
	none.Begin("x", "r", "sip", time.Now()).Note(0, call.Ended{})
	if err := none.Close(); err != nil {
		t.Error(err)
	}
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	tr, err := tracing.Open(t.Context(), tracing.Options{URL: srv.URL, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	tr.Begin(call.NewID(), "r", "sip", began).Note(1, call.Ended{By: call.Caller})
	_ = tr.Close() // what nobody takes is lost
	if time.Since(began) > time.Minute {
		t.Error("it does not give up")
	}
}
