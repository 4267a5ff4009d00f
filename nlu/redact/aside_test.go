package redact

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// sureOf is a model that is about as sure of the words it names as models are that are wrong, and holds no other private.
func sureOf(words string) *Sense {
	m := &scripted{private: words, sure: 3}
	return NewSense(map[string]Tagger{"en": m}) // what is in Chinese is left to the rules
}

// What is said beside values is none, even where a model is fairly sure of it.
func TestSaidBeside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		who        call.Party
		text, sure string
		want       string // "" means the text
	}{
		{call.Caller, "Crikey.", "Crikey.", ""},
		{call.Caller, "Grazie.", "Grazie.", ""},
		{call.Caller, "Hiya Ottoline, the boiler's gone again.", "Hiya Ottoline", "Hiya Ottoline, the boiler's gone again."},
		{call.Agent, "What's granny's name for the pickup list?", "granny's", ""},
		{call.Agent, "Pettifer and Rowe Ironmongers, Ludo speaking.", "Ironmongers", ""},
		{call.Caller, "It's the yacht, she's called Lady Rowena Three.", "Lady Rowena Three", ""},
		{call.Caller, "Is it Mrs Abernethy who's her form tutor?", "Mrs Abernethy", ""},
		{call.Caller, "My neighbour Mrs Abernethy has a key.", "Mrs Abernethy", "My neighbour [name] has a key."},
		{"", "Call us on 0161 496 0377 or come to our showroom at 9 Dantzic Street.", "0161 496 0377", ""},
		{"", "You're through to Merrow Vets on 0131 496 0212, we are open until seven.", "0131 496 0212", ""},
		{"", "Please call my sister on 0161 496 0377.", "0161 496 0377", "Please call my sister on [number]."},
		{call.Agent, "And the invoice goes to Dr Ingrid Halvorsen?", "Ingrid", "And the invoice goes to [name]?"},
		{call.Agent, "从北门进，地址是玉泉路31号。", "玉泉路31号", ""},
		{call.Agent, "系统里登记的地址是玉泉路31号。", "玉泉路31号", "系统里登记的地址是[address]。"},
		{call.Agent, "到了打电话就行，地址是玉泉路31号，对吗？", "玉泉路31号", "到了打电话就行，地址是[address]，对吗？"},
		{call.Agent, "停车场在后面，电话0571-86600412。", "0571-86600412", ""},
		{call.Caller, "要三十棵月季，另外送两袋土。", "要三十", ""},
	} {
		s := Session{Sense: sureOf(c.sure)}
		want := c.want
		if want == "" {
			want = c.text
		}
		if got, _ := s.Text(c.who, c.text); got != want {
			t.Errorf("%s: %q, want %q", c.who, got, want)
		}
	}
}

// What was asked for decides what an answer is; what need not be told was not asked for, and thanks end a question.
func TestAskedInstead(t *testing.T) {
	t.Parallel()
	for _, c := range []talk{
		{[][2]string{{"A", "How old is your lad?"}, {"C", "Thirteen."}}, "Thirteen."},
		{[][2]string{{"A", "机身号不用，您说型号就行。"}, {"C", "7KR-2.5B"}}, "7KR-2.5B"},
		{[][2]string{{"A", "您不用报身份证，请报彩票期号。"}, {"C", "二零二五零八八"}}, "二零二五零八八"},
		{[][2]string{{"A", "您不用报彩票期号，请报身份证号。"}, {"C", "四二零幺零六"}}, "[id]"},
		{[][2]string{{"A", "I don't need your account number, just the docket number."}, {"C", "44 7190"}}, "44 7190"},
		{[][2]string{{"A", "I don't need the docket number, just your account number."}, {"C", "44 7190"}}, "[account]"},
		{[][2]string{{"A", "What's your licence number?"}, {"C", "It's HOLLI 806124."}, {"A", "Thanks. And any points?"}, {"C", "Three, for speeding back in 2023."}}, "Three, for speeding back in 2023."},
		{[][2]string{{"A", "What's your licence number?"}, {"C", "It's HOLLI 806124."}, {"A", "Thanks, is there any more of it?"}, {"C", "nine J F four one"}}, "[id]"},
		{[][2]string{{"C", "And the phone for the workshop?"}, {"A", "It's this one, 01434 496 0077."}}, "It's this one, 01434 496 0077."},
		{[][2]string{{"C", "园区电话是多少？"}, {"A", "零五七一，八六六零，四四二二，地址是玉泉路31号。"}}, "零五七一，八六六零，四四二二，地址是玉泉路31号。"},
		{[][2]string{{"C", "我登记的电话是多少？"}, {"A", "零五七一，八六六零，四四二二。"}}, "[phone]。"},
		{[][2]string{{"A", "密保问题答案：您母亲叫什么？"}}, "密保问题答案：您母亲叫什么？"},
		{[][2]string{{"A", "您好，请报姓名和出生年月日。"}}, "您好，请报姓名和出生年月日。"},
	} {
		if got := c.last(); got != c.want {
			t.Errorf("%v: %q, want %q", c.turns, got, c.want)
		}
	}
}

// What a model holds private is called what a rule calls it.
func TestNamedByRules(t *testing.T) {
	t.Parallel()
	s := Session{Sense: sureOf("Gannet77")}
	if got, _ := s.Text(call.Caller, "my password is Gannet77 I think"); got != "my password is [secret] I think" {
		t.Errorf("masked as %q", got)
	}
	if got, _ := s.Text(call.Caller, "the card ending 3434 is blocked"); got != "the card ending [account] is blocked" {
		t.Errorf("masked as %q", got)
	}
}

// A name that is hidden in one place is hidden in the next.
func TestSaidTwice(t *testing.T) {
	t.Parallel()
	var s Session
	s.Heard(call.Agent, "And your surname?")
	if got, _ := s.Text(call.Caller, "Finchley! Like the place, and my cousin knows a Finchley."); strings.Contains(got, "Finchley") {
		t.Errorf("masked as %q", got)
	}
}

// Names, secrets and addresses that only the turn of phrase tells, «» around them.
func TestToldByPhrase(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"«Ottilie» is nine and «Leopold» is twelve.",
		"They went to some «Rupert Vance in Hexham».",
		"I used «Larkfield Infants» as the answer and it was refused.",
		"口令就是«外号加2016»",
		"写«祝老爷子»就行",
		"档案号«K-0093-叁柒»",
		"我这合同号你查查，«JX杠，三三零九，杠，四一二»，是租房的",
		"名字用拼音是«W-E-I，空格，R-A-N»",
		"我在«柳荫路，二零六六弄，十二号，四零一»，水管裂了",
		"密码是«mao2011，后面一个问号»",
		"报告发到«wei_ran，艾特，qq，点康木»",
		"my password is «Marlin88 with a hash at the end»",
	} {
		hidden := strings.NewReplacer("«", "", "»", "").Replace(in)
		got, spans := Text(hidden, "")
		n, want := 0, strings.Split(in, "«")
		for _, w := range want[1:] {
			secret, rest, _ := strings.Cut(w, "»")
			if strings.Contains(got, secret) || rest != "" && !strings.Contains(got, strings.TrimSpace(rest)) {
				n++
			}
		}
		if n > 0 || len(spans) != len(want)-1 {
			t.Errorf("%q is masked as %q", in, got)
		}
	}
}
