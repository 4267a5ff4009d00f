package storetest

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// named is an entry whose file names its ID.
func named(id, question, answer string) knowledge.Entry {
	e := entry(question, answer)
	e.ID = id
	return e
}

// content are the IDs, questions and answers of the base b, as they come.
func content(t *testing.T, st knowledge.Store) (out []string) {
	t.Helper()
	for _, e := range must[[]knowledge.Entry](t)(st.Entries(t.Context(), "b")) {
		out = append(out, e.ID+": "+e.Question+" "+e.Answer)
	}
	return out
}

// testIdentity imports rows that mean entries of the base by their IDs or by their questions, in every way these can cross, and looks at what a dry
// run says before.
func testIdentity(t *testing.T, open Open) {
	first := entry("One?", "1.")
	for name, c := range map[string]struct {
		start, rows []knowledge.Entry
		want        []string
		fates       []string // of a dry run: what each row takes the place of, and what is gone for it
	}{
		"a question keeps its ID": {[]knowledge.Entry{named("7", "One?", "1.")}, []knowledge.Entry{entry("One?", "I.")},
			[]string{"7: One? I."}, []string{"7 -"}},
		"an ID keeps its entry": {[]knowledge.Entry{named("7", "One?", "1.")}, []knowledge.Entry{named("7", "Which one?", "1.")},
			[]string{"7: Which one? 1."}, []string{"7 -"}},
		"an ID for a question that had another": {[]knowledge.Entry{named("7", "One?", "1.")}, []knowledge.Entry{named("8", "One?", "1.")},
			[]string{"8: One? 1."}, []string{"7 -"}},
		"the ID of one, the question of another": {[]knowledge.Entry{named("7", "One?", "1."), named("9", "Two?", "2.")}, []knowledge.Entry{named("7", "Two?", "2.")},
			[]string{"7: Two? 2."}, []string{"7 9"}},
		"two that change their questions": {[]knowledge.Entry{named("7", "One?", "1."), named("9", "Two?", "2.")}, []knowledge.Entry{named("7", "Two?", "2."), named("9", "One?", "1.")},
			[]string{"7: Two? 2.", "9: One? 1."}, []string{"7 9", "- -"}},
		"a question that was changed, and its first one": {[]knowledge.Entry{named(first.ID, "Two?", "2.")}, []knowledge.Entry{entry("Two?", "2."), first},
			nil, []string{first.ID + " -", "- -"}},
		"a question that another has, whose ID was made of it": {[]knowledge.Entry{named(first.ID, "Two?", "2."), named("7", "One?", "1.")}, []knowledge.Entry{entry("One?", "I.")},
			[]string{first.ID + ": Two? 2.", "7: One? I."}, []string{"7 -"}},
	} {
		st := open(t, strings.ReplaceAll(strings.ReplaceAll(name, " ", ""), ",", ""), nil)
		must[knowledge.Change](t)(st.Import(t.Context(), c.start, knowledge.ImportOptions{}))
		dry := must[knowledge.Change](t)(st.Import(t.Context(), c.rows, knowledge.ImportOptions{DryRun: true}))
		var fates []string
		id := func(e *knowledge.Entry) string {
			if e == nil {
				return "-"
			}
			return e.ID
		}
		for _, r := range dry.Rows {
			fates = append(fates, id(r.Was)+" "+id(r.Gone))
		}
		if !reflect.DeepEqual(fates, c.fates) {
			t.Errorf("%s: the dry run said %q", name, fates)
		}
		ch := must[knowledge.Change](t)(st.Import(t.Context(), c.rows, knowledge.ImportOptions{}))
		if ch.New != dry.New || ch.Changed != dry.Changed || ch.Same != dry.Same || ch.Rows != nil {
			t.Errorf("%s: the dry run said %+v, then %+v", name, dry, ch)
		}
		got := content(t, st)
		if c.want != nil && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		if c.want == nil && (len(got) != 2 || got[0] != first.ID+": Two? 2." || !strings.HasSuffix(got[1], ": One? 1.")) {
			t.Errorf("%s: %q", name, got)
		}
		again := must[knowledge.Change](t)(st.Import(t.Context(), c.rows, knowledge.ImportOptions{}))
		if c.want != nil && again.Same != len(c.rows) {
			t.Errorf("%s: again it changes %+v", name, again)
		}
		for _, e := range must[[]knowledge.Entry](t)(st.Entries(t.Context(), "b")) {
			vs := must[[]knowledge.Entry](t)(st.Versions(t.Context(), "b", e.ID))
			for i, v := range vs {
				if v.Version != len(vs)-i {
					t.Errorf("%s: entry %s has version %d in place %d of %d", name, e.ID, v.Version, i, len(vs))
				}
			}
		}
	}
}

// testTimes imports times that go with what was there, that take it away, and that do not go with it.
func testTimes(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	day := func(y int) *time.Time { d := time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC); return &d }
	e := entry("One?", "1.")
	e.From, e.Until = day(2030), day(2031)
	must[knowledge.Change](t)(st.Import(ctx, []knowledge.Entry{e}, knowledge.ImportOptions{}))
	for _, c := range []struct{ from, until, wantFrom, wantUntil *time.Time }{
		{nil, nil, day(2030), day(2031)}, {nil, day(2032), day(2030), day(2032)}, {&time.Time{}, nil, nil, day(2032)}, {day(2029), &time.Time{}, day(2029), nil},
	} {
		e.From, e.Until = c.from, c.until
		must[knowledge.Change](t)(st.Import(ctx, []knowledge.Entry{e}, knowledge.ImportOptions{}))
		got := must[[]knowledge.Entry](t)(st.Entries(ctx, "b"))[0]
		if !reflect.DeepEqual(utc(got.From), utc(c.wantFrom)) || !reflect.DeepEqual(utc(got.Until), utc(c.wantUntil)) {
			t.Errorf("%v to %v makes %v to %v", c.from, c.until, got.From, got.Until)
		}
	}
	e.From, e.Until = nil, day(2028) // it begins in 2029
	rows := []knowledge.Entry{entry("Two?", "2."), e, entry("Three?", "3.")}
	var wrong *knowledge.RowError
	if _, err := st.Import(ctx, rows, knowledge.ImportOptions{}); !errors.Is(err, knowledge.ErrInvalid) || !errors.As(err, &wrong) || wrong.Row != 1 || !strings.Contains(err.Error(), "2028-01-01") {
		t.Errorf("an end before the beginning: %v", err)
	}
	dry := must[knowledge.Change](t)(st.Import(ctx, rows, knowledge.ImportOptions{DryRun: true}))
	if dry.New != 2 || len(dry.Rows) != 3 || dry.Rows[0].Wrong != nil || !errors.Is(dry.Rows[1].Wrong, knowledge.ErrInvalid) || dry.Rows[2].Wrong != nil {
		t.Errorf("a dry run tells of the row alone: %+v", dry)
	}
}

// testMoved imports what was looked at before: only as long as it would do the same.
func testMoved(t *testing.T, open Open) {
	ctx := t.Context()
	rows := []knowledge.Entry{named("7", "Two?", "II."), entry("Three?", "3."), named("7b", "Three?", "III."), entry("One?", "1.")}
	for name, c := range map[string]struct {
		between func(knowledge.Store) error
		moved   bool
	}{
		"nothing happens": {func(knowledge.Store) error { return nil }, false},
		"another entry is changed": {func(st knowledge.Store) error {
			_, err := st.Save(ctx, named("6", "Six?", "VI."), "kay")
			return err
		}, false},
		"the entry is changed": {func(st knowledge.Store) error {
			_, err := st.Save(ctx, named("7", "Seven?", "7.7"), "kay")
			return err
		}, true},
		"the one that goes is changed": {func(st knowledge.Store) error {
			_, err := st.Save(ctx, named("9", "Two?", "2.2"), "kay")
			return err
		}, true},
		"the one that is the same is changed": {func(st knowledge.Store) error {
			_, err := st.Save(ctx, named("1", "One?", "1.1"), "kay")
			return err
		}, true},
		"the one that goes is gone": {func(st knowledge.Store) error { return st.Delete(ctx, "b", "9", 0) }, true},
		"somebody asks the new one": {func(st knowledge.Store) error {
			_, err := st.Save(ctx, named("3", "Three?", "3.3"), "kay")
			return err
		}, true},
		"the entry is made again": {func(st knowledge.Store) error {
			if err := st.Delete(ctx, "b", "7", 0); err != nil {
				return err
			}
			time.Sleep(2 * time.Millisecond) // a version is known by its number and its millisecond
			_, err := st.Save(ctx, named("7", "Seven?", "7.7"), "kay")
			return err
		}, true},
	} {
		st := open(t, strings.ReplaceAll(name, " ", ""), nil)
		must[knowledge.Change](t)(st.Import(ctx, []knowledge.Entry{named("7", "Seven?", "7."), named("9", "Two?", "2."), named("1", "One?", "1."), named("6", "Six?", "6.")}, knowledge.ImportOptions{}))
		dry := must[knowledge.Change](t)(st.Import(ctx, rows, knowledge.ImportOptions{DryRun: true}))
		if len(dry.Forgotten) != 1 || dry.Forgotten[0].ID != "9" {
			t.Errorf("%s: forgotten would be %+v", name, dry.Forgotten)
		}
		if err := c.between(st); err != nil {
			t.Fatal(err)
		}
		before := content(t, st)
		ch, err := st.Import(ctx, rows, knowledge.ImportOptions{Before: dry.Outlook.Still})
		if errors.Is(err, knowledge.ErrMoved) != c.moved || err != nil && !c.moved {
			t.Errorf("%s: %v", name, err)
		}
		if after := content(t, st); reflect.DeepEqual(before, after) != c.moved {
			t.Errorf("%s: %q became %q", name, before, after)
		}
		if !c.moved && (len(ch.Forgotten) != 1 || ch.Forgotten[0].Question != "Two?") {
			t.Errorf("%s: forgotten are %+v", name, ch.Forgotten)
		}
	}
}

func utc(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().String()
}

// testRestoreOver restores an export over a base that has gone on since.
func testRestoreOver(t *testing.T, open Open) {
	st, ctx := open(t, "a", nil), t.Context()
	must[knowledge.Change](t)(st.Import(ctx, []knowledge.Entry{named("7", "One?", "1."), named("9", "Two?", "2.")}, knowledge.ImportOptions{}))
	must[knowledge.Change](t)(st.Import(ctx, []knowledge.Entry{named("8", "Two?", "II.")}, knowledge.ImportOptions{})) // it had another ID
	var kept bytes.Buffer
	if err := st.Export(ctx, "b", &kept); err != nil {
		t.Fatal(err)
	}
	before := content(t, st)
	must[knowledge.Change](t)(st.Import(ctx, []knowledge.Entry{named("7", "Three?", "1."), named("8", "One?", "2."), named("5", "Four?", "4.")}, knowledge.ImportOptions{}))
	must[knowledge.Change](t)(st.Import(ctx, []knowledge.Entry{named("7", "Two?", "1.")}, knowledge.ImportOptions{}))
	must[int](t)(st.Restore(ctx, bytes.NewReader(kept.Bytes()))) // 7 and 8 ask each other's questions now
	if got := content(t, st); len(got) != 3 || got[0] != "5: Four? 4." || got[1] != before[0] || got[2] != before[1] {
		t.Errorf("%q, want %q and one more", got, before)
	}
	if vs := must[[]knowledge.Entry](t)(st.Versions(ctx, "b", "8")); len(vs) != 2 || vs[1].Answer != "2." {
		t.Errorf("the versions of an entry that had another ID: %+v", vs)
	}
	other := named("6", "Two?", "2.")
	if _, err := st.Restore(ctx, strings.NewReader(`{"id":"6","base":"b","question":"`+other.Question+`","answer":"2.","lang":"en"}`)); !errors.Is(err, knowledge.ErrInvalid) || !strings.Contains(err.Error(), "entry 8 asks the same") {
		t.Errorf("a question that another entry asks: %v", err)
	}
	twice := kept.String() + kept.String()
	if _, err := st.Restore(ctx, strings.NewReader(twice)); !errors.Is(err, knowledge.ErrInvalid) || !strings.Contains(err.Error(), "entry 3") {
		t.Errorf("the same twice: %v", err)
	}
}
