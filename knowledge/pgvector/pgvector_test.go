package pgvector

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/knowledge/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.MainWithoutLeaks(m)) }

// database makes a database called after the test and name, or finds it.
func database(t *testing.T, name string) string {
	t.Helper()
	u, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	db := strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_")) + "_" + name
	_, err = conn.Exec(t.Context(), "CREATE DATABASE "+pgx.Identifier{db}.Sanitize())
	if err != nil && !strings.Contains(err.Error(), "already exists") {
		t.Fatal(err)
	}
	u.Path = db
	return u.String()
}

func open(t *testing.T, name string, em Embedder) *Store {
	t.Helper()
	opt := Options{}
	if em != nil {
		opt.Embedders = map[string]Embedder{"en": em, "zh": em}
	}
	s, err := Open(t.Context(), database(t, name), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T, name string, em knowledge.KeptEmbedder) knowledge.Store { return open(t, name, em) })
}

func TestBigBase(t *testing.T) {
	s := open(t, "a", &storetest.Letters{Name: "it's"})
	var entries []knowledge.Entry
	for i := range 300 {
		q := fmt.Sprintf("What about the thing called number %d?", i)
		entries = append(entries, knowledge.Entry{ID: knowledge.NewID("b", q), Base: "b", Question: q, Answer: fmt.Sprintf("It's \\ %d.", i), Lang: "en"})
	}
	entries[7].State = knowledge.Draft
	if _, err := s.Import(t.Context(), entries, knowledge.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	s.inMemory = 100
	for i, e := range []knowledge.Entry{entries[3], entries[299], entries[7]} {
		hits, err := s.Search(t.Context(), knowledge.Ask{Base: "b", Text: e.Question, Lang: "en", Most: 3})
		if err != nil {
			t.Fatal(err)
		}
		// The order is the ranking's affair.
		if found := slices.ContainsFunc(hits, func(h knowledge.Hit) bool { return h.ID == e.ID }); len(hits) != 3 || found != (i < 2) {
			t.Errorf("%s: %+v", e.Question, hits)
		}
	}
}

func TestRefusesNewer(t *testing.T) {
	s := open(t, "a", nil)
	if _, err := s.pool.Exec(t.Context(), `INSERT INTO knowledge_version VALUES (99)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), database(t, "a"), Options{}); err == nil || !strings.Contains(err.Error(), "update Parley") {
		t.Error(err)
	}
}

// TestLooksUp holds that an import, and the same one again, looks up each entry, and does not go through all of the base for it.
func TestLooksUp(t *testing.T) {
	const rows = 2000
	var entries []knowledge.Entry
	for i := range rows {
		q := fmt.Sprintf("What about the thing called number %d?", i)
		entries = append(entries, knowledge.Entry{ID: knowledge.NewID("b", q), Base: "b", Question: q, Answer: fmt.Sprintf("It is %d.", i), Lang: "en"})
	}
	for round, want := range []knowledge.Change{{New: rows}, {Same: rows}} {
		s := open(t, "a", &storetest.Letters{Name: "one"})
		ch, err := s.Import(t.Context(), entries, knowledge.ImportOptions{})
		if err != nil || ch.New != want.New || ch.Same != want.Same {
			t.Fatalf("%d new, %d the same, %v", ch.New, ch.Same, err)
		}
		if err := s.Close(); err != nil { // the server counts when a connection ends
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), database(t, "a"))
		if err != nil {
			t.Fatal(err)
		}
		var read int
		err = conn.QueryRow(t.Context(), `SELECT sum(seq_tup_read)::int + (SELECT sum(idx_tup_read)::int FROM pg_stat_user_indexes) FROM pg_stat_user_tables`).Scan(&read)
		if err := errors.Join(err, conn.Close(t.Context())); err != nil {
			t.Fatal(err)
		}
		// As long as it has few pages, the server may well go through all of a table: that ends at some 400 entries.
		if most := 100_000 + (round+1)*12*len(entries); read < len(entries) || read > most {
			t.Errorf("import %d: %d rows were read for %d entries, at most %d are right", round+1, read, len(entries), most)
		}
	}
}
