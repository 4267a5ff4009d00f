package desk

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestChoiceWhenNobodyIsThere offers to call back where the queue wants it, and keeps the wish when the caller takes it.
func TestChoiceWhenNobodyIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept, fail := 0, error(nil)
		closed := false
		f := open(t, Options{
			Queue: func(string) Policy {
				return Policy{Name: "q", CallBack: true, Open: func(time.Time) bool { return !closed }}
			},
			CallBack: func(context.Context, View) error { kept++; return fail }, BackKey: func() rune { return '*' },
		})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		nobody := (*NobodyError)(nil)
		for _, closed = range []bool{false, true} {
			_, err := f.Seek(t.Context(), Wish{Call: "c", Why: "asked", Lang: "en"}, nil)
			if !errors.As(err, &nobody) || nobody.Key != '*' || nobody.Bye || !strings.Contains(nobody.Text, "press the star key") {
				t.Errorf("closed %v: %+v", closed, err)
			}
		}
		fail = errors.New("disk")
		if _, err := f.Seek(t.Context(), Wish{Call: "c", Why: WishBack, Lang: "en"}, nil); !errors.As(err, &nobody) || nobody.Bye || nobody.Why != "refused" {
			t.Errorf("a wish that is not kept: %+v", err)
		}
		fail = nil
		if _, err := f.Seek(t.Context(), Wish{Call: "c", Why: WishBack, Lang: "en"}, nil); !errors.As(err, &nobody) || !nobody.Bye || nobody.Why != Called || kept != 2 {
			t.Errorf("kept %d times: %+v", kept, err)
		}
		f.Begin(t.Context(), "w", call.Started{From: "web", Route: "bank", Langs: []string{"en"}}, "web", f.wire)
		defer f.End("w", call.Ended{})
		if _, err := f.Seek(t.Context(), Wish{Call: "w", Why: "asked", Lang: "en"}, nil); !errors.As(err, &nobody) || nobody.Key != 0 {
			t.Errorf("who has no number is offered it: %+v", err)
		}
	})
}

// TestUnreached gives an agent back whose caller did not answer: told why, ready, with nothing to write down.
func TestUnreached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{WrapUp: func(context.Context, string, View) (any, error) { t.Error("written down"); return nil, nil }})
		defer f.close()
		f.begin("c")
		f.Recall("c", "my card was stolen")
		w := f.ready("ann")
		defer w.Close()
		got := f.seek(t.Context(), Wish{Call: "c", Why: Called, Lang: "en"}, func(string) {})
		b := f.Board("ann")
		if b.Offer == nil || b.Offer.Kind != Called || b.Offer.Reason != "my card was stolen" {
			t.Fatalf("offer %+v", b.Offer)
		}
		if _, err := f.Accept(b.Offer.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "ann", 1); err != nil {
			t.Fatal(err)
		}
		f.Rings("c", (<-got).taken.Agent)
		if b = f.Board("ann"); b.Call == nil || b.Call.Parties[0].State != "ringing" || b.Call.With != "agent" {
			t.Fatalf("while it rings: %+v", b.Call)
		}
		if err := f.Do("c", "ann", Command{Do: "end"}); err != nil || f.wire.last().Do != "end" {
			t.Errorf("to give it up: %v", err)
		}
		f.Unreached("c", "busy")
		if b = f.Board("ann"); b.Me.State != Ready || b.Call != nil || b.WrapUp != nil {
			t.Errorf("afterwards: %+v", b)
		}
		told := false
		for len(w.C) > 0 {
			m := <-w.C
			v, ok := m.Data.(map[string]string)
			told = told || ok && v["part"] == Called && v["text"] == "busy"
		}
		if !told {
			t.Error("the agent is not told why")
		}
	})
}
