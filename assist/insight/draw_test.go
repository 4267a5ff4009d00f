package insight

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

func sec(s float64) call.Offset { return call.Offset(time.Duration(s * 1e9)) }

// script makes a call: who, text, from, to, decision.
type line struct {
	who      call.Party
	text     string
	from, to float64
	decision string
}

func callOf(length float64, lines ...line) record.Detail {
	d := record.Detail{Call: record.Call{ID: "c", State: record.Ended, From: "+442079460018", Route: "bank", Lang: "en", Codec: "PCMA", StartedAt: noon, Duration: length, EndedBy: call.Caller, Why: "bye"}}
	for i, l := range lines {
		d.Turns = append(d.Turns, call.Turn{N: i + 1, Who: l.who, Text: l.text, Lang: "en", Start: sec(l.from), End: sec(l.to), Decision: l.decision})
	}
	return d
}

func ev(at float64, kind call.Kind, body any) call.Event {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return call.Event{At: sec(at), Kind: kind, Body: raw}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	hello := line{call.Bot, "Good day, how can I help?", 0, 2, "greeting"}
	lost := line{call.Caller, "I lost my card on the train.", 3, 5, ""}
	block := line{call.Bot, "You can block it in the app.", 6, 9, "answer"}
	pumps := line{call.Caller, "Do you sell aquarium pumps?", 10, 12, ""}
	offer := line{call.Bot, "I do not know that. Shall I get a person?", 13, 15, "offer_person"}
	which := line{call.Bot, "Do you mean the fee or the limit?", 13, 15, "clarify"}
	fee := line{call.Caller, "The fee.", 16, 17, ""}
	eight := line{call.Bot, "It is eight euros.", 18, 20, "answer"}
	mia := line{call.Agent, "Hello, this is Mia. It is blocked now.", 30, 33, ""}
	will := line{call.Agent, "We will send you a new card by Friday.", 34, 37, ""}
	asked := ev(10, call.KindTransfer, call.Transfer{Target: "desk", State: "asked", Why: "asked"})
	nobody := ev(40, call.KindTransfer, call.Transfer{Target: "desk", State: "unavailable", Why: "nobody takes the call: timeout"})
	back := ev(40, call.KindTransfer, call.Transfer{Target: "desk", State: "unavailable", Why: "nobody takes the call: callback"})
	taken := ev(25, call.KindTransfer, call.Transfer{Target: "p1", State: "accepted"})
	joined := ev(26, call.KindParty, call.Part{Action: "joined", ID: "p1", Name: "Mia", Role: "agent"})
	for name, c := range map[string]struct {
		call    record.Detail
		moves   []call.Event
		written *wrapup.Summary
		want    Outcome
		lacking int
		wait    Wait
	}{
		"answered":                      {call: callOf(12, hello, lost, block), want: ByBot},
		"not answered":                  {call: callOf(16, hello, lost, block, pumps, offer), want: Open, lacking: 1},
		"asked back, then answered":     {call: callOf(22, hello, pumps, which, fee, eight), want: ByBot},
		"asked back, then nothing":      {call: callOf(16, hello, pumps, which), want: Open, lacking: 1},
		"nothing said":                  {call: callOf(5, hello), want: CannotTell},
		"nothing asked":                 {call: callOf(8, hello, line{call.Caller, "Hello?", 3, 4, ""}), want: CannotTell},
		"gave up waiting":               {call: callOf(50, hello, lost), moves: []call.Event{asked}, want: Open, wait: Abandoned},
		"nobody there":                  {call: callOf(50, hello, lost), moves: []call.Event{asked, nobody}, want: Open, wait: Unserved},
		"wants a call back":             {call: callOf(50, hello, lost), moves: []call.Event{asked, back}, want: Promised, wait: Unserved},
		"a person":                      {call: callOf(50, hello, lost, mia), moves: []call.Event{asked, taken, joined}, want: ByPerson, wait: Taken},
		"a person promised":             {call: callOf(50, hello, lost, mia, will), moves: []call.Event{asked, taken, joined}, want: Promised, wait: Taken},
		"the agent's word counts":       {call: callOf(50, hello, lost, mia, will), moves: []call.Event{asked, taken, joined}, written: &wrapup.Summary{Disposition: "resolved"}, want: ByPerson, wait: Taken},
		"the agent has to follow it up": {call: callOf(50, hello, lost, mia), moves: []call.Event{asked, taken, joined}, written: &wrapup.Summary{Disposition: "follow_up"}, want: Open, wait: Taken},
		"sent to a telephone outside": {call: callOf(50, hello, lost), moves: []call.Event{
			ev(10, call.KindTransfer, call.Transfer{Target: "sip:x@pbx", State: "asked"}), ev(12, call.KindTransfer, call.Transfer{Target: "sip:x@pbx", State: "done"}),
		}, want: CannotTell},
	} {
		d := Draw(Source{Call: c.call, Moves: c.moves, Written: c.written})
		if f := d.Fact; f.Outcome != c.want || f.Lacking != c.lacking || f.Wait != c.wait || f.Judged != (c.written != nil) {
			t.Errorf("%s: %s, %d lacking, wait %q, judged %v", name, f.Outcome, f.Lacking, f.Wait, f.Judged)
		}
	}
	cut := callOf(12, hello, lost, block)
	cut.State = record.Cut
	if f := Draw(Source{Call: cut}).Fact; f.Outcome != CannotTell {
		t.Errorf("a call that was cut: %s", f.Outcome)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	c := callOf(100,
		line{call.Caller, "I lost my card on the train.", 0, 10, ""}, line{call.Bot, "One moment.", 10, 12, "command"},
		line{call.Agent, "Hello, this is Mia.", 42, 50, ""}, line{call.Caller, "Hello, it is the second time.", 49, 60, ""}, line{call.Agent, "I see.", 57, 62, ""},
		line{call.Caller, "And it is the worst.", 70, 80, ""}, line{call.Agent, "Sorry.", 79.8, 82, ""}, // hardly together
	)
	f := Draw(Source{Call: c, Moves: []call.Event{
		ev(12, call.KindTransfer, call.Transfer{Target: "desk", State: "asked"}),
		ev(40, call.KindTransfer, call.Transfer{Target: "p1", State: "accepted"}),
		ev(41, call.KindParty, call.Part{Action: "joined", ID: "p1", Name: "Mia", Role: "agent"}),
		ev(62, call.KindParty, call.Part{Action: "hold", ID: "p1", Role: "agent"}),
		ev(68, call.KindParty, call.Part{Action: "unhold", ID: "p1", Role: "agent"}),
		ev(85, call.KindAlert, map[string]string{"severity": "warning"}),
		ev(90, call.KindParty, call.Part{Action: "left", ID: "p1", Role: "agent"}),
		ev(91, call.KindTransfer, call.Transfer{Target: "desk", State: "asked"}), // a second wait: not the one that counts
	}}).Fact
	for what, v := range map[string][2]float64{
		"wait": {f.WaitS, 28}, "handle": {f.HandleS, 49}, "caller": {f.CallerS, 31}, "company": {f.CompanyS, 2 + 8 + 5 + 2.2}, "base": {f.BaseS, 100 - 28 - 6 - 9},
		"silence": {f.SilenceS, 1 /* before Mia speaks: 40 to 42 */ + 1 + 2 /* 68 to 70 */ + 9 /* 82 to 91 */},
	} {
		if math.Abs(v[0]-v[1]) > 1e-6 {
			t.Errorf("%s: %g, want %g", what, v[0], v[1])
		}
	}
	if f.Agent != "p1" || f.Name != "Mia" || f.CutIn != 1 || f.BargeIn != 1 || f.Alert != 2 || f.Wait != Taken {
		t.Errorf("%+v", f)
	}
	chat := callOf(100, line{call.Caller, "hi", 0, 0, ""})
	chat.Codec = "text"
	if f := Draw(Source{Call: chat}).Fact; f.Timed || f.Channel != "chat" || f.SilenceS != 0 {
		t.Errorf("a chat has no silence: %+v", f)
	}
}

func FuzzDraw(f *testing.F) {
	f.Add(int64(3), 5.0, "asked", "joined", "hello?")
	f.Fuzz(func(t *testing.T, seed int64, length float64, state, action, text string) {
		if math.IsNaN(length) || math.Abs(length) > 1e6 {
			return
		}
		c := callOf(length, line{call.Caller, text, float64(seed % 7), float64(seed % 5), ""}, line{call.Bot, text, length, 3, "clarify"}, line{call.Agent, text, 1, float64(seed % 11), ""})
		fact := Draw(Source{Call: c, Moves: []call.Event{
			ev(float64(seed%13), call.KindTransfer, call.Transfer{Target: "desk", State: state}), ev(1, call.KindParty, call.Part{Action: action, ID: "p", Role: "agent"}),
			{At: 1, Kind: call.KindParty, Body: json.RawMessage(text)}, {At: 2, Kind: call.KindTransfer, Body: json.RawMessage(state)},
		}}).Fact
		for what, v := range map[string]float64{"wait": fact.WaitS, "handle": fact.HandleS, "caller": fact.CallerS, "company": fact.CompanyS, "silence": fact.SilenceS, "base": fact.BaseS} {
			if v < 0 || math.IsNaN(v) {
				t.Errorf("%s: %g", what, v)
			}
		}
		if fact.SilenceS > fact.BaseS+1e-9 {
			t.Errorf("%g s of silence in %g s", fact.SilenceS, fact.BaseS)
		}
	})
}
