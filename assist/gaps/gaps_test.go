package gaps_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/knowledge"
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
	// A suggestion put away by the agent says nothing of what the bot was told to do.
	away := card("dismissed")
	if bad := gaps.Badly([]gaps.Step{said("d", "", "person"), away}); len(bad) != 0 {
		t.Errorf("a wish for a person is a question: %+v", bad)
	}
	if bad := gaps.Badly([]gaps.Step{said("d", "", ""), away}); len(bad) != 1 || bad[0].Text != "q d" {
		t.Errorf("a question whose answer the agent put away: %+v", bad)
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

// cutCall is a record of one call whose caller hung up while the bot said that it does not know.
type cutCall struct{ gaps.Records }

func (cutCall) Steps(context.Context, string, time.Time, int) ([]gaps.Step, error) {
	return []gaps.Step{
		{Call: "a", Base: "shop", Kind: gaps.Said, Query: "where are you", Lang: "en", Decision: "answer", Entry: "x"},
		{Call: "a", Base: "shop", Kind: gaps.Said, Query: "do you gift wrap", Lang: "en", Decision: "offer_person"},
	}, nil
}

func (cutCall) Spoken(context.Context, call.ID) ([]gaps.Spoken, error) {
	return []gaps.Spoken{{N: 1, Who: call.Caller, Text: "where are you"}, {N: 2, Who: call.Bot, Text: "here"}, {N: 3, Who: call.Caller, Text: "do you gift wrap"}}, nil
}

func (cutCall) Dismissed(context.Context, string) (map[[2]string]time.Time, error) { return nil, nil }

func TestHungUpOn(t *testing.T) {
	t.Parallel()
	found, err := gaps.Book{Records: cutCall{}}.List(t.Context(), "", 30)
	if err != nil || len(found) != 1 || found[0].Question != "do you gift wrap" || found[0].Asked[0].Turn != 3 {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	probes := gaps.LastQuestions([]gaps.Step{
		{Kind: gaps.Said, Query: "boats?", Lang: "en", Decision: "offer_person"}, {Kind: gaps.Said, Query: "stop", Decision: "command"}, {Kind: gaps.Said, Query: "Boats"}, {Kind: gaps.Said, Query: "old", Lang: "en"},
	}, []gaps.Golden{{Query: "kites?", Relevant: []string{"k"}}, {Query: "elephants?"}}, 1)
	if len(probes) != 3 || !probes[0].Known || probes[2].Query != "boats?" || probes[2].Known {
		t.Fatalf("%+v", probes)
	}
	says := func(m map[string]answer.Decision) gaps.Answerer { return bot(m) }
	known := func(id string) answer.Decision { return answer.Decision{Decision: answer.Known, Entry: id, Text: id} }
	none := answer.Decision{Decision: answer.Offer}
	for name, c := range map[string]struct {
		was, is map[string]answer.Decision
		kinds   []string
	}{
		"the same":         {map[string]answer.Decision{"boats?": known("b")}, map[string]answer.Decision{"boats?": known("b")}, nil},
		"answered now":     {map[string]answer.Decision{"boats?": none}, map[string]answer.Decision{"boats?": known("b")}, []string{gaps.Gain}},
		"otherwise":        {map[string]answer.Decision{"boats?": known("a")}, map[string]answer.Decision{"boats?": known("b")}, []string{gaps.Else}},
		"wrong now":        {map[string]answer.Decision{"elephants?": none}, map[string]answer.Decision{"elephants?": known("b")}, []string{gaps.Loss}},
		"right now":        {map[string]answer.Decision{"kites?": known("b")}, map[string]answer.Decision{"kites?": known("k")}, []string{gaps.Gain}},
		"losses are first": {map[string]answer.Decision{"kites?": none, "boats?": known("b")}, map[string]answer.Decision{"kites?": known("k"), "boats?": none}, []string{gaps.Loss, gaps.Gain}},
	} {
		p, err := gaps.Compare(t.Context(), says(c.was), says(c.is), "shop", probes, nil)
		var kinds []string
		for _, x := range p.Changes {
			kinds = append(kinds, x.Kind)
		}
		if err != nil || p.N != 3 || p.Golden != 2 || !slices.Equal(kinds, c.kinds) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// bot decides by the question; what it does not know it offers a person for.
type bot map[string]answer.Decision

func (b bot) Answer(_ context.Context, _ answer.Dialogue, q answer.Query) (answer.Decision, error) {
	if d, ok := b[q.Text]; ok {
		return d, nil
	}
	return answer.Decision{Decision: answer.Offer}, nil
}

// lostRecord is a record that cannot be read.
type lostRecord struct{ cutCall }

var errLost = errors.New("lost")

func (lostRecord) Steps(context.Context, string, time.Time, int) ([]gaps.Step, error) {
	return nil, errLost
}

// shelf keeps the entries that are saved.
type shelf struct {
	gaps.Shelf

	kept []knowledge.Entry
}

func (s *shelf) Entry(context.Context, string, string) (knowledge.Entry, bool, error) {
	return knowledge.Entry{}, len(s.kept) > 0, nil
}

func (s *shelf) Save(_ context.Context, e knowledge.Entry, _ string) (knowledge.Entry, error) {
	s.kept = append(s.kept, e)
	return e, nil
}

// origins keeps where drafts come from.
type origins struct{ gaps.Decisions }

func (origins) SetOrigin(context.Context, gaps.Origin) error { return nil }

func TestProposeAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	on := &shelf{}
	draft := gaps.Draft{Base: "shop", Lang: "en", Question: "do you gift wrap", Answer: "Yes."}
	b := gaps.Book{Records: lostRecord{}, Decisions: origins{}}
	if _, err := b.Propose(t.Context(), on, "g", 30, draft, "kay"); !errors.Is(err, errLost) || len(on.kept) > 0 {
		t.Errorf("%v, and %d drafts are kept", err, len(on.kept))
	}
	b.Records = cutCall{}
	if _, err := b.Propose(t.Context(), on, "g", 30, draft, "kay"); err != nil || len(on.kept) != 1 {
		t.Errorf("tried again: %v, %d drafts", err, len(on.kept))
	}
}
