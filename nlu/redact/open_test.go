package redact

import (
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// What the question was decides whose an answer is.
func TestOpenByTheQuestion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ asked, said, want string }{
		{"What's the booking reference?", "hotel kilo four two nine lima", "hotel kilo four two nine lima"},
		{"What's your account number?", "hotel kilo four two nine lima", "[account]"},
		{"配件号呢", "零零四八六幺二二", "零零四八六幺二二"},
		{"What's the house number?", "a hundred and twelve", "[address]"},
	} {
		var s Session
		s.Heard(call.Agent, c.asked)
		if got, _ := s.Text(call.Caller, c.said); got != c.want {
			t.Errorf("%q after %q: %q, want %q", c.said, c.asked, got, c.want)
		}
	}
}

func TestTurnsOfPhrase(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"罐头条码6901234567892":                 "罐头条码6901234567892",
		"it's in Wilhelmina's name":         "it's in [name]'s name",
		"my card is 4111 1111 1111 1111":    "my card is [card ••11]",
		"I spoke to Amy yesterday about it": "I spoke to Amy yesterday about it",
	} {
		if got, _ := Text(in, ""); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
