package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

const thanksForm = `form: t
version: 1
languages: [en, zh]
queues: [bank-en, bank-zh]
questions:
  - {id: thanks, text_en: "Did the agent thank the caller?", text_zh: 客服是否感谢客户？, weight: 1}
  - {id: rude, text_en: "Was the agent rude?", text_zh: 客服是否粗鲁？, weight: 1, auto_fail: true}
`

func TestScores(t *testing.T) { onBoth(t, testScores) }

func testScores(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc := s.Scores()
	ctx := t.Context()
	if v, err := sc.SaveForm(ctx, "t", thanksForm, "eve", 0); v != 1 || err != nil {
		t.Fatal(v, err)
	}
	if _, err := sc.SaveForm(ctx, "t", thanksForm, "ann", 0); !errors.Is(err, scoring.ErrStale) {
		t.Errorf("two people made the first version: %v", err)
	}
	if f, err := sc.Form(ctx, "t", 1); err != nil || f.YAML != thanksForm || f.By != "eve" {
		t.Errorf("%+v, %v", f, err)
	}
	if all, err := sc.Forms(ctx); err != nil || len(all) != 1 || all[0].Version != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	en, zh, cut := call.NewID(), call.NewID(), call.NewID()
	mustRecord(t, s, script(en, "alice", "en", "I lost my card", false))
	mustRecord(t, s, script(zh, "bob", "zh", "我的银行卡丢了", false))
	mustRecord(t, s, script(cut, "carl", "en", "still talking", true))
	k := &scoring.Keeper{Calls: s, Store: sc, Scorer: quality.New(quality.Options{})}
	if n, err := k.Pass(ctx); n != 2 || err != nil {
		t.Fatalf("scored %d, %v", n, err)
	}
	if n, err := k.Pass(ctx); n != 0 || err != nil {
		t.Errorf("scored again: %d, %v", n, err)
	}
	for words, want := range map[string]call.ID{"lost card": en, "银行卡": zh} {
		got, err := sc.Find(ctx, scoring.Filter{Words: scoring.Query(words), Limit: 10})
		if err != nil || len(got) != 1 || got[0].Call != want || got[0].State != "open" {
			t.Errorf("find %q: %+v, %v", words, got, err)
		}
	}
	if got, err := sc.Find(ctx, scoring.Filter{Limited: true, Routes: []string{"other"}, Limit: 10}); err != nil || len(got) != 0 {
		t.Errorf("another queue's reviewer sees %v, %v", got, err)
	}
	sheets, err := sc.Sheets(ctx, en)
	if err != nil || len(sheets) != 1 || sheets[0].Version != 1 || sheets[0].By != scoring.Machine {
		t.Fatalf("%+v, %v", sheets, err)
	}
	form, err := quality.Parse([]byte(thanksForm))
	if err != nil {
		t.Fatal(err)
	}
	// Two reviewers save at once: one is told, nothing of the other's is lost.
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, who := range []string{"eve", "ann"} {
		wg.Go(func() {
			_, errs[i] = sc.Correct(ctx, en, "t", 1, who, "heard it", func(c quality.Card) (quality.Card, error) {
				return scoring.Overrule(form, c, "thanks", quality.Yes, "heard it")
			})
		})
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), scoring.ErrStale) {
		t.Errorf("both saved: %v", errs)
	}
	if sheets, err = sc.Sheets(ctx, en); err != nil || sheets[0].Rev != 2 || sheets[0].Card.Answers[0].By != scoring.Person || *sheets[0].Card.Score != 100 {
		t.Errorf("%+v, %v", sheets, err)
	}
	// The machine does not take back what a person said.
	if err := sc.SaveScored(ctx, en, []scoring.Sheet{{Call: en, Form: "t", Version: 1, By: scoring.Machine}}, nil); err != nil {
		t.Fatal(err)
	}
	if again, err := sc.Sheets(ctx, en); err != nil || again[0].Rev != 2 {
		t.Errorf("%+v, %v", again, err)
	}
	old, err := sc.Scored(ctx, "t", time.Time{}, 10)
	if err != nil || len(old) != 2 {
		t.Fatalf("%+v, %v", old, err)
	}
	if r, err := k.Replay(ctx, form, old); err != nil || r.Calls != 2 || r.Changed != 1 || r.Before.Mean <= r.After.Mean {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestNotes(t *testing.T) { onBoth(t, testNotes) }

func testNotes(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc := s.Scores()
	id := call.NewID()
	note := func(k scoring.NoteKind) error {
		return sc.AddNote(t.Context(), id, scoring.Note{Kind: k, By: "amy", At: time.Now(), Text: "x"})
	}
	if err := note(scoring.NoteComment); !errors.Is(err, scoring.ErrUnknown) {
		t.Errorf("unscored call: %v", err)
	}
	if err := sc.SaveScored(t.Context(), id, nil, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind scoring.NoteKind
		err  error
	}{{scoring.NoteDecision, scoring.ErrState}, {scoring.NoteComment, nil}, {scoring.NoteAppeal, nil}, {scoring.NoteAppeal, scoring.ErrState}, {scoring.NoteDecision, nil}} {
		if err := note(c.kind); !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", c.kind, err, c.err)
		}
	}
	got, state, err := sc.Notes(t.Context(), id)
	if err != nil || state != "decided" || len(got) != 3 || got[2].N != 3 || got[2].Kind != scoring.NoteDecision {
		t.Errorf("%+v %s %v", got, state, err)
	}
}
