package desk

import (
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/assist/known"
	"github.com/parley-voice/parley/pipeline/call"
)

// What the caller told the bot rings with the call, of a chat too; what they put right while they talk reaches the page at once.
func TestWhatIsKnownRingsAndGrows(t *testing.T) {
	for _, channel := range []string{"sip", "chat"} {
		t.Run(channel, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := open(t, Options{})
				defer f.close()
				f.Begin(t.Context(), "c", call.Started{From: "+441632960000", Route: "bank", Langs: []string{"en"}, At: time.Now()}, channel, f.wire)
				defer f.End("c", call.Ended{By: call.Caller})
				w := f.ready("ann")
				defer w.Close()
				say := func(n int, who call.Party, text string) {
					f.Event("c", call.Offset(n), call.KindTurn, call.Turn{N: n, Who: who, Text: text, Lang: "en", Start: call.Offset(n) * call.Offset(time.Second)})
				}
				say(1, call.Bot, "What is your order number?")
				say(2, call.Caller, "it's 8841")
				say(3, call.Caller, "from the thirteenth of March, and my number is [phone]")
				say(4, call.Bot, "That was £40 on 9 May, order 7777.")
				seek := f.seek(t.Context(), Wish{Call: "c", Why: "asked", Lang: "en"}, func(string) {})
				o := f.Board("ann").Offer
				if o == nil {
					t.Fatal("it does not ring")
				}
				at := func(n int) call.Offset { return call.Offset(n) * call.Offset(time.Second) }
				want := []known.Slot{
					{Kind: known.Order, Value: "8841", Turn: 2, At: at(2)},
					{Kind: known.Date, Value: "13 March", Heard: "the thirteenth of March", Turn: 3, At: at(3)},
					{Kind: known.Phone, Value: "[phone]", Turn: 3, At: at(3)},
				}
				if !slices.Equal(o.Slots, want) {
					t.Errorf("rings with %+v", o.Slots)
				}
				if _, err := f.Accept(o.ID, "ann"); err != nil {
					t.Fatal(err)
				}
				if err := f.Arrive("c", "ann", "leg"); err != nil {
					t.Fatal(err)
				}
				<-seek
				f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
				synctest.Wait()
				drain(w)
				say(5, call.Caller, "no, the fourteenth")
				synctest.Wait()
				told := View{}
				for _, m := range drain(w) {
					if m.Event == "call" {
						told, _ = m.Data.(View)
					}
				}
				if i := slices.IndexFunc(told.Slots, func(s known.Slot) bool { return s.Kind == known.Date }); i < 0 || told.Slots[i].Value != "14 March" || told.Slots[i].Turn != 5 {
					t.Errorf("the page is told %+v", told.Slots)
				}
				say(6, call.Caller, "thank you")
				if b := f.Board("ann"); b.Call == nil || len(b.Call.Slots) != len(told.Slots) {
					t.Errorf("in the call: %+v", b.Call)
				}
			})
		})
	}
}

// What is known is written as a list, before anything is known too.
func TestKnownIsAList(t *testing.T) {
	for text, want := range map[string]string{"": `[]`, "I paid £40": `[{"kind":"money","value":"£40","turn":1,"at_s":0.000}]`} {
		v := View{Slots: []known.Slot{}}
		v.addTurn(spoken(call.Turn{N: 1, Who: call.Caller, Text: text, Lang: "en"}))
		c := v.clone()
		data, err := json.Marshal(c.Slots)
		if err != nil || string(data) != want {
			t.Errorf("%q: %s, %v", text, data, err)
		}
	}
}

// drain returns the messages that wait for a window.
func drain(w *Window) (out []Message) {
	for {
		select {
		case m := <-w.C:
			out = append(out, m)
		default:
			return out
		}
	}
}
