// Package across has HTTP requests answered by another node, over the event server that the nodes share: no node needs an
// address that another one can reach. An answer comes back in pieces, each of which is acknowledged before the next one is
// sent, so that a slow reader slows the writer and a dead one ends it. Event streams pass as they are written.
package across

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Wire carries messages between nodes.
type Wire interface {
	// Ask sends data to whoever hears under a name and returns the answer; ctx has a deadline.
	Ask(ctx context.Context, to string, data []byte) ([]byte, error)
	// Hear has handle called with every message to a name until stop, which waits for those that run.
	Hear(name string, handle func(ctx context.Context, data []byte) ([]byte, error)) (stop func(), err error)
}

// MostBody is the most bytes the body of a request may have.
const MostBody = 256 << 10

const (
	piece     = 128 << 10 // most bytes of an answer in one message
	askWithin = 2 * time.Second
	// A piece is taken when the reader has it, who may be slow; that the node of the reader died is told to Gone.
	pieceWithin = 20 * time.Second
	headWithin  = 35 * time.Second // until an answer begins
)

// asked is a request on its way.
type asked struct {
	From   string      `json:"from"`  // node
	Reply  string      `json:"reply"` // name under which the answer is heard
	Cancel bool        `json:"cancel,omitempty"`
	Method string      `json:"method,omitempty"`
	URI    string      `json:"uri,omitempty"`
	Host   string      `json:"host,omitempty"`
	Remote string      `json:"remote,omitempty"`
	TLS    bool        `json:"tls,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`
}

// part is a piece of an answer.
type part struct {
	N      int         `json:"n"`
	Status int         `json:"status,omitempty"` // with the first one
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`
	End    bool        `json:"end,omitempty"`
}

// Mark adds to the context of a request that came from another node what the handler is to know.
type Mark func(ctx context.Context, from string) context.Context

// Door passes requests between this node and others. Its methods may be called from any goroutine.
type Door struct {
	wire Wire
	node string
	mark Mark
	log  *slog.Logger

	mu   sync.Mutex
	n    uint64
	out  map[string]*going             // by name of the reply: requests answered by others
	in   map[string]context.CancelFunc // by name of the reply: requests of others
	from map[string]string             // by name of the reply: the node that asks
}

// going is a request that another node answers.
type going struct {
	to     string
	cancel context.CancelCauseFunc
}

// New returns the door of a node; Open lets requests of others in.
func New(wire Wire, node string, mark Mark, log *slog.Logger) *Door {
	return &Door{wire: wire, node: node, mark: mark, log: log, out: map[string]*going{}, in: map[string]context.CancelFunc{}, from: map[string]string{}}
}

// Open has h answer the requests of other nodes until close, which ends those that run.
func (d *Door) Open(h http.Handler) (closeDoor func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	stop, err := d.wire.Hear("web."+d.node, func(_ context.Context, data []byte) ([]byte, error) {
		var a asked
		if err := json.Unmarshal(data, &a); err != nil {
			return nil, fmt.Errorf("read a request: %w", err)
		}
		if a.Cancel {
			d.end(a.Reply)
			return nil, nil
		}
		r, err := a.request()
		if err != nil {
			return nil, err
		}
		rctx, end := context.WithCancel(d.mark(ctx, a.From))
		d.mu.Lock()
		d.in[a.Reply], d.from[a.Reply] = end, a.From
		d.mu.Unlock()
		wg.Go(func() { // ends with the answer, with end, or with cancel
			defer d.end(a.Reply)
			w := &answer{d: d, ctx: rctx, to: a.Reply, header: http.Header{}, end: end}
			h.ServeHTTP(w, r.WithContext(rctx))
			w.finish()
		})
		return nil, nil
	})
	if err != nil {
		cancel()
		return nil, err
	}
	return func() { stop(); cancel(); wg.Wait() }, nil
}

// end gives a request of another node up.
func (d *Door) end(reply string) {
	d.mu.Lock()
	end := d.in[reply]
	delete(d.in, reply)
	delete(d.from, reply)
	d.mu.Unlock()
	if end != nil {
		end()
	}
}

// Gone ends what concerns a node that died: its requests, and answers that it gives. "" stands for every node.
func (d *Door) Gone(node string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for reply, from := range d.from {
		if from == node || node == "" {
			d.in[reply]()
		}
	}
	for _, g := range d.out {
		if g.to == node || node == "" {
			g.cancel(errGone)
		}
	}
}

var errGone = errors.New("the node that answers is gone")

// request turns what was asked into a request as if it had come here.
func (a *asked) request() (*http.Request, error) {
	u, err := url.ParseRequestURI(a.URI)
	if err != nil {
		return nil, fmt.Errorf("read a request: %w", err)
	}
	r := &http.Request{
		Method: a.Method, URL: u, RequestURI: a.URI, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: a.Host,
		RemoteAddr: a.Remote, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	if a.TLS {
		r.TLS = &tls.ConnectionState{}
	}
	return r, nil
}

// Pass has another node answer r. When it cannot, refuse writes the answer.
func (d *Door) Pass(w http.ResponseWriter, r *http.Request, to string, refuse func(w http.ResponseWriter, err error)) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MostBody))
	if err != nil {
		refuse(w, err)
		return
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	d.mu.Lock()
	d.n++
	reply := fmt.Sprintf("answer.%s.%d", d.node, d.n)
	d.out[reply] = &going{to, cancel}
	d.mu.Unlock()
	defer func() { d.mu.Lock(); delete(d.out, reply); d.mu.Unlock() }()
	c := &copier{w: w, rc: http.NewResponseController(w), done: make(chan struct{}), ctx: ctx}
	stop, err := d.wire.Hear(reply, c.take)
	if err != nil {
		refuse(w, err)
		return
	}
	a := asked{From: d.node, Reply: reply, Method: r.Method, URI: r.URL.RequestURI(), Host: r.Host, Remote: r.RemoteAddr, TLS: r.TLS != nil, Header: r.Header, Body: body}
	data, err := json.Marshal(a)
	if err == nil {
		actx, stopAsk := context.WithTimeout(ctx, askWithin)
		_, err = d.wire.Ask(actx, "web."+to, data)
		stopAsk()
	}
	if err != nil {
		stop()
		refuse(w, err)
		return
	}
	if begun, err := c.wait(); err != nil {
		d.cancel(ctx, to, reply)
		stop()
		if !begun {
			refuse(w, err)
		}
		return
	}
	stop()
}

// cancel tells the node that answers to stop.
func (d *Door) cancel(ctx context.Context, to, reply string) {
	data, err := json.Marshal(asked{From: d.node, Reply: reply, Cancel: true})
	if err != nil {
		return
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), askWithin)
	defer stop()
	if _, err := d.wire.Ask(ctx, "web."+to, data); err != nil {
		d.log.Debug("a request was not cancelled", "node", to, "err", err)
	}
}
