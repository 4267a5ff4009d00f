package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// Correct stores a person's answers to a sheet in place of the machine's and keeps the reason as a note. expect is the
// revision the person saw; scoring.ErrStale when somebody else saved since, and nothing is changed then.
func (c *Scores) Correct(ctx context.Context, id call.ID, form string, expect int, by, reason string, change func(quality.Card) (quality.Card, error)) (scoring.Sheet, error) {
	var out scoring.Sheet
	err := c.s.inTx(ctx, "correct score", func(tx *sql.Tx) error {
		all, err := c.s.sheets(ctx, tx, "SELECT "+sheetColumns+" FROM scores_sheets p WHERE p.call = ? AND p.form = ?", id, form)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return scoring.ErrUnknown
		}
		if all[0].Rev != expect {
			return scoring.ErrStale
		}
		card, err := change(all[0].Card)
		if err != nil {
			return err
		}
		if out, err = c.s.correct(ctx, tx, all[0], by, card); err != nil {
			return err
		}
		return c.s.moved(ctx, tx, id, scoring.Note{Kind: scoring.NoteAnswer, By: by, At: out.At, Text: reason})
	})
	return out, err
}

// correct stores a card that a person made in place of that of a sheet.
func (s *Store) correct(ctx context.Context, tx *sql.Tx, sheet scoring.Sheet, by string, card quality.Card) (scoring.Sheet, error) {
	if err := saveChecks(ctx, tx, sheet.Call, sheet.Form, by, sheet.Card, card); err != nil {
		return sheet, err
	}
	sheet.Rev, sheet.By, sheet.At, sheet.Card = sheet.Rev+1, by, time.Now().UTC(), card
	body, err := json.Marshal(card)
	if err != nil {
		return sheet, fmt.Errorf("correct score: %w", err)
	}
	risk, err := riskOf(ctx, tx, sheet.Call, card)
	if err != nil {
		return sheet, err
	}
	const q = "UPDATE scores_sheets SET person = ?, at_ms = ?, rev = ?, score = ?, fail = ?, near = ?, risk = ?, body = ? WHERE call = ? AND form = ?"
	if _, err := tx.ExecContext(ctx, q, by, sheet.At.UnixMilli(), sheet.Rev, card.Score, card.Fail, len(card.Near()), risk,
		s.hide("scores_sheets.body", string(body), sheet.Call, sheet.Form), sheet.Call, sheet.Form); err != nil {
		return sheet, fmt.Errorf("correct score: %w", err)
	}
	return sheet, nil
}

// Decide stores the decision of an appeal and the answers it gives, all of it or nothing. change makes a card in place of that
// of a sheet and names the reason of each answer in it that is new, none where the sheet stays. The errors are those of AddNote
// and of change.
func (c *Scores) Decide(ctx context.Context, id call.ID, n scoring.Note, who scoring.Who, change func(scoring.Sheet) (quality.Card, []string, error)) error {
	return c.s.inTx(ctx, "decide appeal", func(tx *sql.Tx) error {
		if err := c.s.may(ctx, tx, id, n, who); err != nil {
			return err
		}
		all, err := c.s.sheets(ctx, tx, "SELECT "+sheetColumns+" FROM scores_sheets p WHERE p.call = ? ORDER BY p.form", id)
		if err != nil {
			return err
		}
		for _, sheet := range all {
			card, reasons, err := change(sheet)
			if err != nil {
				return err
			}
			if len(reasons) == 0 {
				continue
			}
			if _, err := c.s.correct(ctx, tx, sheet, n.By, card); err != nil {
				return err
			}
			for _, r := range reasons {
				if err := c.s.addNote(ctx, tx, id, scoring.Note{Kind: scoring.NoteAnswer, By: n.By, At: n.At, Text: r}); err != nil {
					return err
				}
			}
		}
		return c.s.moved(ctx, tx, id, n)
	})
}

// moved adds a note and moves the state of the call. The errors are those of AddNote.
func (s *Store) moved(ctx context.Context, tx *sql.Tx, id call.ID, n scoring.Note) error {
	state, err := stateOf(ctx, tx, id)
	if err != nil {
		return err
	}
	next, ok := scoring.Next(state, n.Kind)
	if !ok {
		return fmt.Errorf("%w: the call is %s", scoring.ErrState, state)
	}
	if _, err := tx.ExecContext(ctx, "UPDATE scores_seen SET state = ? WHERE call = ?", next, id); err != nil {
		return fmt.Errorf("add note: %w", err)
	}
	return s.addNote(ctx, tx, id, n)
}
