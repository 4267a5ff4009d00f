package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/pipeline/call"
)

// scoresRisk has calls found by how much they want to be looked at (scoring.Item.Weigh). Below 0 it is not known yet: they were scored
// before, or by an older node during an upgrade.
const scoresRisk = `
ALTER TABLE scores_sheets ADD COLUMN risk REAL NOT NULL DEFAULT -1;
CREATE INDEX scores_sheets_risk ON scores_sheets (risk DESC, score);
`

const mostWeighed = 10_000 // at once, so that others come to write in between

// Weigh reckons how much calls want to be looked at of which it is not known yet, as scoring.Item.Weigh does but for the questions that a person
// has to answer, which stand in what may be sealed.
func (c *Scores) Weigh(ctx context.Context) error {
	var some bool
	if err := c.s.read.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM scores_sheets WHERE risk < 0)").Scan(&some); err != nil {
		return fmt.Errorf("weigh calls: %w", err)
	}
	if !some {
		return nil
	}
	const q = `UPDATE scores_sheets SET risk = CASE WHEN fail <> 0 THEN 50 WHEN near > 0 THEN 25 ELSE 0 END + CASE WHEN score < 70 THEN 20 * (70 - score) / 70 ELSE 0 END
		+ coalesce((SELECT CASE WHEN x.critical <> 0 THEN 20 WHEN x.alerts > 0 THEN 8 ELSE 0 END + CASE WHEN x.mood < -0.6 THEN -10 * x.mood ELSE 0 END
		FROM scores_facts x WHERE x.call = scores_sheets.call), 0) WHERE risk < 0 AND (call, form) IN (SELECT call, form FROM scores_sheets WHERE risk < 0 LIMIT ?)`
	_, err := alter(ctx, c.s.write, "weigh calls", q, mostWeighed)
	return err
}

// riskOf is how much a call with these answers wants to be looked at, by the facts that are stored of it.
func riskOf(ctx context.Context, tx *sql.Tx, id call.ID, card quality.Card) (float64, error) {
	i := itemOf(card)
	var alerts, critical int
	err := tx.QueryRowContext(ctx, "SELECT mood, alerts, critical FROM scores_facts WHERE call = ?", id).Scan(&i.Mood, &alerts, &critical)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("weigh a call: %w", err)
	}
	i.Alerts, i.Critical = make([]string, alerts), critical != 0
	risk, _ := i.Weigh()
	return risk, nil
}
