package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	mostConns      = 16
	idleConns      = 4
	connectTimeout = 10 * time.Second
)

// lock names what only one transaction over all nodes may do at a time, as SQLite has one writer anyway.
type lock int64

const (
	upgrading lock = 0x50_41_52_00 + iota
	recording
	editing
)

// openPostgres connects to url and makes or upgrades the tables.
func (s *Store) openPostgres(ctx context.Context, url string) error {
	pool, err := postgresAt(url)
	if err != nil {
		return err
	}
	s.shared, s.write = true, pool(mostConns)
	s.read = s.write
	s.pulse = pool(1) // a sign of life does not wait behind anything
	if err := migratePostgres(ctx, s.write); err != nil {
		return errors.Join(fmt.Errorf("open the record in PostgreSQL: %w", err), s.Close())
	}
	return nil
}

// postgresAt reads an address and returns what makes pools of connections to it, which their users close.
func postgresAt(url string) (pool func(conns int) *sql.DB, err error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil { // it does not show the password
		return nil, fmt.Errorf("read database.url: %w", err)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	for name, value := range map[string]string{
		"application_name": "parley",
		// A node that is frozen in a transaction, or gone without a word, must not keep the others waiting.
		"idle_in_transaction_session_timeout": "10s", "tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
	} {
		if cfg.RuntimeParams[name] == "" {
			cfg.RuntimeParams[name] = value
		}
	}
	return func(conns int) *sql.DB {
		db := sql.OpenDB(connector{stdlib.GetConnector(*cfg)})
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(min(conns, idleConns))
		return db
	}, nil
}

// migratePostgres brings the tables to the newest version, all of them or none, one node at a time. A backup before is
// the affair of whoever upgrades.
func migratePostgres(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("connect: %w: check database.url", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(upgrading)); err != nil {
		return fmt.Errorf("wait for other nodes: %w", err)
	}
	if _, err := tx.ExecContext(ctx, postgresTables(partsTable)); err != nil {
		return fmt.Errorf("make the table of parts: %w: the user of the database must be allowed to make tables", err)
	}
	for _, p := range allParts() {
		if err := upgradeIn(ctx, tx, p, postgresTables); err != nil {
			return fmt.Errorf("upgrade %s: %w", p.name, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("finish upgrade: %w", err)
	}
	return nil
}

// allParts are the parts as PostgreSQL has them: there the tables of the calls are one, too.
func allParts() []part { return append([]part{{"calls", steps()}}, parts()...) }

// alone waits until no other transaction, on any node, is at what l names. It holds until the end of tx.
func (s *Store) alone(ctx context.Context, tx *sql.Tx, l lock) error {
	if !s.shared {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(l)); err != nil {
		return fmt.Errorf("wait for other nodes: %w", err)
	}
	return nil
}

// look begins a transaction that reads everything as it is at one moment.
func (s *Store) look(ctx context.Context) (*sql.Tx, error) {
	if !s.shared {
		return s.read.BeginTx(ctx, nil)
	}
	return s.read.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}
