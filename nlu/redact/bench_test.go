package redact_test

import (
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
