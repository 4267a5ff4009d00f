package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/pipeline/call"
)

// Due are ended calls that began before a time and still have the thing.
func (k *Keeping) Due(ctx context.Context, t retain.Thing, before time.Time, after retain.Due, limit int) ([]retain.Due, error) {
	const q = `SELECT c.id, c.caller, c.caller_sealed, c.started_ms FROM calls c WHERE c.state <> ? AND c.started_ms < ?
		AND (c.started_ms > ? OR c.started_ms = ? AND c.id > ?)
		AND NOT EXISTS (SELECT 1 FROM keeping_done d WHERE d.call = c.id AND d.thing = ?) ORDER BY c.started_ms, c.id LIMIT ?`
	from := after.Started.UnixMilli()
	if after.Call == "" {
		from = -1 << 62
	}
	rows, err := k.s.read.QueryContext(ctx, q, record.Running, before.UnixMilli(), from, from, after.Call, t, limit)
	if err != nil {
		return nil, fmt.Errorf("look for old calls: %w", err)
	}
	return collect(rows, "look for old calls", func(r scanner) (retain.Due, error) {
		var d retain.Due
		var at int64
		var mark, beside string
		err := r.Scan(&d.Call, &mark, &beside, &at)
		if err == nil {
			err = k.s.besideMark(&d.Caller, "calls.caller_sealed", mark, beside, d.Call)
		}
		d.Started = time.UnixMilli(at).UTC()
		return d, err
	})
}

// Forget removes the thing of the calls. Of a call whose text is forgotten, a line stays for the figures: when, where, how
// long, in which language and how it ended, but not who called. Tickets that are still open keep their texts.
func (k *Keeping) Forget(ctx context.Context, t retain.Thing, ids []call.ID) error {
	in, args := among(ids)
	return k.s.inTx(ctx, "forget", func(tx *sql.Tx) error {
		var todo []string
		switch t {
		case retain.Audio: // the file is gone; the record finds out by itself
		case retain.Events:
			todo = []string{"DELETE FROM events WHERE call IN " + in, "DELETE FROM hooks_outbox WHERE " + like("body", ids), "DELETE FROM hooks_outbox WHERE call IN " + in}
		case retain.Text:
			all, err := tables(ctx, tx)
			if err != nil {
				return err
			}
			for _, one := range all {
				if one.ofCalls() && !slices.Contains([]string{"keeping_done", "people_calls", "scores_seen"}, one.name) {
					todo = append(todo, "DELETE FROM "+one.name+" WHERE "+one.call+" IN "+in)
				}
			}
			todo = append(todo, "DELETE FROM hooks_outbox WHERE "+like("body", ids), "DELETE FROM callbacks WHERE id IN "+in,
				"UPDATE tickets SET fields = '{}' WHERE status IN ('solved', 'closed') AND call IN "+in,
				"UPDATE calls SET caller = '', caller_sealed = '', remote = '', sip_call = '', counted = 0 WHERE id IN "+in)
		}
		for _, q := range todo {
			a := args
			if strings.HasPrefix(q, "DELETE FROM hooks_outbox WHERE (") {
				a = starts(ids)
			}
			if _, err := tx.ExecContext(ctx, q, a...); err != nil {
				return fmt.Errorf("forget %s: %w", t, err)
			}
		}
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "INSERT INTO keeping_done (call, thing) VALUES (?, ?) ON CONFLICT (call, thing) DO NOTHING", id, t); err != nil {
				return fmt.Errorf("forget %s: %w", t, err)
			}
		}
		return nil
	})
}

// among writes ids as the right side of IN.
func among[T any](ids []T) (string, []any) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return "(" + strings.TrimSuffix(strings.Repeat("?, ", len(ids)), ", ") + ")", args
}

// like matches a column that begins with, or holds, one of the ids; starts gives its arguments.
func like(column string, ids []call.ID) string {
	return "(" + strings.TrimSuffix(strings.Repeat(column+" LIKE ? OR ", len(ids)), " OR ") + ")"
}

func starts(ids []call.ID) []any {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = "%" + escapeLike(string(id)) + "%"
	}
	return args
}

// escapeLike is for IDs, which have no % and whose _ may stand for any character without harm.
func escapeLike(s string) string { return strings.ReplaceAll(s, "%", "") }

// Return removes what was written about erased calls within the last days, such as by an agent who was still at it.
func (k *Keeping) Return(ctx context.Context) (int, error) {
	gone, err := k.Gone(ctx, time.Now().AddDate(0, 0, -2))
	if err != nil || len(gone) == 0 {
		return 0, err
	}
	total := 0
	for chunk := range slices.Chunk(gone, 100) {
		var t retain.Traces
		for _, g := range chunk {
			if g.What == retain.GoneCall {
				t.Calls = append(t.Calls, call.ID(g.ID))
			}
		}
		counts, err := k.Erase(ctx, t)
		if err != nil {
			return total, err
		}
		for _, c := range counts {
			total += c.N
		}
	}
	return total, nil
}
