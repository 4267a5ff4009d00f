package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

// Unanswered returns what callers said since a time that the bot could not answer, newest calls first, at most limit.
// base "" means the calls of every base.
func (s *Store) Unanswered(ctx context.Context, base string, since time.Time, limit int) ([]record.Unanswered, error) {
	rows, err := s.read.QueryContext(ctx, `
SELECT p.call, p.n, b.n, p.text, p.body, c.base, c.started_ms, b.body
FROM turns b JOIN calls c ON c.id = b.call
JOIN turns p ON p.call = b.call AND p.n = (SELECT MAX(q.n) FROM turns q WHERE q.call = b.call AND q.n < b.n)
WHERE b.who = 'bot' AND p.who = 'caller' AND c.started_ms >= ? AND (? = '' OR c.base = ?)
  AND (b.body LIKE '%"decision":"clarify"%' OR b.body LIKE '%"decision":"offer_person"%' OR b.body LIKE ?)
ORDER BY c.started_ms DESC, p.call, p.n`, since.UnixMilli(), base, base, seal.SealedLike)
	if err != nil {
		return nil, fmt.Errorf("read unanswered questions: %w", err)
	}
	defer rows.Close()
	var out []record.Unanswered
	for len(out) < limit && rows.Next() {
		var u record.Unanswered
		var at, next int64
		var said, reply string
		if err := rows.Scan(&u.Call, &u.Turn, &next, s.opened(&u.Text, "turns.text", &u.Call, &u.Turn), s.opened(&said, "turns.body", &u.Call, &u.Turn), &u.Base, &at,
			s.opened(&reply, "turns.body", &u.Call, &next)); err != nil {
			return nil, fmt.Errorf("read unanswered question: %w", err)
		}
		var caller, bot call.Turn
		if err := json.Unmarshal([]byte(said), &caller); err != nil {
			return nil, fmt.Errorf("read turn %d of call %s: %w", u.Turn, u.Call, err)
		}
		if err := json.Unmarshal([]byte(reply), &bot); err != nil {
			return nil, fmt.Errorf("read turn after %d of call %s: %w", u.Turn, u.Call, err)
		}
		if bot.Decision != "clarify" && bot.Decision != "offer_person" { // the text itself may hold the words, and a sealed one is not looked at by the database
			continue
		}
		u.Lang, u.Decision, u.At = caller.Lang, bot.Decision, time.UnixMilli(at).UTC()
		out = append(out, u)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read unanswered questions: %w", err)
	}
	return out, nil
}
