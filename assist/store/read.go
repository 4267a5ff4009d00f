package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	defaultLimit = 50
	maxLimit     = 200
)

const columns = `c.id, c.state, c.caller, c.caller_sealed, c.dialled, c.route, c.base, c.langs, c.lang, c.codec, c.remote, c.sip_call, c.recorded,
	c.started_ms, c.duration_ms, c.ended_by, c.why,
	(SELECT count(*) FROM turns t WHERE t.call = c.id),
	coalesce((SELECT CAST(t.n AS TEXT) || ' ' || t.who || ' ' || t.text FROM turns t WHERE t.call = c.id ORDER BY t.n DESC LIMIT 1), ''),
	coalesce((SELECT string_agg(CAST(w.gap_ms AS TEXT), ',') FROM waterfalls w WHERE w.call = c.id), ''), c.node, c.continues,
	coalesce((SELECT m.back FROM callbacks_made m WHERE m.call = c.id), ''), coalesce((SELECT max(m.call) FROM callbacks_made m WHERE m.back = c.id), '')`

// List returns one page of the calls q selects, newest first. A query that makes no sense is record.ErrQuery.
func (s *Store) List(ctx context.Context, q record.Query) (record.Page, error) {
	if q.Limit < 0 || q.Limit > maxLimit {
		return record.Page{}, fmt.Errorf("%w: limit must be 1 to %d", record.ErrQuery, maxLimit)
	}
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	if s.maySealed() && strings.TrimSpace(q.Text) != "" {
		return s.sought(ctx, q)
	}
	tx, p, err := s.page(ctx)
	if err != nil {
		return record.Page{}, err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	if p.Calls, err = s.calls(ctx, tx, q, q.Limit+1); err != nil {
		return record.Page{}, err
	}
	if len(p.Calls) > q.Limit {
		p.Calls = p.Calls[:q.Limit]
		p.Next = after(p.Calls[q.Limit-1])
	}
	return p, nil
}

// page begins a page: one moment for its calls and for its position. The caller rolls the transaction back.
func (s *Store) page(ctx context.Context) (*sql.Tx, record.Page, error) {
	p := record.Page{Calls: []record.Call{}}
	tx, err := s.look(ctx)
	if err != nil {
		return nil, p, fmt.Errorf("list calls: %w", err)
	}
	if p.Position, err = position(ctx, tx, s.source); err != nil {
		_ = tx.Rollback() // nothing was written
		return nil, p, err
	}
	return tx, p, nil
}

// after is where a page ends.
func after(c record.Call) string { return fmt.Sprintf("%d.%s", c.StartedAt.UnixMilli(), c.ID) }

// calls reads the newest calls that q selects.
func (s *Store) calls(ctx context.Context, tx *sql.Tx, q record.Query, limit int) ([]record.Call, error) {
	where, args, err := conditions(q)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT "+columns+" FROM calls c"+where+" ORDER BY c.started_ms DESC, c.id DESC LIMIT ?", append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	defer rows.Close()
	all := []record.Call{}
	for rows.Next() {
		c, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list calls: %w", err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list calls: %w", err)
	}
	return all, nil
}

// conditions writes q as SQL; every value goes in as a parameter.
func conditions(q record.Query) (string, []any, error) {
	var conds []string
	var args []any
	add := func(cond string, vals ...any) { conds, args = append(conds, cond), append(args, vals...) }
	if q.State != "" {
		add("c.state = ?", q.State)
	}
	if q.Route != "" {
		add("c.route = ?", q.Route)
	}
	if q.Lang != "" {
		add("c.lang = ?", q.Lang)
	}
	if q.Scope != nil {
		in, args := within(*q.Scope)
		add(in, args...)
	}
	if !q.From.IsZero() {
		add("c.started_ms >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		add("c.started_ms < ?", q.To.UnixMilli())
	}
	if t := strings.TrimSpace(q.Text); t != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(t) + "%"
		add(`(c.caller LIKE ? ESCAPE '\' OR c.dialled LIKE ? ESCAPE '\' OR EXISTS
			(SELECT 1 FROM turns t WHERE t.call = c.id AND t.text LIKE ? ESCAPE '\'))`, like, like, like)
	}
	if q.After != "" {
		millis, id, ok := strings.Cut(q.After, ".")
		n, err := strconv.ParseInt(millis, 10, 64)
		if err != nil || !ok {
			return "", nil, fmt.Errorf("%w: after must be what a page before gave as next", record.ErrQuery)
		}
		add("(c.started_ms, c.id) < (?, ?)", n, id)
	}
	if len(conds) == 0 {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(conds, " AND "), args, nil
}

type scanner interface{ Scan(dest ...any) error }

// scan reads one row of columns.
func (s *Store) scan(r scanner) (record.Call, error) {
	var c record.Call
	var langs, last, gaps, caller, beside string
	var startedMS, durationMS int64
	err := r.Scan(&c.ID, &c.State, &caller, &beside, &c.To, &c.Route, &c.Base, &langs, &c.Lang, &c.Codec,
		s.opened(&c.Remote, "calls.remote", &c.ID), s.opened(&c.SIPCall, "calls.sip_call", &c.ID), &c.Recorded,
		&startedMS, &durationMS, &c.EndedBy, &c.Why, &c.TurnCount, &last, &gaps, &c.Node, &c.Continues, &c.Back, &c.CalledBack)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal([]byte(langs), &c.Langs); err != nil {
		return c, fmt.Errorf("read languages: %w", err)
	}
	if err := s.besideMark(&c.From, "calls.caller_sealed", caller, beside, c.ID); err != nil {
		return c, err
	}
	c.StartedAt = time.UnixMilli(startedMS).UTC()
	c.Duration = float64(durationMS) / 1000
	if c.State != record.Running {
		end := time.UnixMilli(startedMS + durationMS).UTC()
		c.EndedAt = &end
	}
	if n, said, ok := strings.Cut(last, " "); ok {
		who, text, _ := strings.Cut(said, " ")
		c.LastWho = call.Party(who)
		if c.LastText, err = s.open("turns.text", text, c.ID, n); err != nil {
			return c, err
		}
	}
	var values []int
	for g := range strings.SplitSeq(gaps, ",") {
		if n, err := strconv.Atoi(g); err == nil {
			values = append(values, n)
		}
	}
	c.SetGaps(values)
	return c, nil
}

// Get returns one call with its turns, waterfalls and answers; record.ErrUnknown when there is none.
func (s *Store) Get(ctx context.Context, id call.ID) (record.Detail, error) {
	tx, err := s.look(ctx) // one moment for all tables
	if err != nil {
		return record.Detail{}, fmt.Errorf("read call: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	c, err := s.scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM calls c WHERE c.id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return record.Detail{}, record.ErrUnknown
	}
	if err != nil {
		return record.Detail{}, fmt.Errorf("read call: %w", err)
	}
	d := record.Detail{Call: c, Turns: []call.Turn{}, Waterfalls: []record.Waterfall{}, Answers: []record.Answer{}}
	if d.Turns, err = bodies(ctx, tx, d.Turns, s.turnBody, turnBodies, id); err != nil {
		return record.Detail{}, err
	}
	if d.Waterfalls, err = bodies(ctx, tx, d.Waterfalls, plainBody, "SELECT turn, body FROM waterfalls WHERE call = ? ORDER BY turn", id); err != nil {
		return record.Detail{}, err
	}
	for i, w := range d.Waterfalls {
		d.Waterfalls[i].GapMS = int(w.Gap().Milliseconds())
	}
	if err := s.answers(ctx, tx, &d); err != nil {
		return record.Detail{}, err
	}
	d.Originals = s.hasOriginals(id)
	f, err := s.Audio(ctx, id)
	if err == nil {
		d.Audio = true
		err = f.Close()
	}
	if errors.Is(err, seal.ErrKey) || errors.Is(err, seal.ErrDamaged) { // it is there; who wants to hear it is told
		d.Audio, err = true, nil
	}
	if err != nil && !errors.Is(err, record.ErrNoAudio) {
		return record.Detail{}, err
	}
	return d, nil
}

const turnBodies = "SELECT n, body FROM turns WHERE call = ? ORDER BY n"

// turnBody and plainBody open the body of a row by its number.
func (s *Store) turnBody(id call.ID, n int64, body string) (string, error) {
	return s.open("turns.body", body, id, n)
}

func plainBody(_ call.ID, _ int64, body string) (string, error) { return body, nil }

// bodies appends the JSON bodies query yields, with their numbers before them, to out.
func bodies[T any](ctx context.Context, tx *sql.Tx, out []T, open func(call.ID, int64, string) (string, error), query string, id call.ID) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, id)
	if err != nil {
		return nil, fmt.Errorf("read call: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var body string
		var v T
		err := rows.Scan(&n, &body)
		if err == nil {
			body, err = open(id, n, body)
		}
		if err != nil {
			return nil, fmt.Errorf("read call: %w", err)
		}
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			return nil, fmt.Errorf("read call: %w", err)
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// answers fills in d.Answers from the events; one that cannot be read is left out.
func (s *Store) answers(ctx context.Context, tx *sql.Tx, d *record.Detail) error {
	evs, err := s.queryEvents(ctx, tx, "SELECT seq, at_ms, kind, body FROM events WHERE call = ? AND kind = ? ORDER BY seq", d.ID, call.KindAnswered)
	if err != nil {
		return err
	}
	for _, e := range evs {
		a := record.Answer{}
		if err := json.Unmarshal(e.Body, &a); err != nil {
			s.log.Warn("answer left out", "call", d.ID, "seq", e.Seq, "err", err)
			continue
		}
		a.Seq, a.At = e.Seq, e.At
		d.Answers = append(d.Answers, a)
	}
	return nil
}

// Events returns the recorded events of a call after number after, at most limit, and whether the call has ended;
// record.ErrUnknown when there is no such call.
func (s *Store) Events(ctx context.Context, id call.ID, after uint64, limit int) ([]call.Event, bool, error) {
	tx, err := s.look(ctx) // one moment for the state and the events
	if err != nil {
		return nil, false, fmt.Errorf("read events: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	var state record.State
	err = tx.QueryRowContext(ctx, "SELECT state FROM calls WHERE id = ?", id).Scan(&state)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, record.ErrUnknown
	}
	if err != nil {
		return nil, false, fmt.Errorf("read events: %w", err)
	}
	evs, err := s.queryEvents(ctx, tx, "SELECT seq, at_ms, kind, body FROM events WHERE call = ? AND seq > ? ORDER BY seq LIMIT ?", id, int64(min(after, 1<<62)), limit)
	return evs, state != record.Running, err
}

// queryEvents reads seq, at_ms, kind and body; the first argument is the call.
func (s *Store) queryEvents(ctx context.Context, tx *sql.Tx, query string, id call.ID, args ...any) ([]call.Event, error) {
	rows, err := tx.QueryContext(ctx, query, append([]any{id}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer rows.Close()
	var out []call.Event
	for rows.Next() {
		var seq, at int64
		var body string
		e := call.Event{V: call.Version, Call: id}
		if err := rows.Scan(&seq, &at, &e.Kind, s.opened(&body, "events.body", id, &seq)); err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		e.Seq, e.At, e.Body = uint64(seq), offset(at), json.RawMessage(body)
		out = append(out, e)
	}
	return out, rows.Err()
}
