package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// BenchmarkTurn is what a turn costs in a call: masked as it is heard, and remembered.
func BenchmarkTurn(b *testing.B) {
	for name, turns := range map[string][2]string{
		"en":    {"Can I have your account number and the name on the card, please?", "yes of course it's four two seven one double nine oh three and the name is priya sharma"},
		"zh":    {"请您报一下银行卡号和开户人的姓名", "好的，卡号是六二二八四八零零三八五六四幺七八二六七，开户人是顾晓棠，我住在平江路八十八号"},
		"plain": {"How can I help you today?", "I would like to know when my parcel will arrive, because it should have been here three days ago"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var s redact.Session
				s.Heard(call.Agent, turns[0])
				masked, _ := s.Text(call.Caller, turns[1])
				s.Heard(call.Caller, masked)
			}
		})
	}
}

// BenchmarkLong is what a long text costs, a letter that somebody pastes: eight times the characters, eight times the work.
func BenchmarkLong(b *testing.B) {
	for _, lang := range []string{"en", "zh"} {
		for _, n := range []int{1 << 10, 8 << 10, 64 << 10} {
			text := letter(lang, n)
			b.Run(fmt.Sprintf("%s/%dk", lang, n>>10), func(b *testing.B) {
				for b.Loop() {
					var s redact.Session
					masked, _ := s.Text(call.Agent, text)
					s.Heard(call.Agent, masked)
				}
			})
		}
	}
}

// letter is a text of so many characters with as much in it that is private as is not.
func letter(lang string, characters int) string {
	part := "I spoke to Priya Sharma on Tuesday about order 88213, and she told me to ring 01632 960 118 before nine. My address is 14 Castle Parade, Wrexham, and the parcel went to Mr Okonjo at number 31. It cost £24.99 with the code SPRING, card ending four four one two. "
	if lang == "zh" {
		part = "我上周二跟顾晓棠说过订单八八二一三的事，她让我九点以前打幺三八零零二二三三四四。我住在平江路八十八号三单元二零一，包裹却送到了隔壁的瞿师傅家。一共二十四块九，卡的尾号是四四一二，会员号是八八零零三三。"
	}
	rs := []rune(strings.Repeat(part, characters/len([]rune(part))+1))
	return string(rs[:characters])
}
