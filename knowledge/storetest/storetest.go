// Package storetest is what every knowledge.Store has to do, as tests.
package storetest

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// Open opens the storage called name of this test: the same name is the same storage, with whatever is in it. It closes
// the store when the test ends.
type Open func(t *testing.T, name string, em knowledge.KeptEmbedder) knowledge.Store

// Run tests a store.
func Run(t *testing.T, open Open) {
	for name, f := range map[string]func(*testing.T, Open){
		"Import": testImport, "Many": testMany, "ImportAllOrNothing": testAllOrNothing, "Versions": testVersions, "Visibility": testVisibility,
		"InForce": testInForce, "Pairs": testPairs, "ExportRestore": testExport, "Stale": testStale, "Refuses": testRefuses,
		"Embedder": testEmbedder, "TwoNodes": testTwoNodes, "Search": testSearch, "Pieces": testPieces,
		"Resumes": testResumes, "Renews": testRenews, "Trial": testTrial,
		"Identity": testIdentity, "Times": testTimes, "Moved": testMoved, "RestoreOver": testRestoreOver,
	} {
		t.Run(name, func(t *testing.T) { f(t, open) })
	}
}

func entry(question, answer string) knowledge.Entry {
	return knowledge.Entry{ID: knowledge.NewID("b", question), Base: "b", Question: question, Answer: answer, Lang: "en"}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var three = []knowledge.Entry{
	entry("How do I return a parcel?", "Bring it to any shop within 14 days."),
	entry("When are you open?", "From nine to five."),
	entry("Can I pay by card?", "Yes, with every card."),
}

func fill(t *testing.T, st knowledge.Store) {
	t.Helper()
	must[knowledge.Change](t)(st.Import(t.Context(), three, knowledge.ImportOptions{By: "ann"}))
}

func testImport(t *testing.T, open Open) {
	st := open(t, "a", nil)
	for i, want := range [][3]int{{3, 0, 0}, {0, 0, 3}} {
		dry := must[knowledge.Change](t)(st.Import(t.Context(), three, knowledge.ImportOptions{DryRun: true}))
		ch := must[knowledge.Change](t)(st.Import(t.Context(), three, knowledge.ImportOptions{}))
		if got := [3]int{ch.New, ch.Changed, ch.Same}; got != want || [3]int{dry.New, dry.Changed, dry.Same} != want {
			t.Errorf("import %d: %v, dry %v, want %v", i, got, dry, want)
		}
	}
	other := three[1]
	other.Answer = "Day and night."
	ch := must[knowledge.Change](t)(st.Import(t.Context(), []knowledge.Entry{other}, knowledge.ImportOptions{}))
	if ch.Changed != 1 || len(ch.Answers) != 1 {
		t.Errorf("a changed answer: %+v", ch)
	}
	all := must[[]knowledge.Entry](t)(st.Entries(t.Context(), "b"))
	if len(all) != 3 || all[1].Answer != "Day and night." || all[1].Version != 2 || all[0].State != knowledge.Published || all[0].Audience != knowledge.ForBot {
		t.Errorf("entries %+v", all)
	}
	bases := must[[]knowledge.Base](t)(st.Bases(t.Context()))
	before := bases[0].Generation
	if want := []knowledge.Base{{Name: "b", Entries: 3, Langs: map[string]int{"en": 3}, Generation: before}}; !reflect.DeepEqual(bases, want) {
		t.Errorf("bases %+v", bases)
	}
	must[knowledge.Entry](t)(st.Save(t.Context(), all[0], "bob"))
	if bases = must[[]knowledge.Base](t)(st.Bases(t.Context())); bases[0].Generation <= before {
		t.Errorf("after a change: %+v, generation %d before it", bases, before)
	}
}

func testAllOrNothing(t *testing.T, open Open) {
	st := open(t, "a", nil)
	fill(t, st)
	broken := []knowledge.Entry{entry("new one", "yes"), {ID: "x", Base: "b", Question: "no answer", Lang: "en"}}
	if _, err := st.Import(t.Context(), broken, knowledge.ImportOptions{}); !errors.Is(err, knowledge.ErrInvalid) {
		t.Errorf("half an entry: %v", err)
	}
	wish := errors.New("wish")
	_, err := st.Import(t.Context(), broken[:1], knowledge.ImportOptions{Before: func(knowledge.Change) error { return wish }})
	if !errors.Is(err, wish) {
		t.Errorf("stopped import: %v", err)
	}
	if all := must[[]knowledge.Entry](t)(st.Entries(t.Context(), "b")); len(all) != 3 {
		t.Errorf("%d entries after imports that failed", len(all))
	}
}

func testVersions(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	fill(t, st)
	e := three[0]
	e.Answer = "Bring it within 30 days."
	e = must[knowledge.Entry](t)(st.Save(ctx, e, "bob"))
	if e.Version != 2 || e.By != "bob" || e.State != knowledge.Published || time.Since(e.Updated) > time.Hour {
		t.Errorf("saved %+v", e)
	}
	must[knowledge.Entry](t)(st.SetState(ctx, "b", e.ID, knowledge.Review, "bob"))
	back := must[knowledge.Entry](t)(st.Rollback(ctx, "b", e.ID, 1, "cat"))
	if back.Version != 4 || back.Answer != three[0].Answer || back.State != knowledge.Review || back.By != "cat" {
		t.Errorf("rolled back to %+v", back)
	}
	vs := must[[]knowledge.Entry](t)(st.Versions(ctx, "b", e.ID))
	var numbers []int
	for _, v := range vs {
		numbers = append(numbers, v.Version)
	}
	if !slices.Equal(numbers, []int{4, 3, 2, 1}) || vs[3].By != "ann" || vs[2].Answer != "Bring it within 30 days." {
		t.Errorf("versions %+v", vs)
	}
	if err := st.Delete(ctx, "b", e.ID, 3); !errors.Is(err, knowledge.ErrStale) {
		t.Errorf("deleted in a version that is not the present one: %v", err)
	}
	if err := st.Delete(ctx, "b", e.ID, 4); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Versions(ctx, "b", e.ID); !errors.Is(err, knowledge.ErrUnknown) {
		t.Errorf("versions of a deleted entry: %v", err)
	}
}

// found are the questions that a view finds.
func found(t *testing.T, st knowledge.Store, v knowledge.View, query string) []string {
	t.Helper()
	out := []string{}
	for _, h := range must[[]knowledge.Hit](t)(st.Search(t.Context(), knowledge.Ask{View: v, Base: "b", Text: query, Lang: "en", Most: 5})) {
		out = append(out, h.Question)
	}
	return out
}

func testVisibility(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	fill(t, st)
	const q = "how do I return a parcel"
	save := func(change func(*knowledge.Entry)) {
		t.Helper()
		e, _, err := st.Entry(ctx, "b", three[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		change(&e)
		must[knowledge.Entry](t)(st.Save(ctx, e, "ann"))
	}
	bot, desk, sales := knowledge.View{}, knowledge.View{Desk: true}, knowledge.View{Desk: true, Queue: "sales"}
	check := func(what string, want ...bool) {
		t.Helper()
		for i, v := range []knowledge.View{bot, desk, sales, {Queue: "sales"}} {
			if got := slices.Contains(found(t, st, v, q), three[0].Question); got != want[i] {
				t.Errorf("%s: %+v finds it: %v, want %v", what, v, got, want[i])
			}
		}
	}
	check("published", true, true, true, true)
	save(func(e *knowledge.Entry) { e.Audience = knowledge.ForAgent })
	check("for agents", false, true, true, false)
	save(func(e *knowledge.Entry) { e.Queues = []string{"sales", "vip"} })
	check("for agents of sales", false, false, true, false)
	save(func(e *knowledge.Entry) { e.Audience = knowledge.ForBot })
	check("for sales", false, false, true, true)
	save(func(e *knowledge.Entry) { e.Queues = nil })
	check("for all again", true, true, true, true)
	for _, s := range []knowledge.State{knowledge.Draft, knowledge.Review, knowledge.Expired} {
		must[knowledge.Entry](t)(st.SetState(ctx, "b", three[0].ID, s, "ann"))
		check(string(s), false, false, false, false)
	}
}

func testInForce(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	fill(t, st)
	now := time.Now()
	e := three[0]
	soon, later := now.Add(300*time.Millisecond), now.Add(24*time.Hour)
	e.From, e.Until = &soon, &later
	must[knowledge.Entry](t)(st.Save(ctx, e, "ann"))
	sees := func() bool { return slices.Contains(found(t, st, knowledge.View{}, "return a parcel"), e.Question) }
	if sees() && time.Now().Before(soon) {
		t.Error("found before it is in force")
	}
	time.Sleep(time.Until(soon.Add(20 * time.Millisecond)))
	if !sees() {
		t.Error("not found when in force")
	}
	past := now.Add(-time.Hour)
	e.From, e.Until = nil, &past
	got := must[knowledge.Entry](t)(st.Save(ctx, e, "ann"))
	if sees() || got.StateAt(time.Now()) != knowledge.Expired {
		t.Error("found after its end")
	}
}

func testPairs(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	en := entry("How long is the warranty?", "Two years.")
	zh := knowledge.Entry{ID: "zh1", Base: "b", Question: "保修多久？", Answer: "两年。", Lang: "zh"}
	zh.Pair, en.Pair = en.ID, zh.ID
	en = must[knowledge.Entry](t)(st.Save(ctx, en, "ann"))
	zh = must[knowledge.Entry](t)(st.Save(ctx, zh, "ann"))
	read := func(id string) knowledge.Entry {
		t.Helper()
		e, ok, err := st.Entry(ctx, "b", id)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		return e
	}
	stale := func() [2]bool {
		a, b := read(en.ID), read(zh.ID)
		return [2]bool{a.StaleBeside(b), b.StaleBeside(a)}
	}
	if got := stale(); got != [2]bool{} {
		t.Errorf("a new pair is stale: %v", got)
	}
	e := read(en.ID)
	e.Answer = "Three years."
	must[knowledge.Entry](t)(st.Save(ctx, e, "ann"))
	if got := stale(); got != [2]bool{false, true} {
		t.Errorf("after the English side changed: %v", got)
	}
	must[knowledge.Entry](t)(st.SetState(ctx, "b", zh.ID, knowledge.Review, "ann"))
	if got := stale(); got != [2]bool{false, true} {
		t.Errorf("a change of state caught up: %v", got)
	}
	z := read(zh.ID)
	z.Answer = "三年。"
	must[knowledge.Entry](t)(st.Save(ctx, z, "ann"))
	if got := stale(); got != [2]bool{} {
		t.Errorf("after the Chinese side caught up: %v", got)
	}
}

func testExport(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	fill(t, st)
	at := time.Date(2027, 1, 2, 3, 4, 5, 6e6, time.UTC)
	e := three[1]
	e.Until, e.Queues, e.Audience, e.State, e.Similar, e.Category = &at, []string{"q"}, knowledge.ForAgent, knowledge.Draft, []string{"opening hours <b>", "=1+1"}, "shop"
	must[knowledge.Entry](t)(st.Save(ctx, e, "bob"))
	must[knowledge.Entry](t)(st.SetState(ctx, "b", e.ID, knowledge.Review, "bob"))
	var first, second bytes.Buffer
	if err := st.Export(ctx, "", &first); err != nil {
		t.Fatal(err)
	}
	to := open(t, "empty", nil)
	for range 2 { // again changes nothing
		if n := must[int](t)(to.Restore(ctx, bytes.NewReader(first.Bytes()))); n != 3 {
			t.Errorf("%d entries restored", n)
		}
		second.Reset()
		if err := to.Export(ctx, "", &second); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() || first.Len() == 0 {
			t.Errorf("exported\n%sthen\n%s", first.String(), second.String())
		}
	}
	if _, err := to.Restore(ctx, strings.NewReader(first.String()+"{half")); err == nil {
		t.Error("half a line was restored")
	}
	if vs := must[[]knowledge.Entry](t)(to.Versions(ctx, "b", e.ID)); len(vs) != 3 {
		t.Errorf("%d versions came along", len(vs))
	}
}

func testStale(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	fill(t, st)
	var wg sync.WaitGroup // ends with the saves below
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() {
			e := three[0]
			e.Version, e.Answer = 1, strings.Repeat("x", i+1)
			_, errs[i] = st.Save(ctx, e, "ann")
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, knowledge.ErrStale) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 4 edits of one version were saved", won)
	}
}

func testRefuses(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	fill(t, st)
	end, begin := time.Unix(1, 0), time.Unix(2, 0)
	for name, change := range map[string]func(*knowledge.Entry){
		"no answer":         func(e *knowledge.Entry) { e.Answer = "" },
		"a made-up state":   func(e *knowledge.Entry) { e.State = "live" },
		"an audience":       func(e *knowledge.Entry) { e.Audience = "all" },
		"an end before":     func(e *knowledge.Entry) { e.From, e.Until = &begin, &end },
		"another's words":   func(e *knowledge.Entry) { e.Question = "can i pay by CARD" },
		"no name of a base": func(e *knowledge.Entry) { e.Base = "" },
	} {
		e := three[0]
		change(&e)
		if _, err := st.Save(ctx, e, "ann"); !errors.Is(err, knowledge.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, state := st.SetState(ctx, "b", "none", knowledge.Draft, "")
	_, roll := st.Rollback(ctx, "b", three[0].ID, 7, "")
	for _, err := range []error{state, roll, st.Delete(ctx, "b", "none", 0)} {
		if !errors.Is(err, knowledge.ErrUnknown) {
			t.Errorf("unknown: %v", err)
		}
	}
	if _, err := st.SetState(ctx, "b", three[0].ID, "", ""); !errors.Is(err, knowledge.ErrInvalid) {
		t.Errorf("no state: %v", err)
	}
	if _, err := st.Search(ctx, knowledge.Ask{Base: "nowhere", Text: "x", Lang: "en", Most: 3}); err == nil {
		t.Error("a base that is not there was searched")
	}
}

func testEmbedder(t *testing.T, open Open) {
	first := &Letters{Name: "one"}
	st := open(t, "a", first)
	fill(t, st)
	seen := first.Seen()
	if seen < 6 {
		t.Errorf("%d texts embedded, want questions and answers", seen)
	}
	must[knowledge.Entry](t)(st.SetState(t.Context(), "b", three[0].ID, knowledge.Review, "ann"))
	fill(t, st)
	if first.Seen() != seen {
		t.Error("texts that had not changed were embedded again")
	}
	second := &Letters{Name: "two"}
	st2 := open(t, "a", second)
	hits := must[[]knowledge.Hit](t)(st2.Search(t.Context(), knowledge.Ask{Base: "b", Text: "when are you opened", Lang: "en", Most: 1}))
	if len(hits) != 1 || hits[0].Ranks.Dense != 1 || second.Seen() < 5 {
		t.Errorf("after the embedder changed: %+v, %d texts", hits, second.Seen())
	}
}

func testTwoNodes(t *testing.T, open Open) {
	a, b := open(t, "a", nil), open(t, "a", nil)
	fill(t, a)
	if got := found(t, b, knowledge.View{}, "return a parcel"); !slices.Contains(got, three[0].Question) {
		t.Errorf("the other node finds %v", got)
	}
	must[knowledge.Entry](t)(a.SetState(t.Context(), "b", three[0].ID, knowledge.Draft, "ann"))
	if got := found(t, b, knowledge.View{}, "return a parcel"); slices.Contains(got, three[0].Question) {
		t.Errorf("the other node still finds %v", got)
	}
}

func testSearch(t *testing.T, open Open) {
	st := open(t, "a", &Letters{Name: "one"})
	fill(t, st)
	for _, e := range three {
		hits := must[[]knowledge.Hit](t)(st.Search(t.Context(), knowledge.Ask{Text: e.Question, Most: 2}))
		if len(hits) == 0 || hits[0].ID != e.ID || hits[0].Ranks.Lexical != 1 || hits[0].Ranks.Dense != 1 || hits[0].Answer != e.Answer {
			t.Errorf("%s: %+v", e.Question, hits)
		}
	}
}
