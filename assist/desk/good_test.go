package desk

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// cardsOf counts what a window was told of the card of what may be offered.
func cardsOf(w *Window) (told []Card) {
	for {
		select {
		case m := <-w.C:
			if c, ok := m.Data.(Card); ok && c.ID == goodID {
				told = append(told, c)
			}
		default:
			return told
		}
	}
}

// TestMakingGoodIsOneCard shows what may be offered once it is due, changes it in its place, and leaves it away when the
// agent put it away.
func TestMakingGoodIsOneCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ceiling := Ceiling{Amount: 10, WithMore: 30, Currency: "GBP", WhyEn: []string{"The table gives GBP 30."}, WhyZh: []string{"政策表给出 GBP 30。"}}
		f := open(t, Options{Ceiling: func(v View) *Ceiling {
			c := ceiling
			c.Due = v.Intent == "refund"
			return &c
		}})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		w := f.ready("ann")
		defer w.Close()
		takeCall(t, f, "ann")
		cardsOf(w)
		turn := func(n int, intent string) {
			f.Event("c", 0, call.KindTurn, call.Turn{N: n, Who: call.Caller, Text: "well", Lang: "en", Intent: intent})
			synctest.Wait()
		}
		turn(1, "opening_hours")
		if got := cardsOf(w); len(got) != 0 {
			t.Fatalf("shown before it is due: %+v", got)
		}
		turn(2, "refund")
		turn(3, "refund") // not again
		got := cardsOf(w)
		if len(got) != 1 || got[0].Kind != "compensation" || got[0].Turn != 2 || !strings.Contains(got[0].Title, "GBP 10, up to GBP 30 if") || !strings.Contains(got[0].TextZh, "政策表") {
			t.Fatalf("cards %+v", got)
		}
		ceiling.Amount = 0
		turn(4, "")
		if got := cardsOf(w); len(got) != 1 || got[0].Title != "Compensation: up to GBP 30 if a supervisor agrees" || got[0].Turn != 2 {
			t.Fatalf("after the ceiling changed: %+v", got)
		}
		if err := f.Card("c", "ann", goodID, "dismissed"); err != nil {
			t.Fatal(err)
		}
		ceiling.WithMore = 0
		turn(5, "")
		if got := cardsOf(w); len(got) != 0 {
			t.Errorf("shown again after it was put away: %+v", got)
		}
		v, err := f.Call("c")
		if n := len(v.Cards); err != nil || n != 1 || v.Cards[0].State != "dismissed" || !strings.Contains(v.Cards[0].Title, "nothing more") {
			t.Errorf("%v: cards %+v", err, v.Cards)
		}
	})
}

// TestRuleMakesGoodDue shows the card when a rule raises the ceiling, whatever the caller calls about.
func TestRuleMakesGoodDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Ceiling: func(View) *Ceiling { return &Ceiling{Amount: 5, WithMore: 5, Currency: "CNY"} }})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		a := &advice{f.Desk, "c"}
		a.fired(rules.Firing{Rule: "late-parcel", Do: []rules.Do{{Kind: rules.RaiseCeiling}}}, nil, nil)
		v, err := f.Call("c")
		if err != nil || len(v.Cards) != 1 || v.Cards[0].Why[0] != "late-parcel" || v.Cards[0].TitleZh != "补偿：最多 CNY 5" {
			t.Errorf("%v: %+v", err, v.Cards)
		}
	})
}
