// Package pgvector keeps knowledge in PostgreSQL with the extension vector, so that several nodes share it. Bases of up
// to 200,000 entries are searched in memory, like those of a file; bigger ones through HNSW and full-text indexes of the
// database, whose candidates are ranked in the same way.
package pgvector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	pgvec "github.com/pgvector/pgvector-go/pgx"

	"github.com/parley-voice/parley/knowledge"
)

// Embedder makes vectors for one language. Hash changes when its vectors can no longer be compared with older ones.
type Embedder = knowledge.KeptEmbedder

// Options are what Open needs beside the address.
type Options struct {
	Embedders map[string]Embedder // by language; one without is searched by words and sounds alone
	Log       *slog.Logger        // nil discards
	Progress  func(done, total int)
}

// Store is open knowledge. It is safe for concurrent use.
type Store struct {
	pool     *pgxpool.Pool
	opt      Options
	log      *slog.Logger
	views    *knowledge.Views
	inMemory int // bases with more entries are searched through the database
}

var _ knowledge.Store = (*Store)(nil)

const (
	maxConns  = 8
	writeLock = 0x5061726c // one writer at a time, over all nodes
	halfMax   = 4000       // numbers a half-precision vector may have in an HNSW index
)

// Open connects to the database at url and makes or upgrades its tables. Close it.
func Open(ctx context.Context, url string, opt Options) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the address of the database: %w", err)
	}
	cfg.MaxConns = max(cfg.MaxConns, maxConns)
	if err := migrate(ctx, cfg.ConnConfig.Copy()); err != nil {
		return nil, fmt.Errorf("open knowledge in PostgreSQL: %w", err)
	}
	cfg.AfterConnect = prepare
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open knowledge in PostgreSQL: %w", err)
	}
	s := &Store{pool: pool, opt: opt, log: opt.Log, inMemory: knowledge.MostInMemory}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.views = knowledge.NewViews(ctx, shelf{s}, knowledge.Seeker{Embedders: opt.Embedders, Log: s.log}, opt.Progress)
	return s, nil
}

// RenewBehind makes vectors behind the searches; see knowledge.Views.
func (s *Store) RenewBehind(idly knowledge.Idly) { s.views.RenewBehind(idly) }

// prepare readies a new connection. Statements are planned anew each time: a plan that is kept from when a table was empty goes
// through all of a base, once for each entry that is imported.
func prepare(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, `SET plan_cache_mode = force_custom_plan`); err != nil {
		return fmt.Errorf("set how statements are planned: %w", err)
	}
	return pgvec.RegisterTypes(ctx, conn)
}

// Close ends what runs in the background and closes the connections. It waits for what is running.
func (s *Store) Close() error {
	s.views.Close()
	s.pool.Close()
	return nil
}

// Bases lists the bases that have entries, by name.
func (s *Store) Bases(ctx context.Context) ([]knowledge.Base, error) {
	rows, err := s.pool.Query(ctx, `SELECT e.base, e.lang, count(*), max(b.generation)
		FROM knowledge_entries e JOIN knowledge_bases b ON b.name = e.base GROUP BY e.base, e.lang ORDER BY e.base COLLATE "C", e.lang`)
	if err != nil {
		return nil, fmt.Errorf("list bases: %w", err)
	}
	bases := []knowledge.Base{}
	var name, lang string
	var n int
	var generation int64
	_, err = pgx.ForEachRow(rows, []any{&name, &lang, &n, &generation}, func() error {
		if len(bases) == 0 || bases[len(bases)-1].Name != name {
			bases = append(bases, knowledge.Base{Name: name, Langs: map[string]int{}, Generation: generation})
		}
		b := &bases[len(bases)-1]
		b.Entries += n
		b.Langs[lang] += n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list bases: %w", err)
	}
	return bases, nil
}

// Entries returns the entries of base ("" = all of them), in the order they were first imported.
func (s *Store) Entries(ctx context.Context, base string) ([]knowledge.Entry, error) {
	entries, _, err := read(ctx, s.pool, `e.base = $1 OR $1 = '' ORDER BY e.n`, base)
	return entries, err
}

// Entry returns one entry, false when there is none.
func (s *Store) Entry(ctx context.Context, base, id string) (knowledge.Entry, bool, error) {
	entries, _, err := read(ctx, s.pool, `e.base = $1 AND e.id = $2`, base, id)
	if err != nil || len(entries) == 0 {
		return knowledge.Entry{}, false, err
	}
	return entries[0], true, nil
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// read returns the entries that cond selects (the table is called e), with their row numbers.
func read(ctx context.Context, q querier, cond string, args ...any) (out []knowledge.Entry, ns []int64, err error) {
	rows, err := q.Query(ctx, `SELECT e.n, e.body FROM knowledge_entries e WHERE `+cond, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("read entries: %w", err)
	}
	var n int64
	var body string
	_, err = pgx.ForEachRow(rows, []any{&n, &body}, func() error {
		var e knowledge.Entry
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return fmt.Errorf("read row %d: %w", n, err)
		}
		out, ns = append(out, e), append(ns, n)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read entries: %w", err)
	}
	return out, ns, nil
}

// inTx runs f in a transaction, alone among the writers of all nodes.
func (s *Store) inTx(ctx context.Context, what string, f func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, writeLock); err != nil {
			return fmt.Errorf("wait for other writers: %w", err)
		}
		return f(tx)
	})
	if err != nil && !errors.Is(err, errDry) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// errDry undoes a transaction that was only to be tried.
var errDry = errors.New("a dry run")
