package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/work"
	"github.com/parley-voice/parley/tts"
)

// gate is the admission control: so many calls that, if all callers finish a sentence at the same moment, none waits
// longer for recognition than the limit; and none at all while the queue is behind.
type gate struct {
	mu    sync.Mutex
	calls int
	limit int
	wait  time.Duration
	queue *work.Queue
}

// errBusy means that this node carries all the calls it can.
var errBusy = errors.New("all places are taken")

// retryAfter is what a refused caller is told.
const retryAfter = 10 * time.Second

// enter takes a place for a call, or says after how long it may be tried again.
func (g *gate) enter() (time.Duration, bool) {
	l := g.queue.Load()
	g.mu.Lock()
	defer g.mu.Unlock()
	behind := l.Waiting > g.limit && l.Wait[work.Speculative] > g.wait
	if g.calls >= g.limit || behind {
		return retryAfter, false
	}
	g.calls++
	return 0, true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls--
}

// setLimit changes how many calls are taken at once; 0 leaves it as it is.
func (g *gate) setLimit(calls int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if calls > 0 {
		g.limit = calls
	}
}

func (g *gate) count() (calls, limit int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls, g.limit
}

// Places is how many calls run, and how many this node takes at once.
func (n *Node) Places() (calls, limit int) { return n.gate.count() }

// crowding is how much longer an utterance takes, on average, when many are recognised and heard at once.
const crowding = 1.25

// probe is spoken and recognised once at the start, to learn how long an utterance takes here.
const probe = "Could you tell me what I have to do when I have lost my card, please?"

// probed is how many others are said to wait while the time is taken: so many that it is taken as in a crowd.
const probed = 8

// measure sets the number of calls this node takes.
func (n *Node) measure(ctx context.Context) error {
	n.gate = &gate{limit: n.cfg.Limits.Calls, wait: n.cfg.Limits.Wait, queue: n.queue}
	if n.gate.limit > 0 {
		return nil
	}
	pcm, err := n.mouth.Say(ctx, probe, tts.Voice{Name: "kokoro:af_heart", Lang: "en"})
	if err != nil {
		return fmt.Errorf("measure this machine: %w", err)
	}
	pcm = pcm[:min(len(pcm), audio.Samples(4*time.Second))]
	u := asr.Utterance{Party: call.Caller, PCM: pcm, Class: work.Final, Langs: []string{"en"}, Try: asr.First, Others: probed}
	best := time.Duration(1 << 62)
	for range 5 { // the first one warms up, and others may be disturbed
		began := time.Now()
		if _, err := n.hearing.Recognize(ctx, u); err != nil {
			return fmt.Errorf("measure this machine: %w", err)
		}
		best = min(best, time.Since(began))
	}
	n.gate.limit = max(1, int(float64(n.cfg.Limits.Wait)/(crowding*float64(best))))
	n.env.Log.Info("capacity measured", "utterance_ms", best.Milliseconds(), "calls", n.gate.limit)
	return nil
}
