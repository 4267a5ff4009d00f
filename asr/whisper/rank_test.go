package whisper

import "testing"

// written is a text of tokens, each with the same log probability.
func written(plog float64, tokens ...string) []piece {
	out := []piece{{stamp: 0, plog: -0.1}}
	for _, s := range tokens {
		out = append(out, piece{bytes: s, plog: plog, stamp: -1})
	}
	return out
}

func TestRank(t *testing.T) {
	rare := append(written(-0.9, "巩"), piece{bytes: "\xe9", plog: -0.9, stamp: -1}, piece{bytes: "\xaa\xa8", plog: 0, stamp: -1})
	for _, c := range []struct {
		name          string
		better, worse []piece
		chinese       bool
	}{
		{"a word of the dictionary", written(-0.5, "巩", "固", "市", "场"), written(-0.5, "巩", "骨", "市", "场"), true},
		{"a surer text, for all the dictionary says", written(-0.1, "巩", "骨"), written(-3, "巩", "固"), true},
		{"Traditional characters are words too", written(-0.5, "鞏", "固"), written(-0.5, "巩", "骨"), true},
		{"tokens that only finish a character do not count", written(-0.8, "巩", "固"), rare, false},
		{"two sure characters beside one", written(-0.2, "好", "的"), written(-0.5, "好"), true},
		{"figures are no cheaper than characters", written(-0.1, "三", "十", "度"), written(-0.9, "30", "度"), true},
		{"English knows no dictionary", written(-0.1, " card", " lost"), written(-0.2, " card", " lost"), false},
		{"silence, where a text is a guess", written(0), written(-3, " you"), false},
		{"a text, where silence is a guess", written(-0.1, " you"), []piece{{stamp: 0, plog: -3}}, false},
	} {
		if b, w := rank(c.better, c.chinese), rank(c.worse, c.chinese); b <= w {
			t.Errorf("%s: %.3f beside %.3f", c.name, b, w)
		}
	}
}
