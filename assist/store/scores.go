package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// scoresPart holds forms with all their versions, the scores made with them, what people did with these, and the words
// calls are found by.
func scoresPart() part {
	return part{"scores", []string{`
CREATE TABLE scores_forms (
	id      TEXT NOT NULL,
	version INTEGER NOT NULL,
	yaml    TEXT NOT NULL,
	person  TEXT NOT NULL,
	at_ms   INTEGER NOT NULL,
	PRIMARY KEY (id, version)
);
CREATE TABLE scores_seen (call TEXT PRIMARY KEY, state TEXT NOT NULL DEFAULT 'open');
CREATE TABLE scores_sheets (
	call    TEXT NOT NULL,
	form    TEXT NOT NULL,
	version INTEGER NOT NULL,
	person  TEXT NOT NULL,
	at_ms   INTEGER NOT NULL,
	rev     INTEGER NOT NULL DEFAULT 1,
	score   REAL,
	fail    INTEGER NOT NULL,
	body    TEXT NOT NULL,
	PRIMARY KEY (call, form)
);
CREATE INDEX scores_sheets_worst ON scores_sheets (fail DESC, score);
CREATE TABLE scores_words (word TEXT NOT NULL, call TEXT NOT NULL, PRIMARY KEY (word, call));
CREATE INDEX scores_words_of ON scores_words (call);
CREATE TABLE scores_notes (
	call   TEXT NOT NULL,
	n      INTEGER NOT NULL,
	kind   TEXT NOT NULL,
	person TEXT NOT NULL,
	at_ms  INTEGER NOT NULL,
	body   TEXT NOT NULL,
	PRIMARY KEY (call, n)
);
`, scoresFacts, scoresVectors, scoresNear, scoresOwed, scoresFailed, scoresRetired, scoresOwedOrder, scoresFailedCodes, scoresRisk}}
}

// scoresNear has calls that nearly failed found before others; of those scored before it is not known.
const scoresNear = `
ALTER TABLE scores_sheets ADD COLUMN near INTEGER NOT NULL DEFAULT 0;
DROP INDEX scores_sheets_worst;
CREATE INDEX scores_sheets_worst ON scores_sheets (fail DESC, near DESC, score);
`

// scoresRetired says of the newest version of a form that the form is out of use.
const scoresRetired = `
ALTER TABLE scores_forms ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
`

// Scores keeps scores in a Store. It is a scoring.Store.
type Scores struct{ s *Store }

var _ scoring.Store = (*Scores)(nil)

// Scores returns the part of the store that keeps scores.
func (s *Store) Scores() *Scores { return &Scores{s} }

// scoreLease is how long one node goes on scoring before another one may.
const scoreLease = time.Minute

// Unscored are ended calls that were not looked at, newest first: a call that has just ended does not wait for thousands
// before it. Where there are none it is those that could not be judged and have waited for long enough, which were tried least
// first. Of several nodes one alone is given any.
func (c *Scores) Unscored(ctx context.Context, limit int) (ids []call.ID, again bool, err error) {
	if mine, err := c.s.looks(ctx, "scores", judgedMark(), &c.s.judgedAt); err != nil || !mine {
		return nil, false, err
	}
	const what = "look for calls to score"
	if ids, err = c.s.callIDs(ctx, what, unjudged, record.Running, limit); err != nil || len(ids) > 0 {
		return ids, false, err
	}
	// CROSS JOIN has SQLite begin with the few that failed.
	const failed = `SELECT f.call FROM scores_failed f CROSS JOIN calls c WHERE c.id = f.call AND f.form = '' AND f.next_ms <= ?
		AND c.judged = 0 AND c.state <> ? ORDER BY f.tries, c.started_ms DESC LIMIT ?`
	ids, err = c.s.callIDs(ctx, what, failed, time.Now().UnixMilli(), record.Running, limit)
	return ids, true, err
}

// Seen reports whether a call was looked at: SaveScored was called for it.
func (c *Scores) Seen(ctx context.Context, id call.ID) (bool, error) {
	var n int
	if err := c.s.read.QueryRowContext(ctx, "SELECT count(*) FROM scores_seen WHERE call = ?", id).Scan(&n); err != nil {
		return false, fmt.Errorf("look whether a call was scored: %w", err)
	}
	return n > 0, nil
}

// SaveScored stores what was made of a call.
func (c *Scores) SaveScored(ctx context.Context, id call.ID, sheets []scoring.Sheet, words []string) error {
	return c.SaveMany(ctx, []Made{{id, sheets, words}})
}

// Made is what was made of a call.
type Made struct {
	Call   call.ID
	Sheets []scoring.Sheet
	Words  []string
}

// SaveMany is SaveScored for many calls: all of them are stored, or none.
func (c *Scores) SaveMany(ctx context.Context, all []Made) error {
	return c.s.inTx(ctx, "store score", func(tx *sql.Tx) error {
		for _, m := range all {
			if err := c.s.saveScored(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) saveScored(ctx context.Context, tx *sql.Tx, m Made) error {
	if _, err := tx.ExecContext(ctx, "INSERT INTO scores_seen (call) VALUES (?) ON CONFLICT (call) DO NOTHING", m.Call); err != nil {
		return fmt.Errorf("store score: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE calls SET judged = 1 WHERE id = ? AND state <> ?", m.Call, record.Running); err != nil {
		return fmt.Errorf("store score: %w", err)
	}
	if err := judgedAfterAll(ctx, tx, scoring.Owed{Call: m.Call}); err != nil {
		return err
	}
	if err := s.saveFacts(ctx, tx, m.Call); err != nil {
		return err
	}
	if err := s.saveSheets(ctx, tx, m.Call, m.Sheets); err != nil {
		return err
	}
	return s.saveWords(ctx, tx, m.Call, m.Words)
}

// saveWords has a call found by words.
func (s *Store) saveWords(ctx context.Context, tx *sql.Tx, id call.ID, words []string) error {
	for _, w := range words {
		if _, err := tx.ExecContext(ctx, "INSERT INTO scores_words (word, call) VALUES (?, ?) ON CONFLICT (word, call) DO NOTHING", s.mark("scores_words.word", w), id); err != nil {
			return fmt.Errorf("store words: %w", err)
		}
	}
	return nil
}

// saveSheets stores sheets of a machine; those that a person has changed stay as they are.
func (s *Store) saveSheets(ctx context.Context, tx *sql.Tx, id call.ID, sheets []scoring.Sheet) error {
	for _, sheet := range sheets {
		body, err := json.Marshal(sheet.Card)
		if err != nil {
			return fmt.Errorf("store score: %w", err)
		}
		risk, err := riskOf(ctx, tx, id, sheet.Card)
		if err != nil {
			return err
		}
		const q = `INSERT INTO scores_sheets (call, form, version, person, at_ms, score, fail, near, risk, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (call, form) DO UPDATE SET version = excluded.version, at_ms = excluded.at_ms, rev = scores_sheets.rev + 1,
			score = excluded.score, fail = excluded.fail, near = excluded.near, risk = excluded.risk, body = excluded.body WHERE scores_sheets.person = ?`
		if _, err := tx.ExecContext(ctx, q, id, sheet.Form, sheet.Version, sheet.By, sheet.At.UnixMilli(), sheet.Card.Score, sheet.Card.Fail, len(sheet.Card.Near()), risk,
			s.hide("scores_sheets.body", string(body), id, sheet.Form), scoring.Machine); err != nil {
			return fmt.Errorf("store score: %w", err)
		}
	}
	return nil
}

const sheetColumns = "p.call, p.form, p.version, p.person, p.at_ms, p.rev, p.body"

// Sheets are the scores of a call, by form.
func (c *Scores) Sheets(ctx context.Context, id call.ID) ([]scoring.Sheet, error) {
	return c.s.sheets(ctx, c.s.read, "SELECT "+sheetColumns+" FROM scores_sheets p WHERE p.call = ? ORDER BY p.form", id)
}

// Scored are the sheets made with a form since a moment, newest first, up to limit.
func (c *Scores) Scored(ctx context.Context, form string, since time.Time, limit int) ([]scoring.Sheet, error) {
	const q = "SELECT " + sheetColumns + ` FROM scores_sheets p JOIN calls c ON c.id = p.call WHERE p.form = ? AND c.started_ms >= ?
		ORDER BY c.started_ms DESC LIMIT ?`
	return c.s.sheets(ctx, c.s.read, q, form, since.UnixMilli(), limit)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (s *Store) sheets(ctx context.Context, db querier, query string, args ...any) ([]scoring.Sheet, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read scores: %w", err)
	}
	defer rows.Close()
	out := []scoring.Sheet{}
	for rows.Next() {
		var one scoring.Sheet
		var at int64
		var body string
		if err := rows.Scan(&one.Call, &one.Form, &one.Version, &one.By, &at, &one.Rev, s.opened(&body, "scores_sheets.body", &one.Call, &one.Form)); err != nil {
			return nil, fmt.Errorf("read scores: %w", err)
		}
		one.At = time.UnixMilli(at).UTC()
		if err := json.Unmarshal([]byte(body), &one.Card); err != nil {
			return nil, fmt.Errorf("read scores: %w", err)
		}
		out = append(out, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read scores: %w", err)
	}
	return out, nil
}
