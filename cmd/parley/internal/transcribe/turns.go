package transcribe

import (
	"context"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
)

// Listener writes down recordings for whoever judges them. It is used by one goroutine; Close frees the models.
type Listener struct{ w worker }

// Open loads what hearing needs. langs are the languages that may be spoken, the expected one first; the error is a
// models.ErrMissing when the weights are not installed.
func Open(env *cli.Env, langs []string) (*Listener, error) {
	e, err := ear.Open(env, ear.Options{Threads: 2})
	if err != nil {
		return nil, err
	}
	return &Listener{worker{ear: e, langs: langs}}, nil
}

// Turns are what was said in a recording, and its language. Two channels are caller and agent, in this order; in one channel
// nobody is known. It blocks for about as long as half the recording lasts on two processor cores, or until ctx ends.
func (l *Listener) Turns(ctx context.Context, path string) ([]quality.Turn, string, error) {
	r, err := job{path: path}.open(false)
	if err != nil {
		return nil, "", err
	}
	f, err := l.w.transcribe(ctx, r, func(int) {}, nil)
	if err != nil {
		return nil, "", err
	}
	return f.judged(), f.Lang, nil
}

// judged are the turns as scorecards read them.
func (f *file) judged() []quality.Turn {
	out := make([]quality.Turn, 0, len(f.Turns))
	for _, t := range f.Turns {
		q := quality.Turn{Who: string(t.Who), Text: t.Text, StartS: t.Start.Seconds(), EndS: t.End.Seconds()}
		if t.Confidence > 0 {
			q.Confidence = &t.Confidence
		}
		out = append(out, q)
	}
	return out
}

// Close frees the models.
func (l *Listener) Close() error { return l.w.ear.Close() }
