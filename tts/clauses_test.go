package tts

import (
	"slices"
	"strings"
	"testing"
)

func TestClauses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang, text string
		want       []string
	}{
		{"en", "", nil},
		{"en", " ... ", nil},
		{"en", "Hello.", []string{"Hello."}},
		{"en", "Thank you for calling. How can I help?", []string{"Thank you for calling. ", "How can I help?"}},
		{"en", "The fee is $2.50, and it is charged once.", []string{"The fee is $2.50, ", "and it is charged once."}},
		{"en", "Ask for Dr. Smith at the front desk. He knows.", []string{"Ask for Dr. Smith at the front desk. ", "He knows."}},
		{"en", "No. That is not possible today.", []string{"No. That is not possible today."}},
		{"en", "Write to help@acme.com or see www.acme.com/faq. It is free.", []string{"Write to help@acme.com or see www.acme.com/faq. ", "It is free."}},
		{"en", "She said \"wait.\" Then she left the room.", []string{"She said \"wait.\" ", "Then she left the room."}},
		{"en", "You can reset your card PIN at any of our branch machines by choosing card services from the menu.", []string{
			"You can reset your card PIN ", "at any of our branch machines by choosing card services from the menu.",
		}},
		{"zh", "您好，欢迎致电优选商城，请问有什么可以帮您？", []string{"您好，欢迎致电优选商城，", "请问有什么可以帮您？"}},
		{"zh", "运费是3.5元，满99元包邮。谢谢！", []string{"运费是3.5元，", "满99元包邮。", "谢谢！"}},
		{"zh", "价格：100元。", []string{"价格：100元。"}},
	} {
		got := Clauses(c.text, c.lang)
		if !slices.Equal(got, c.want) {
			t.Errorf("Clauses(%q)\n got %q\nwant %q", c.text, got, c.want)
		}
	}
}

func FuzzClauses(f *testing.F) {
	f.Add("Hello, world. This costs $3.50, Mr. Smith!", "en")
	f.Add("您好，\"测试\"。3.5元……\n谢谢", "zh")
	f.Add("\xff\xfe. a\xc3", "en")
	f.Fuzz(func(t *testing.T, text, lang string) {
		got := Clauses(text, lang)
		if joined := strings.Join(got, ""); joined != text && got != nil {
			t.Fatalf("joined %q, want %q", joined, text)
		}
		if got == nil && speakable(text) {
			t.Fatalf("%q was lost", text)
		}
		if slices.Contains(got, "") {
			t.Fatalf("empty clause in %q", got)
		}
	})
}
