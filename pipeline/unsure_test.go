package pipeline_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/work"
)

// hesitant is unsure of text when it is asked for one try, and counts tries.
type hesitant struct {
	mu    sync.Mutex
	text  string
	fails bool // at a second try
	hangs bool // at a second try, until nobody wants it any more
	tries [3]int
}

func (h *hesitant) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, err := deaf{text: h.text}.Recognize(ctx, u)
	if u.Class != work.Partial {
		h.tries[u.Try]++
		t.Unsure = u.Try == asr.First
		if h.fails && u.Try == asr.Second {
			return asr.Transcript{}, asr.ErrEngine
		}
		if h.hangs && u.Try == asr.Second {
			<-ctx.Done()
			return asr.Transcript{}, context.Cause(ctx)
		}
	}
	return t, err
}

// TestUnsureIsHeardAgain has the recogniser unsure of a question that is answered well all the same, of one that is not, of
// nothing at all, and of something private.
func TestUnsureIsHeardAgain(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		private bool
		want    [3]bool
	}{
		"known": {"question of mine", false, [3]bool{asr.First: true}}, "unknown": {"mumbling", false, [3]bool{asr.First: true, asr.Second: true}},
		"nothing": {"", false, [3]bool{asr.First: true, asr.Second: true}}, "private": {"question of mine", true, [3]bool{asr.AsNeeded: true}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ears := &hesitant{text: c.text}
				talk(t, ears, collecting{private: c.private}, &soundTape{}, 2500*time.Millisecond)
				ears.mu.Lock()
				defer ears.mu.Unlock()
				for try, n := range ears.tries {
					if n > 0 != c.want[try] {
						t.Errorf("try %d was made %d times", try, n)
					}
				}
			})
		})
	}
}

// TestFirstTryStands has the recogniser fail at its second try: the caller is taken by the words of the first.
func TestFirstTryStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ears := &hesitant{text: "mumbling", fails: true}
		log := talk(t, ears, collecting{}, &soundTape{}, 2500*time.Millisecond)
		ears.mu.Lock()
		defer ears.mu.Unlock()
		if ears.tries[asr.Second] == 0 {
			t.Error("no second try was made")
		}
		if said := log.turns(call.Caller); len(said) != 1 || said[0].Text != "mumbling" {
			t.Errorf("the caller said %+v", said)
		}
	})
}

// TestSecondTryUnwanted has a call end during the second try: that is no failure to tell of.
func TestSecondTryUnwanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ears, told := &hesitant{text: "mumbling", hangs: true}, &bytes.Buffer{}
		talkTo(t, &pipeline.Bot{
			Recognizer: ears, Answerer: scripted{}, Speaker: tones(0), Work: work.New(1), Logger: slog.New(slog.NewTextHandler(told, nil)),
			Redact: func(call.ID) pipeline.Redactor { return collecting{} },
		}, &soundTape{}, 2500*time.Millisecond)
		if ears.tries[asr.Second] == 0 || strings.Contains(told.String(), "second try") {
			t.Errorf("%d second tries; the log says %q", ears.tries[asr.Second], told)
		}
	})
}
