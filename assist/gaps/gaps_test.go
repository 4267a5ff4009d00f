package gaps_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// topics is an embedder that knows a text by the topic words in it.
type topics []string

func (w topics) EmbedIn(_ context.Context, _ string, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, t := range texts {
		v := make([]float32, len(w)+1)
		v[len(w)] = 0.1
		for k, word := range w {
			if strings.Contains(t, word) {
				v[k] = 1
			}
		}
		out[i] = v
	}
	return out, nil
}

func ask(id, text string, day int) gaps.Question {
	return gaps.Question{Call: call.ID(id), Turn: 2, Text: text, Lang: "en", Base: "shop", At: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)}
}

func TestFind(t *testing.T) {
	t.Parallel()
	asked := []gaps.Question{
		ask("a", "do you gift wrap", 1), ask("b", "can you wrap my parcel?", 2), ask("c", "Can you wrap my parcel", 3), ask("d", "is there parking", 4), ask("e", " ?", 5),
	}
	asked[3].Rated = true
	want, err := gaps.Find(t.Context(), topics{"wrap", "parking"}, asked)
	if err != nil || len(want) != 2 {
		t.Fatalf("%+v, %v", want, err)
	}
	if g := want[0]; len(g.Asked) != 3 || len(g.Texts) != 2 || g.Asked[0].Call != "c" || g.Rated != 0 || g.ID == "" {
		t.Errorf("%+v", g)
	}
	if want[1].Rated != 1 {
		t.Errorf("%+v", want[1])
	}
	slices.Reverse(asked)
	if got, err := gaps.Find(t.Context(), topics{"wrap", "parking"}, asked); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("another order gives\n%+v\nnot\n%+v", got, want)
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	said := func(id, entry, command string) gaps.Step {
		s := gaps.Step{Call: call.ID(id), Base: "shop", Kind: gaps.Said, Query: "q " + id, Decision: "answer", Entry: entry}
		if command != "" {
			s.Decision, s.Command = "command", command
		}
		return s
	}
	card := func(action string) gaps.Step {
		return gaps.Step{Call: "d", Base: "shop", Kind: gaps.Card, Entry: "x", ID: "1", Action: action}
	}
	steps := []gaps.Step{said("a", "x", ""), said("b", "x", ""), said("b", "", "person"), said("c", "x", ""), said("c", "x", ""), card(""), card("used")}
	got := gaps.Uses(steps)[[2]string{"shop", "x"}]
	if got.Shown != 5 || got.Used != 3 || got.Rejected != 1 || got.Resolved != 3 {
		t.Errorf("%+v", got)
	}
	if bad := gaps.Badly(steps); len(bad) != 1 || bad[0].Call != "b" || !bad[0].Rated {
		t.Errorf("%+v", bad)
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	turns := []gaps.Spoken{
		{N: 1, Who: call.Caller, Text: "do you gift wrap"}, {N: 2, Who: call.Agent, Text: "Hello, how can I help you today?"},
		{N: 3, Who: call.Agent, Text: "Yes."}, {N: 4, Who: call.Agent, Text: "We wrap gifts for two pounds at the till."}, {N: 5, Who: call.Agent, Text: "Have a lovely day and thanks for calling."},
	}
	if got := gaps.Replies(turns, 1, "do you gift wrap", "en"); len(got) != 2 || got[0].N != 4 {
		t.Errorf("%+v", got)
	}
}
