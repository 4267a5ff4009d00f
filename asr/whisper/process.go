package whisper

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/parley-voice/parley/asr"
)

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
	if err := p.w.send(kindHello, 0, hello{w.opt.Weights, w.opt.Options}, nil); err != nil {
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
	began := time.Now()
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
	case <-ctx.Done():
		return t, p.giveUp(ctx, job, answer, limit-time.Since(began))
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
		return t, p.giveUp(ctx, job, answer, limit-time.Since(began))
	}
}

// giveUp cancels a job whose ctx has ended and returns why it did, at once. A child that does not even give the job up
// within the time left for it hangs: nobody else may be waiting who would notice.
func (p *process) giveUp(ctx context.Context, job uint32, answer <-chan frame, left time.Duration) error {
	// Ends with the child's answer, or with the child.
	go func() {
		late := time.AfterFunc(max(left, 0), p.kill)
		defer late.Stop()
		_ = p.w.send(kindCancel, job, nil, nil) // a dead child needs no cancelling
		select {
		case <-answer:
		case <-p.gone:
		}
	}()
	return context.Cause(ctx)
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
