package whisper

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// WorkerOptions say which child a Worker runs.
type WorkerOptions struct {
	Exe     string   // the program, usually this process's own
	Args    []string // that make it call ServeWorker
	Env     []string // its environment, nil = this process's
	Weights string   // ggml file
	Options
	// Deadline is how long a recognition may take beside three times the length of its sound, 0 = 10 s. When it is
	// over, the child is killed and started again.
	Deadline time.Duration
}

// Times between a child's death and the next start: the first one, and the longest when it dies again and again.
const (
	firstRestart = 50 * time.Millisecond
	lastRestart  = 5 * time.Second
	// livedLong is how long a child must have lived for the next restart to be a first one again.
	livedLong = 30 * time.Second
	// startTime is how long a child may take to load its weights.
	startTime = 60 * time.Second
	// closeTime is how long a child may take to leave when the worker is closed.
	closeTime = 4 * time.Second
)

// errWorkerClosed is the end of recognitions that still wait when a Worker is closed.
var errWorkerClosed = fmt.Errorf("%w: worker is closed", asr.ErrEngine)

// Worker recognises in a child process. A crash or a hang there ends the recognitions in it with asr.ErrEngine (one,
// unless Options.States says more) and a new child takes over. All methods may be called from any goroutine.
type Worker struct {
	opt    WorkerOptions
	log    *slog.Logger
	slots  chan struct{}
	cancel context.CancelFunc
	done   chan struct{} // closed when no child runs any more

	mu      sync.Mutex
	proc    *process      // nil while none is ready
	changed chan struct{} // closed when proc changes
	closed  bool
	crashes int
}

// OpenWorker starts the child and waits until it has loaded the weights, or ctx ends. The child lives until Close, or
// until this process dies.
func OpenWorker(ctx context.Context, opt WorkerOptions) (*Worker, error) {
	opt.Options = opt.withDefaults()
	if opt.Deadline <= 0 {
		opt.Deadline = 10 * time.Second
	}
	w := &Worker{opt: opt, log: opt.Log, slots: make(chan struct{}, opt.States), done: make(chan struct{}), changed: make(chan struct{})}
	p, err := w.start(ctx)
	if err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w.cancel = cancel
	w.set(p)
	// Ends after Close has cancelled run and the child has gone.
	go w.keep(run, p)
	return w, nil
}

// Close ends the child and waits for it. Recognitions under way fail.
func (w *Worker) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.cancel()
	<-w.done
	return nil
}

// Crashes is the number of children that died before Close.
func (w *Worker) Crashes() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.crashes
}

// PID is the process number of the child that is ready, 0 while none is.
func (w *Worker) PID() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.proc == nil {
		return 0
	}
	return w.proc.cmd.Process.Pid
}

func (w *Worker) set(p *process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.proc = p
	close(w.changed)
	w.changed = make(chan struct{})
}

// keep starts the next child whenever one dies.
func (w *Worker) keep(ctx context.Context, p *process) {
	defer close(w.done)
	pause := firstRestart
	for {
		began := time.Now()
		select {
		case <-p.gone:
		case <-ctx.Done():
			w.set(nil)
			p.leave(closeTime)
			return
		}
		w.mu.Lock()
		w.crashes++
		w.mu.Unlock()
		w.set(nil)
		w.log.WarnContext(ctx, "recognition worker died; starting another", "why", p.why, "said", p.stderr.String())
		if time.Since(began) > livedLong {
			pause = firstRestart
		}
		for p = nil; p == nil; {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return
			}
			pause = min(2*pause, lastRestart)
			var err error
			if p, err = w.start(ctx); err != nil {
				w.log.ErrorContext(ctx, "cannot start recognition worker", "err", err)
			}
		}
		w.set(p)
	}
}

// take waits for a child that is ready.
func (w *Worker) take(ctx context.Context) (*process, error) {
	for {
		w.mu.Lock()
		p, changed, closed := w.proc, w.changed, w.closed
		w.mu.Unlock()
		switch {
		case closed:
			return nil, errWorkerClosed
		case p != nil && !p.dead():
			return p, nil
		}
		select {
		case <-changed:
		case <-w.done:
			return nil, errWorkerClosed
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Recognize is Engine.Recognize in the child. When ctx ends it returns at once; the child gives up when it can.
func (w *Worker) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	t := asr.Transcript{Party: u.Party, Start: u.Start, End: u.Start + call.Offset(audio.Duration(len(u.PCM))), Final: true}
	if len(u.PCM) == 0 {
		return t, asr.ErrEmpty
	}
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return t, context.Cause(ctx)
	}
	defer func() { <-w.slots }()
	limit := w.opt.Deadline + 3*audio.Duration(len(u.PCM))
	waiting, stop := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: no worker within %v", asr.ErrEngine, limit))
	defer stop()
	p, err := w.take(waiting)
	if err != nil {
		return t, err
	}
	got, err := p.recognize(ctx, u, limit)
	if err != nil {
		return t, err
	}
	if got.Lang == "zh" { // the child's Fold is the default one
		got.Text = w.opt.Fold(got.Text)
	}
	return got, nil
}
