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
		{"提单号多少？", "四四零二九七三幺", "四四零二九七三幺"},
		{"保单号多少？", "四四零二九七三幺", "[account]"},
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
		"查一下，单号是SF幺零三三八八二七四":                "查一下，单号是SF幺零三三八八二七四",
		"回电打幺八零零零零七三九九四":                    "回电打[phone]", // 1 800 in Chinese is a mobile number
		"送到柳林路九号，小卖部旁边没挂牌那间，谢谢":             "送到[address]，谢谢",
		"你们回头打这个，幺三六零零二四四七七二":               "你们回头打这个，[phone]",
		"你们的电话是不是零七三幺八八零零二三四五":              "你们的电话是不是零七三幺八八零零二三四五",
		"it's in Wilhelmina's name":         "it's in [name]'s name",
		"my card is 4111 1111 1111 1111":    "my card is [card ••11]",
		"I spoke to Amy yesterday about it": "I spoke to Amy yesterday about it",
	} {
		if got, _ := Text(in, ""); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
