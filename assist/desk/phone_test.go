package desk

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestPhoneCalledOff rings at a telephone that is called off: who answers is let go, and one that was not reached is not told.
func TestPhoneCalledOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed func(string)
		f := inCall(t, Options{
			Phones: func() []Place { return []Place{{"doc", "Doctor", "phone"}} },
			Phone:  func(_ context.Context, _ call.ID, _ string, no func(string)) { failed = no },
		})
		defer f.close()
		defer f.End("c", call.Ended{})
		ask := func() {
			if err := f.Transfer("c", "ann", "doc", true); err != nil || f.Board("ann").Call.Asking != "Doctor" {
				t.Fatal(err, f.Board("ann").Call.Asking)
			}
		}
		ask()
		if err := f.Consult("c", "ann", "cancel"); err != nil || f.Board("ann").Call.Asking != "" {
			t.Fatal(err)
		}
		n := len(f.wire.did())
		failed("no answer")
		if len(f.wire.did()) != n {
			t.Errorf("who was called off did not answer: %+v", f.wire.last())
		}
		ask()
		if err := f.Consult("c", "ann", "cancel"); err != nil {
			t.Fatal(err)
		}
		f.part("joined", PhonePerson+"doc", "colleague")
		if f.wire.last() != (Command{Do: "leave", Person: PhonePerson + "doc"}) {
			t.Errorf("who was called off and answers: %+v", f.wire.last())
		}
		f.part("left", PhonePerson+"doc", "colleague")
		ask()
		f.part("joined", PhonePerson+"doc", "colleague")
		if v := f.Board("ann").Call; v.Asking != "" || f.wire.last() == (Command{Do: "leave", Person: PhonePerson + "doc"}) {
			t.Errorf("who is wanted: %q, %+v", v.Asking, f.wire.last())
		}
	})
}

// TestPhoneBlind sends a caller to a telephone: who answers has the call, unless they were called off, who never has it.
func TestPhoneBlind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := inCall(t, Options{
			Phones: func() []Place { return []Place{{"doc", "Doctor", "phone"}} },
			Phone:  func(context.Context, call.ID, string, func(string)) {},
		})
		defer f.close()
		defer f.End("c", call.Ended{})
		for _, off := range []bool{true, false} {
			if err := f.Transfer("c", "ann", "doc", false); err != nil {
				t.Fatal(err)
			}
			want := Command{Do: "role", Person: PhonePerson + "doc", Role: "agent"}
			if off {
				want = Command{Do: "leave", Person: PhonePerson + "doc"}
				if err := f.Consult("c", "ann", "cancel"); err != nil {
					t.Fatal(err)
				}
			}
			f.part("joined", PhonePerson+"doc", "colleague")
			if f.wire.last() != want || f.Board("ann").Call.Agent != "ann" {
				t.Errorf("called off %v: %+v, ann has %+v", off, f.wire.last(), f.Board("ann").Call)
			}
			f.part("left", PhonePerson+"doc", "colleague")
		}
	})
}
