package store_test

import (
	"testing"

	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestWrittenBefore reads what was written down before the versions of each person were kept.
func TestWrittenBefore(t *testing.T) { onBoth(t, testWrittenBefore) }

func testWrittenBefore(t *testing.T, at place) {
	t.Helper()
	o := at(t, t.TempDir())
	s, ctx, now := openAt(t, o), t.Context(), moment()
	w := s.Wrapups()
	sum := func(reason string) wrapup.Summary { return wrapup.Summary{Reason: wrapup.Line{Text: reason}} }
	for id, edited := range map[call.ID]bool{"left": false, "edited": true, "later": false} {
		if err := w.SaveOriginal(ctx, id, "ann", sum("made"), now); err != nil {
			t.Fatal(err)
		}
		if edited {
			if err := w.SaveEdit(ctx, id, sum("ann's"), "", "ann", now); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := beside(t, o).ExecContext(ctx, "DELETE FROM wrapups_people"); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveEdit(ctx, "later", sum("bob's"), "", "bob", now); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[call.ID][2]string{"left": {"", ""}, "edited": {"ann", "ann's"}, "later": {"bob", "bob's"}} {
		got, err := w.Wrapup(ctx, id)
		if err != nil || len(got.Versions) != 1 {
			t.Fatalf("%s: %+v, %v", id, got, err)
		}
		v := got.Versions[0]
		if v.Person != want[0] || v.Original.Reason.Text != "made" || (v.Edited != nil) != (want[1] != "") || v.Edited != nil && v.Edited.Reason.Text != want[1] {
			t.Errorf("%s: %+v", id, v)
		}
	}
}
