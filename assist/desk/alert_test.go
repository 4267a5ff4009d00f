package desk

import (
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// grievance is a complaint in ways that several rules find.
const grievance = `
version: 1
rules:
  - {id: spoken, text_en: The caller speaks of a complaint., text_zh: 提到投诉。, when: said.complaint >= 1.0, once_per_call: true, priority: 47, do: [{alert: {level: medium}}]}
  - {id: complaint, text_en: The caller makes a formal complaint., text_zh: 正式投诉。, when: said.complaint >= 1.0, once_per_call: true, priority: 70, do: [{transfer: {to: supervisor}}, {alert: {level: high}}]}
  - {id: case, text_en: It calls for a supervisor., text_zh: 需要主管。, when: recent.complaint >= 0.5, once_per_call: true, priority: 48, do: [{transfer: {to: supervisor}}, {alert: {level: medium}}]}
  - {id: again, text_en: The caller is angry., text_zh: 来电人生气。, when: said.judgement >= 1.0, priority: 55, do: [{transfer: {to: supervisor}}, {alert: {level: high}}]}
  - {id: danger, text_en: Somebody may be in danger., text_zh: 可能有危险。, when: said.safety >= 1.0, once_per_call: true, priority: 99, do: [{transfer: {to: supervisor}}, {alert: {level: critical}}]}
  - {id: code, text_en: Never ask for a code., text_zh: 不得索要验证码。, on: agent, when: 'text.contains("code")', priority: 20, do: [{alert: {level: medium}}]}
`

func TestOneTroubleIsOneAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := rules.Compile([]byte(grievance))
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, Options{Rules: func(string) *rules.Set { return set }})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		w := f.ready("ann")
		defer w.Close()
		takeCall(t, f, "ann")
		n := 0
		says := func(who call.Party, text string) []Alarm {
			n++
			at := call.Offset(n) * 10e9
			f.Event("c", at, call.KindTurn, call.Turn{N: n, Who: who, Text: text, Lang: "en", Start: at - 3e9, End: at})
			synctest.Wait()
			return f.Floor(func(string) bool { return true }).Alerts
		}
		got := says(call.Caller, "I want to make a formal complaint.")
		if len(got) != 1 || got[0].Rule != "complaint" || got[0].News != 1 || len(got[0].More) != 2 || got[0].Severity != "critical" {
			t.Fatalf("a complaint: %+v", got)
		}
		if got = says(call.Caller, "This is outrageous."); len(got) != 1 || got[0].News != 1 || got[0].Rule != "complaint" || got[0].More[0].Rule != "again" {
			t.Errorf("goes on: %+v", got)
		}
		if len(got[0].Said) != 2 || got[0].Said[1].Text != "This is outrageous." {
			t.Errorf("said: %+v", got[0].Said)
		}
		if got = says(call.Agent, "Tell me your code."); len(got) != 2 || got[0].Rule != "code" || got[0].News != 1 {
			t.Errorf("another trouble: %+v", got)
		}
		complaint := got[1].ID
		if err := f.Seen("c", complaint); err != nil {
			t.Fatal(err)
		}
		if got = says(call.Caller, "It is nice weather."); !got[1].Seen {
			t.Errorf("nothing new: %+v", got[1])
		}
		if got = says(call.Caller, "You are outrageous, all of you."); got[0].ID != complaint || got[0].Seen || got[0].News != 2 || len(got[0].More) != 3 {
			t.Errorf("goes on after it was seen: %+v", got[0])
		}
		if err := f.Seen("c", complaint); err != nil {
			t.Fatal(err)
		}
		if got = says(call.Caller, "I smell gas, somebody is going to die here."); got[0].ID != complaint || got[0].Seen || got[0].News != 3 || got[0].Rule != "danger" {
			t.Errorf("graver: %+v", got[0])
		}
		told := map[int]int{}
		for len(w.C) > 0 {
			if a, ok := (<-w.C).Data.(Alert); ok && a.ID == complaint {
				told[a.News]++
			}
		}
		if len(told) != 3 || told[0] > 0 {
			t.Errorf("the agent's page is told of news %v", told)
		}
		kinds := 0
		for _, k := range f.wire.kind {
			if k == call.KindAlert {
				kinds++
			}
		}
		if kinds != 7 {
			t.Errorf("%d findings are on record, want all 7", kinds)
		}
	})
}

// TestABuiltInComplaintIsOneAlert plays a complaint with a poor reply to the built-in rules: five of them find it.
func TestABuiltInComplaintIsOneAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := rules.Escalation()
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, Options{Rules: func(string) *rules.Set { return set }})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		for i, x := range []struct {
			who  call.Party
			text string
		}{
			{call.Caller, "I want to make a formal complaint, this is the third time I have called."},
			{call.Agent, "There is nothing I can do about that."},
			{call.Caller, "That is outrageous, absolutely unacceptable. I have had enough of this."},
			{call.Agent, "I can only repeat what I said."},
			{call.Caller, "Then put me through to your supervisor, and I will go to the ombudsman as well."},
		} {
			at := call.Offset(i+1) * 10e9
			f.Event("c", at, call.KindTurn, call.Turn{N: i + 1, Who: x.who, Text: x.text, Lang: "en", Start: at - 3e9, End: at, Sentiment: -0.7})
			synctest.Wait()
		}
		got := f.Floor(func(string) bool { return true }).Alerts
		if len(got) != 1 || got[0].News != 1 || len(got[0].More) < 3 {
			t.Errorf("%+v", got)
		}
	})
}
