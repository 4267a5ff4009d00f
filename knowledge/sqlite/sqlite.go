// Package sqlite keeps knowledge in one SQLite file: entries, their full-text terms (Chinese segmented), toneless pinyin
// and vectors. The file is the store; searching happens in an index in memory per base, which is built when a base is
// first searched and again when the base has changed, by this process or another.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/sqlitefile"
)

// Embedder makes vectors for one language. Hash changes when its vectors can no longer be compared with older ones.
type Embedder = knowledge.KeptEmbedder

// Options are what Open needs beside the path.
type Options struct {
	// Embedders by language ("en", "zh"). A language without one is searched by words and sounds alone.
	Embedders map[string]Embedder
	Log       *slog.Logger // nil discards
	// Progress is called while vectors are made, with the number of texts done and in all. It may be nil.
	Progress func(done, total int)
}

// Store is an open knowledge file. It is safe for concurrent use; several processes may have the same file open.
type Store struct {
	db       *sql.DB
	opt      Options
	log      *slog.Logger
	views    *knowledge.Views
	inMemory int // bases with more entries are searched through the file
}

// Open opens the file at path, or makes it (and its folder, for the owner alone). Close it.
func Open(ctx context.Context, path string, opt Options) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	if err := sqlitefile.OwnersOnly(path); err != nil {
		return nil, fmt.Errorf("open knowledge: %w", err)
	}
	dsn := (&url.URL{
		Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(),
		RawQuery: "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)&_txlock=immediate",
	}).String()
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open knowledge %s: %w", path, err)
	}
	db.SetMaxOpenConns(4)
	s := &Store{db: db, opt: opt, log: opt.Log, inMemory: knowledge.MostInMemory}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := migrate(ctx, db, path); err != nil {
		return nil, errors.Join(fmt.Errorf("open knowledge %s: %w", path, err), db.Close())
	}
	s.views = knowledge.NewViews(ctx, shelf{s}, knowledge.Seeker{Embedders: opt.Embedders, Log: s.log}, opt.Progress)
	return s, nil
}

// RenewBehind makes vectors behind the searches; see knowledge.Views.
func (s *Store) RenewBehind(idly knowledge.Idly) { s.views.RenewBehind(idly) }

// Close ends what runs in the background and closes the file. Searches and imports must have ended.
func (s *Store) Close() error {
	s.views.Close()
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close knowledge: %w", err)
	}
	return nil
}

// Base describes one base.
type Base = knowledge.Base

var _ knowledge.Store = (*Store)(nil)

// Bases lists the bases that have entries, by name.
func (s *Store) Bases(ctx context.Context) ([]Base, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT e.base, e.lang, count(*), max(b.generation)
		FROM entries e JOIN bases b ON b.name = e.base GROUP BY e.base, e.lang ORDER BY e.base, e.lang`)
	if err != nil {
		return nil, fmt.Errorf("list bases: %w", err)
	}
	defer rows.Close()
	bases := []Base{}
	for rows.Next() {
		var name, lang string
		var n int
		var generation int64
		if err := rows.Scan(&name, &lang, &n, &generation); err != nil {
			return nil, fmt.Errorf("list bases: %w", err)
		}
		if len(bases) == 0 || bases[len(bases)-1].Name != name {
			bases = append(bases, Base{Name: name, Langs: map[string]int{}, Generation: generation})
		}
		b := &bases[len(bases)-1]
		b.Entries += n
		b.Langs[lang] += n
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list bases: %w", err)
	}
	return bases, nil
}

// Entries returns the entries of base ("" = all of them), in the order they were first imported.
func (s *Store) Entries(ctx context.Context, base string) ([]knowledge.Entry, error) {
	entries, _, err := readEntries(ctx, s.db, `WHERE base = ?1 OR ?1 = '' ORDER BY n`, base)
	return entries, err
}

// Entry returns one entry, false when there is none.
func (s *Store) Entry(ctx context.Context, base, id string) (knowledge.Entry, bool, error) {
	entries, _, err := readEntries(ctx, s.db, `WHERE base = ? AND id = ?`, base, id)
	if err != nil || len(entries) == 0 {
		return knowledge.Entry{}, false, err
	}
	return entries[0], true, nil
}

// inTx runs f in a transaction of its own, which is kept when f gives no error; what names it in errors. With errDry it is
// undone without one.
func (s *Store) inTx(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to undo
	if err = f(tx); errors.Is(err, errDry) {
		return nil
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// errDry undoes a transaction that was only to be tried.
var errDry = errors.New("a dry run")
