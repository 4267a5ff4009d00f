package desk

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestCode lets a caller prove by keypad which of two customers they are, and somebody else fail.
func TestCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ceilings := 0
		f := open(t, Options{Codes: true, Customers: book{Who{Number: "+4412345", Given: &Given{Name: "Bo", Contact: "+4412345"}, Maybe: []Maybe{{"c1", "Li"}, {"c2", "Wu"}}}}, Ceiling: func(View) *Ceiling { ceilings++; return nil }})
		defer f.close()
		f.Begin(t.Context(), "c", call.Started{From: "web", Contact: "+4412345", Route: "bank", Langs: []string{"en"}, At: time.Now()}, "web", f.wire)
		defer f.End("c", call.Ended{})
		w := f.ready("ann")
		defer w.Close()
		takeCall(t, f, "ann")
		if err := f.AskCode("c", "bob"); !errors.Is(err, ErrUnknown) {
			t.Errorf("asked by somebody who is not in the call: %v", err)
		}
		if err := f.AskCode("c", "ann"); err != nil {
			t.Fatal(err)
		}
		if err := f.AskCode("c", "ann"); !errors.Is(err, ErrState) {
			t.Errorf("asked twice at once: %v", err)
		}
		cmd := f.wire.last()
		if cmd.Who != "c1,c2" || cmd.Agent != "ann" {
			t.Errorf("asked for %+v", cmd)
		}
		f.Coded("c", Coded{Code: Code{State: "asked", Typed: 3, Try: 1}, By: "ann"})
		if v, _ := f.Call("c"); v.Code == nil || v.Code.Typed != 3 || v.Caller.Identity.State != "unknown" {
			t.Errorf("while they key: %+v, %+v", v.Code, v.Caller.Identity)
		}
		f.Coded("c", Coded{Code: Code{State: "wrong", Try: 3}, By: "ann"})
		if v, _ := f.Call("c"); v.Caller.Identity.State != "failed" || v.Caller.Identity.How != "keypad" || v.Caller.ID != "" {
			t.Errorf("three wrong ones: %+v", v.Caller)
		}
		before := ceilings
		if err := f.AskCode("c", "ann"); err != nil {
			t.Fatal(err)
		}
		f.Coded("c", Coded{Code: Code{State: "verified", Try: 1}, Customer: "c2", By: "ann"})
		synctest.Wait()
		v, _ := f.Call("c")
		if c := v.Caller; c.ID != "c2" || c.Name != "Wu" || c.Identity.State != "verified" || c.Identity.How != "keypad" || c.Identity.By != "ann" || c.Given == nil || c.Given.Name != "Bo" {
			t.Errorf("keyed in right: %+v", c)
		}
		if ceilings == before {
			t.Error("how far the agent may go is not reckoned again")
		}
	})
}

// TestCodeOfNobody is asked of nobody whom it is not known whose it would be, nor of who writes.
func TestCodeOfNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for channel, want := range map[string]error{"web": ErrNobody, "chat": ErrState} {
			f := open(t, Options{Codes: true, Customers: book{Who{Number: "x"}}})
			f.Begin(t.Context(), "c", call.Started{From: "web", Route: "bank", Langs: []string{"en"}, At: time.Now()}, channel, f.wire)
			w := f.ready("ann")
			takeCall(t, f, "ann")
			if err := f.AskCode("c", "ann"); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", channel, err, want)
			}
			f.End("c", call.Ended{})
			w.Close()
			f.close()
		}
	})
}

// TestRuleIdentifies lets rules have a code keyed in, and say who somebody is, with their name.
func TestRuleIdentifies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Codes: true, Customers: book{Who{ID: "c1", Name: "Li", Number: "+4412345"}}})
		defer f.close()
		f.Begin(t.Context(), "c", call.Started{From: "+4412345", Route: "bank", Langs: []string{"en"}, At: time.Now()}, "sip", f.wire)
		defer f.End("c", call.Ended{})
		time.Sleep(time.Second) // looked up
		a := &advice{f.Desk, "c"}
		a.fired(rules.Firing{Rule: "bank/limit", Do: []rules.Do{{Kind: rules.AskCode}}}, nil, nil)
		if cmd := f.wire.last(); cmd.Who != "c1" || cmd.Agent != "rule:bank/limit" {
			t.Errorf("asked for %+v", cmd)
		}
		f.Coded("c", Coded{Code: Code{State: "none", Try: 1}, By: "rule:bank/limit"})
		if v, _ := f.Call("c"); v.Caller.Identity.State != "unknown" {
			t.Errorf("nothing keyed in: %+v", v.Caller.Identity)
		}
		a.fired(rules.Firing{Rule: "bank/word", Do: []rules.Do{{Kind: rules.Identify, Params: map[string]string{"state": "verified", "how": "password of the account"}}}}, nil, nil)
		if v, _ := f.Call("c"); v.Caller.Identity.State != "verified" || v.Caller.Identity.By != "rule:bank/word" || v.Caller.Identity.How != "password of the account" {
			t.Errorf("by a rule: %+v", v.Caller.Identity)
		}
		f.wire.Do(Command{Do: "nothing"})
		a.fired(rules.Firing{Rule: "bank/limit", Do: []rules.Do{{Kind: rules.AskCode}}}, nil, nil)
		if cmd := f.wire.last(); cmd.Do == "code" {
			t.Error("a verified caller is asked again")
		}
	})
}
