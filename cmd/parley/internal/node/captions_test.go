package node

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/web/callpage"
	"github.com/parley-voice/parley/pipeline/call"
)

type noLog struct{}

func (noLog) Emit(context.Context, call.Offset, call.Kind, any, bool) error { return nil }

// TestCaptions: the caller sees who speaks, and from when, whoever it is.
func TestCaptions(t *testing.T) {
	var got []callpage.Message
	c := captioned{Log: noLog{}, show: func(m callpage.Message) { got = append(got, m) }, lost: new(bool)}
	s := func(n int) call.Offset { return call.Offset(time.Duration(n) * time.Second) }
	for _, e := range []struct {
		at   call.Offset
		kind call.Kind
		body any
	}{
		{s(5), call.KindPartial, asr.Transcript{Party: call.Caller, Text: "Where can I", Start: s(3)}},
		{s(7), call.KindAnswered, answer.Decision{Text: "Behind the building."}},
		{s(8), call.KindTurn, call.Turn{Who: call.Caller, Text: "Where can I park?", Start: s(3)}},
		{s(20), call.KindPartial, asr.Transcript{Party: call.Agent, Text: "Good morning", Start: s(19)}},
		{s(21), call.KindParty, call.Part{Action: "joined", Role: "agent"}},
		{s(22), call.KindParty, call.Part{Action: "joined", Role: "listener"}},
		{s(23), call.KindParty, call.Part{Action: "mute", Role: "agent"}},
		{s(23), call.KindTurn, call.Turn{Who: call.Caller, Text: "my reference is AB12", Start: s(23), Written: true}}, // the page has it
		{s(23), call.KindParty, call.Part{Action: "lost", Role: "agent"}},                                              // their page is loaded again: the caller is brought back, not given to the bot
		{s(23), call.KindParty, call.Part{Action: "joined", Role: "agent"}},
		{s(24), call.KindParty, call.Part{Action: "left", Role: "agent"}},
		{s(25), call.KindParty, call.Part{Action: "joined", Role: "agent"}},
		{s(26), call.KindParty, call.Part{Action: "lost", Role: "agent"}}, // and nobody comes
		{s(26), call.KindTransfer, call.Transfer{Target: "desk", State: "asked", Why: "agent_lost"}},
		{s(40), call.KindTransfer, call.Transfer{Target: "desk", State: "unavailable"}},
		{s(45), call.KindTurn, call.Turn{Who: call.Caller, Text: "Hm.", Start: s(44)}},
		{s(60), call.KindAnswered, answer.Decision{Text: "At nine."}},
		{s(65), call.KindTransfer, call.Transfer{Target: "desk", State: "unavailable"}}, // asked for again: the bot has them already
		{s(70), call.KindAnswered, answer.Decision{Text: "At ten."}},
	} {
		if err := c.Emit(t.Context(), e.at, e.kind, e.body, true); err != nil {
			t.Fatal(err)
		}
	}
	want := []callpage.Message{
		{Type: "caption", Who: "caller", Text: "Where can I", At: s(3)},
		{Type: "caption", Who: "bot", Text: "Behind the building.", At: s(7)},
		{Type: "caption", Who: "caller", Text: "Where can I park?", Final: true, At: s(3)},
		{Type: "caption", Who: "agent", Text: "Good morning", At: s(19)},
		{Type: "with", Who: "agent"},
		{Type: "with", Who: "agent"},
		{Type: "with", Who: "bot"},
		{Type: "with", Who: "agent"},
		{Type: "with", Who: "bot"},
		{Type: "caption", Who: "caller", Text: "Hm.", Final: true, At: s(44)},
		{Type: "caption", Who: "bot", Text: "At nine.", At: s(60)},
		{Type: "caption", Who: "bot", Text: "At ten.", At: s(70)},
	}
	if len(got) != len(want) {
		t.Errorf("%d messages, not %d", len(got), len(want))
	}
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			t.Errorf("caption %d of %+v, not %+v", i, got, w)
		}
	}
}

// TestBeginIn: a line begins in the language that the page is read in, where it speaks it.
func TestBeginIn(t *testing.T) {
	line := []string{"en", "zh"}
	for wish, want := range map[string]string{"zh": "zh en", "en": "en zh", "fr": "en zh", "": "en zh"} {
		if got := strings.Join(beginIn(line, wish), " "); got != want {
			t.Errorf("%q: %s, not %s", wish, got, want)
		}
	}
	if line[0] != "en" {
		t.Error("the line's own languages were changed")
	}
}
