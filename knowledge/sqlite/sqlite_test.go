package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/knowledge"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// letters is an embedder that needs no weights: a text's vector counts its pairs of letters.
type letters struct {
	hash string
	fail error
	mu   sync.Mutex
	seen []string
}

func (l *letters) Hash() string { return l.hash }

func (l *letters) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return nil, l.fail
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var out [][]float32
	for _, t := range texts {
		l.seen = append(l.seen, t)
		v := make([]float32, 64)
		rs := []rune(strings.ToLower(t))
		for i := 1; i < len(rs); i++ {
			h := fnv.New32a()
			h.Write([]byte(string(rs[i-1 : i+1])))
			v[h.Sum32()%64]++
		}
		var sum float64
		for _, x := range v {
			sum += float64(x * x)
		}
		for i := range v {
			v[i] /= float32(math.Sqrt(max(1, sum)))
		}
		out = append(out, v)
	}
	return out, nil
}

func open(t *testing.T, path string, em *letters) *Store {
	t.Helper()
	opt := Options{}
	if em != nil {
		opt.Embedders = map[string]Embedder{"en": em, "zh": em}
	}
	s, err := Open(t.Context(), path, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func entry(base, question, answer string, similar ...string) knowledge.Entry {
	return knowledge.Entry{
		ID: knowledge.NewID(base, question), Base: base, Question: question, Answer: answer, Similar: similar,
		Lang: knowledge.Language(question),
	}
}

func faq() []knowledge.Entry {
	return []knowledge.Entry{
		entry("bank", "How do I report a lost card?", "Call us at any hour.", "my card was stolen"),
		entry("bank", "What are your opening hours?", "Nine to five."),
		entry("bank", "How do I open an account?", "In the app."),
		entry("shop", "怎么申请退货？", "在订单里点申请退货。", "我要退货"),
		entry("shop", "多久能发货？", "当天发货。"),
	}
}

func mustImport(t *testing.T, s *Store, entries []knowledge.Entry, opt ImportOptions) Change {
	t.Helper()
	ch, err := s.Import(t.Context(), entries, opt)
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestImport(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "home", "knowledge.db")
	em := &letters{hash: "one"}
	s := open(t, path, em)
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("data folder: %v, %v", info, err)
	}
	dry := mustImport(t, s, faq(), ImportOptions{DryRun: true})
	if dry.New != 5 || len(em.seen) != 0 {
		t.Errorf("dry run: %+v, embedded %d texts", dry, len(em.seen))
	}
	if bases, err := s.Bases(t.Context()); err != nil || len(bases) != 0 {
		t.Errorf("after the dry run: %v, %v", bases, err)
	}
	if ch := mustImport(t, s, faq(), ImportOptions{}); ch.New != 5 || ch.Changed+ch.Same != 0 || len(ch.Answers) != 5 {
		t.Errorf("first: %+v", ch)
	}
	em.seen = nil
	if ch := mustImport(t, s, faq(), ImportOptions{}); ch.Same != 5 || ch.New+ch.Changed != 0 || len(ch.Answers) != 0 || len(em.seen) != 0 {
		t.Errorf("again: %+v, embedded %d texts", ch, len(em.seen))
	}
	changed := faq()
	changed[1].Answer = "Ten to four."
	changed[2].Similar = []string{"new account"}
	if ch := mustImport(t, s, changed, ImportOptions{}); ch.Same != 3 || ch.Changed != 2 || len(ch.Answers) != 1 {
		t.Errorf("changed: %+v", ch)
	}
	entries, err := s.Entries(t.Context(), "bank")
	if err != nil || len(entries) != 3 || entries[1].Answer != "Ten to four." {
		t.Errorf("entries: %v, %v", entries, err)
	}
	if _, ok, err := s.Entry(t.Context(), "bank", "none"); ok || err != nil {
		t.Errorf("an entry that does not exist: %v, %v", ok, err)
	}
}

func TestImportKeepsIdentity(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "knowledge.db"), nil)
	own := knowledge.Entry{ID: "17", Base: "b", Question: "Where are you?", Answer: "Here.", Lang: "en"}
	mustImport(t, s, []knowledge.Entry{own}, ImportOptions{})
	// The same question from a file without IDs, spelled another way.
	if ch := mustImport(t, s, []knowledge.Entry{entry("b", "where are  you", "There.")}, ImportOptions{}); ch.Changed != 1 {
		t.Errorf("%+v", ch)
	}
	if e, ok, err := s.Entry(t.Context(), "b", "17"); !ok || err != nil || e.Answer != "There." {
		t.Errorf("%+v, %v, %v", e, ok, err)
	}
	// A question that is given the ID of another one takes its place.
	two := []knowledge.Entry{{ID: "18", Base: "b", Question: "When?", Answer: "Now.", Lang: "en"}}
	mustImport(t, s, two, ImportOptions{})
	two[0].ID = "17"
	if ch := mustImport(t, s, two, ImportOptions{}); ch.Changed != 1 {
		t.Errorf("%+v", ch)
	}
	if all, err := s.Entries(t.Context(), "b"); err != nil || len(all) != 1 || all[0].Question != "When?" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestImportAllOrNothing(t *testing.T) {
	t.Parallel()
	stop := errors.New("stop")
	for name, run := range map[string]func(*Store, *letters) error{
		"incomplete entry": func(s *Store, _ *letters) error {
			_, err := s.Import(context.Background(), append(faq(), knowledge.Entry{ID: "x", Base: "bank", Lang: "en"}), ImportOptions{})
			return err
		},
		"embedder fails": func(s *Store, em *letters) error {
			em.fail = stop
			_, err := s.Import(context.Background(), faq(), ImportOptions{})
			return err
		},
		"refused at the end": func(s *Store, _ *letters) error {
			_, err := s.Import(context.Background(), faq(), ImportOptions{Before: func(Change) error { return stop }})
			return err
		},
		"context ended": func(s *Store, _ *letters) error {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_, err := s.Import(ctx, faq(), ImportOptions{})
			return err
		},
	} {
		em := &letters{hash: "one"}
		s := open(t, filepath.Join(t.TempDir(), "knowledge.db"), em)
		if err := run(s, em); err == nil {
			t.Errorf("%s: no error", name)
		}
		if bases, err := s.Bases(t.Context()); err != nil || len(bases) != 0 {
			t.Errorf("%s: left %v (%v)", name, bases, err)
		}
	}
}

func top(t *testing.T, s *Store, base, query, lang string) string {
	t.Helper()
	hits, err := s.Search(t.Context(), knowledge.Ask{Base: base, Text: query, Lang: lang, Most: 3})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if len(hits) == 0 {
		return ""
	}
	return hits[0].Question
}

func TestSearch(t *testing.T) {
	t.Parallel()
	for name, em := range map[string]*letters{"with vectors": {hash: "one"}, "by words": nil} {
		s := open(t, filepath.Join(t.TempDir(), "knowledge.db"), em)
		mustImport(t, s, faq(), ImportOptions{})
		for _, c := range []struct{ base, query, lang, want string }{
			{"bank", "hi um I lost my card please", "en", "How do I report a lost card?"},
			{"bank", "my card was stolen", "", "How do I report a lost card?"},
			{"bank", "opening hours", "zh", "What are your opening hours?"}, // no Chinese entries
			{"shop", "你好我想退货", "zh", "怎么申请退货？"},
			{"", "多久发货", "", "多久能发货？"},
			{"", "open an account", "", "How do I open an account?"},
		} {
			if got := top(t, s, c.base, c.query, c.lang); got != c.want {
				t.Errorf("%s: %q in %q: got %q, want %q", name, c.query, c.base, got, c.want)
			}
		}
		if hits, err := s.Search(t.Context(), knowledge.Ask{Base: "bank", Text: "  ", Most: 3}); err != nil || len(hits) != 0 {
			t.Errorf("%s: nothing asked: %v, %v", name, hits, err)
		}
		if _, err := s.Search(t.Context(), knowledge.Ask{Base: "none", Text: "card", Most: 3}); err == nil || !strings.Contains(err.Error(), "bank, shop") {
			t.Errorf("%s: unknown base: %v", name, err)
		}
	}
}

func TestSearchSeesOtherProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "knowledge.db")
	a, b := open(t, path, &letters{hash: "one"}), open(t, path, &letters{hash: "one"})
	mustImport(t, a, faq(), ImportOptions{})
	if got := top(t, b, "bank", "lost card", "en"); got == "" {
		t.Fatal("nothing found")
	}
	mustImport(t, a, []knowledge.Entry{entry("bank", "Do you sell gold bars?", "No.")}, ImportOptions{})
	if got := top(t, b, "bank", "do you sell gold bars", "en"); got != "Do you sell gold bars?" {
		t.Errorf("the other process's import was not noticed: %q", got)
	}
}

func TestVectorsFollowTheEmbedder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "knowledge.db")
	mustImport(t, open(t, path, nil), faq(), ImportOptions{})
	em := &letters{hash: "two"}
	s := open(t, path, em)
	top(t, s, "bank", "lost card", "en")
	if len(em.seen) != 3*2+1+1 { // questions, answers, one similar question, the query
		t.Errorf("embedded %q", em.seen)
	}
	again := &letters{hash: "two"}
	top(t, open(t, path, again), "bank", "lost card", "en")
	if len(again.seen) != 1 {
		t.Errorf("vectors were not kept: embedded %q", again.seen)
	}
}

func TestSearchBigBase(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "knowledge.db"), &letters{hash: "one"})
	mustImport(t, s, faq(), ImportOptions{})
	s.inMemory = 1
	for query, want := range map[string]string{"lost \"card\" OR -": "How do I report a lost card?", "我要退货": "怎么申请退货？", "我要推或": "怎么申请退货？"} {
		base := "bank"
		if knowledge.Language(query) == "zh" {
			base = "shop"
		}
		if got := top(t, s, base, query, ""); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
	if got := top(t, s, "bank", "zzz", "en"); got != "" {
		t.Errorf("unknown word: %q", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	newer := filepath.Join(t.TempDir(), "newer.db")
	db, err := sql.Open("sqlite", newer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, len(migrations)+1)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.db")
	if err := os.WriteFile(damaged, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{newer: "update Parley", damaged: "import again", t.TempDir(): "unable to open"} {
		if s, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
			if s != nil {
				_ = s.Close()
			}
		}
	}
}

// TestOpenCopiesOlder opens a file of the version before: what was in it is in a copy beside it, as it was.
func TestOpenCopiesOlder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "knowledge.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	old := len(migrations) - 1
	steps := append(slices.Clone(migrations[:old]), "INSERT INTO bases (name, generation) VALUES ('bank', 7)", fmt.Sprintf("PRAGMA user_version = %d", old))
	for _, q := range steps {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // as older programs left it
		t.Fatal(err)
	}
	if err := open(t, path, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info, err)
	}
	bak := fmt.Sprintf("%s.v%d.bak", path, old)
	if info, err := os.Stat(bak); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the copy: %v, %v", info, err)
	}
	if db, err = sql.Open("sqlite", bak); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var version, generation int
	if err := db.QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version); err != nil || version != old {
		t.Errorf("the copy has version %d, %v", version, err)
	}
	if err := db.QueryRowContext(t.Context(), "SELECT generation FROM bases WHERE name = 'bank'").Scan(&generation); err != nil || generation != 7 {
		t.Errorf("the copy holds %d, %v", generation, err)
	}
}

func TestConcurrent(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "knowledge.db"), &letters{hash: "one"})
	mustImport(t, s, faq(), ImportOptions{})
	var wg sync.WaitGroup
	for i := range 4 {
		// Ends after its searches; Wait below waits for it.
		wg.Go(func() {
			for range 5 {
				if hits, err := s.Search(context.Background(), knowledge.Ask{Base: "bank", Text: "lost card", Lang: "en", Most: 2}); err != nil || len(hits) == 0 {
					t.Errorf("search: %v, %v", hits, err)
				}
			}
		})
		mustImport(t, s, []knowledge.Entry{entry("bank", fmt.Sprintf("Question number %d?", i), "Yes.")}, ImportOptions{})
	}
	wg.Wait()
}
