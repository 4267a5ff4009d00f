package whisper

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/parley-voice/parley/asr"
)

// recognizer is what a child serves.
type recognizer interface {
	Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error)
	Close() error
}

// leaveAfter is how long a child waits for its running recognitions once its parent has gone.
const leaveAfter = 3 * time.Second

// ServeWorker is the child's side of a Worker: it reads jobs from in and writes results to out until in ends, which it
// does when the parent dies. It returns nil then, within a few seconds even if the library hangs; the process should
// exit. Nothing else may write to out. Signals that would end the process do nothing from then on: systemd and terminals
// send them to parent and child alike, and the parent needs the child until its last call has ended.
func ServeWorker(ctx context.Context, in io.Reader, out io.Writer) error {
	if err := standBehind(); err != nil {
		return err
	}
	return serveWorker(ctx, in, out, func(h hello) (recognizer, error) {
		return Open(h.Weights, h.Options)
	})
}

func serveWorker(ctx context.Context, in io.Reader, out io.Writer, open func(hello) (recognizer, error)) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	r := bufio.NewReaderSize(in, 1<<16)
	w := &frameWriter{w: out}
	first, err := readFrame(r)
	if err != nil || first.kind != kindHello {
		return fmt.Errorf("wait for parent: %w", errors.Join(errFrame, err))
	}
	var h hello
	if err := json.Unmarshal(first.head, &h); err != nil {
		return fmt.Errorf("wait for parent: %w", err)
	}
	engine, err := open(h)
	if err != nil {
		return errors.Join(err, w.send(kindError, 0, failure{Code: "engine", Message: err.Error()}, nil))
	}
	if err := w.send(kindReady, 0, nil, nil); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	c := &child{engine: engine, w: w, running: map[uint32]context.CancelFunc{}}
	err = c.serve(ctx, r)
	stop()
	if !c.wait(leaveAfter) {
		return errors.Join(err, errors.New("leave worker: a recognition hangs"))
	}
	return errors.Join(err, engine.Close())
}

// child runs the jobs of one parent.
type child struct {
	engine  recognizer
	w       *frameWriter
	jobs    sync.WaitGroup
	mu      sync.Mutex
	running map[uint32]context.CancelFunc
}

func (c *child) serve(ctx context.Context, r io.Reader) error {
	for {
		f, err := readFrame(r)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch f.kind {
		case kindCancel:
			c.mu.Lock()
			if cancel := c.running[f.job]; cancel != nil {
				cancel()
			}
			c.mu.Unlock()
		case kindJob:
			u, err := f.utterance()
			if err != nil {
				return err
			}
			c.start(ctx, f.job, u)
		default:
			return errFrame
		}
	}
}

func (c *child) start(ctx context.Context, job uint32, u asr.Utterance) {
	ctx, cancel := context.WithCancel(ctx)
	c.mu.Lock()
	c.running[job] = cancel
	c.mu.Unlock()
	c.jobs.Add(1)
	// Ends with the recognition, which ends when it is cancelled or the parent goes.
	go func() {
		defer c.jobs.Done()
		t, err := c.engine.Recognize(ctx, u)
		c.mu.Lock()
		delete(c.running, job)
		c.mu.Unlock()
		cancel()
		if err != nil {
			_ = c.w.send(kindError, job, failureOf(err), nil) // the reader notices when the parent has gone
			return
		}
		_ = c.w.send(kindResult, job, t, nil)
	}()
}

// wait tells whether all jobs ended within d.
func (c *child) wait(d time.Duration) bool {
	done := make(chan struct{})
	// Ends with the jobs; when they hang, with the process.
	go func() {
		c.jobs.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-time.After(d):
		return false
	}
}

func failureOf(err error) failure {
	code := "input"
	switch {
	case errors.Is(err, asr.ErrEmpty):
		code = "empty"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		code = "cancelled"
	case errors.Is(err, asr.ErrEngine):
		code = "engine"
	}
	return failure{Code: code, Message: err.Error()}
}

// err is the error the parent's caller gets.
func (f failure) err() error {
	switch f.Code {
	case "empty":
		return asr.ErrEmpty
	case "cancelled":
		return context.Canceled
	case "engine":
		return fmt.Errorf("%w: in the worker: %s", asr.ErrEngine, f.Message)
	default:
		return errors.New(f.Message)
	}
}
