package answer_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/parley-voice/parley/assist/answer"
)

// talker is a phraser that gives its reply sentence by sentence.
type talker struct {
	phraser

	sentences []string
	fail      error
	stopped   chan struct{}
}

func (t talker) Sentences(ctx context.Context, _, _ string, ps []answer.Passage) iter.Seq2[answer.Sentence, error] {
	return func(yield func(answer.Sentence, error) bool) {
		defer close(t.stopped)
		for _, s := range t.sentences {
			if ctx.Err() != nil || !yield(answer.Sentence{Text: s, Used: []string{ps[0].ID}}, nil) {
				return
			}
		}
		if t.fail != nil {
			yield(answer.Sentence{}, t.fail)
		}
	}
}

func TestStreamedReply(t *testing.T) {
	t.Parallel()
	ask := func(ctx context.Context, p talker) answer.Decision {
		d, err := engine(answer.Options{Phraser: p}).Answer(ctx, answer.Dialogue{}, answer.Query{Text: "something about my card", Lang: "en", Stream: true})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	t.Run("first sentence, then the rest", func(t *testing.T) {
		d := ask(t.Context(), talker{sentences: []string{"One.", "Two.", "Three."}, fail: errors.New("killed"), stopped: make(chan struct{})})
		if d.Decision != answer.Known || d.Text != "One." || d.More == nil {
			t.Fatalf("%+v", d)
		}
		if rest := slices.Collect(d.More); !slices.Equal(rest, []string{"Two.", "Three."}) {
			t.Fatalf("rest %q", rest)
		}
	})
	t.Run("nothing usable falls back to approved text", func(t *testing.T) {
		if d := ask(t.Context(), talker{fail: errors.New("down"), stopped: make(chan struct{})}); d.Decision != answer.Clarify || d.More != nil {
			t.Fatalf("%+v", d)
		}
	})
	t.Run("a dropped reply stops the model", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := talker{sentences: []string{"One.", "Two."}, stopped: make(chan struct{})}
		ask(ctx, p)
		cancel()
		<-p.stopped
	})
}
