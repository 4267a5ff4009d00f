package desk

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestChoose makes nobody known by what they say; an agent who has asked says which one it is.
func TestChoose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ceilings := 0
		f := open(t, Options{Customers: book{Who{Number: "wu@example.com", Maybe: []Maybe{{"c1", "Li"}, {"c2", "Wu"}}}}, Ceiling: func(View) *Ceiling { ceilings++; return nil }})
		defer f.close()
		f.Begin(t.Context(), "c", call.Started{From: "chat", Contact: "wu@example.com", Route: "bank", Langs: []string{"en"}, At: time.Now()}, "chat", f.wire)
		defer f.End("c", call.Ended{})
		w := f.ready("ann")
		defer w.Close()
		takeCall(t, f, "ann")
		v, err := f.Call("c")
		if err != nil || v.Caller.ID != "" || v.Caller.Identity.State != "unknown" || len(v.Caller.Maybe) != 2 {
			t.Fatalf("%v: known by their own word: %+v", err, v.Caller)
		}
		if err := f.Choose(t.Context(), "c", "ann", "c3", "questions"); !errors.Is(err, ErrNotOne) {
			t.Errorf("somebody else: %v", err)
		}
		if err := f.Choose(t.Context(), "c", "bob", "c2", "questions"); !errors.Is(err, ErrUnknown) {
			t.Errorf("by somebody who is not in the call: %v", err)
		}
		before := ceilings
		if err := f.Choose(t.Context(), "c", "ann", "c2", "questions"); err != nil {
			t.Fatal(err)
		}
		v, _ = f.Call("c")
		if c := v.Caller; c.ID != "c2" || c.Name != "Wu" || c.Identity.State != "verified" || c.Identity.By != "ann" || len(c.Maybe) != 0 || c.Number != "wu@example.com" || len(v.History) != 1 {
			t.Errorf("chosen: %+v, %+v", v.Caller, v.History)
		}
		if ceilings == before {
			t.Error("how far the agent may go is not reckoned again")
		}
	})
}
