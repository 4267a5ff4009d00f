package node

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/across"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// deskStreams is how many event streams the node that leads may hold, for the pages of all nodes.
const deskStreams = 8192

// streams is how many event streams this node holds at most, 0 for the usual number.
func (n *Node) streams() int {
	if n.one == nil {
		return 0
	}
	return deskStreams
}

// elsewhere has the leading node answer for the desk, and the node of a recording for that; nil without other nodes.
func (n *Node) elsewhere() func(*http.Request) http.Handler {
	if n.one == nil {
		return nil
	}
	return n.one.elsewhere
}

func (o *oneDesk) elsewhere(r *http.Request) http.Handler {
	if node := o.recordedAt(r); node != "" {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			o.door.Pass(w, r, node, func(w http.ResponseWriter, _ error) { w.WriteHeader(http.StatusServiceUnavailable) })
		})
	}
	if !under(r.URL.Path, "/api/desk") && !under(r.URL.Path, "/api/live") || o.leading() {
		return nil
	}
	if desk.Via(r.Context()) != "" { // from a node that believes this one leads
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { nobodyLeads(w) })
	}
	return http.HandlerFunc(o.pass)
}

// passWithin is how long a request waits for a node that leads, so that a page does not notice when the desk passes on.
const passWithin = 4 * time.Second

// pass has the leading node answer, as soon as there is one. What may have been done is not asked for again.
func (o *oneDesk) pass(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, across.MostBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	for deadline := time.Now().Add(passWithin); time.Now().Before(deadline) && r.Context().Err() == nil; time.Sleep(50 * time.Millisecond) {
		r.Body = io.NopCloser(bytes.NewReader(body))
		if o.leading() {
			o.n.api.ServeHTTP(w, r)
			return
		}
		to := o.holder()
		if to == "" || to == o.n.id {
			continue
		}
		var refused error
		o.door.Pass(w, r, to, func(_ http.ResponseWriter, err error) { refused = err })
		switch {
		case refused == nil:
			return
		case r.Method != http.MethodGet && !errors.Is(refused, events.ErrNobody):
			nobodyLeads(w)
			return
		}
	}
	nobodyLeads(w)
}

// recordedAt is the node that has the recording or the vault which r asks for, "" when it is this one, none, or one that is not there.
func (o *oneDesk) recordedAt(r *http.Request) string {
	rest, ok := strings.CutPrefix(r.URL.Path, "/api/calls/")
	id, ok2 := strings.CutSuffix(rest, "/audio")
	vault := ""
	if !ok2 {
		vault, ok2 = strings.CutSuffix(rest, "/originals")
		id = vault
	}
	if !ok || !ok2 || strings.Contains(id, "/") || r.Method != http.MethodGet || desk.Via(r.Context()) != "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(r.Context(), resumeRead)
	defer cancel()
	if vault != "" {
		if all, err := o.n.store.Originals(ctx, call.ID(id)); err != nil || len(all) > 0 {
			return ""
		}
	} else if a, err := o.n.store.Audio(ctx, call.ID(id)); err == nil {
		_ = a.Close()
		return ""
	}
	d, err := o.n.store.Get(ctx, call.ID(id))
	if err != nil || d.Node == o.n.id {
		return ""
	}
	all, err := o.n.nodes(ctx)
	if err != nil || !slices.ContainsFunc(all, func(x record.Node) bool { return x.ID == d.Node && x.Alive }) {
		return ""
	}
	return d.Node
}

func under(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

// nobodyLeads answers while the desk passes from one node to another.
func nobodyLeads(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(`{"title":"Service Unavailable","status":503,"detail":"the desk passes to another node: try again in a second"}`)) // the peer is gone when it fails
}
