package rules_test

import (
	"slices"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// Who is in danger, threatens violence or speaks of ending their life is heard at once: in the first turn of a call, whatever
// the second look makes of so short a call, and before any reply.
func TestDangerAtOnce(t *testing.T) {
	set, err := rules.Escalation()
	if err != nil {
		t.Fatal(err)
	}
	byMeaning := judge(t)
	for _, c := range []struct{ text, lang, rule string }{
		{"I don't want to live any more, I'm going to end it tonight", "en", "self-harm"},
		{"honestly I might as well kill myself", "en", "self-harm"},
		{"我不想活了，活着没意思", "zh", "self-harm"},
		{"my baby is not breathing", "en", "danger"},
		{"my mother is unconscious on the kitchen floor", "en", "danger"},
		{"there is smoke coming out of the meter cupboard and my mother is still inside", "en", "danger"},
		{"家里煤气味特别大，我妈已经晕倒了", "zh", "danger"},
		{"I am coming down there and I will break your legs", "en", "violence"},
		{"我现在就带刀过去砍死你们", "zh", "violence"},
	} {
		session, l := set.Session(), listener(byMeaning)
		l.Pass(rules.Turn{N: 1, Who: call.Bot, Text: "Hello, how can I help you?", Lang: "en"})
		session.Feed(rules.Turn{N: 1, Who: call.Bot, Text: "Hello, how can I help you?", Lang: "en", End: call.Offset(3 * time.Second)})
		turn := rules.Turn{N: 2, Who: call.Caller, Text: c.text, Lang: c.lang, Start: call.Offset(4 * time.Second), End: call.Offset(7 * time.Second)}
		hear(t, l, &turn)
		fired := session.Feed(turn)
		found := slices.ContainsFunc(fired, func(f rules.Firing) bool { return f.Rule == c.rule })
		if !found {
			t.Errorf("%q: %v fired, want %s (meaning judged: %v)", c.text, fired, c.rule, byMeaning != nil)
		}
	}
}
