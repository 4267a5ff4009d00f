package listen

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	_ Judge        = (*concern.Judge)(nil)
	_ Understander = (*nlu.Understander)(nil)
)

// noted is a Judge whose opinion is what it was asked.
type noted struct{ err error }

func (n noted) Caller(_ context.Context, before []concern.Said, text, lang string) (concern.Opinion, error) {
	return concern.Opinion{Kind: told(before) + "|" + text + "|" + lang, Concern: 0.5, Case: concern.Case{Known: true, Said: 1}}, n.err
}

func (n noted) Agent(_ context.Context, before []concern.Said, text, lang string) (concern.Conduct, error) {
	return concern.Conduct{Kind: told(before) + "|" + text + "|" + lang, Unfair: 0.25, Case: concern.Case{Known: true, Said: 2}}, n.err
}

// told is what was said, the caller's turns behind ">".
func told(before []concern.Said) string {
	var out []string
	for _, s := range before {
		if s.Caller {
			s.Text = ">" + s.Text
		}
		out = append(out, s.Text)
	}
	return strings.Join(out, " ")
}

// Each turn is judged behind what was said before it, whether or not that was judged.
func TestTurn(t *testing.T) {
	t.Parallel()
	l := New(nlu.New(nlu.Options{}), noted{})
	say := func(who call.Party, text string) rules.Turn {
		turn := rules.Turn{Who: who, Text: text, Lang: "en"}
		if err := l.Turn(t.Context(), &turn); err != nil {
			t.Fatal(err)
		}
		return turn
	}
	if got := say(call.Caller, "你好").ConcernKind; got != "|你好|zh" {
		t.Errorf("first turn: %q", got)
	}
	if got := say(call.Bot, "How can I help?"); got.Case.Said != 2 || got.ConductKind != "" || got.Conduct != 0 || got.ConcernKind != "" || !got.Case.Known {
		t.Errorf("the bot's turn: %+v", got)
	}
	angry := say(call.Caller, "I am absolutely furious, put me through to a person!")
	if angry.ConcernKind != ">你好 How can I help?|"+angry.Text+"|en" || angry.Concern != 0.5 || !angry.Case.Known || angry.Case.Said != 1 {
		t.Errorf("the caller's turn: %+v", angry)
	}
	if angry.Sentiment >= 0 || angry.Intent == "" {
		t.Errorf("not understood: %+v", angry)
	}
	if got := say(call.Caller, "now").ConcernKind; got != ">你好 How can I help? >"+angry.Text+"|now|en" {
		t.Errorf("after a turn of their own: %q", got)
	}
	if got := say(call.Agent, "Wait."); !strings.HasSuffix(got.ConductKind, ">now|Wait.|en") || got.Conduct != 0.25 || got.Case.Said != 2 || got.Concern != 0 {
		t.Errorf("the agent's turn: %+v", got)
	}
	l.Pass(rules.Turn{Who: call.Agent, Text: "Well."})
	l.Pass(rules.Turn{Who: call.Caller, Text: "What?"})
	if got := say(call.Caller, "why").ConcernKind; !strings.HasSuffix(got, ">now Wait. Well. >What?|why|en") {
		t.Errorf("after what was passed over: %q", got)
	}
	known := rules.Turn{Who: call.Caller, Text: "I am furious", Lang: "en", Intent: "complaint", Sentiment: 0.25}
	if err := l.Turn(t.Context(), &known); err != nil || known.Intent != "complaint" || known.Sentiment != 0.25 {
		t.Errorf("what was known did not stay: %+v, %v", known, err)
	}
}

// Without an Understander and a Judge nothing is filled in; when a Judge fails, what was understood stays, what was said is remembered,
// and the turn can be given again.
func TestTurnWithout(t *testing.T) {
	t.Parallel()
	caller, agent := rules.Turn{Who: call.Caller, Text: "I am furious", Lang: "en"}, rules.Turn{Who: call.Agent, Text: "No.", Lang: "en"}
	for _, turn := range []rules.Turn{caller, agent} {
		got := turn
		if err := New(nil, nil).Turn(t.Context(), &got); err != nil || got != turn {
			t.Errorf("%+v, %v", got, err)
		}
	}
	broken := errors.New("no memory")
	l := New(nlu.New(nlu.Options{}), noted{broken})
	if got := caller; !errors.Is(l.Turn(t.Context(), &got), broken) || got.Sentiment >= 0 || got.ConcernKind != "" || got.Case.Known {
		t.Errorf("failed: %+v", got)
	}
	if got := agent; !errors.Is(l.Turn(t.Context(), &got), broken) {
		t.Errorf("failed: %+v", got)
	}
	l.judge = noted{}
	if got := caller; l.Turn(t.Context(), &got) != nil || got.ConcernKind != ">I am furious No.|I am furious|en" {
		t.Errorf("after a failure: %+v", got)
	}
}
