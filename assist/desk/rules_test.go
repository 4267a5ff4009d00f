package desk

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/assist/cards"
	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// book knows one customer, and takes its time.
type book struct{ who Who }

func (b book) Person(context.Context, Occasion, string) (Who, []Contact, error) {
	return Who{ID: "c2", Name: "Wu", Tier: "gold"}, []Contact{{Call: "before"}}, nil
}

func (b book) Lookup(context.Context, Occasion, call.Started, string) (Who, []Contact, error) {
	time.Sleep(300 * time.Millisecond)
	return b.who, nil, nil
}

const liveRules = `version: 1
rules:
  - {id: golden, text_en: A gold customer., text_zh: 金卡客户。, when: customer.known && customer.tier == "gold" && customer.value > 0.5, do: [{tag: {name: golden}}]}
  - {id: loud, text_en: The caller raises their voice., text_zh: 声音变大。, when: loudness.rise >= 8.0, do: [{tag: {name: loud}}]}
  - {id: fast, text_en: The caller speaks faster., text_zh: 语速变快。, when: rate.rise >= 2.0, do: [{tag: {name: fast}}]}
  - {id: over, text_en: They talk over each other., text_zh: 抢话。, when: overlap.now >= 1.0, on: any, do: [{tag: {name: over}}]}
  - {id: still, text_en: Nobody spoke for long., text_zh: 长时间沉默。, when: silence.before >= 10.0, on: any, do: [{tag: {name: still}}]}
  - {id: worried, text_en: The meaning needs somebody., text_zh: 需要关注。, when: concern.now >= 0.8 && concern.kind == "threat", do: [{tag: {name: worried}}]}
  - {id: unfair, text_en: The agent is rude., text_zh: 坐席无礼。, when: conduct.now >= 0.8 && conduct.kind == "insult", on: agent, do: [{tag: {name: unfair}}]}
`

// TestRulesOnACall has the rules learn who calls, how it is said, and what it means, as the call goes on.
func TestRulesOnACall(t *testing.T) {
	set, err := rules.Compile([]byte(liveRules))
	if err != nil {
		t.Fatal(err)
	}
	sec := func(s float64) call.Offset { return call.Offset(s * 1e9) }
	turns := []struct {
		turn call.Turn
		want []string // tags after it
	}{
		{call.Turn{Who: call.Caller, Text: "I would like to know where my order is", Lang: "en", Start: 0, End: sec(4), Loudness: -32}, []string{"golden"}},
		{call.Turn{Who: call.Agent, Text: "let me look that up for you please", Lang: "en", Start: sec(5), End: sec(7)}, nil},
		{call.Turn{Who: call.Caller, Text: "well I have told you all of that before so why do you ask me again now", Lang: "en", Start: sec(8), End: sec(11), Loudness: -20}, []string{"loud", "fast"}},
		// The agent's short turn was spoken into the caller's long one, which ends, and so comes, later.
		{call.Turn{Who: call.Agent, Text: "if I may", Lang: "en", Start: sec(14), End: sec(16)}, nil},
		{call.Turn{Who: call.Caller, Text: "no let me finish", Lang: "en", Start: sec(13), End: sec(20), Loudness: -26}, []string{"over"}},
		{call.Turn{Who: call.Agent, Text: "I am sorry", Lang: "en", Start: sec(33), End: sec(35)}, []string{"still", "unfair"}},
		{call.Turn{Who: call.Caller, Text: "you will hear from us", Lang: "en", Start: sec(36), End: sec(38), Loudness: -26}, []string{"worried"}},
	}
	for _, channel := range []string{"sip", "chat"} {
		synctest.Test(t, func(t *testing.T) {
			f := open(t, Options{Customers: book{Who{ID: "k1", Tier: "gold", Value: 0.7}}, Rules: func(string) *rules.Set { return set }, Judge: worried{}})
			defer f.close()
			f.Begin(t.Context(), "c", call.Started{From: "+441632960000", Route: "bank", Langs: []string{"en"}, At: time.Now()}, channel, f.wire)
			time.Sleep(time.Second)
			var all []string
			for i, x := range turns {
				x.turn.N = i + 1
				f.Event("c", x.turn.End, call.KindTurn, x.turn)
				synctest.Wait()
				v, err := f.Call("c")
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range x.want {
					if !slices.Contains(v.Tags, w) || slices.Contains(all, w) {
						t.Errorf("%s turn %d: tags %v, want %v to be new", channel, i, v.Tags, x.want)
					}
				}
				if len(v.Tags) != len(all)+len(x.want) {
					t.Errorf("%s turn %d: tags %v, want only %v beside %v", channel, i, v.Tags, x.want, all)
				}
				all = v.Tags
			}
			f.End("c", call.Ended{By: call.Caller})
		})
	}
}

// worried is a judge of meaning to whom one reply is a threat.
type worried struct{}

func (worried) Caller(_ context.Context, before []concern.Said, text, lang string) (concern.Opinion, error) {
	if text == "you will hear from us" && lang == "en" && last(before) == "I am sorry" {
		return concern.Opinion{Kind: "threat", Concern: 0.9}, nil
	}
	return concern.Opinion{Kind: "anger", Concern: 0.1}, nil
}

func (worried) Agent(_ context.Context, before []concern.Said, text, _ string) (concern.Conduct, error) {
	if text == "I am sorry" && last(before) == "no let me finish" {
		return concern.Conduct{Kind: "insult", Unfair: 0.9}, nil
	}
	return concern.Conduct{Kind: "insult", Unfair: 0.1}, nil
}

const listRules = `version: 1
words: {named: {who: agent, en: [your name]}, moved: {en: [I moved]}, sent: {who: agent, en: [posted]}}
rules:
  - {id: moved, text_en: A new address., text_zh: 新地址。, when: said.moved >= 1.0, do: [{checklist: {id: identify}}]}
checklists:
  - {id: identify, text_en: Identification, text_zh: 身份核验, items: [{id: name, text_en: Name asked, text_zh: 已问姓名, done: heard.named > 0}, {id: sent, text_en: Letter sent, text_zh: 已寄信, done: heard.sent > 0}]}
`

// TestChecklistKnowsWhatWasSaidBefore ticks a point that was met before the list was opened, with the words that met it.
func TestChecklistKnowsWhatWasSaidBefore(t *testing.T) {
	set, err := rules.Compile([]byte(listRules))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Rules: func(string) *rules.Set { return set }})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		say := func(n int, who call.Party, text string) []Item {
			t.Helper()
			f.Event("c", call.Offset(n)*1e9, call.KindTurn, call.Turn{N: n, Who: who, Text: text, Lang: "en", Start: call.Offset(n) * 1e9, End: call.Offset(n)*1e9 + 5e8})
			synctest.Wait()
			v, err := f.Call("c")
			if err != nil {
				t.Fatal(err)
			}
			return v.Checklist
		}
		if got := say(1, call.Agent, "May I have your name?"); len(got) != 0 {
			t.Fatalf("a list that no rule has opened: %+v", got)
		}
		got := say(2, call.Caller, "I moved last week")
		if len(got) != 2 || !got[0].Done || got[0].Evidence == nil || got[0].Evidence.Turn != 1 || got[0].Evidence.Text != "your name" || got[1].Done {
			t.Fatalf("%+v", got)
		}
		if got = say(3, call.Agent, "It was posted today"); !got[1].Done || got[1].Evidence.Turn != 3 {
			t.Errorf("%+v", got)
		}
	})
}

func last(before []concern.Said) string {
	if len(before) == 0 {
		return ""
	}
	return before[len(before)-1].Text
}

// TestHowGraveARuleIs has a rule that alerts and wants a supervisor shown as grave as it says, and one that says nothing as critical.
func TestHowGraveARuleIs(t *testing.T) {
	supervisor := rules.Do{Kind: rules.Transfer, Params: map[string]string{"to": "supervisor"}}
	for _, c := range []struct {
		do   []rules.Do
		want []string
	}{
		{[]rules.Do{supervisor}, []string{"critical"}},
		{[]rules.Do{{Kind: rules.Transfer, Params: map[string]string{"to": "agent"}}}, nil},
		{[]rules.Do{supervisor, {Kind: rules.Alert, Params: map[string]string{"level": "medium"}}}, []string{"warning"}},
		{[]rules.Do{{Kind: rules.Alert, Params: map[string]string{"level": "info"}}, supervisor}, []string{"info"}},
		{[]rules.Do{{Kind: rules.Alert, Params: map[string]string{"level": "medium"}}, {Kind: rules.Alert, Params: map[string]string{"level": "high"}}}, []string{"critical"}},
		{[]rules.Do{{Kind: rules.Tag}}, nil},
	} {
		alerts, _ := new(session).carry(rules.Firing{Do: c.do})
		var got []string
		for _, a := range alerts {
			got = append(got, a.Severity)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v is shown as %v, not %v", c.do, got, c.want)
		}
	}
}

// TestOwedIsOnRecordFirst has a rule warn and ask for a ticket: that it is owed is on record before the warning.
func TestOwedIsOnRecordFirst(t *testing.T) {
	set, err := rules.Compile([]byte(`version: 1
rules:
  - {id: any, text_en: Somebody speaks., text_zh: 有人说话。, when: turn.words >= 1.0, do: [{alert: {level: high}}, {ticket: {category: complaint}}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var obeyed []call.Kind // what was on record when the ticket was asked for
		var f *floor
		f = open(t, Options{Rules: func(string) *rules.Set { return set }, Obey: func(View, rules.Firing, rules.Do) { obeyed = slices.Clone(f.wire.kind) }})
		defer f.close()
		f.begin("c")
		f.Event("c", call.Offset(time.Second), call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "Hello.", Lang: "en", End: call.Offset(time.Second)})
		synctest.Wait()
		f.End("c", call.Ended{By: call.Caller})
		if want := []call.Kind{call.KindOwed, call.KindAlert}; !slices.Equal(obeyed, want) {
			t.Errorf("on record %v, want %v", obeyed, want)
		}
	})
}

func TestAdviceAndRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := rules.Escalation()
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, Options{Rules: func(string) *rules.Set { return set }, Search: func(string, string) cards.Searcher { return shelf{} }})
		defer f.close()
		f.begin("c")
		w := f.ready("ann")
		defer w.Close()
		f.Event("c", 0, call.KindParty, call.Part{Action: "joined", ID: "ann", Role: "agent"})
		f.Event("c", 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "how do I block my card, it is lost", Lang: "en"})
		synctest.Wait()
		v, err := f.Call("c")
		if err != nil || len(v.Cards) != 1 || v.Cards[0].Source.Entry != "e1" {
			t.Fatalf("cards: %+v, %v", v.Cards, err)
		}
		// What is asked for again is the same card, renewed; one that the agent has done something with stays as it is.
		before := v.Cards[0]
		f.Event("c", 2, call.KindTurn, call.Turn{N: 2, Who: call.Caller, Text: "sorry, how do I block my card again", Lang: "en", Start: 20e9, End: 22e9})
		synctest.Wait()
		if v, err = f.Call("c"); err != nil || len(v.Cards) != 1 || v.Cards[0].ID != before.ID || v.Cards[0].Turn != 2 || v.Cards[0].Expires <= before.Expires {
			t.Errorf("asked again: %+v, %v", v.Cards, err)
		}
		if err := f.Card("c", "ann", v.Cards[0].ID, "used"); err != nil {
			t.Error(err)
		}
		f.End("c", call.Ended{})

		f.begin("n") // with the bot, and nobody at work who could take it
		if err := f.Set("ann", Away, ""); err != nil {
			t.Fatal(err)
		}
		done := f.wire.last()
		f.Event("n", 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "This is outrageous. I am going to my lawyer and I will sue you!", Lang: "en", Sentiment: -0.9})
		synctest.Wait()
		if got := f.wire.last(); got != done {
			t.Errorf("a threat to sue with nobody there did %+v", got)
		}
		f.End("n", call.Ended{})
		if err := f.Set("ann", Ready, ""); err != nil {
			t.Fatal(err)
		}

		f.begin("d") // with the bot
		f.Event("d", 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "This is outrageous. I am going to my lawyer and I will sue you!", Lang: "en", Sentiment: -0.9})
		synctest.Wait()
		if got := f.wire.last(); got.Do != "hand_over" || !strings.HasPrefix(got.Why, "rule:") {
			t.Errorf("a threat to sue did %+v", got)
		}
		v, _ = f.Call("d")
		if len(v.Alerts) != 1 || v.Alerts[0].Severity != "critical" || len(v.Alerts[0].Why) == 0 { // one, though the rule alerts and wants a supervisor
			t.Errorf("alerts: %+v", v.Alerts)
		}
		f.End("d", call.Ended{})

		f.begin("p") // wants a person, as many do: nothing to be alarmed at
		f.Event("p", 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "Can I talk to a person please?", Lang: "en"})
		synctest.Wait()
		if got := f.wire.last(); got.Do != "hand_over" || got.Why != "rule:asks-person" {
			t.Errorf("a caller who wants a person did %+v", got)
		}
		if v, _ = f.Call("p"); len(v.Alerts) != 0 {
			t.Errorf("alerts: %+v", v.Alerts)
		}
		f.End("p", call.Ended{})
	})
}

// TestNewestAlertFirst orders the alerts of all calls by when they came, not by how long their calls had lasted.
func TestNewestAlertFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		set, err := rules.Escalation()
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, Options{Rules: func(string) *rules.Set { return set }})
		defer f.close()
		alarm := func(id call.ID, at call.Offset) {
			f.Event(id, at, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "I am going to my lawyer and I will sue you!", Lang: "en", Start: at - 3e9, End: at, Sentiment: -0.9})
			synctest.Wait()
		}
		f.begin("long")
		time.Sleep(10 * time.Minute)
		alarm("long", call.Offset(10*time.Minute))
		time.Sleep(time.Minute)
		f.begin("new")
		time.Sleep(5 * time.Second)
		alarm("new", 5e9)
		got := f.Floor(func(string) bool { return true }).Alerts
		if len(got) != 2 || got[0].Call != "new" || got[1].Call != "long" {
			t.Fatalf("%+v", got)
		}
		if s := got[0].Said; len(s) != 1 || s[0].Turn != 1 || s[0].Who != call.Caller || !strings.Contains(s[0].Text, "my lawyer") || s[0].At != 2e9 {
			t.Errorf("what was said: %+v", s)
		}
		if err := f.Seen("new", got[0].ID); err != nil {
			t.Fatal(err)
		}
		if s := f.Floor(func(string) bool { return true }).Alerts[0].Said; len(s) != 0 {
			t.Errorf("said with an alert that is put away: %+v", s)
		}
		if hidden := f.Floor(func(string) bool { return false }).Alerts; len(hidden) != 0 {
			t.Errorf("alerts of another queue: %+v", hidden)
		}
		f.End("long", call.Ended{})
		f.End("new", call.Ended{})
	})
}

// TestAnAlertQuotesWhatItRestsOn shows the turns of the reasons that count, and the one at which the alert came.
func TestAnAlertQuotesWhatItRestsOn(t *testing.T) {
	v := View{}
	for n := range 9 {
		v.Turns = append(v.Turns, Spoken{Turn: call.Turn{N: n + 1, Who: call.Agent, Name: "Ann", Text: strconv.Itoa(n + 1)}})
	}
	numbers := func(f Finding, more ...Finding) (out []int) {
		for _, q := range v.alarm(Alert{Finding: f, More: more}).Said {
			out = append(out, q.Turn)
		}
		return out
	}
	if got := numbers(Finding{Turn: 7, Why: []Why{{Turn: 3, Share: 1}, {Turn: 5}, {Turn: 3, Share: 0.5}}}); !slices.Equal(got, []int{3, 7}) {
		t.Error(got)
	}
	if got := numbers(Finding{Turn: 7, Why: []Why{{Turn: 1, Share: 1}, {Turn: 2, Share: 1}, {Turn: 3, Share: 1}}}); !slices.Equal(got, []int{2, 3, 7}) {
		t.Error(got)
	}
	if got := numbers(Finding{Turn: 7}, Finding{Turn: 2}); !slices.Equal(got, []int{2, 7}) {
		t.Error(got)
	}
	if got := numbers(Finding{}); len(got) != 0 {
		t.Error(got)
	}
	if q := v.alarm(Alert{Finding: Finding{Turn: 2}}).Said[0]; q.Name != "Ann" || q.Text != "2" {
		t.Errorf("%+v", q)
	}
}
