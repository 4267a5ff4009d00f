package quality

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// golden are the sets of calls under testdata with the agreement that must hold by wording alone. Bank was written first
// and tuned on. The others, over half of the calls, were judged once before anything was changed for them
// (docs/quality.md has the figures of that first time); the floors keep what was reached since.
var golden = []struct {
	dir               string
	calls             int
	kappa, cannotTell float64
	precision, recall float64 // of automatic fails
}{
	{"bank", 30, 0.9, 0.1, 0.85, 0.75}, {"shop", 32, 0.9, 0.1, 0.85, 0.75}, {"insurance", 24, 0.9, 0.1, 0.85, 0.75}, {"city", 10, 0.85, 0.1, 0.85, 0.75},
	{"service", 16, 0.75, 0.1, 0.85, 0.75}, {"casework", 12, 0.65, 0.1, 0.85, 0.75},
	{"hotel", 12, 0.7, 0.1, 0.7, 0.6}, {"debt", 12, 0.75, 0.1, 0.8, 0.75}, {"social", 12, 0.75, 0.1, 0.75, 0.75}, {"rental", 12, 0.7, 0.1, 0.75, 0.75}, {"parcel", 12, 0.7, 0.1, 0.6, 0.6},
	{"museum", 12, 0.65, 0.1, 0.4, 0.7}, {"travel", 12, 0.7, 0.1, 0.8, 0.5}, {"repair", 12, 0.6, 0.1, 0.35, 0.45}, {"school", 12, 0.5, 0.1, 0.35, 0.3}, // by somebody else
	{"vetclinic", 12, 0.5, 0.1, 0.3, 0.3}, {"gas", 12, 0.65, 0.1, 0.4, 0.6}, {"telco", 12, 0.55, 0.1, 0.4, 0.6}, {"travelbooking", 12, 0.55, 0.1, 0.1, 0.3},
	{"housekeeping", 24, 0.4, 0.1, 0.6, 0.05}, {"pestcontrol", 24, 0.4, 0.1, 0.85, 0.9},
}

func readGolden(t testing.TB, dir string) *Set {
	t.Helper()
	set, err := ReadSet(os.DirFS(filepath.Join("testdata", dir)))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func measureGolden(t *testing.T, s *Scorer, dir string) (all, fails Agreement, cannotTell int) {
	t.Helper()
	set := readGolden(t, dir)
	all, fails = measureSet(t, s, set)
	return all, fails, all.Count(Yes, CannotTell) + all.Count(No, CannotTell) + all.Count(NA, CannotTell) + all.Count(CannotTell, CannotTell)
}

// measureSet compares the answers of s with those of people, all of them and those that fail a call.
func measureSet(t *testing.T, s *Scorer, set *Set) (all, fails Agreement) {
	t.Helper()
	if len(set.Calls) == 0 || len(set.Labels) != len(set.Calls)*len(set.Form.Questions) {
		t.Fatalf("%d calls, %d labels, %d questions", len(set.Calls), len(set.Labels), len(set.Form.Questions))
	}
	cards := map[string]Card{}
	for _, c := range set.Calls {
		card, err := s.Judge(t.Context(), set.Form, c)
		if err != nil {
			t.Fatal(err)
		}
		cards[c.ID] = card
		checkEvidence(t, c, card)
	}
	for _, l := range set.Labels {
		for _, a := range cards[l.Call].Answers {
			if a.Question != l.Question {
				continue
			}
			all.Add(l.Answer, a.Value)
			if a.Value != l.Answer {
				t.Logf("%s %s: want %s, got %s: %s", l.Call, l.Question, l.Answer, a.Value, a.Why)
			}
			if q := set.Form.Question(l.Question); q.AutoFail {
				fails.Add(map[bool]Value{true: No, false: Yes}[l.Answer == q.FailOn], map[bool]Value{true: No, false: Yes}[a.Value == q.FailOn])
			}
		}
	}
	return all, fails
}

// checkEvidence makes sure that evidence is where it says it is.
func checkEvidence(t testing.TB, c Call, card Card) {
	t.Helper()
	for _, a := range card.Answers {
		if a.Value == "" || a.Confidence < 0 || a.Confidence > 1 || a.By == "" || a.Why == "" {
			t.Errorf("%s %s: incomplete answer %+v", c.ID, a.Question, a)
		}
		for _, e := range a.Evidence {
			turn := c.Turns[e.Turn]
			if rs := []rune(turn.Text); e.Start < 0 || e.End > len(rs) || e.Start >= e.End || string(rs[e.Start:e.End]) != e.Text || e.StartS < turn.StartS-1e-6 || e.EndS > turn.EndS+1e-6 {
				t.Errorf("%s %s: evidence %+v is not in %q", c.ID, a.Question, e, turn.Text)
			}
		}
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, g := range golden {
		t.Run(g.dir, func(t *testing.T) {
			t.Parallel()
			all, fails, tell := measureGolden(t, New(Options{}), g.dir)
			precision := float64(fails.Count(No, No)) / float64(fails.Count(No, No)+fails.Count(Yes, No))
			recall := float64(fails.Count(No, No)) / float64(fails.Count(No, No)+fails.Count(No, Yes))
			t.Logf("kappa %.3f, agreement %.3f, fails %.3f/%.3f, cannot tell %d of %d", all.Kappa(), all.Share(), precision, recall, tell, all.N)
			if all.Kappa() < g.kappa || precision < g.precision || recall < g.recall || float64(tell) > g.cannotTell*float64(all.N) {
				t.Errorf("kappa %.3f, want %.2f; fails %.3f/%.3f", all.Kappa(), g.kappa, precision, recall)
			}
		})
	}
}

func TestNobodySpoke(t *testing.T) {
	t.Parallel()
	f := mustParse(t, oneQuestion("Did the agent say thank you?", ""))
	if _, err := New(Options{}).Judge(t.Context(), f, Call{ID: "x"}); !errors.Is(err, ErrNoTurns) {
		t.Errorf("empty call: %v", err)
	}
	for _, who := range []string{"unknown", ""} {
		card, err := New(Options{}).Judge(t.Context(), f, Call{ID: "x", Turns: []Turn{{Who: who, Text: "hello", EndS: 1}}})
		if err != nil || card.Answers[0].Value != CannotTell || card.Score != nil || card.Open != 1 {
			t.Errorf("speakers %q: %+v, %v", who, card, err)
		}
	}
}

func oneQuestion(en, zh string) string {
	return fmt.Sprintf("form: t\nversion: 1\nlanguages: [en]\nquestions:\n  - id: q\n    text_en: %q\n    text_zh: %q\n", en, zh)
}

func mustParse(t testing.TB, s string) *Form {
	t.Helper()
	f, err := Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func dialogue(lines ...string) Call {
	c := Call{ID: "c"}
	at := 0.0
	for _, l := range lines {
		who, text, _ := strings.Cut(l, ": ")
		if who == "F" {
			c.Facts = append(c.Facts, text)
			continue
		}
		c.Turns = append(c.Turns, Turn{Who: map[string]string{"A": Agent, "C": Caller}[who], Text: text, StartS: at, EndS: at + 2})
		at += 2.3
	}
	return c
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		question string
		lines    []string
		want     Value
	}{
		{"Did the agent give a reference number?", []string{"C: I want to complain.", "A: Your reference number is 4471."}, Yes},
		{"Did the agent give a reference number?", []string{"C: I want to complain.", "A: Noted."}, No},
		{"Was the caller told that the call is recorded?", []string{"A: This call is recorded.", "C: Fine."}, Yes},
		{"Was the caller told that the call is recorded?", []string{"A: Hello.", "C: Is this call recorded?"}, No},
		{"Did the agent ask for the full card PIN?", []string{"C: Help.", "A: Please tell me your PIN."}, Yes},
		{"Did the agent avoid asking for the PIN or password?", []string{"C: Help.", "A: Please tell me your PIN."}, No},
		{"Did the agent avoid asking for the PIN or password?", []string{"C: Help.", "A: Never share your PIN."}, Yes},
		{"Did the agent interrupt the caller?", []string{"C: I would like to ask", "A: Yes?"}, No},
		{"If the caller was upset, did the agent apologise?", []string{"C: Nice weather.", "A: It is."}, NA},
		{"If the caller was upset, did the agent apologise?", []string{"C: This is terrible.", "A: I apologise."}, Yes},
		{"Did the agent state the correct fee?", []string{"F: The fee is 5 pounds.", "A: It costs seven pounds."}, No},
		{"Did the agent state the correct fee?", []string{"F: The fee is 5 pounds.", "A: It costs five pounds."}, Yes},
		{"Did the agent mention the investment risk?", []string{"C: Is the fund safe?", "A: There's no risk at all."}, No},
		{"Did the agent mention the investment risk?", []string{"C: Is the fund safe?", "A: It can go down as well as up."}, Yes},
		{"Did the agent offer to transfer the caller?", []string{"F: The caller asks for a transfer.", "A: I'll put you through to billing."}, Yes},
		{"Did the agent promise a refund?", []string{"C: Will I get my money?", "A: I guarantee it."}, Yes},
		{"Did the agent promise a refund?", []string{"C: Will I get my money?", "A: I can't guarantee it."}, No},
		{"Did the agent remind the caller to switch the router off and on?", []string{"C: No internet.", "A: Please switch the router off and on again."}, Yes},
		{"Did the agent remind the caller to switch the router off and on?", []string{"C: No internet.", "A: We know."}, No},
		{"Did the agent make the mandatory disclosure?", []string{"F: The recording of the call must be disclosed.", "A: This call is being recorded."}, Yes},
		{"Did the agent make the mandatory disclosure?", []string{"F: The fee of 3 pounds must be disclosed.", "A: There is a fee of two pounds."}, No},
		{"Did the agent make the mandatory disclosure?", []string{"F: The caller asks for opening hours.", "A: We open at nine."}, NA},
		{"Did the agent make the mandatory disclosure?", []string{"F: The caller must be told that parcels travel by sea.", "A: Your parcels travel by sea, you see."}, Yes},
		{"Did the agent ask permission before placing the caller on hold?", []string{"C: Hi.", "A: Sure."}, NA},
	} {
		f := mustParse(t, oneQuestion(c.question, ""))
		call := dialogue(c.lines...)
		card, err := New(Options{}).Judge(t.Context(), f, call)
		if err != nil {
			t.Fatal(err)
		}
		checkEvidence(t, call, card)
		if got := card.Answers[0]; got.Value != c.want {
			t.Errorf("%s %q: got %s (%s), want %s", c.question, c.lines, got.Value, got.Why, c.want)
		}
	}
}

func TestUnsureTurns(t *testing.T) {
	t.Parallel()
	low := 0.2
	f := mustParse(t, oneQuestion("Did the agent greet the caller?", ""))
	for _, text := range []string{"Good morning", "Goad mooring"} {
		c := dialogue("A: "+text, "C: Hi.")
		c.Turns[0].Confidence = &low
		card, err := New(Options{}).Judge(t.Context(), f, c)
		if err != nil || card.Answers[0].Value != CannotTell {
			t.Errorf("%q: %+v, %v", text, card.Answers, err)
		}
	}
}

func TestCard(t *testing.T) {
	t.Parallel()
	f := mustParse(t, `form: t
version: 2
languages: [en]
bands: [{name: low, from: 0}, {name: high, from: 70}]
questions:
  - {id: a, text_en: Did the agent greet the caller?, weight: 30}
  - {id: b, text_en: Did the agent say goodbye?, weight: 10}
  - {id: c, text_en: Did the agent promise a refund?, weight: 60, auto_fail: true}
`)
	if f.Questions[2].FailOn != Yes || f.Questions[0].FailOn != No {
		t.Errorf("bad answers: %+v", f.Questions)
	}
	card := NewCard(f, "x", []Answer{{Question: "a", Value: Yes}, {Question: "b", Value: No}, {Question: "c", Value: NA}, {Question: "gone", Value: No}})
	if card.Score == nil || *card.Score != 75 || card.Band != "high" || card.Fail {
		t.Errorf("got %+v", card)
	}
	card = NewCard(f, "x", []Answer{{Question: "a", Value: Yes}, {Question: "c", Value: Yes}})
	if card.Score == nil || *card.Score != 0 || card.Band != "low" || !slices.Equal(card.Fails, []string{"c"}) {
		t.Errorf("got %+v", card)
	}
	if card = NewCard(f, "x", []Answer{{Question: "a", Value: NA}, {Question: "c", Value: CannotTell}}); card.Score != nil || card.Open != 1 {
		t.Errorf("nothing answered: %+v", card)
	}
}

func TestKappa(t *testing.T) {
	t.Parallel()
	var a Agreement
	if a.Kappa() != 0 || a.Share() != 0 {
		t.Error("no answers must give 0")
	}
	for range 20 {
		a.Add(Yes, Yes)
	}
	if a.Kappa() != 1 {
		t.Error("one answer only, always the same, is full agreement")
	}
	for range 15 {
		a.Add(No, No)
	}
	for range 5 {
		a.Add(Yes, No)
	}
	for range 10 {
		a.Add(No, Yes)
	}
	if k := a.Kappa(); k < 0.399 || k > 0.401 || a.Share() != 0.7 { // the textbook's example
		t.Errorf("kappa %v, share %v", k, a.Share())
	}
}

// TestTenMinutes judges a long call within a second, with the embedding models where they are installed.
func TestTenMinutes(t *testing.T) {
	opt := Options{Embedders: map[string]Embedder{}}
	dir := filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-en")
	if _, err := os.Stat(filepath.Join(dir, "model.onnx")); err == nil && onnx.Start(os.Getenv("PARLEY_ONNXRUNTIME")) == nil {
		e, err := embed.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close() // only read
		opt.Embedders["en"] = e
	} else {
		t.Log("without embedding models: PARLEY_MODELS has none")
	}
	set := readGolden(t, "bank")
	var long Call
	for at := 0.0; at < 600; {
		for _, c := range set.Calls {
			if c.Lang != "en" || at >= 600 {
				continue
			}
			for _, turn := range c.Turns {
				turn.Text = fmt.Sprintf("%s Item %d.", turn.Text, len(long.Turns)) // nothing is embedded twice
				turn.StartS, turn.EndS = at, at+turn.EndS-turn.StartS
				long.Turns = append(long.Turns, turn)
				at = turn.EndS + 0.3
			}
			long.Facts = append(long.Facts, c.Facts...)
		}
	}
	long.Lang = "en"
	began := time.Now()
	if _, err := New(opt).Judge(t.Context(), set.Form, long); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("%d turns in %v", len(long.Turns), took)
	if took > time.Minute { // the promise is one second on a free core (parley bench quality); tests share theirs
		t.Errorf("a ten-minute call took %v", took)
	}
}

func TestEmbedderFails(t *testing.T) {
	t.Parallel()
	f := mustParse(t, oneQuestion("Did the agent talk about the garden gnome collection?", ""))
	boom := errors.New("boom")
	s := New(Options{Embedders: map[string]Embedder{"en": failing{boom}}})
	if _, err := s.Judge(t.Context(), f, dialogue("A: Good morning to you.", "C: Hi.")); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Embed(context.Context, []string) ([][]float32, error) { return nil, f.err }
