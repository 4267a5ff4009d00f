package llm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
)

// patience is how long five replies at once may take on a machine that has much else to do.
const patience = 4 * time.Minute

// llama is llama.cpp's server with a small model.
type llama struct {
	url string
	cmd *exec.Cmd
	end chan struct{} // closed when the process is gone
}

// startLlama starts the server, or skips; with PARLEY_LLM=1 what is missing fails.
func startLlama(t *testing.T) *llama {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("PARLEY_LLM") == "1" {
		missing = t.Fatalf
	}
	bin, weights := os.Getenv("PARLEY_LLAMA_SERVER"), filepath.Join(os.Getenv("PARLEY_MODELS"), "smollm2-135m", "model.gguf")
	if bin == "" {
		missing("PARLEY_LLAMA_SERVER is not set: deploy/setup.sh --test builds the server")
	}
	if _, err := os.Stat(weights); err != nil {
		missing("no small language model: parley models pull smollm2-135m (%v)", err)
	}
	port := freePort(t)
	cmd := exec.Command(bin, "-m", weights, "--host", "127.0.0.1", "--port", fmt.Sprint(port), "-c", "5120", "-t", "2", "-np", "5") // five replies at once cost little more than one
	l := &llama{url: fmt.Sprintf("http://127.0.0.1:%d", port), cmd: cmd, end: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = cmd.Wait(); close(l.end) }() // ends with the process
	t.Cleanup(l.kill)
	l.await(t)
	return l
}

func freePort(t *testing.T) int {
	t.Helper()
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func (l *llama) await(t *testing.T) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	for range 600 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.url+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		if res, err := client.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-l.end:
			t.Fatal("the server ended at once")
		case <-time.After(100 * time.Millisecond):
		}
	}
	t.Fatal("the server did not come up in a minute")
}

// kill ends the process at once and waits until it is gone.
func (l *llama) kill() {
	_ = l.cmd.Process.Kill() // already gone is as good
	<-l.end
}

func (l *llama) model(t *testing.T) *Model {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
	t.Cleanup(client.CloseIdleConnections)
	m, err := NewModel(Config{URL: l.url + "/v1", Model: "smollm2", HTTP: client})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var shop = []answer.Passage{
	{ID: "hours", Title: "When is the shop open?", Text: "The shop is open from Monday to Friday, 9 am to 6 pm."},
	{ID: "returns", Title: "How long can I return an order?", Text: "You can return an order within 30 days of delivery. The refund takes 5 working days."},
	{ID: "delivery", Title: "What does delivery cost?", Text: "Delivery costs 4 pounds. It is free from 50 pounds on."},
	{ID: "lost", Title: "How do I report a lost card?", Text: "Call 0800 555 010 at any hour. We block the card at once."},
}

// TestLlama talks to a real small language model.
func TestLlama(t *testing.T) {
	l := startLlama(t)
	m := l.model(t)
	t.Run("streams", func(t *testing.T) {
		var pieces []string
		resp, err := m.GenerateContent(t.Context(), []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Say hello to Anna and tell her that the shop opens at nine.")},
			llms.WithStreamingFunc(func(_ context.Context, b []byte) error { pieces = append(pieces, string(b)); return nil }), llms.WithMaxTokens(40))
		if err != nil {
			t.Fatal(err)
		}
		c := resp.Choices[0]
		if len(pieces) < 5 || strings.Join(pieces, "") != c.Content || c.StopReason == "" || c.GenerationInfo["CompletionTokens"].(int) < 5 {
			t.Errorf("%d pieces, %+v", len(pieces), c)
		}
	})
	t.Run("cites and is checked", func(t *testing.T) { testCitations(t, m) })
	t.Run("late", func(t *testing.T) {
		p := newPhraser(m, nil, time.Millisecond)
		if _, _, err := p.Phrase(t.Context(), "en", "when are you open", shop[:1]); !errors.Is(err, ErrLate) {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("left in mid-sentence", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		_, err := m.GenerateContent(ctx, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Tell a long story about a shop.")},
			llms.WithStreamingFunc(func(context.Context, []byte) error {
				if n++; n == 3 {
					cancel()
				}
				return nil
			}), llms.WithMaxTokens(400))
		if !errors.Is(err, context.Canceled) || n > 100 {
			t.Errorf("%d pieces, %v", n, err)
		}
	})
	t.Run("killed in mid-sentence", func(t *testing.T) { testKilled(t, l, m) })
}

// testCitations asks about each passage, all at once. What a model so small says is often wrong; what is handed on must not
// be.
func testCitations(t *testing.T, m *Model) {
	k := &killer{Model: m, kill: func() {}}
	p := newPhraser(k, nil, patience)
	p.whole = patience
	var said atomic.Int64
	var asked sync.WaitGroup
	for i, q := range []string{"When is the shop open?", "How many days do I have to return an order?", "What does delivery cost?", "How do I report a lost card?"} {
		asked.Go(func() { said.Add(int64(cites(t, p, q, shop[i]))) }) // ends with the reply
	}
	asked.Go(func() { // ends with the reply
		// The passage belongs to another question: whatever the model makes up must not pass.
		q := "Who is your manager and how old is he?"
		other := newPhraser(m, nil, patience)
		other.whole = patience
		for s, err := range other.Sentences(t.Context(), "en", q, shop[:1]) {
			if err == nil && unsupported(s.Text, "en", shop[:1]) != "" {
				t.Errorf("%s -> %s", q, s.Text)
			}
		}
	})
	asked.Wait()
	n := p.Counts()
	t.Logf("%+v of %q", n, k.heard.String())
	if said.Load() == 0 || int64(n.Said) != said.Load() {
		t.Errorf("%d sentences said, counted %+v", said.Load(), n)
	}
}

// cites asks q and checks what is handed on against the one passage there is. It returns the number of sentences.
func cites(t *testing.T, p *Phraser, q string, from answer.Passage) (said int) {
	for s, err := range p.Sentences(t.Context(), "en", q, []answer.Passage{from}) {
		if errors.Is(err, ErrNothing) {
			break
		}
		if err != nil {
			t.Errorf("%s: %v", q, err)
			break
		}
		said++
		t.Logf("%s -> %s %v", q, s.Text, s.Used)
		if len(s.Used) != 1 || s.Used[0] != from.ID || strings.ContainsAny(s.Text, "[]") {
			t.Errorf("%s: %+v", q, s)
		}
		for n := range factsOf(s.Text).numbers {
			if !factsOf(from.Title + " " + from.Text).numbers[n] {
				t.Errorf("%q has the number %s, which is nowhere", s.Text, n)
			}
		}
	}
	return said
}

// killer kills the server after a few pieces of a reply.
type killer struct {
	*Model

	after int
	kill  func()
	once  sync.Once
	mu    sync.Mutex // guards heard
	heard strings.Builder
}

func (k *killer) GenerateContent(ctx context.Context, msgs []llms.MessageContent, opts ...llms.CallOption) (*llms.ContentResponse, error) {
	var o llms.CallOptions
	for _, f := range opts {
		f(&o)
	}
	n := 0
	return k.Model.GenerateContent(ctx, msgs, append(opts, llms.WithStreamingFunc(func(ctx context.Context, b []byte) error {
		if n++; n == k.after {
			k.once.Do(k.kill)
		}
		k.mu.Lock()
		k.heard.Write(b)
		k.mu.Unlock()
		return o.StreamingFunc(ctx, b)
	}))...)
}

// testKilled kills the server while it is in the middle of a sentence: no half sentence is said, the caller gets approved
// text, and the next callers do not wait for a server that is gone.
func testKilled(t *testing.T, l *llama, m *Model) {
	k := &killer{Model: m, after: 4, kill: l.kill}
	p := newPhraser(k, nil, time.Minute)
	e := answer.New(nlu.New(nlu.Options{}), unsure{}, answer.Options{Phraser: p})
	for i := range failuresMax + 1 {
		d, err := e.Answer(t.Context(), answer.Dialogue{}, answer.Query{Text: "something about sending my order back", Lang: "en", Stream: true})
		if err != nil {
			t.Fatal(err)
		}
		if d.Decision != answer.Clarify || !strings.Contains(d.Text, "how long can I return an order") || d.More != nil {
			t.Errorf("ask %d: %+v", i, d)
		}
	}
	if k.heard.Len() == 0 {
		t.Error("the server was killed before it said a word")
	}
	t.Logf("killed after %q: %+v", k.heard.String(), p.Counts())
	if n := p.Counts(); n.Said != 0 || n.Replies[endedFailed] != failuresMax || n.Replies[endedResting] != 1 {
		t.Errorf("counted %+v", n)
	}
}

// unsure finds one entry that is likely enough to ask about and too unlikely to be answered with.
type unsure struct{}

func (unsure) Search(context.Context, knowledge.Ask) ([]knowledge.Hit, error) {
	e := knowledge.Entry{ID: "returns", Question: shop[1].Title, Answer: shop[1].Text, Lang: "en"}
	return []knowledge.Hit{{Entry: e, PRight: (knowledge.AnswerBar + knowledge.OfferBar) / 2}}, nil
}
