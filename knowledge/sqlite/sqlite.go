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
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/parley-voice/parley/knowledge"
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
	mu       sync.Mutex // guards cached, and is held while an index is built so that it is built once
	cached   map[shown]*loaded
	aims     map[string]aims // by base
	behind   knowledge.Idly  // makes many vectors in the background, nil: the search makes them
	renewing bool            // vectors are being made in the background; guarded by mu
	inMemory int             // bases with more entries are searched through the file
	jobs     sync.WaitGroup
	closing  context.Context //nolint:containedctx // ends with Close: of what runs in the background
	close    context.CancelFunc
}

// shown is what one kind of seeker sees of a base.
type shown struct {
	base string
	view knowledge.View
}

// aims are those of a base as it was at a generation.
type aims struct {
	generation int64
	knowledge.Aims
}

// maxViews is the number of views that are held in memory; beyond it the oldest choice gives way.
const maxViews = 64

// loaded is a view of a base as it was at a generation.
type loaded struct {
	generation int64
	until      time.Time // when an entry comes into force or ends
	byLang     map[string]*knowledge.Index
}

// maxInMemory is the number of entries up to which a base is held in memory.
const maxInMemory = 200_000

// Open opens the file at path, or makes it (and its folder, for the owner alone). Close it.
func Open(ctx context.Context, path string, opt Options) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	// What SQLite makes is for everybody to read, so it finds an empty file, which is a new database to it.
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err == nil {
		_ = f.Close() // nothing was written
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
	s := &Store{db: db, opt: opt, log: opt.Log, cached: map[shown]*loaded{}, aims: map[string]aims{}, inMemory: maxInMemory}
	s.closing, s.close = context.WithCancel(context.WithoutCancel(ctx))
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := migrate(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open knowledge %s: %w", path, err), db.Close())
	}
	return s, nil
}

// RenewBehind lets searches go on, by words and sounds, while the vectors of many entries are made, after the model has
// changed say, a few at a time by idly. Otherwise the first search waits for them. Call it before the first search.
func (s *Store) RenewBehind(idly knowledge.Idly) { s.behind = idly }

// Close ends what runs in the background and closes the file. Searches and imports must have ended.
func (s *Store) Close() error {
	s.close()
	s.jobs.Wait()
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

// inTx runs f in a transaction of its own, which is kept when f gives no error; what names it in errors.
func (s *Store) inTx(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to undo
	if err := f(tx); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
