package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// Change and ImportOptions are those of every store.
type (
	Change        = knowledge.Change
	ImportOptions = knowledge.ImportOptions
)

// Import puts entries into their bases: all of them or, on any error, none. An entry replaces the one with the same ID
// or the same question in its base; entries that are not named stay. Importing the same entries again changes nothing.
// Vectors are made first, outside the transaction, so that others can go on searching; they are kept as they are made,
// so that an import that was cut, by a crash say, goes on from there when it is started again.
func (s *Store) Import(ctx context.Context, entries []knowledge.Entry, opt ImportOptions) (Change, error) {
	if !opt.DryRun {
		if err := s.stage(ctx, entries, opt.Progress); err != nil {
			return Change{}, err
		}
	}
	ch := opt.Begin()
	err := s.inTx(ctx, "import", func(tx *sql.Tx) error {
		touched := map[string]bool{}
		for i, e := range entries {
			if err := s.put(ctx, tx, e, opt.By, &ch, touched); err != nil {
				return err
			}
			opt.Wrote(i+1, len(entries))
		}
		if opt.DryRun {
			return errDry
		}
		for base := range touched {
			if err := touch(ctx, tx, base); err != nil {
				return err
			}
		}
		if err := unstage(ctx, tx, entries); err != nil {
			return err
		}
		if opt.Before != nil {
			return opt.Before(ch)
		}
		return nil
	})
	if err != nil {
		return Change{}, err
	}
	return ch, nil
}

// put writes one entry and counts what that meant.
func (s *Store) put(ctx context.Context, tx *sql.Tx, e knowledge.Entry, by string, ch *Change, touched map[string]bool) error {
	if err := e.Check(); err != nil {
		return err
	}
	key := knowledge.QuestionKey(e.Question)
	old, ns, err := readEntries(ctx, tx, `WHERE base = ? AND (question_key = ? OR id = ?)`, e.Base, key, e.ID)
	if err != nil {
		return err
	}
	e, old, ns, same, err := ch.Take(e, old, ns)
	if err != nil || same {
		return err
	}
	touched[e.Base] = true
	var parts []part
	if len(old) > 0 && knowledge.VectorKey(old[0]) == knowledge.VectorKey(e) {
		parts, err = readParts(ctx, tx, ns[0])
	} else {
		parts, err = s.staged(ctx, tx, e)
	}
	if err != nil {
		return err
	}
	_, err = s.replace(ctx, tx, e, old, ns, by, parts)
	return err
}

// replace writes e, renewed, in place of the entries old in the rows ns; the first of them is its earlier version.
func (s *Store) replace(ctx context.Context, tx *sql.Tx, e knowledge.Entry, old []knowledge.Entry, ns []int64, by string, parts []part) (knowledge.Entry, error) {
	var was *knowledge.Entry
	if len(old) > 0 {
		was = &old[0]
		if err := keepVersion(ctx, tx, *was); err != nil {
			return e, err
		}
		if was.ID != e.ID {
			const q = `UPDATE OR REPLACE versions SET id = ? WHERE base = ? AND id = ?`
			if _, err := tx.ExecContext(ctx, q, e.ID, e.Base, was.ID); err != nil {
				return e, fmt.Errorf("rename versions of entry %s: %w", e.ID, err)
			}
		}
	}
	partner, err := partnerOf(ctx, tx, e)
	if err != nil {
		return e, err
	}
	e, mark := knowledge.Renewed(e, was, partner, by, time.Now())
	for i, n := range ns {
		if i > 0 { // an entry of another question gives way, with its history
			if _, err := tx.ExecContext(ctx, `DELETE FROM versions WHERE base = ? AND id = ? AND id <> ?`, old[i].Base, old[i].ID, e.ID); err != nil {
				return e, fmt.Errorf("replace entry %s: %w", e.ID, err)
			}
		}
		if err := drop(ctx, tx, n); err != nil {
			return e, err
		}
	}
	if mark > 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE entries SET status = json_set(status, '$.pair_version', ?) WHERE base = ? AND id = ?`, mark, e.Base, e.Pair); err != nil {
			return e, fmt.Errorf("mark the partner of entry %s: %w", e.ID, err)
		}
	}
	return e, insert(ctx, tx, e, knowledge.QuestionKey(e.Question), ns, parts)
}

func drop(ctx context.Context, tx *sql.Tx, n int64) error {
	for _, q := range []string{`DELETE FROM entries_fts WHERE rowid = ?`, `DELETE FROM entries WHERE n = ?`} {
		if _, err := tx.ExecContext(ctx, q, n); err != nil {
			return fmt.Errorf("remove entry: %w", err)
		}
	}
	return nil
}

// touch marks base as changed, so that every process indexes it anew.
func touch(ctx context.Context, tx *sql.Tx, base string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO bases (name, generation) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET generation = generation + 1`, base)
	if err != nil {
		return fmt.Errorf("mark base %s as changed: %w", base, err)
	}
	return nil
}

// insert writes e in the place of the first of the rows ns that were deleted for it, or at the end.
func insert(ctx context.Context, tx *sql.Tx, e knowledge.Entry, key string, ns []int64, parts []part) error {
	similar, err := json.Marshal(e.Similar)
	if err != nil {
		return fmt.Errorf("write entry %s: %w", e.ID, err)
	}
	status, err := json.Marshal(e.Status)
	if err != nil {
		return fmt.Errorf("write entry %s: %w", e.ID, err)
	}
	var place any
	if len(ns) > 0 {
		place = ns[0]
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO entries (n, base, id, question, question_key, answer, similar, category, lang, state, audience, from_ms, until_ms, status)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, place, e.Base, e.ID, e.Question, key, e.Answer, string(similar), e.Category, e.Lang,
		e.State, e.Audience, millis(e.From, 0), millis(e.Until, math.MaxInt64), string(status))
	if err != nil {
		return fmt.Errorf("write entry %s: %w", e.ID, err)
	}
	n, err := res.LastInsertId()
	if err != nil {
		return fmt.Errorf("write entry %s: %w", e.ID, err)
	}
	asked := e.Question + "\n" + strings.Join(e.Similar, "\n")
	_, err = tx.ExecContext(ctx, `INSERT INTO entries_fts (rowid, base, question, answer, pinyin) VALUES (?, ?, ?, ?, ?)`,
		n, e.Base, strings.Join(knowledge.Terms(asked, e.Lang), " "), strings.Join(knowledge.Terms(e.Answer, e.Lang), " "),
		strings.Join(sounds(asked, e.Lang), " "))
	if err != nil {
		return fmt.Errorf("write words of entry %s: %w", e.ID, err)
	}
	return writeParts(ctx, tx, n, parts)
}

// sounds are the pinyin terms of a Chinese text.
func sounds(text, lang string) []string {
	if lang != "zh" {
		return nil
	}
	return knowledge.Sounds(text)
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readEntries returns the entries that where selects, with their row numbers.
func readEntries(ctx context.Context, q querier, where string, args ...any) (out []knowledge.Entry, ns []int64, err error) {
	rows, err := q.QueryContext(ctx, `SELECT n, base, id, question, answer, similar, category, lang, status FROM entries `+where, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("read entries: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e knowledge.Entry
		var n int64
		var similar, status string
		if err := rows.Scan(&n, &e.Base, &e.ID, &e.Question, &e.Answer, &similar, &e.Category, &e.Lang, &status); err != nil {
			return nil, nil, fmt.Errorf("read entries: %w", err)
		}
		if err := json.Unmarshal([]byte(similar), &e.Similar); err != nil {
			return nil, nil, fmt.Errorf("read similar questions of entry %s: %w", e.ID, err)
		}
		if err := json.Unmarshal([]byte(status), &e.Status); err != nil {
			return nil, nil, fmt.Errorf("read status of entry %s: %w", e.ID, err)
		}
		out, ns = append(out, e), append(ns, n)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read entries: %w", err)
	}
	return out, ns, nil
}
