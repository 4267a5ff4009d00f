package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// Change tells what an import did, or would do.
type Change struct {
	New, Changed, Same int
	// Answers are the entries that are new or whose answer changed: their speech has to be made.
	Answers []knowledge.Entry
}

// ImportOptions changes how Import works.
type ImportOptions struct {
	DryRun bool // count only
	// Before runs inside the transaction after everything was written; its error undoes the import.
	Before func(Change) error
}

// Import puts entries into their bases: all of them or, on any error, none. An entry replaces the one with the same ID
// or the same question in its base; entries that are not named stay. Importing the same entries again changes nothing.
// Vectors are made first, outside the transaction, so that others can go on searching.
func (s *Store) Import(ctx context.Context, entries []knowledge.Entry, opt ImportOptions) (Change, error) {
	vectors := map[string][]part{}
	if !opt.DryRun {
		var err error
		if vectors, err = s.vectorsFor(ctx, entries); err != nil {
			return Change{}, err
		}
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return Change{}, fmt.Errorf("begin import: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit there is nothing to undo
	var ch Change
	touched := map[string]bool{}
	for _, e := range entries {
		if err := s.put(ctx, tx, e, vectors, &ch, touched); err != nil {
			return Change{}, err
		}
	}
	for base := range touched {
		_, err := tx.ExecContext(ctx, `INSERT INTO bases (name, generation) VALUES (?, 1)
			ON CONFLICT (name) DO UPDATE SET generation = generation + 1`, base)
		if err != nil {
			return Change{}, fmt.Errorf("mark base %s as changed: %w", base, err)
		}
	}
	if opt.DryRun {
		return ch, nil
	}
	if opt.Before != nil {
		if err := opt.Before(ch); err != nil {
			return Change{}, err
		}
	}
	if err := tx.Commit(); err != nil {
		return Change{}, fmt.Errorf("finish import: %w", err)
	}
	return ch, nil
}

// put writes one entry and counts what that meant.
func (s *Store) put(ctx context.Context, tx *sql.Tx, e knowledge.Entry, vectors map[string][]part, ch *Change, touched map[string]bool) error {
	if e.ID == "" || e.Base == "" || e.Question == "" || e.Answer == "" {
		return fmt.Errorf("import entry %q: id, base, question and answer are needed", e.ID)
	}
	key := knowledge.QuestionKey(e.Question)
	old, ns, err := readEntries(ctx, tx, `WHERE base = ? AND (question_key = ? OR id = ?) ORDER BY question_key = ? DESC`, e.Base, key, e.ID, key)
	if err != nil {
		return err
	}
	if len(old) > 0 && old[0].ID != e.ID && e.ID == knowledge.NewID(e.Base, e.Question) {
		e.ID = old[0].ID // the file gives no ID: the entry keeps the one it has
	}
	if len(old) == 1 && same(old[0], e) {
		ch.Same++
		return nil
	}
	touched[e.Base] = true
	if len(old) == 0 {
		ch.New++
	} else {
		ch.Changed++
	}
	if len(old) == 0 || old[0].Answer != e.Answer {
		ch.Answers = append(ch.Answers, e)
	}
	for _, n := range ns {
		if _, err := tx.ExecContext(ctx, `DELETE FROM entries_fts WHERE rowid = ?`, n); err != nil {
			return fmt.Errorf("replace entry %s: %w", e.ID, err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM entries WHERE n = ?`, n); err != nil {
			return fmt.Errorf("replace entry %s: %w", e.ID, err)
		}
	}
	return insert(ctx, tx, e, key, ns, vectors[vectorKey(e)])
}

// insert writes e in the place of the first of the rows ns that were deleted for it, or at the end.
func insert(ctx context.Context, tx *sql.Tx, e knowledge.Entry, key string, ns []int64, parts []part) error {
	similar, err := json.Marshal(e.Similar)
	if err != nil {
		return fmt.Errorf("write entry %s: %w", e.ID, err)
	}
	var place any
	if len(ns) > 0 {
		place = ns[0]
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO entries (n, base, id, question, question_key, answer, similar, category, lang)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, place, e.Base, e.ID, e.Question, key, e.Answer, string(similar), e.Category, e.Lang)
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

// same reports whether nothing of an entry changed.
func same(a, b knowledge.Entry) bool {
	return a.ID == b.ID && a.Question == b.Question && a.Answer == b.Answer && a.Category == b.Category &&
		a.Lang == b.Lang && slices.Equal(a.Similar, b.Similar)
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readEntries returns the entries that where selects, with their row numbers.
func readEntries(ctx context.Context, q querier, where string, args ...any) (out []knowledge.Entry, ns []int64, err error) {
	rows, err := q.QueryContext(ctx, `SELECT n, base, id, question, answer, similar, category, lang FROM entries `+where, args...)
	if err != nil {
		return nil, nil, fmt.Errorf("read entries: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e knowledge.Entry
		var n int64
		var similar string
		if err := rows.Scan(&n, &e.Base, &e.ID, &e.Question, &e.Answer, &similar, &e.Category, &e.Lang); err != nil {
			return nil, nil, fmt.Errorf("read entries: %w", err)
		}
		if err := json.Unmarshal([]byte(similar), &e.Similar); err != nil {
			return nil, nil, fmt.Errorf("read similar questions of entry %s: %w", e.ID, err)
		}
		out, ns = append(out, e), append(ns, n)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read entries: %w", err)
	}
	return out, ns, nil
}
