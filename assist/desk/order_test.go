package desk

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// drawers has three entries; the one whose word was said last is likeliest, one more comes with it.
type drawers struct{}

func (drawers) Search(_ context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	hit := func(id string, p float64) knowledge.Hit {
		return knowledge.Hit{Entry: knowledge.Entry{ID: id, Base: "bank", Question: id, Answer: "About " + id}, Score: p, PRight: p}
	}
	if strings.LastIndex(a.Text, "transfer") > strings.LastIndex(a.Text, "card") {
		return []knowledge.Hit{hit("transfer", 0.8)}, nil
	}
	return []knowledge.Hit{hit("card", 0.6), hit("pin", 0.3)}, nil
}

// TestOrder holds the cards of a call, and what windows are told, to the order in which they lie: what is needed now on top.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Search: func(string, string) cards.Searcher { return drawers{} }})
		defer f.close()
		f.begin("c")
		w := f.ready("ann")
		defer w.Close()
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		for n, x := range []struct{ said, want string }{
			{"how do I get a new bank card and a number", "card pin"},
			{"what does a transfer to another bank cost", "transfer card pin"},
			{"and back to my new bank card please, the number", "card pin transfer"},
		} {
			at := call.Offset(n) * 30e9
			f.Event("c", at, call.KindTurn, call.Turn{N: n + 1, Who: call.Caller, Text: x.said, Lang: "en", Start: at, End: at + 5e9})
			synctest.Wait()
			v, err := f.Call("c")
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, c := range v.Cards {
				ids = append(ids, c.Source.Entry)
			}
			if got := strings.Join(ids, " "); got != x.want {
				t.Errorf("after %q: %s, want %s", x.said, got, x.want)
			}
		}
		f.End("c", call.Ended{})
	})
}
