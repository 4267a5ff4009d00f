package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/knowledge"
)

// Dismiss keeps that the questions asked, as knowledge.QuestionKey writes them, are no gap: d says of which base, why and
// who says so. It takes the place of what was kept of the same questions.
func (l *Learning) Dismiss(ctx context.Context, d gaps.Dismissal, asked []string) error {
	return l.s.inTx(ctx, "dismiss gap", func(tx *sql.Tx) error {
		for _, a := range asked {
			const q = `INSERT INTO learning_dismissed (base, asked, person, at_ms, question, reason) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (base, asked) DO UPDATE SET person = excluded.person, at_ms = excluded.at_ms, question = excluded.question, reason = excluded.reason`
			if _, err := tx.ExecContext(ctx, q, d.Base, a, d.By, d.At.UnixMilli(), d.Question, d.Reason); err != nil {
				return fmt.Errorf("dismiss gap: %w", err)
			}
		}
		return nil
	})
}

// Dismissals returns the dismissed gaps of a base ("" = all), newest first.
func (l *Learning) Dismissals(ctx context.Context, base string) ([]gaps.Dismissal, error) {
	rows, err := l.s.read.QueryContext(ctx, `SELECT base, min(asked), question, count(*), reason, person, at_ms FROM learning_dismissed
		WHERE ? = '' OR base = ? GROUP BY base, question, reason, person, at_ms ORDER BY at_ms DESC, base, question`, base, base)
	if err != nil {
		return nil, fmt.Errorf("read dismissed gaps: %w", err)
	}
	return collect(rows, "read dismissed gaps", func(r scanner) (gaps.Dismissal, error) {
		var d gaps.Dismissal
		var asked string
		var at int64
		if err := r.Scan(&d.Base, &asked, &d.Question, &d.Wordings, &d.Reason, &d.By, &at); err != nil {
			return d, fmt.Errorf("read dismissed gap: %w", err)
		}
		d.Question, d.At = cmp.Or(d.Question, asked), time.UnixMilli(at).UTC()
		return d, nil
	})
}

// Reopen forgets that the gap for which question speaks was dismissed. It reports whether it had been.
func (l *Learning) Reopen(ctx context.Context, base, question string) (bool, error) {
	const q = "DELETE FROM learning_dismissed WHERE base = ? AND (question = ? OR asked = ?)"
	n, err := alter(ctx, l.s.write, "reopen gap", q, base, question, knowledge.QuestionKey(question))
	return n > 0, err
}

// SetOrigin keeps where a draft comes from and what was decided of it, in place of what was known of the entry.
func (l *Learning) SetOrigin(ctx context.Context, o gaps.Origin) error {
	body, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("keep origin of draft: %w", err)
	}
	const q = `INSERT INTO learning_drafts (base, entry, body, at_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT (base, entry) DO UPDATE SET body = excluded.body, at_ms = excluded.at_ms`
	if _, err := l.s.write.ExecContext(ctx, q, o.Base, o.Entry, string(body), o.At.UnixMilli()); err != nil {
		return fmt.Errorf("keep origin of draft: %w", err)
	}
	return nil
}

// Origin returns where an entry comes from, false when nothing is known.
func (l *Learning) Origin(ctx context.Context, base, entry string) (gaps.Origin, bool, error) {
	o := gaps.Origin{Base: base, Entry: entry}
	var body []byte
	err := l.s.read.QueryRowContext(ctx, "SELECT body FROM learning_drafts WHERE base = ? AND entry = ?", base, entry).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return o, false, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &o)
	}
	if err != nil {
		return o, false, fmt.Errorf("read origin of draft: %w", err)
	}
	return o, true, nil
}

// Origins returns where the entries of a base ("" = all) come from, by base and entry.
func (l *Learning) Origins(ctx context.Context, base string) (map[[2]string]gaps.Origin, error) {
	rows, err := l.s.read.QueryContext(ctx, "SELECT base, entry, body FROM learning_drafts WHERE ? = '' OR base = ?", base, base)
	if err != nil {
		return nil, fmt.Errorf("read origins of drafts: %w", err)
	}
	all, err := collect(rows, "read origins of drafts", func(r scanner) (gaps.Origin, error) {
		var o gaps.Origin
		var body []byte
		if err := r.Scan(&o.Base, &o.Entry, &body); err != nil {
			return o, fmt.Errorf("read origin of draft: %w", err)
		}
		if err := json.Unmarshal(body, &o); err != nil {
			return o, fmt.Errorf("read origin of draft: %w", err)
		}
		return o, nil
	})
	if err != nil {
		return nil, err
	}
	out := make(map[[2]string]gaps.Origin, len(all))
	for _, o := range all {
		out[[2]string{o.Base, o.Entry}] = o
	}
	return out, nil
}
