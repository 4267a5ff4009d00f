package store_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
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
	if r, err := k.Replay(ctx, scoring.Trial{Form: form, Old: old}); err != nil || r.Calls != 2 || r.Changed != 0 || r.Before.Mean != r.After.Mean {
		t.Errorf("what a person answered would change: %+v, %v", r, err)
	}
	stricter, err := quality.Parse([]byte(strings.Replace(thanksForm, "Was the agent rude?", "Did the agent promise a call back?", 1) + "  - {id: bye, text_en: \"Did the agent say goodbye?\", text_zh: 客服是否道别？}\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := k.Replay(ctx, scoring.Trial{Form: stricter, Old: old})
	kept := !slices.ContainsFunc(r.Examples, func(c scoring.Change) bool { return c.Call == en && c.Question == "thanks" })
	if err != nil || r.Changed != 2 || !kept {
		t.Errorf("another question: %+v, %v", r, err)
	}
	for name, s := range map[string]scoring.Spread{"before": r.Before, "after": r.After} {
		if s.N != 2 || s.MeanRange == nil || s.MeanRange.Low > s.Mean || s.MeanRange.High < s.Mean || s.Judged != 2 || s.FailRange == nil || s.FailRange.High <= s.FailRange.Low {
			t.Errorf("%s has no sample size or interval: %+v", name, s)
		}
	}
	if r.Shift.N != 2 || r.Shift.Range == nil || math.Abs(r.Shift.Mean-r.After.Mean+r.Before.Mean) > 1e-9 || r.ChangedRange == nil || r.ChangedRange.High != 1 {
		t.Errorf("what changes has no sample size or interval: %+v, %+v", r.Shift, r.ChangedRange)
	}
}

func TestPastCalls(t *testing.T) { onBoth(t, testPastCalls) }

// testPastCalls: a form that comes later is tried on the calls of before, and judges them where that is wanted.
func testPastCalls(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc, ctx := s.Scores(), t.Context()
	k := &scoring.Keeper{Calls: s, Store: sc, Scorer: quality.New(quality.Options{})}
	en, zh := call.NewID(), call.NewID()
	mustRecord(t, s, script(en, "alice", "en", "I lost my card", false))
	mustRecord(t, s, script(zh, "bob", "zh", "我的银行卡丢了", false))
	if n, err := k.Pass(ctx); n != 2 || err != nil {
		t.Fatalf("looked at %d, %v", n, err)
	}
	const late = "form: late\nlanguages: [en]\nquestions:\n  - {id: thanks, text_en: \"Did the agent thank the caller?\"}\n"
	if _, err := sc.SaveForm(ctx, "late", late, "eve", 0); err != nil {
		t.Fatal(err)
	}
	form, err := quality.Parse([]byte(late))
	if err != nil {
		t.Fatal(err)
	}
	past, err := k.PastOf(ctx, "late", form, time.Time{}, 10, nil)
	if err != nil || !slices.Equal(past, []call.ID{en}) { // the form is not for Chinese
		t.Fatal(past, err)
	}
	if r, err := k.Replay(ctx, scoring.Trial{Form: form, Past: past}); err != nil || r.Calls != 1 || r.New != 1 || r.Changed != 0 || r.Before.N != 0 || r.After.N != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if got, err := k.PastOf(ctx, "late", form, time.Time{}, 10, func(call.ID) (bool, error) { return false, nil }); err != nil || len(got) != 0 {
		t.Error("calls that may not be seen:", got, err)
	}
	if err := errors.Join(sc.Owe(ctx, "late", []call.ID{en, "gone"}), sc.Owe(ctx, "late", past)); err != nil {
		t.Fatal(err)
	}
	reviewed := scoring.Note{Kind: scoring.NoteReviewed, By: "eve", At: time.Now().Add(-time.Minute)}
	if err := sc.AddNote(ctx, en, reviewed, scoring.Who{}); err != nil {
		t.Fatal(err)
	}
	fresh := call.NewID()
	mustRecord(t, s, script(fresh, "carl", "en", "hello", false))
	if n, err := k.Pass(ctx); n != 1 || err != nil { // what has just ended comes first
		t.Fatal(n, err)
	}
	if got, err := sc.Sheets(ctx, en); err != nil || len(got) != 0 {
		t.Error("the call of before came first:", got, err)
	}
	broken := call.NewID()
	mustRecord(t, s, script(broken, "dora", "en", "hello", false))
	k.Calls = without{s, broken}
	if _, err := k.Replay(ctx, scoring.Trial{Form: form, Past: []call.ID{"gone", broken}}); !errors.Is(err, errBroken) {
		t.Error("a call that cannot be read is taken for one that is gone:", err)
	}
	if n, err := k.Pass(ctx); n != 2 || !errors.Is(err, errBroken) { // one that cannot be judged holds up nothing
		t.Fatal(n, err)
	}
	if n, err := k.Pass(ctx); n != 0 || err != nil { // and waits, however often the others are looked for
		t.Fatal("it is tried again at once:", n, err)
	}
	failed, all, err := sc.Failures(ctx, nil, 10)
	if err != nil || all != 1 || len(failed) != 1 || failed[0].Call != broken || failed[0].Tries != 1 || failed[0].Code != scoring.FailedRecord || failed[0].Why != errBroken.Error() || failed[0].Next.Sub(failed[0].Last) != scoring.Wait(1) {
		t.Errorf("%+v, %d, %v", failed, all, err)
	}
	if _, all, err := sc.Failures(ctx, &record.Scope{Routes: []string{"elsewhere"}}, 10); err != nil || all != 0 {
		t.Error("seen from another queue:", all, err)
	}
	k.Calls = s
	if err := sc.SaveScored(ctx, broken, []scoring.Sheet{{Call: broken, Form: "late", Version: 1, By: scoring.Machine}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, all, err := sc.Failures(ctx, nil, 10); err != nil || all != 0 {
		t.Error("scored after all, and still listed:", all, err)
	}
	if checks, err := sc.Checks(ctx, time.Time{}); err != nil || len(checks) != 0 {
		t.Errorf("a review of before the form was there counts for it: %+v, %v", checks, err)
	}
	reviewed.At = time.Now().Add(time.Minute)
	if err := sc.AddNote(ctx, en, reviewed, scoring.Who{}); err != nil {
		t.Fatal(err)
	}
	if checks, err := sc.Checks(ctx, time.Time{}); err != nil || len(checks) != 1 {
		t.Errorf("reviewed, and left as it was: %+v, %v", checks, err)
	}
	if got, err := sc.Sheets(ctx, en); err != nil || len(got) != 1 || got[0].Version != 1 || got[0].By != scoring.Machine {
		t.Errorf("%+v, %v", got, err)
	}
	if n, err := k.Pass(ctx); n != 0 || err != nil {
		t.Error("scored again:", n, err)
	}
	if past, err := k.PastOf(ctx, "late", form, time.Time{}, 10, nil); err != nil || len(past) != 0 {
		t.Error(past, err)
	}
}

func TestUnreadableForm(t *testing.T) { onBoth(t, testUnreadableForm) }

// testUnreadableForm: a form that this program cannot read keeps no call from the others, and has the calls once it can be read.
func testUnreadableForm(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc, ctx, id := s.Scores(), t.Context(), call.NewID()
	mustRecord(t, s, script(id, "alice", "en", "I lost my card", false))
	for form, yaml := range map[string]string{"good": thanksForm, "odd": "form: [of another age"} {
		if _, err := sc.SaveForm(ctx, form, yaml, "eve", 0); err != nil {
			t.Fatal(err)
		}
	}
	k := &scoring.Keeper{Calls: s, Store: sc, Scorer: quality.New(quality.Options{})}
	if n, err := k.Pass(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := k.Pass(ctx); err == nil {
		t.Error("a form that cannot be read is passed over without a word")
	}
	if failed, _, err := sc.Failures(ctx, nil, 10); err != nil || len(failed) != 1 || failed[0].Form != "odd" || !strings.Contains(failed[0].Why, "save it anew") {
		t.Errorf("%+v, %v", failed, err)
	}
	if sheets, err := sc.Sheets(ctx, id); err != nil || len(sheets) != 1 || sheets[0].Form != "good" {
		t.Errorf("%+v, %v", sheets, err)
	}
	if _, err := sc.SaveForm(ctx, "odd", thanksForm, "eve", 1); err != nil {
		t.Fatal(err)
	}
	if owed, err := sc.Owed(ctx, 10); err != nil || len(owed) != 1 {
		t.Error("it waits although the form was saved anew:", owed, err)
	}
	if failed, _, err := sc.Failures(ctx, nil, 10); err != nil || len(failed) != 1 || failed[0].Next.Before(failed[0].Last) {
		t.Errorf("to be tried again before it was tried: %+v, %v", failed, err)
	}
	if n, err := k.Pass(ctx); n != 1 || err != nil {
		t.Error(n, err)
	}
	if sheets, err := sc.Sheets(ctx, id); err != nil || len(sheets) != 2 {
		t.Errorf("%+v, %v", sheets, err)
	}
}

// without has one call that cannot be read.
type without struct {
	*store.Store
	broken call.ID
}

var errBroken = errors.New("broken")

func (w without) Get(ctx context.Context, id call.ID) (record.Detail, error) {
	if id == w.broken {
		return record.Detail{}, errBroken
	}
	return w.Store.Get(ctx, id)
}

func TestDecisions(t *testing.T) { onBoth(t, testDecisions) }

// testDecisions: a decision and its answers are stored together or not at all, and an answer that is changed later opens the
// score again.
func testDecisions(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc, ctx, id := s.Scores(), t.Context(), call.NewID()
	mustRecord(t, s, script(id, "alice", "en", "I lost my card", false))
	form, err := quality.Parse([]byte(thanksForm))
	if err != nil {
		t.Fatal(err)
	}
	card := quality.NewCard(form, string(id), []quality.Answer{{Question: "thanks", Value: quality.Yes, By: "wording"}})
	if err := sc.SaveScored(ctx, id, []scoring.Sheet{{Call: id, Form: "t", Version: 1, By: scoring.Machine, At: time.Now(), Card: card}}, nil); err != nil {
		t.Fatal(err)
	}
	alone := scoring.Who{Alone: true}
	note := func(k scoring.NoteKind) scoring.Note {
		return scoring.Note{Kind: k, By: "eve", At: time.Now(), Text: "x"}
	}
	say := func(v quality.Value) func(scoring.Sheet) (quality.Card, []string, error) {
		return func(s scoring.Sheet) (quality.Card, []string, error) {
			c, err := scoring.Overrule(form, s.Card, "thanks", v, "x")
			return c, []string{"thanks"}, err
		}
	}
	is := func(state string, v quality.Value, notes int) {
		t.Helper()
		all, got, err := sc.Notes(ctx, id)
		sheets, err2 := sc.Sheets(ctx, id)
		if err != nil || err2 != nil || got != state || len(all) != notes || sheets[0].Card.Answers[0].Value != v {
			t.Errorf("%s with %d notes, %+v, %v %v", got, len(all), sheets, err, err2)
		}
	}
	if err := sc.Decide(ctx, id, note(scoring.NoteDecision), alone, say(quality.No)); !errors.Is(err, scoring.ErrState) {
		t.Error("nobody appealed:", err)
	}
	is("open", quality.Yes, 0)
	colleague := note(scoring.NoteAcknowledge)
	colleague.By = "amy"
	if err := errors.Join(sc.AddNote(ctx, id, colleague, alone), sc.AddNote(ctx, id, note(scoring.NoteAppeal), alone)); err != nil {
		t.Fatal(err)
	}
	if err := sc.Decide(ctx, id, note(scoring.NoteDecision), scoring.Who{}, say(quality.No)); !errors.Is(err, scoring.ErrSecond) {
		t.Error("who appealed decides:", err)
	}
	if err := sc.AddNote(ctx, id, note(scoring.NoteAcknowledge), scoring.Who{}); !errors.Is(err, scoring.ErrOthers) {
		t.Error("who did not take part acknowledges:", err)
	}
	if err := sc.Decide(ctx, id, note(scoring.NoteDecision), alone, say("perhaps")); !errors.Is(err, scoring.ErrAnswer) {
		t.Error("an answer that there is not:", err)
	}
	is("appealed", quality.Yes, 2)
	if err := sc.Decide(ctx, id, note(scoring.NoteDecision), alone, say(quality.No)); err != nil {
		t.Error(err)
	}
	is("decided", quality.No, 4)
	if _, err := sc.Correct(ctx, id, "t", 2, "ann", "y", func(c quality.Card) (quality.Card, error) {
		return scoring.Overrule(form, c, "thanks", quality.Yes, "y")
	}); err != nil {
		t.Error(err)
	}
	is("reviewed", quality.Yes, 5)
}

func TestNotes(t *testing.T) { onBoth(t, testNotes) }

func testNotes(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	sc := s.Scores()
	id := call.NewID()
	note := func(k scoring.NoteKind) error {
		return sc.AddNote(t.Context(), id, scoring.Note{Kind: k, By: "amy", At: time.Now(), Text: "x"}, scoring.Who{Alone: true})
	}
	if err := note(scoring.NoteComment); !errors.Is(err, scoring.ErrUnknown) {
		t.Errorf("unscored call: %v", err)
	}
	if err := sc.SaveScored(t.Context(), id, []scoring.Sheet{{Call: id, Form: "t", Version: 1, By: scoring.Machine, At: time.Now()}}, nil); err != nil {
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
