package lessons_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/assist/concern/lessons"
)

// fewest is how many texts there are of a kind at least.
const fewest = 15

func TestOf(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "zh"} {
		l := lessons.Of(lang)
		for name, of := range map[string]struct {
			texts []lessons.Text
			kinds []string
		}{"caller": {l.Caller, concern.CallerKinds}, "agent": {l.Agent, concern.AgentKinds}, "replies": {l.Replies, concern.OpenKinds}} {
			count, seen := map[string]int{}, map[lessons.Text]bool{}
			for _, text := range of.texts {
				count[text.Kind]++
				if text.Said == "" || !slices.Contains(of.kinds, text.Kind) && text.Kind != lessons.Grave {
					t.Errorf("%s %s: %+v", lang, name, text)
				}
				key := lessons.Text{Before: text.Before, Said: text.Said}
				if seen[key] && text.Kind != of.kinds[0] {
					t.Errorf("%s %s: twice: %+v", lang, name, text)
				}
				seen[key] = true
			}
			for _, kind := range of.kinds {
				if count[kind] < fewest {
					t.Errorf("%s %s: %d texts are %s, want %d", lang, name, count[kind], kind, fewest)
				}
			}
		}
	}
}

// letters embeds a text by which of its letters are there.
type letters struct{ err error }

func (l letters) Embed(_ context.Context, texts []string) ([][]float32, error) {
	var out [][]float32
	for _, s := range texts {
		v := make([]float32, 4)
		for i := range v {
			if strings.ContainsRune(s, rune('a'+i)) {
				v[i] = 0.7
			}
		}
		out = append(out, v)
	}
	return out, l.err
}

// What is only known to be grave is learnt as the kind that it is most like, and never as calm.
func TestLearn(t *testing.T) {
	t.Parallel()
	var l lessons.Lessons
	for range 30 {
		l.Caller = append(l.Caller, lessons.Text{Said: "a", Kind: "calm"}, lessons.Text{Said: "b", Kind: "danger"}, lessons.Text{Said: "bd", Kind: lessons.Grave})
		l.Agent = append(l.Agent, lessons.Text{Said: "a", Kind: "proper"}, lessons.Text{Before: "c", Said: "b", Kind: "insult"})
		l.Replies = append(l.Replies, lessons.Text{Said: "a", Kind: "calm"}, lessons.Text{Said: "b", Kind: "open"})
	}
	w, err := lessons.Learn(t.Context(), letters{}, l)
	if err != nil {
		t.Fatal(err)
	}
	j := concern.NewJudge(map[string]concern.Embedder{"en": letters{}}, map[string]concern.Weights{"en": w})
	o, _ := j.Caller(t.Context(), "", "d", "en")
	calm, _ := j.Caller(t.Context(), "", "a", "en")
	if o.Kind != "danger" || o.Concern < 0.5 || calm.Concern > 0.5 {
		t.Errorf("grave: %+v, calm: %+v", o, calm)
	}
	if c, _ := j.Agent(t.Context(), "c", "b", "en"); c.Kind != "insult" || c.Unfair < 0.5 || c.Open < 0 {
		t.Errorf("%+v", c)
	}
	broken := errors.New("no memory")
	if _, err := lessons.Learn(t.Context(), letters{broken}, l); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
