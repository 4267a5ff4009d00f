package allow_test

import (
	"testing"

	"github.com/parley-voice/parley/assist/allow"
)

// FuzzParse reads policies that nobody would write.
func FuzzParse(f *testing.F) {
	f.Add([]byte(text))
	f.Add([]byte("currency: GBP\nrows: [{calm: .inf}]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := allow.Parse(data)
		if err != nil {
			return
		}
		if over, ok := p.Check("I can offer you £50", allow.Decision{Ceiling: 10}); ok && over.Amount <= over.Ceiling {
			t.Error(over)
		}
	})
}
