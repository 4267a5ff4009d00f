package node

import (
	"context"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/pipeline/call"
)

// unkept is a log that keeps nothing.
type unkept struct{}

func (unkept) Emit(context.Context, call.Offset, call.Kind, any, bool) error { return nil }

// TestDeskKnowsWhoIsSought has the desk count a call in which a person was sought as not contained.
func TestDeskKnowsWhoIsSought(t *testing.T) {
	t.Parallel()
	d := desk.New(desk.Options{})
	d.Begin(t.Context(), "c", call.Started{Route: "bank", Langs: []string{"en"}, At: time.Now()}, "sip", nil)
	w := watched{unkept{}, d, "c"}
	contained := func() (v float64) {
		for _, f := range d.Floor(func(string) bool { return true }).Figures {
			if f.ID == "containment" {
				return f.Value
			}
		}
		return -1
	}
	if got := contained(); got != 1 {
		t.Fatalf("contained %v before anybody was sought", got)
	}
	if err := w.Emit(t.Context(), 0, call.KindTransfer, call.Transfer{Target: "desk", State: "asked"}, true); err != nil {
		t.Fatal(err)
	}
	if got := contained(); got != 0 {
		t.Errorf("contained %v though a person was sought", got)
	}
	if err := w.Emit(t.Context(), 0, call.KindEnded, call.Ended{By: call.Caller}, true); err != nil {
		t.Fatal(err)
	}
}
