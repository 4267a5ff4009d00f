package embed

import (
	"context"
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		model, before, text string
		words               []string
	}{
		{"bge-small-en", "Who is calling?", "It's Zoë O'Farrell-Ng, 42b.", []string{"It", "'", "s", "Zoë", "O", "'", "Farrell", "-", "Ng", ",", "42b", "."}},
		{"bge-small-zh", "", "我叫顾晓棠 ok", []string{"我", "叫", "顾", "晓", "棠", "ok"}},
	} {
		t.Run(c.model, func(t *testing.T) {
			e := open(t, c.model)
			at, states, err := e.Words(context.Background(), c.before, c.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, w := range at {
				got = append(got, c.text[w[0]:w[1]])
				if w[2] < 1 || len(states[i]) != e.Dim() {
					t.Errorf("%q: %d pieces, %d numbers", got[i], w[2], len(states[i]))
				}
			}
			if !slices.Equal(got, c.words) {
				t.Errorf("words %q, want %q", got, c.words)
			}
			other, _, err := e.Words(context.Background(), strings.Repeat(c.text+" ", 400), c.text)
			if err != nil || len(other) != len(at) {
				t.Errorf("behind a long text: %d words, %v", len(other), err)
			}
			if long, _, err := e.Words(context.Background(), "", strings.Repeat(c.text+" ", 400)); err != nil || len(long) == 0 || len(long) > mostText {
				t.Errorf("of a long text: %d words, %v", len(long), err)
			}
			if none, _, err := e.Words(context.Background(), "x", " "); err != nil || none != nil {
				t.Errorf("of nothing: %v, %v", none, err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, _, err := e.Words(ctx, "", c.text); err == nil {
				t.Error("no error after the end of ctx")
			}
		})
	}
}
