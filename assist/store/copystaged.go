package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// stagedSchema begins the name of the schema that a copy is loaded into before it takes its place.
const stagedSchema = "parley_staged_"

// ErrErasedMeanwhile means that something was erased while a copy was made ready.
var ErrErasedMeanwhile = errors.New("store: something was erased meanwhile: run it again")

// Staged is a copy that was loaded into a schema of its own. There it can be worked on like any record, until it takes its
// place.
type Staged struct {
	// URL is the address of the database with that schema in front.
	URL string

	at, schema string
}

// Stage loads the copy into a schema of its own in the database at url and brings it up to date. What a restore that did not
// finish left there goes. Drop must be called in the end.
func (c *Copy) Stage(ctx context.Context, at string) (*Staged, error) {
	s := &Staged{at: at, schema: stamped(stagedSchema)}
	u, err := url.Parse(at)
	if err != nil {
		return nil, errors.New("read database.url: it is no address") // which holds a password
	}
	err = onPostgres(ctx, at, nil, func(tx *sql.Tx, rows copier) (bool, error) {
		left, err := strs(ctx, tx, "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname LIKE '"+stagedSchema+"%'")
		if err != nil {
			return false, err
		}
		for _, schema := range left {
			if _, err := tx.ExecContext(ctx, "DROP SCHEMA "+schema+" CASCADE"); err != nil {
				return false, fmt.Errorf("remove what another restore left: %w", err)
			}
		}
		path, err := c.fillApart(ctx, tx, rows, s.schema)
		s.URL = searching(*u, path)
		return true, err
	})
	if err != nil {
		return nil, fmt.Errorf("load the copy of the database: %w", err)
	}
	return s, nil
}

// searching is an address with the schemas that its connections look into. In such an address + is no space.
func searching(at url.URL, path string) string {
	at.RawQuery = strings.ReplaceAll(at.RawQuery, "+", "%2B")
	q := at.Query()
	q.Set("search_path", path)
	at.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return at.String()
}

// Place puts the staged tables in place of what is in the database, all of them or nothing. The tables that were there are
// kept in the schema replaced, "" when there were none. known is how much they say was erased since made, when the backup was
// made: more by now is ErrErasedMeanwhile. ready is called when nothing can go wrong any more but the last word of the
// database; an error of it undoes everything.
func (s *Staged) Place(ctx context.Context, made time.Time, known int, ready func() error) (replaced string, err error) {
	err = onPostgres(ctx, s.at, nil, func(tx *sql.Tx, _ copier) (bool, error) {
		if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock(?)", int64(upgrading)); err != nil {
			return false, fmt.Errorf("wait for other nodes: %w", err)
		}
		have, _, err := ownTables(ctx, tx)
		if err != nil {
			return false, err
		}
		if err := asleep(ctx, tx, have); err != nil {
			return false, err
		}
		if err := s.unchanged(ctx, tx, have, made, known); err != nil {
			return false, err
		}
		if replaced, err = putAside(ctx, tx, have); err != nil {
			return false, fmt.Errorf("put the tables aside that are there: %w", err)
		}
		if err := s.move(ctx, tx); err != nil {
			return false, fmt.Errorf("put the tables into place: %w", err)
		}
		return true, ready()
	})
	if err != nil {
		return "", fmt.Errorf("bring the database back: %w", err)
	}
	return replaced, nil
}

// unchanged locks the tables that are to be put aside against changes.
func (s *Staged) unchanged(ctx context.Context, tx *sql.Tx, have []copiedTable, made time.Time, known int) error {
	for _, t := range have {
		if _, err := tx.ExecContext(ctx, "LOCK TABLE "+pgx.Identifier{t.Name}.Sanitize()+" IN EXCLUSIVE MODE"); err != nil {
			return fmt.Errorf("lock %s: %w", t.Name, err)
		}
	}
	now, err := since(ctx, tx, made)
	if err == nil && len(now.Gone) > known {
		err = ErrErasedMeanwhile
	}
	return err
}

// move puts the staged tables, with all that belongs to them, into the schema that is in front.
func (s *Staged) move(ctx context.Context, tx *sql.Tx) error {
	all, err := strs(ctx, tx, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = ?", s.schema)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("they are gone: another restore is under way")
	}
	var to string
	if err := tx.QueryRowContext(ctx, "SELECT quote_ident(current_schema())").Scan(&to); err != nil {
		return err
	}
	for _, t := range all {
		if _, err := tx.ExecContext(ctx, "ALTER TABLE "+s.schema+"."+t+" SET SCHEMA "+to); err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
	}
	_, err = tx.ExecContext(ctx, "DROP SCHEMA "+s.schema)
	return err
}

// Drop removes what has not taken its place.
func (s *Staged) Drop(ctx context.Context) error {
	err := onPostgres(ctx, s.at, nil, func(tx *sql.Tx, _ copier) (bool, error) {
		_, err := tx.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+s.schema+" CASCADE")
		return true, err
	})
	if err != nil {
		return fmt.Errorf("remove the copy of the database: %w", err)
	}
	return nil
}

// stamped is a name for a schema that no other has.
func stamped(prefix string) string {
	return prefix + strings.ReplaceAll(time.Now().UTC().Format("20060102_150405.000"), ".", "_")
}
