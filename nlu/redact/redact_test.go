package redact_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/nlu/redact"
)

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"my card is 4111 1111 1111 1111 thanks":                            "my card is [card ••11] thanks",
		"4111-1111-1111-1111":                                              "[card ••11]",
		"4111, 1111. 1111, 1111.":                                          "[card ••11].",
		"it's 378282246310005":                                             "it's [card ••05]",
		"card 4111 1111 1111 1111 12/27":                                   "card [card ••11]",
		"four one one one one one one one one one one one one one one one": "[card ••11]",
		"four triple one, double one double one, um, one one one one one one one one please": "[card ••11] please",
		"forty-one eleven eleven eleven eleven eleven eleven eleven":                         "[card ••11]",
		"卡号是四一一一一一一一一一一一一一一一谢谢":                                                              "卡号是[card ••11]谢谢",
		"卡号是四一一一，一一一一，一一一一，一一一一。":                                                            "卡号是[card ••11]。",
		"我的身份证是11010519491231002X":                                                           "我的身份证是[id]",
		"身份证一一零一零五一九四九一二三一零零二叉":                                                              "身份证[id]",
		"手机号幺三八零零幺三八零零零对吗":                                                                   "手机号[phone]对吗",
		"手机号１３８００１３８０００":                                                                     "手机号[phone]",
		"手机幺三八三个零二三四五六":                                                                      "手机[phone]",
		"call me on 555-0199-234":                                                            "call me on [phone]",
		"ring oh seven seven double zero nine double zero one two three":                     "ring [number]",
		"one two three for five six seven eight nine":                                        "[number]",
		"please change my mobile from 07700900113 to 07700 900 311, I dropped the old one":   "please change my mobile from [number] to [number], I dropped the old one",
		"mail john.smith+x@example.co.uk now":                                                "mail [email] now",
		"it is john dot smith at gmail dot com okay":                                         "it is [email] okay",
		"j o h n at gmail.com":                                                               "[email]",
		"我的邮箱是zhang三@qq.com":                                                                 "我的邮箱是[email]",
		"邮箱abc123艾特qq点com":                                                                   "邮箱[email]",
		// these stay
		"order 12345678 please":                                          "order 12345678 please",
		"I paid 250.75 on 2024-01-15 10:30":                              "I paid 250.75 on 2024-01-15 10:30",
		"in 2019, 2020, 2021 and 2022":                                   "in 2019, 2020, 2021 and 2022",
		"订单号是20240518":                                                   "订单号是20240518",
		"一共是一千二百三十四块":                                                    "一共是一千二百三十四块",
		"eleven thousand two hundred thirty four dollars and five cents": "eleven thousand two hundred thirty four dollars and five cents",
		"my order 12345678. 2 items":                                     "my order 12345678. 2 items",
		"see you at noon":                                                "see you at noon",
		"一下一个一直一样":                                                       "一下一个一直一样",
		"":                                                               "",
	} {
		if got, _ := redact.Text(in, ""); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	in := "a 4111111111111111 b me@x.com"
	_, spans := redact.Text(in, "en")
	if len(spans) != 2 || in[spans[0].Start:spans[0].End] != "4111111111111111" || spans[0].Kind != redact.Card ||
		in[spans[1].Start:spans[1].End] != "me@x.com" || spans[1].Kind != redact.Email {
		t.Errorf("spans = %+v", spans)
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	tr := asr.Transcript{Text: "it is one two three four five six seven eight nine ok", Lang: "en"}
	for w := range strings.FieldsSeq(tr.Text) {
		tr.Words = append(tr.Words, asr.Word{Text: " " + w})
	}
	before := tr.Words[2].Text
	got := redact.Transcript(tr)
	var words []string
	for _, w := range got.Words {
		words = append(words, strings.TrimSpace(w.Text))
	}
	if s := strings.Join(words, "|"); got.Text != "it is [number] ok" || s != "it|is|[number]|||||||||ok" {
		t.Errorf("Transcript = %q, words %q", got.Text, s)
	}
	if tr.Words[2].Text != before {
		t.Error("Transcript changed its argument")
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"4111 1111 1111 1111", "幺三八零零", "a@b.c", "double", "三个", "\xff12345678\xfe9", "11010519491231002X", "forty one"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 500 {
			return
		}
		masked, spans := redact.Text(s, "")
		if !utf8.ValidString(masked) {
			t.Errorf("invalid UTF-8 from %q", s)
		}
		run := 0
		for _, r := range masked {
			if r >= '0' && r <= '9' {
				run++
			} else {
				run = 0
			}
			if run >= 9 {
				t.Fatalf("Text(%q) = %q left nine digits", s, masked)
			}
		}
		end := 0
		for _, p := range spans {
			if p.Start < end || p.End <= p.Start {
				t.Fatalf("spans of %q overlap or are empty: %+v", s, spans)
			}
			end = p.End
		}
	})
}

// TestWithout takes the masks out that masking has put in, and knows a turn that is nothing but what was masked.
func TestWithout(t *testing.T) {
	for text, want := range map[string]struct {
		rest  string
		kinds []redact.Kind
		bare  bool
	}{
		"it's [phone]": {"it's", []redact.Kind{redact.Phone}, true},
		"My name is [name] and my number is [phone].": {"My name is and my number is .", []redact.Kind{redact.Name, redact.Phone}, true},
		"[redacted]": {"", []redact.Kind{redact.Number}, true},
		"how do I report a lost card [card ••11]":            {"how do I report a lost card", []redact.Kind{redact.Card}, false},
		"Hello, this is [name], calling about my parcel":     {"Hello, this is , calling about my parcel", []redact.Kind{redact.Name}, false},
		"[inaudible] and then":                               {"[inaudible] and then", nil, false},
		"my phone number":                                    {"my phone number", nil, false},
		"我叫[name]，电话是[phone]":                                {"我叫 ，电话是", []redact.Kind{redact.Name, redact.Phone}, true},
		"我的卡号是[card ••42]，丢了怎么办":                             {"我的卡号是 ，丢了怎么办", []redact.Kind{redact.Card}, false},
		"我住在[address]，那边的网点几点关门":                             {"我住在 ，那边的网点几点关门", []redact.Kind{redact.Address}, false},
		"生日是[birth]":                                         {"生日是", []redact.Kind{redact.Birth}, true},
		"[secret] [id] [account] [email] [number] [address]": {"", []redact.Kind{redact.Secret, redact.ID, redact.Account, redact.Email, redact.Number, redact.Address}, true},
	} {
		rest, kinds := redact.Without(text)
		if rest != want.rest || !slices.Equal(kinds, want.kinds) || redact.Bare(text) != want.bare {
			t.Errorf("%q: %q %v bare %v; want %q %v %v", text, rest, kinds, redact.Bare(text), want.rest, want.kinds, want.bare)
		}
	}
	for _, said := range []string{"My card is 4111 1111 1111 1111", "you can reach me on 07700 900123", "我的手机号是13800138000", "it's jo@mail.example"} {
		masked, spans := redact.Text(said, "")
		if _, kinds := redact.Without(masked); len(spans) == 0 || len(kinds) == 0 || !redact.Bare(masked) {
			t.Errorf("%q is %q: kinds %v, bare %v", said, masked, kinds, redact.Bare(masked))
		}
	}
}

// What is said in pieces with hesitations between them is one value.
func TestHesitation(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"我住团结新村六巷十一号，卡号是四零三三九二幺七，嗯，等等啊，八八零五六六四零":                                          "我住[address]，卡号是[account]",
		"my number is oh seven seven double oh, uh, hang on, nine double oh six one four": "my number is [phone]",
	} {
		if got, _ := redact.Text(text, ""); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
