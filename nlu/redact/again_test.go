package redact_test

import (
	"testing"

	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// turn is what somebody says, and as it must be seen.
type turn struct {
	who        call.Party
	said, seen string
}

// What was hidden once in a call is hidden when it is said again, in whatever words; what only has a part of it is not.
func TestSaidAgain(t *testing.T) {
	t.Parallel()
	for name, turns := range map[string][]turn{
		"a name": {
			{call.Caller, "my name is Wojciech Zielinski", "my name is [name]"},
			{call.Agent, "so we put zielinski on the list", "so we put [name] on the list"},
		},
		"the end of a number": {
			{call.Caller, "my account number is 4471 2209", "my account number is [account]"},
			{call.Agent, "Is there anything else about the parking you wanted to know today?", "Is there anything else about the parking you wanted to know today?"},
			{call.Caller, "no, only how long the barrier stays open", "no, only how long the barrier stays open"},
			{call.Agent, "fine, 2209 is what I type here", "fine, [number] is what I type here"},
			{call.Agent, "fine, 4471 is what it costs", "fine, 4471 is what it costs"},
		},
		"a name in Chinese": {
			{call.Caller, "我叫尉迟功", "我叫[name]"},
			{call.Agent, "给尉迟功尉迟功办好了", "给[name]办好了"},
		},
		"a family name with a title": {
			{call.Caller, "免贵姓瞿", "免贵姓[name]"},
			{call.Agent, "那请瞿姐两点下楼", "那请[name]两点下楼"},
			{call.Agent, "瞿这个字怎么写", "瞿这个字怎么写"},
		},
		"a part of an address in Chinese": {
			{call.Caller, "我家在雁塔区科技六路八号", "我家在[address]"},
			{call.Agent, "那边科技六路堵不堵", "那边[address]堵不堵"},
			{call.Agent, "那边科技馆堵不堵", "那边科技馆堵不堵"},
		},
		"an address of words": {
			{call.Caller, "my address is the old forge, mill lane, porlock", "my address is [address]"},
			{call.Agent, "would the old forge be the one beyond the pub", "would [name] be the one beyond the pub"},
			{call.Agent, "would the old one do", "would the old one do"},
		},
		"a word that is no name alone": {
			{call.Caller, "my name is Grace Poole", "my name is [name]"},
			{call.Agent, "there is a period of grace", "there is a period of grace"},
		},
	} {
		var s redact.Session
		for _, u := range turns {
			got, _ := s.Text(u.who, u.said)
			if got != u.seen {
				t.Errorf("%s: %q, want %q", name, got, u.seen)
			}
			s.Heard(u.who, got)
		}
	}
}

// A turn that was masked but never heard, as one that is said anew, leaves nothing behind.
func TestUnheardIsForgotten(t *testing.T) {
	t.Parallel()
	var s redact.Session
	s.Text(call.Caller, "my name is Wojciech Zielinski")
	s.Heard(call.Agent, "One moment")
	s.Text(call.Caller, "what is it about")
	s.Heard(call.Caller, "what is it about")
	const said = "so we put zielinski on the list"
	if got, _ := s.Text(call.Agent, said); got != said {
		t.Errorf("%q", got)
	}
}
