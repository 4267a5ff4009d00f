package whisper

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
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

// process is one child.
type process struct {
	cmd    *exec.Cmd
	w      *frameWriter
	stdin  io.Closer
	stderr tail
	gone   chan struct{} // closed when the child has ended and been waited for
	why    error         // set before gone is closed

	mu      sync.Mutex
	killed  bool // or dead already
	next    uint32
	waiting map[uint32]chan frame
}

func (w *Worker) start(ctx context.Context) (*process, error) {
	cmd := exec.Command(w.opt.Exe, w.opt.Args...)
	cmd.Env = w.opt.Env
	p := &process{cmd: cmd, gone: make(chan struct{}), waiting: map[uint32]chan frame{}}
	cmd.Stderr = &p.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start recognition worker: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start recognition worker: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start recognition worker: %w", err)
	}
	p.stdin, p.w = stdin, &frameWriter{w: stdin}
	ready := make(chan frame, 1)
	p.waiting[0] = ready
	// Ends when the child closes its output, which it does at the latest when it dies.
	go p.read(stdout)
	h := hello{Weights: w.opt.Weights, Threads: w.opt.Threads, States: w.opt.States, MinContext: w.opt.MinContext, Beams: w.opt.Beams}
	if err := p.w.send(kindHello, 0, h, nil); err != nil {
		p.leave(0)
		return nil, fmt.Errorf("start recognition worker: %w: %s", err, p.stderr.String())
	}
	late := time.NewTimer(startTime)
	defer late.Stop()
	err = nil
	select {
	case f := <-ready:
		if f.kind == kindReady {
			return p, nil
		}
		var why failure
		_ = json.Unmarshal(f.head, &why)
		err = errors.New(why.Message)
	case <-p.gone:
		err = fmt.Errorf("%w: %s", p.why, p.stderr.String())
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-late.C:
		err = fmt.Errorf("not ready after %v", startTime)
	}
	p.leave(0)
	return nil, fmt.Errorf("start recognition worker: %w", err)
}

// read hands the child's answers to who waits for them, and ends all waiting when the child is gone.
func (p *process) read(stdout io.Reader) {
	r := bufio.NewReaderSize(stdout, 1<<16)
	var bad error
	for {
		f, err := readFrame(r)
		if err != nil {
			bad = err
			break
		}
		p.mu.Lock()
		ch := p.waiting[f.job]
		delete(p.waiting, f.job)
		p.mu.Unlock()
		if ch != nil {
			ch <- f // buffered
		}
	}
	if !errors.Is(bad, io.EOF) {
		p.kill() // it talks nonsense
	}
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	p.why = p.cmd.Wait()
	if p.why == nil {
		p.why = errors.New("it left")
	}
	close(p.gone)
}

// leave asks the child to go by closing its input, kills it after grace, and waits.
func (p *process) leave(grace time.Duration) {
	_ = p.stdin.Close()
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-p.gone:
	case <-t.C:
		_ = p.cmd.Process.Kill()
		<-p.gone
	}
}

func (p *process) recognize(ctx context.Context, u asr.Utterance, limit time.Duration) (asr.Transcript, error) {
	var t asr.Transcript
	pcm := u.PCM
	u.PCM = nil
	answer := make(chan frame, 1)
	p.mu.Lock()
	p.next++
	job := p.next
	p.waiting[job] = answer
	p.mu.Unlock()
	late := time.NewTimer(limit)
	defer late.Stop()
	sent := make(chan error, 1)
	// Ends when the child has read the job; if it never does, when it is killed.
	go func() { sent <- p.w.send(kindJob, job, u, pcm) }()
	select {
	case err := <-sent:
		if err != nil {
			return t, fmt.Errorf("%w: %w", asr.ErrEngine, err)
		}
	case <-late.C:
		p.kill()
		return t, fmt.Errorf("%w: worker takes nothing", asr.ErrEngine)
	}
	select {
	case f := <-answer:
		return f.transcript()
	case <-p.gone:
		return t, fmt.Errorf("%w: worker died: %w", asr.ErrEngine, p.why)
	case <-late.C:
		p.kill()
		return t, fmt.Errorf("%w: no answer within %v", asr.ErrEngine, limit)
	case <-ctx.Done():
		p.forget(job)
		_ = p.w.send(kindCancel, job, nil, nil) // a dead child needs no cancelling
		return t, context.Cause(ctx)
	}
}

// dead tells whether the child has ended or is about to.
func (p *process) dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.killed
}

// kill ends a child that no longer does what it should.
func (p *process) kill() {
	p.mu.Lock()
	p.killed = true
	p.mu.Unlock()
	_ = p.cmd.Process.Kill() // it may have ended by itself
}

func (p *process) forget(job uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, job)
}

func (f frame) transcript() (asr.Transcript, error) {
	var t asr.Transcript
	if f.kind == kindError {
		var why failure
		if err := json.Unmarshal(f.head, &why); err != nil {
			return t, fmt.Errorf("%w: %w", asr.ErrEngine, errFrame)
		}
		return t, why.err()
	}
	if err := json.Unmarshal(f.head, &t); err != nil {
		return t, fmt.Errorf("%w: %w", asr.ErrEngine, errFrame)
	}
	return t, nil
}

// tail keeps the last bytes written to it, for error messages.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailLen = 1024

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if n := len(t.b) - tailLen; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
