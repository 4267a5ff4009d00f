package redact

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// What is told with the words of a keyboard, or without a number, is hidden whole; kind is that of the last span.
func TestTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, gone string
		kind       Kind
	}{
		{"the password is upper case r then river nine nine", "river nine nine", Secret},
		{"登录密码是大写K小写m然后三个七", "小写m", Secret},
		{"my handle is polar underscore bear", "polar underscore bear", Account},
		{"my address is the old mill, weir lane, upper marsh", "weir lane, upper marsh", Address},
		{"expiry is zero three twenty nine", "zero three twenty nine", Secret},
		{"it goes to number six, tanner court, hove", "tanner court", Address},
		{"我是上官", "上官", Name},
		{"我叫阿依古丽", "阿依古丽", Name},
		{"请记一下，她叫孟晓棠", "孟晓棠", Name},
		{"my card is 4111 1111 1111 1111 and my email is anna dot lee at gmail dot com", "anna dot lee", Email},
	} {
		masked, spans := Text(c.text, "")
		if strings.Contains(masked, c.gone) || len(spans) == 0 || spans[len(spans)-1].Kind != c.kind {
			t.Errorf("%q: %q, %v", c.text, masked, spans)
		}
	}
}

// Nothing private was asked for: a number of three digits is an amount or an extension.
func TestMundane(t *testing.T) {
	t.Parallel()
	for ask, reply := range map[string]string{"您付了多少钱？": "幺九九", "How much was it?": "one nine nine", "您的分机号是多少": "八零三"} {
		var s Session
		s.Heard(call.Agent, ask)
		if masked, _ := s.Text(call.Caller, reply); masked != reply {
			t.Errorf("%q: %q", ask, masked)
		}
	}
}
