package evalnlu

import (
	"os"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// BenchmarkMask is what a turn costs in a call with the embedding models, which the rules alone (nlu/redact: BenchmarkTurn) do not
// need: masked as it is heard behind what was asked, and remembered.
func BenchmarkMask(b *testing.B) {
	env := cli.New()
	if env.Models = os.Getenv("PARLEY_MODELS"); env.Models == "" {
		b.Skip("PARLEY_MODELS is not set")
	}
	sense, done, err := senseOf(env, false, nil)
	if err != nil || sense == nil {
		b.Skip("no models: ", err)
	}
	defer done()
	for name, raw := range map[string]string{
		"en": `{"turns":[{"who":"agent","text":"Can I have your account number and the name on the card, please?"},{"who":"caller","text":"yes of course it's four two seven one double nine oh three and the name is priya sharma"}]}`,
		"zh": `{"turns":[{"who":"agent","text":"请您报一下银行卡号和开户人的姓名"},{"who":"caller","text":"好的，卡号是六二二八四八零零三八五六四幺七八二六七，开户人是顾晓棠，我住在平江路八十八号"}]}`,
	} {
		items, err := readItems(strings.NewReader(raw), name)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				masks(items, sense)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/2000, "ms/turn")
		})
	}
}
