package redact_test

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// talk is a conversation, one turn a line: who, the text, what must be left of it ("" = the text).
const talk = `
# a card over four turns, then what belongs to it, then something else
agent: Go ahead with the card number.
caller: four two four two -> [account]
agent: uh huh
caller: four two four two -> [account]
agent: yes
caller: four two four two -> [account]
agent: mm
caller: four two four two -> [account]
agent: And when does it expire?
caller: oh nine twenty seven -> [secret]
agent: How many of the lamps would you like to order today?
caller: two hundred and fifty please

# digits are hidden before anybody knows that more will follow
caller: it's four one five five -> it's [number]
caller: five five oh one nine nine -> [number]

# the other side says it back
agent: 请报一下手机号
caller: 幺三八 -> [phone]
agent: 幺三八 -> [number]
caller: 六二幺零 -> [phone]

# misheard
agent: What's your PIN?
caller: for for seven won -> [secret]

# misheard again
agent: Your phone number?
caller: tree one to five five five oh one for ate -> [phone]

# asked for, and not given
agent: What's your name?
caller: i'd rather not say
agent: What's your account number?
caller: I don't have it with me
agent: Which password did you set?
caller: bluebird -> [secret]
agent: 您的身份证号
caller: 我现在不方便说

# words
agent: What's your mother's maiden name?
caller: Halvorsen -> [secret]
agent: May I have your email?
caller: dfarrell eighty one at outlook dot com -> [email]
agent: 邮箱地址
caller: zhao下划线yutong -> [email]
agent: 艾特后面
caller: 幺二六点com -> [email]

# questions that are about something else
agent: Which model is it?
caller: the x r twenty two hundred
agent: 错误代码是什么
caller: E二十四
agent: 您住哪个城市
caller: 我在苏州
`

func TestTalk(t *testing.T) {
	t.Parallel()
	var s redact.Session
	for line := range strings.Lines(talk) {
		line = strings.TrimSpace(line)
		who, text, ok := strings.Cut(line, ": ")
		if strings.HasPrefix(line, "#") || !ok {
			s = redact.Session{}
			continue
		}
		text, want, changed := strings.Cut(text, " -> ")
		if !changed {
			want = text
		}
		got, _ := s.Text(call.Party(who), text)
		if got != want {
			t.Errorf("%s: %q became %q, want %q", who, text, got, want)
		}
		s.Heard(call.Party(who), got)
	}
}

func TestOneByOne(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"it's four two seven no sorry four seven two nine nine eight one": "it's [number]",
		"forty two forty two forty two forty two":                         "[number]",
		"腰三八六二腰零四五七九":                                                     "[phone]",
		"密码是六个八":                                                          "密码是[number]",
		"一共三千四百五十六":                                                       "一共三千四百五十六",
		"二零二二款还有吗":                                                        "二零二二款还有吗",
		"three four days":                                                 "three four days",
		"please call our hotline 1-800-555-0100":                          "please call our hotline 1-800-555-0100",
		"你们的电话是不是400-610-1188":                                            "你们的电话是不是400-610-1188",
		"我拨的10086转人工":                                                     "我拨的10086转人工",
		"my number is 0800 123 4567":                                      "my number is [phone]",
		"account reference eight oh oh four one nine double six seven":    "account reference [account]",
		"ring me when it's in oh seven seven double oh, nine double oh":   "ring me when it's in [number]",
		"we have been here since twenty nineteen":                         "we have been here since twenty nineteen",
		"驗證碼是583926":                                                      "驗證碼是[secret]",
		"the wifi password was sunflower2019":                             "the wifi password was [secret]",
		"my policy number is HX 4471 9920":                                "my policy number is [account]",
		"Deliver to 12 Rue des Lilas, 75020 Paris":                        "Deliver to [address]",
		"Hauptstraße 12, 10115 Berlin":                                    "[address]",
		"Kind regards, Meredith Okafor":                                   "Kind regards, [name]",
		"Mrs Achterberg has a key":                                        "[name] has a key",
		"this is ngozi adeyemi i called earlier":                          "this is [name] i called earlier",
		"我叫弓长张张伟，之前报过修":                                                   "我叫[name]，之前报过修",
		"给王女士送到":                                                          "给[name]送到",
		"我和先生一起去":                                                         "我和先生一起去",
		"I paid 40 for shipping and 15 for gift wrap":                     "I paid 40 for shipping and 15 for gift wrap",
	} {
		if got, _ := redact.Text(in, ""); got != want {
			t.Errorf("Text(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestPartials(t *testing.T) {
	t.Parallel()
	var s redact.Session
	tr := asr.Transcript{Party: call.Caller, Text: "it starts with 4155", Lang: "en"}
	if got := s.Transcript(tr).Text; got != "it starts with [number]" {
		t.Errorf("digits at the end of a partial: %q", got)
	}
	tr.Final = true
	if got := s.Transcript(tr).Text; got != tr.Text {
		t.Errorf("the same in a turn: %q", got)
	}
}

func TestPrivate(t *testing.T) {
	t.Parallel()
	var s redact.Session
	for _, c := range []struct {
		says string
		want bool
	}{{"How can I help?", false}, {"Please key in your PIN.", true}} {
		s.Heard(call.Bot, c.says)
		if got := s.Private(call.Caller); got != c.want {
			t.Errorf("after %q: %v", c.says, got)
		}
	}
	if s.Private(call.Bot) {
		t.Error("the bot is asked for nothing")
	}
}
