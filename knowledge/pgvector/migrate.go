package pgvector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// migrations bring an older database up to date; their number is its version. One that was released is never changed.
var migrations = []string{ //nolint:gochecknoglobals // a constant list
	`CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE knowledge_bases (
	name TEXT PRIMARY KEY,
	generation BIGINT NOT NULL -- grows with every change, so that other nodes notice it
);
CREATE TABLE knowledge_entries (
	n BIGSERIAL PRIMARY KEY,
	base TEXT NOT NULL,
	id TEXT NOT NULL,
	question_key TEXT NOT NULL, -- the question as it is compared
	lang TEXT NOT NULL,
	state TEXT NOT NULL,
	audience TEXT NOT NULL,
	queues TEXT[] NOT NULL,
	from_ms BIGINT NOT NULL,
	until_ms BIGINT NOT NULL,
	body TEXT NOT NULL, -- JSON of the entry
	words TSVECTOR NOT NULL, -- its terms, and with a ~ before them its syllables
	UNIQUE (base, id),
	UNIQUE (base, question_key)
);
CREATE INDEX knowledge_words ON knowledge_entries USING gin (words);
CREATE TABLE knowledge_versions (
	base TEXT NOT NULL,
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	body TEXT NOT NULL, -- the present version is not here
	PRIMARY KEY (base, id, version)
);
CREATE TABLE knowledge_vectors (
	n BIGINT NOT NULL REFERENCES knowledge_entries (n) ON DELETE CASCADE,
	embedder TEXT NOT NULL, -- hash of weights and method
	part INTEGER NOT NULL, -- -1 the answer, 0 the question, 1.. the similar questions
	vec HALFVEC NOT NULL,
	PRIMARY KEY (n, embedder, part)
);`,
	`CREATE TABLE knowledge_staged (
	key BYTEA NOT NULL, -- of the texts the vectors belong to
	embedder TEXT NOT NULL,
	part INTEGER NOT NULL,
	vec HALFVEC NOT NULL,
	made_ms BIGINT NOT NULL,
	PRIMARY KEY (key, embedder, part)
);`,
}

const versionTable = `CREATE TABLE IF NOT EXISTS knowledge_version (version INTEGER NOT NULL)`

// Tables are the statements that make the tables of a version, without rows, in an empty database. A version that this
// program does not know is an error.
func Tables(version int) ([]string, error) {
	if version > len(migrations) {
		return nil, tooNew(version)
	}
	return append([]string{versionTable}, migrations[:version]...), nil
}

func tooNew(version int) error {
	return fmt.Errorf("the database has version %d, this program knows up to %d: update Parley", version, len(migrations))
}

// migrate creates the tables or brings them up to date, one node at a time. It refuses those of a newer version.
func migrate(ctx context.Context, cfg *pgx.ConnConfig) (err error) {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = errors.Join(err, conn.Close(end))
	}()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, writeLock); err != nil {
			return fmt.Errorf("wait for other nodes: %w", err)
		}
		if _, err := tx.Exec(ctx, versionTable); err != nil {
			return fmt.Errorf("make the table of the version: %w", err)
		}
		var version int
		if err := tx.QueryRow(ctx, `SELECT coalesce(max(version), 0) FROM knowledge_version`).Scan(&version); err != nil {
			return fmt.Errorf("read version: %w", err)
		}
		if version > len(migrations) {
			return tooNew(version)
		}
		for ; version < len(migrations); version++ {
			if _, err := tx.Exec(ctx, migrations[version]); err != nil {
				return fmt.Errorf("migrate to version %d: %w", version+1, err)
			}
			if _, err := tx.Exec(ctx, `INSERT INTO knowledge_version (version) VALUES ($1)`, version+1); err != nil {
				return fmt.Errorf("write version: %w", err)
			}
		}
		return nil
	})
}
