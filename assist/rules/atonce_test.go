package rules_test

import (
	"slices"
	"testing"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// Whoever has the call is told at once of what a caller says outright, before any reply; money that is going at this moment also
// goes to a supervisor at once, and so does an agent who has the caller pay them.
func TestAtOnce(t *testing.T) {
	set, err := rules.Escalation()
	if err != nil {
		t.Fatal(err)
	}
	byMeaning := judge(t)
	for _, c := range []struct {
		who              call.Party
		text, lang, rule string
		handsOver        bool
	}{
		{call.Caller, "我要正式投诉你们", "zh", "spoken-out", false},
		{call.Caller, "I want to make a formal complaint about you", "en", "spoken-out", false},
		{call.Caller, "There is a man from the police on my other phone, he says I must move my savings to a safe account", "en", "fraud-now", true},
		{call.Caller, "They told me not to tell the bank what it's for, and the money is going out of my account right now", "en", "fraud-now", true},
		{call.Caller, "那边的警官让我把存款转到安全账户，还不让我告诉家里人", "zh", "fraud-now", true},
		{call.Caller, "I read an article about people who were told to use a safe account", "en", "", false},
		{call.Caller, "我在新闻里看到有人被骗去安全账户转账，就是提醒一下", "zh", "", false},
		{call.Agent, "Just transfer it to my own account, that's quicker", "en", "own-pocket", true},
		{call.Agent, "您直接转我微信就行", "zh", "own-pocket", true},
		{call.Agent, "Please never transfer money to my own account", "en", "", false},
		{call.Agent, "You can pay the driver in cash", "en", "", false},
	} {
		if c.rule == "spoken-out" && byMeaning == nil { // nothing waits: the rule itself fires
			continue
		}
		session, l := set.Session(), listener(byMeaning)
		greeting := rules.Turn{N: 0, Who: call.Agent, Text: "Hello, how can I help you?", Lang: c.lang, End: 3e9}
		l.Pass(greeting)
		session.Feed(greeting)
		turn := rules.Turn{N: 1, Who: c.who, Text: c.text, Lang: c.lang, Start: 4e9, End: 7e9}
		hear(t, l, &turn)
		fired := session.Feed(turn)
		var names []string
		for _, f := range fired {
			names = append(names, f.Rule)
		}
		i := slices.IndexFunc(fired, func(f rules.Firing) bool { return f.Rule == c.rule })
		switch {
		case c.rule == "" && len(fired) > 0:
			t.Errorf("%q: %v fired", c.text, names)
		case c.rule != "" && i < 0:
			t.Errorf("%q: %v fired, want %s (meaning judged: %v)", c.text, names, c.rule, byMeaning != nil)
		case c.rule != "" && fired[i].Escalates() != c.handsOver:
			t.Errorf("%q: %s hands over: %v", c.text, c.rule, fired[i].Escalates())
		}
	}
}

// What an agent says that is only half likely to be amiss goes to a supervisor when the caller is hurt by it, and not when they
// take it well or are hurt by something else.
func TestConductTaken(t *testing.T) {
	t.Parallel()
	set, err := rules.Escalation()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		conduct, concern float64
		kind             string
		want             bool
	}{
		{0.6, 0.6, "abuse", true},
		{0.6, 0.1, "abuse", false},
		{0.6, 0.5, "stuck", false},
		{0.1, 0.6, "abuse", false},
	} {
		session := set.Session()
		fired := session.Feed(rules.Turn{N: 0, Who: call.Agent, Text: "Get somebody else to ring.", Lang: "en", End: 3e9, Conduct: c.conduct, ConductKind: "insult"})
		if len(fired) > 0 {
			t.Errorf("%+v: %v fired at the agent's words", c, fired)
		}
		fired = session.Feed(rules.Turn{
			N: 1, Who: call.Caller, Text: "why do you say that", Lang: "en", Start: 4e9, End: 6e9,
			Concern: c.concern, ConcernKind: c.kind, Case: rules.Case{Known: true, Said: -3},
		})
		if got := slices.ContainsFunc(fired, func(f rules.Firing) bool { return f.Rule == "conduct-taken" }); got != c.want {
			t.Errorf("%+v: %v fired", c, fired)
		}
	}
}

// TestPlainComplaint hands over what is said without a word of anger, by a caller who has asked for a person, once the reply leaves
// it open.
func TestPlainComplaint(t *testing.T) {
	set, byMeaning := withMeaning(t)
	for lang, said := range map[string][]string{
		"zh": {"我要转人工。", "您好，我叫王敏，请问有什么可以帮您？", "货款到现在都没有退，我要正式投诉你们。", "我也不知道，您只能等着，我没有办法。"},
		"en": {"I want to speak to a person, please.", "Hello, this is Ann. How can I help you today?", "I want to make a formal complaint.", "I do not know. You will have to wait, there is nothing I can do."},
	} {
		session, l, fired := set.Session(), listener(byMeaning), -1
		for i, text := range said {
			turn := inTurn(i, text, lang)
			hear(t, l, &turn)
			for _, f := range session.Feed(turn) {
				if f.Rule == "complaint" {
					fired = i
				}
			}
		}
		if fired != len(said)-1 {
			t.Errorf("%q: handed over at turn %d", said[2], fired)
		}
	}
}

// TestPlainWishForAPerson calls nobody but who was asked for.
func TestPlainWishForAPerson(t *testing.T) {
	set, byMeaning := withMeaning(t)
	for lang, calls := range map[string][][2]string{
		"zh": {{"我要转人工。", "您好，我叫王敏，请问有什么可以帮您？"}, {"人工", "好的，正在为您转接。"}, {"我想找个人说话。", "好的，请稍等。"}},
		"en": {{"I want to speak to a person, please.", "I'm putting you through to a colleague, one moment."}, {"Can I talk to somebody?", "Of course, one moment."}, {"agent please", "Hello, you're through to Ben."}},
	} {
		for _, said := range calls {
			session, l, asked := set.Session(), listener(byMeaning), false
			for i, text := range said {
				turn := inTurn(i, text, lang)
				hear(t, l, &turn)
				for _, f := range session.Feed(turn) {
					asked = asked || f.Rule == "asks-person" || f.Rule == "seems-to-ask-person"
					if f.Rule == "case" {
						t.Errorf("%q calls for a supervisor at turn %d", said[0], i)
					}
				}
			}
			if !asked {
				t.Errorf("%q was not put through", said[0])
			}
		}
	}
}

// inTurn is turn i of a talk that the caller begins.
func inTurn(i int, text, lang string) rules.Turn {
	return rules.Turn{N: i, Who: []call.Party{call.Caller, call.Agent}[i%2], Text: text, Lang: lang, Start: call.Offset(4e9 * i), End: call.Offset(4e9*i + 3e9)}
}

// withMeaning are the rules and the judge of meaning, which a machine without weights does not have.
func withMeaning(t *testing.T) (*rules.Set, *concern.Judge) {
	t.Helper()
	set, err := rules.Escalation()
	if err != nil {
		t.Fatal(err)
	}
	j := judge(t)
	if j == nil {
		t.Skip("needs the embedding models: parley models pull")
	}
	return set, j
}
