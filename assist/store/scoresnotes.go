package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// AddNote adds what a person did and moves the state of the call. The errors are scoring.ErrUnknown for a call that was
// not scored, scoring.ErrState where the state does not allow it, and those of scoring.May.
func (c *Scores) AddNote(ctx context.Context, id call.ID, n scoring.Note, who scoring.Who) error {
	return c.s.inTx(ctx, "add note", func(tx *sql.Tx) error {
		if err := c.s.may(ctx, tx, id, n, who); err != nil {
			return err
		}
		if err := c.s.moved(ctx, tx, id, n); err != nil || n.Kind != scoring.NoteWord {
			return err
		}
		return c.s.saveWords(ctx, tx, id, scoring.Words(quality.Call{Turns: []quality.Turn{{Text: n.Text}}})) // it is found by what was really said, too
	})
}

func (s *Store) addNote(ctx context.Context, tx *sql.Tx, id call.ID, n scoring.Note) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("add note: %w", err)
	}
	const q = `INSERT INTO scores_notes (call, n, kind, person, at_ms, body)
		SELECT ?, coalesce(max(n), 0) + 1, ?, ?, ?, ? FROM scores_notes WHERE call = ?`
	if _, err := tx.ExecContext(ctx, q, id, n.Kind, n.By, n.At.UnixMilli(), s.hide("scores_notes.body", string(body), id, n.Kind, n.By, n.At.UnixMilli()), id); err != nil {
		return fmt.Errorf("add note: %w", err)
	}
	return nil
}

// may is scoring.May about the call as it is in a transaction, so that nobody gets past it by being quick.
func (s *Store) may(ctx context.Context, tx *sql.Tx, id call.ID, n scoring.Note, who scoring.Who) error {
	if _, err := stateOf(ctx, tx, id); err != nil {
		return err
	}
	var k scoring.Known
	var err error
	if k.Notes, err = s.notes(ctx, tx, id); err != nil {
		return err
	}
	if k.Sheets, err = s.sheets(ctx, tx, "SELECT "+sheetColumns+" FROM scores_sheets p WHERE p.call = ?", id); err != nil {
		return err
	}
	took, err := agents(ctx, tx, id)
	if err != nil {
		return err
	}
	k.Took = slices.Contains(took, n.By)
	return scoring.May(n, k, who)
}

// Notes are what people did with a call, in order, and its state.
func (c *Scores) Notes(ctx context.Context, id call.ID) ([]scoring.Note, string, error) {
	state, err := stateOf(ctx, c.s.read, id)
	if err != nil {
		return nil, "", err
	}
	out, err := c.s.notes(ctx, c.s.read, id)
	return out, state, err
}

// stateOf is the state of a call; scoring.ErrUnknown for one that was not looked at.
func stateOf(ctx context.Context, db rowQuerier, id call.ID) (string, error) {
	var state string
	err := db.QueryRowContext(ctx, "SELECT state FROM scores_seen WHERE call = ?", id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return "", scoring.ErrUnknown
	}
	if err != nil {
		return "", fmt.Errorf("read the state of a call: %w", err)
	}
	return state, nil
}

func (s *Store) notes(ctx context.Context, db querier, id call.ID) ([]scoring.Note, error) {
	rows, err := db.QueryContext(ctx, "SELECT n, kind, person, at_ms, body FROM scores_notes WHERE call = ? ORDER BY n", id)
	if err != nil {
		return nil, fmt.Errorf("read notes: %w", err)
	}
	return collect(rows, "read notes", func(r scanner) (n scoring.Note, err error) {
		var number int
		var body, kind, person string
		var at int64
		if err := r.Scan(&number, &kind, &person, &at, s.opened(&body, "scores_notes.body", id, &kind, &person, &at)); err != nil {
			return n, fmt.Errorf("read notes: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &n); err != nil {
			return n, fmt.Errorf("read notes: %w", err)
		}
		n.N = number
		return n, nil
	})
}
