package embed

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
)

// partOf is what masking has learnt for a model: a part as Taggers take them.
func partOf(t *testing.T, lang string) []byte {
	t.Helper()
	part, err := os.ReadFile("../../nlu/redact/data/sense." + lang + ".onnxpart")
	if err != nil {
		t.Fatal(err)
	}
	return part
}

func TestTagger(t *testing.T) {
	for _, c := range []struct {
		model, said, text string
		words             []string
	}{
		{"bge-small-en", "Who is calling?", "It's Zoë O'Farrell-Ng, 42b.", []string{"It", "'", "s", "Zoë", "O", "'", "Farrell", "-", "Ng", ",", "42b", "."}},
		{"bge-small-zh", "", "我叫顾晓棠 ok", []string{"我", "叫", "顾", "晓", "棠", "ok"}},
	} {
		t.Run(c.model, func(t *testing.T) {
			e := open(t, c.model)
			tag := e.Tagger(partOf(t, c.model[len(c.model)-2:]), 16)
			var seen []string
			look := func(i int, at [3]int) uint64 {
				if i == 1 {
					seen = append(seen, c.text[at[0]:at[1]])
				}
				return 0
			}
			at, judged, err := tag.Tag(t.Context(), []string{c.said}, c.text, look)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range at {
				if got = append(got, c.text[w[0]:w[1]]); w[2] < 1 {
					t.Errorf("%q: %d pieces", got, w[2])
				}
			}
			if !slices.Equal(got, c.words) || !slices.Equal(seen, c.words) || len(judged) != len(at) {
				t.Errorf("words %q, looked at %q, %d judged, want %q", got, seen, len(judged), c.words)
			}
			none := func(int, [3]int) uint64 { return 0 }
			all := func(int, [3]int) uint64 { return 1<<16 - 1 }
			_, again, err := tag.Tag(t.Context(), []string{c.said}, c.text, none)
			if err != nil || !slices.Equal(judged, again) {
				t.Errorf("the same text: %v and %v, %v", judged, again, err)
			}
			if _, looked, err := tag.Tag(t.Context(), []string{c.said}, c.text, all); err != nil || slices.Equal(judged, looked) {
				t.Errorf("looks change nothing: %v, %v", looked, err)
			}
			if other, _, err := tag.Tag(t.Context(), []string{strings.Repeat(c.text+" ", 400)}, c.text, none); err != nil || len(other) != len(at) {
				t.Errorf("behind a long text: %d words, %v", len(other), err)
			}
			if long, _, err := tag.Tag(t.Context(), nil, strings.Repeat(c.text+" ", 400), none); err != nil || len(long) == 0 || len(long) > mostText {
				t.Errorf("of a long text: %d words, %v", len(long), err)
			}
			behind := func(word string, pieces int) []float32 {
				_, judged, err := tag.Tag(t.Context(), []string{word + strings.Repeat(" a", pieces)}, c.text, none)
				if err != nil {
					t.Fatal(err)
				}
				return judged
			}
			if slices.Equal(behind("b", mostSaid-1), behind("c", mostSaid-1)) || !slices.Equal(behind("b", mostSaid), behind("c", mostSaid)) || mostSaid != 64 {
				t.Error("it does not read 64 pieces of what was said before, as it was learnt")
			}
			if nothing, _, err := tag.Tag(t.Context(), []string{"x"}, " ", none); err != nil || nothing != nil {
				t.Errorf("of nothing: %v, %v", nothing, err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, _, err := tag.Tag(ctx, nil, c.text, none); err == nil {
				t.Error("no error after the end of ctx")
			}
			if e.Tagger([]byte("no part"), 16).Warm() == nil {
				t.Error("opened with a part that is none")
			}
			late := e.Tagger(partOf(t, c.model[len(c.model)-2:]), 16)
			if err := late.part.close(); err != nil || late.Warm() == nil {
				t.Errorf("opened after the end: %v", err)
			}
		})
	}
}
