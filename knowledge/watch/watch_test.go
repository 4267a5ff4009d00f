package watch_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/sqlite"
	"github.com/parley-voice/parley/knowledge/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scene is a watched folder over a real store.
type scene struct {
	t   *testing.T
	dir string
	st  *sqlite.Store
	w   *watch.Watcher
	n   int
}

func newScene(t *testing.T) *scene {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "k.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &scene{t: t, dir: t.TempDir(), st: st}
	s.w = watch.New([]watch.Folder{{Path: s.dir, Base: "shop", Most: 0.4}}, st, time.Hour, nil)
	return s
}

// put writes a file that looks newer than the one before.
func (s *scene) put(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.n++
	at := time.Now().Add(time.Duration(s.n) * time.Second)
	if err := os.Chtimes(path, at, at); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) look(state string) watch.State {
	s.t.Helper()
	s.w.Look(s.t.Context())
	got := s.w.States()[0]
	if got.State != state {
		s.t.Fatalf("state %+v, want %s", got, state)
	}
	return got
}

func (s *scene) answers() map[string]string {
	s.t.Helper()
	all, err := s.st.Entries(s.t.Context(), "shop")
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range all {
		out[e.Question] = e.Answer
	}
	return out
}

const three = "question,answer\nWhen are you open?,At nine.\nWhere are you?,In the High Street.\nCan I pay by card?,Yes.\n"

func TestWatch(t *testing.T) {
	s := newScene(t)
	if got := s.look(watch.Failed); !strings.Contains(got.Why, "no file") {
		t.Errorf("an empty folder: %s", got.Why)
	}
	s.put("faq.csv", three)
	s.put("~$faq.csv", "x")
	s.put(".hidden.csv", "x")
	s.put("notes.doc", "x")
	s.look(watch.Waiting) // it may still be written
	if got := s.look(watch.Fine); got.New != 3 || got.Imported.IsZero() || len(s.answers()) != 3 {
		t.Errorf("%+v", got)
	}
	before := s.w.States()[0].Imported
	if got := s.look(watch.Fine); got.Imported != before {
		t.Error("imported again although nothing changed")
	}
	s.put("faq.csv", strings.Replace(three, "At nine.", "At ten.", 1))
	s.look(watch.Waiting)
	if got := s.look(watch.Fine); got.Changed != 1 || got.Same != 2 || s.answers()["When are you open?"] != "At ten." {
		t.Errorf("%+v, %v", got, s.answers())
	}
}

// TestNeverHalf: one bad row in one file, and nothing of any file is imported; mended, all of it is.
func TestNeverHalf(t *testing.T) {
	s := newScene(t)
	s.put("a.csv", three)
	s.put("b.csv", "question,answer\nDo you deliver?,\n")
	s.look(watch.Waiting)
	got := s.look(watch.Failed)
	if len(got.Problems) != 1 || !strings.HasPrefix(got.Problems[0].Where, "b.csv row 2") || len(s.answers()) != 0 {
		t.Errorf("%+v, %v", got, s.answers())
	}
	s.put("b.csv", "question,answer\nDo you deliver?,Yes.\n")
	s.look(watch.Waiting)
	if s.look(watch.Fine); len(s.answers()) != 4 {
		t.Errorf("%v", s.answers())
	}
	s.put("c.csv", "question,answer\nDo you deliver?,Never.\n")
	s.look(watch.Waiting)
	if got := s.look(watch.Failed); len(got.Problems) != 1 || s.answers()["Do you deliver?"] != "Yes." {
		t.Errorf("a contradiction: %+v", got)
	}
}

// heldScene is a scene in which a change of two answers in three waits for a person.
func heldScene(t *testing.T) (*scene, watch.State) {
	t.Helper()
	s := newScene(t)
	s.put("a.csv", three)
	s.look(watch.Waiting)
	s.look(watch.Fine)
	s.put("a.csv", strings.NewReplacer("At nine.", "Never.", "Yes.", "No.").Replace(three))
	s.look(watch.Waiting)
	return s, s.look(watch.Held)
}

func TestHeld(t *testing.T) {
	s, got := heldScene(t)
	if got.Changed != 2 || got.ID == "" || !strings.Contains(got.Why, "67 %") || s.answers()["Can I pay by card?"] != "Yes." {
		t.Fatalf("%+v", got)
	}
	if s.look(watch.Held).ID != got.ID {
		t.Error("another look lost what is held")
	}
	if _, err := s.w.Apply(t.Context(), "x", "kay"); !errors.Is(err, watch.ErrGone) {
		t.Errorf("unknown: %v", err)
	}
	st, err := s.w.Apply(t.Context(), got.ID, "kay")
	if err != nil || st.State != watch.Fine || s.answers()["Can I pay by card?"] != "No." {
		t.Errorf("%+v, %v", st, err)
	}
	e, _, err := s.st.Entry(t.Context(), "shop", knowledge.NewID("shop", "Can I pay by card?"))
	if err != nil || e.By != "watch:"+strconv.Quote(s.dir)+" kay" {
		t.Errorf("by %q, %v", e.By, err)
	}
	if _, err := s.w.Apply(t.Context(), got.ID, "kay"); !errors.Is(err, watch.ErrGone) {
		t.Errorf("twice: %v", err)
	}
	s.look(watch.Fine)
}

// TestNoneForgotten: an entry that another one's row would take the place of waits for a person, however few change.
func TestNoneForgotten(t *testing.T) {
	s := newScene(t)
	s.put("a.csv", "id,question,answer\n1,One?,1.\n2,Two?,2.\n3,Three?,3.\n4,Four?,4.\n")
	s.look(watch.Waiting)
	s.look(watch.Fine)
	s.put("a.csv", "id,question,answer\n1,Two?,2.\n3,Three?,3.\n4,Four?,4.\n")
	s.look(watch.Waiting)
	got := s.look(watch.Held)
	if !strings.HasSuffix(got.Why, ": 2") || len(s.answers()) != 4 {
		t.Errorf("%+v, %v", got, s.answers())
	}
	if st, err := s.w.Apply(t.Context(), got.ID, "kay"); err != nil || st.State != watch.Fine || len(s.answers()) != 3 {
		t.Errorf("%+v, %v, %v", st, err, s.answers())
	}
}

// refusing is a store whose imports fail.
type refusing struct{ *sqlite.Store }

func (r refusing) Import(ctx context.Context, e []knowledge.Entry, o knowledge.ImportOptions) (knowledge.Change, error) {
	if o.DryRun {
		return r.Store.Import(ctx, e, o)
	}
	return knowledge.Change{}, errors.New("disk full")
}

func TestStoreFails(t *testing.T) {
	s := newScene(t)
	s.w = watch.New([]watch.Folder{{Path: s.dir, Base: "shop", Most: 0.4}, {Path: s.dir + "/none", Base: "x"}}, refusing{s.st}, time.Millisecond, nil)
	s.put("a.csv", three)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := s.w.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	got := s.w.States()
	if got[0].State != watch.Failed || !strings.Contains(got[0].Why, "disk full") || got[1].State != watch.Failed || !strings.Contains(got[1].Why, "cannot be read") {
		t.Errorf("%+v", got)
	}
}

// TestGone: what was taken out of the files is still said, and told of, until a person ends it.
func TestGone(t *testing.T) {
	s := newScene(t)
	s.put("faq.csv", "question,answer\nHow do I pay?,By card.\nWhen are you open?,Nine to five.\nDo you deliver?,Yes.\n")
	s.look(watch.Waiting)
	s.look(watch.Fine)
	hand := knowledge.Entry{ID: "hand", Base: "shop", Question: "Who are you?", Answer: "The shop.", Lang: "en"}
	if _, err := s.st.Save(t.Context(), hand, "ann"); err != nil {
		t.Fatal(err)
	}
	s.put("faq.csv", "question,answer\nHow do I pay?,By card.\nDo you deliver?,Yes.\n")
	s.look(watch.Waiting)
	got := s.look(watch.Fine)
	if len(got.Report) != 1 || got.Report[0].Kind != "gone" || !strings.Contains(got.Report[0].Text, "When are you open?") || len(s.answers()) != 4 {
		t.Fatalf("%+v, %v", got, s.answers())
	}
	if _, err := s.st.SetState(t.Context(), "shop", got.Report[0].Where, knowledge.Expired, "ann"); err != nil {
		t.Fatal(err)
	}
	s.put("faq.csv", "question,answer\nHow do I pay?,By card.\nDo you deliver?,Yes!\n")
	s.look(watch.Waiting)
	if got := s.look(watch.Fine); len(got.Report) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestMoved: what a person agreed to is not imported when the base has changed since; the next look tells what would change now.
func TestMoved(t *testing.T) {
	s, held := heldScene(t)
	e, _, err := s.st.Entry(t.Context(), "shop", knowledge.NewID("shop", "Can I pay by card?"))
	if err != nil {
		t.Fatal(err)
	}
	e.Answer = "Only from ten pounds."
	if _, err := s.st.Save(t.Context(), e, "kay"); err != nil {
		t.Fatal(err)
	}
	if st, err := s.w.Apply(t.Context(), held.ID, "ann"); !errors.Is(err, watch.ErrGone) || st.State != watch.Waiting {
		t.Errorf("%+v, %v", st, err)
	}
	if got := s.answers()["Can I pay by card?"]; got != "Only from ten pounds." {
		t.Errorf("what somebody wrote since is %q", got)
	}
	if got := s.look(watch.Held); got.Changed != 2 {
		t.Errorf("%+v", got)
	}
}

// TestAgainstTheBase: a row that does not go with what the base holds is named; when the base is mended, the folder is imported.
func TestAgainstTheBase(t *testing.T) {
	s := newScene(t)
	s.put("a.csv", three+"Is it cold?,No.\n")
	s.look(watch.Waiting)
	s.look(watch.Fine)
	e, _, err := s.st.Entry(t.Context(), "shop", knowledge.NewID("shop", "Where are you?"))
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC)
	e.From = &from
	if e, err = s.st.Save(t.Context(), e, "kay"); err != nil {
		t.Fatal(err)
	}
	s.put("a.csv", "question,answer,valid_until\nWhen are you open?,At nine.,\nWhere are you?,In the High Street.,2028-12-31\n")
	s.look(watch.Waiting)
	if got := s.look(watch.Failed); len(got.Problems) != 1 || got.Problems[0].Where != "a.csv row 3" || !strings.Contains(got.Problems[0].Why, "2029-01-01") {
		t.Errorf("%+v", got)
	}
	e.From = nil
	if _, err := s.st.Save(t.Context(), e, "kay"); err != nil {
		t.Fatal(err)
	}
	if got := s.look(watch.Fine); got.Changed != 1 {
		t.Errorf("%+v", got)
	}
}

// TestFoldersOfOneName: what one folder brought is not missed in another of the same name.
func TestFoldersOfOneName(t *testing.T) {
	s := newScene(t)
	var folders []watch.Folder
	for _, f := range []string{"north/faq", "south/faq", "south/faq 2"} {
		dir := filepath.Join(s.dir, f)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		s.put(filepath.Join(f, "a.csv"), "question,answer\nWhere is "+f+"?,Here.\n")
		folders = append(folders, watch.Folder{Path: dir, Base: "shop", Most: 1})
	}
	s.w = watch.New(folders, s.st, time.Hour, nil)
	s.look(watch.Waiting)
	s.look(watch.Fine)
	for _, f := range []string{"north/faq", "south/faq", "south/faq 2"} { // each is looked at again beside what all brought
		s.put(filepath.Join(f, "a.csv"), "question,answer\nWhere is "+f+"?,Here.\nWhen is "+f+"?,Now.\n")
	}
	s.look(watch.Waiting)
	s.look(watch.Fine)
	gone := func(st watch.State) (n int) {
		for _, note := range st.Report {
			if note.Kind == "gone" {
				n++
			}
		}
		return n
	}
	for _, got := range s.w.States() {
		if gone(got) != 0 || got.New != 1 {
			t.Errorf("%+v", got)
		}
	}
	s.put("south/faq/a.csv", "question,answer\nWhen is south/faq?,Now.\n")
	s.look(watch.Fine)
	s.look(watch.Fine)
	for i, got := range s.w.States() {
		if gone(got) != map[bool]int{true: 1}[i == 1] {
			t.Errorf("%+v", got)
		}
	}
}
