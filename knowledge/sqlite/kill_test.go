package sqlite

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

const (
	childFile  = "PARLEY_TEST_CHILD_FILE"
	childWhere = "PARLEY_TEST_CHILD_WHERE"
	childRows  = 2000
)

// many are n entries; with another answer they change those of before.
func many(n int, answer string) []knowledge.Entry {
	out := make([]knowledge.Entry, n)
	for i := range out {
		q := fmt.Sprintf("How long does order number %d take to arrive?", i)
		out[i] = knowledge.Entry{ID: knowledge.NewID("b", q), Base: "b", Question: q, Answer: fmt.Sprintf("%s %d days.", answer, i%30), Lang: "en"}
	}
	return out
}

// TestImportingChild is the process TestKilledImport kills.
func TestImportingChild(t *testing.T) {
	path := os.Getenv(childFile)
	if path == "" {
		t.Skip("only as the child of TestKilledImport")
	}
	s, err := Open(t.Context(), path, Options{Embedders: map[string]Embedder{"en": &letters{hash: "one"}}})
	if err != nil {
		t.Fatal(err)
	}
	where := os.Getenv(childWhere)
	opt := ImportOptions{Progress: func(done, _ int) {
		if where == "vectors" && done >= childRows {
			fmt.Println("here")
			time.Sleep(time.Minute)
		}
	}, Before: func(Change) error {
		fmt.Println("here")
		time.Sleep(time.Minute)
		return errors.New("nobody killed this process")
	}}
	if _, err := s.Import(t.Context(), many(childRows, "It takes"), opt); err != nil {
		t.Fatal(err)
	}
}

// TestKilledImport kills a process in the middle of an import: the old state is whole, and the same import, started
// again, goes on from the vectors that were made.
func TestKilledImport(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"vectors", "write"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "k.db")
			old := many(3, "It took")
			withStore(t, path, &letters{hash: "one"}, func(s *Store) {
				if _, err := s.Import(t.Context(), old, ImportOptions{}); err != nil {
					t.Fatal(err)
				}
			})
			killImport(t, path, where)
			again := &letters{hash: "one"}
			withStore(t, path, again, func(s *Store) {
				if all, err := s.Entries(t.Context(), "b"); err != nil || len(all) != 3 || all[0].Answer != old[0].Answer || all[0].Version != 1 {
					t.Fatalf("%d entries after the kill, %v", len(all), err)
				}
				if hits, err := s.Search(t.Context(), knowledge.Ask{Base: "b", Text: old[1].Question, Lang: "en", Most: 1}); err != nil || len(hits) != 1 || hits[0].ID != old[1].ID {
					t.Errorf("search after the kill: %+v, %v", hits, err)
				}
				ch, err := s.Import(t.Context(), many(childRows, "It takes"), ImportOptions{})
				if err != nil || ch.New != childRows-3 || ch.Changed != 3 {
					t.Fatalf("%+v, %v", ch, err)
				}
				texts := 2 * childRows
				if where == "write" && len(again.seen) > texts/10 || where == "vectors" && len(again.seen) > texts*6/10 {
					t.Errorf("%d of %d texts were read again", len(again.seen), texts)
				}
				var left, vectors int
				if err := s.db.QueryRow(`SELECT (SELECT count(*) FROM staged), (SELECT count(*) FROM vectors)`).Scan(&left, &vectors); err != nil || left != 0 || vectors != texts {
					t.Errorf("%d vectors are left over, %d kept, %v", left, vectors, err)
				}
			})
		})
	}
}

func withStore(t *testing.T, path string, em *letters, f func(*Store)) {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Embedders: map[string]Embedder{"en": em}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	f(s)
}

func killImport(t *testing.T, path, where string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestImportingChild$", "-test.v")
	child.Env = append(os.Environ(), childFile+"="+path, childWhere+"="+where)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	reached := false
	for sc := bufio.NewScanner(out); sc.Scan(); {
		if strings.Contains(sc.Text(), "here") {
			reached = true
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || !reached {
		t.Fatalf("the import was not killed: %v", err)
	}
}
