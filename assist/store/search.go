package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// rare is up to how many calls have a word for a search to begin with these; a more common word is looked up while the
// calls are gone through in the order of the list, since most of them have it.
const rare = 1000

// clause collects conditions with their arguments.
type clause struct {
	conds []string
	args  []any
}

func (c *clause) add(cond string, args ...any) {
	c.conds, c.args = append(c.conds, cond), append(c.args, args...)
}

func (c *clause) where() string { return " WHERE " + strings.Join(c.conds, " AND ") }

// within is the condition that a call c is in a scope.
func within(s record.Scope) (string, []any) {
	cond, vals := "EXISTS (SELECT 1 FROM people_calls pc WHERE pc.call = c.id AND pc.person = ?)", []any{s.Person}
	for _, r := range s.Routes {
		cond, vals = cond+" OR c.route = ?", append(vals, r)
	}
	return "(" + cond + ")", vals
}

// Find lists scored calls, the riskiest first: automatic fails, then what nearly failed, then low scores, then newest; alerts with the critical ones
// first; a sample in its own order. The keys are found first and only these rows are read.
func (c *Scores) Find(ctx context.Context, f scoring.Filter) ([]scoring.Item, error) {
	w := &clause{conds: []string{"1 = 1"}}
	some, err := c.words(ctx, w, f.Words)
	if err != nil || !some {
		return []scoring.Item{}, err
	}
	narrow(w, f)
	const from = " FROM scores_sheets p JOIN calls c ON c.id = p.call JOIN scores_seen v ON v.call = p.call LEFT JOIN scores_facts x ON x.call = p.call"
	order := "p.fail DESC, p.near DESC, p.score NULLS FIRST, c.started_ms DESC, c.id, p.form"
	var keys string
	switch f.Kind {
	case scoring.KindAlerts:
		order = "x.critical DESC, c.started_ms DESC, c.id, p.form"
		keys = "SELECT p.call, p.form" + from + w.where() + " ORDER BY " + order + " LIMIT ? OFFSET ?"
	case scoring.KindSample:
		const place = "CASE WHEN substr(p.call, 25) >= ? THEN 'a' ELSE 'b' END || substr(p.call, 25)"
		keys = `SELECT r.call, r.form FROM (SELECT p.call, p.form, ` + place + ` AS place,
			ROW_NUMBER() OVER (PARTITION BY coalesce(pc.person, ''), p.form ORDER BY ` + place + `, p.call) AS rank` +
			from + " LEFT JOIN people_calls pc ON pc.call = p.call" + w.where() + `) r
			WHERE r.rank <= ? GROUP BY r.call, r.form ORDER BY min(r.place), r.call LIMIT ? OFFSET ?`
		order = place + ", c.id, p.form"
		w.args = append([]any{f.Seed, f.Seed}, append(w.args, max(1, f.Each))...)
	default:
		keys = "SELECT p.call, p.form" + from + w.where() + " ORDER BY " + order + " LIMIT ? OFFSET ?"
	}
	args := append(w.args, f.Limit, f.Offset)
	if f.Kind == scoring.KindSample {
		args = append(args, f.Seed)
	}
	q := `SELECT c.id, c.started_ms, c.route, c.lang, c.duration_ms, p.form, p.version, p.person, p.body, v.state, coalesce(x.silence_ms, 0),
		coalesce(x.mood, 0), coalesce(x.critical, 0), coalesce((SELECT min(pc.person) FROM people_calls pc WHERE pc.call = c.id), ''),
		coalesce((SELECT min(n.name) FROM people_calls pc JOIN people n ON n.id = pc.person WHERE pc.call = c.id), '')
		FROM (` + keys + ") k JOIN scores_sheets p ON p.call = k.call AND p.form = k.form JOIN calls c ON c.id = p.call " +
		"JOIN scores_seen v ON v.call = p.call LEFT JOIN scores_facts x ON x.call = p.call ORDER BY " + order
	rows, err := c.s.read.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("find scored calls: %w", err)
	}
	out, err := collect(rows, "find scored calls", c.item)
	if err != nil {
		return nil, err
	}
	return out, c.alertsOf(ctx, out)
}

func (c *Scores) item(r scanner) (scoring.Item, error) {
	var i scoring.Item
	var at, length, silence int64
	var critical int
	var body string
	err := r.Scan(&i.Call, &at, &i.Queue, &i.Lang, &length, &i.Form, &i.Version, &i.By, c.s.opened(&body, "scores_sheets.body", &i.Call, &i.Form), &i.State, &silence, &i.Mood, &critical, &i.Agent, &i.AgentName)
	if err != nil {
		return i, fmt.Errorf("find scored calls: %w", err)
	}
	var card quality.Card
	if err := json.Unmarshal([]byte(body), &card); err != nil {
		return i, fmt.Errorf("find scored calls: %w", err)
	}
	i.At, i.Duration, i.Silence, i.Critical = time.UnixMilli(at).UTC(), float64(length)/1000, float64(silence)/1000, critical != 0
	i.Score, i.Band, i.Fails, i.Near, i.Open = card.Score, card.Band, card.Fails, card.Near(), card.Open
	return i, nil
}

// words adds that all words were said. It reports false when that holds for no call.
func (c *Scores) words(ctx context.Context, w *clause, words []string) (bool, error) {
	const exists = "EXISTS (SELECT 1 FROM scores_words sw WHERE sw.word IN %s AND sw.call = %s)"
	best, least := -1, rare+1
	for i, word := range words {
		var n int
		in, args := c.s.marks("scores_words.word", word)
		q := "SELECT count(*) FROM (SELECT 1 FROM scores_words WHERE word IN " + in + " LIMIT ?) s"
		if err := c.s.read.QueryRowContext(ctx, q, append(args, rare+1)...).Scan(&n); err != nil {
			return false, fmt.Errorf("find scored calls: %w", err)
		}
		if n < least {
			best, least = i, n
		}
	}
	if best < 0 {
		for _, word := range words {
			in, args := c.s.marks("scores_words.word", word)
			w.add(fmt.Sprintf(exists, in, "p.call"), args...)
		}
		return true, nil
	}
	in, args := c.s.marks("scores_words.word", words[best])
	q := "SELECT DISTINCT r.call FROM scores_words r WHERE r.word IN " + in
	for i, word := range words {
		if i != best {
			in, more := c.s.marks("scores_words.word", word)
			q, args = q+" AND "+fmt.Sprintf(exists, in, "r.call"), append(args, more...)
		}
	}
	rows, err := c.s.read.QueryContext(ctx, q, args...)
	if err != nil {
		return false, fmt.Errorf("find scored calls: %w", err)
	}
	ids, err := collect(rows, "find scored calls", func(r scanner) (any, error) {
		var id string
		err := r.Scan(&id)
		return id, err
	})
	if err != nil || len(ids) == 0 {
		return false, err
	}
	w.add("p.call IN (?"+strings.Repeat(", ?", len(ids)-1)+")", ids...)
	return true, nil
}

// narrow adds the other conditions of a filter.
func narrow(w *clause, f scoring.Filter) {
	if f.Queue != "" {
		w.add("c.route = ?", f.Queue)
	}
	if f.State != "" {
		w.add("v.state = ?", f.State)
	}
	if f.ScoreMin != nil {
		w.add("p.score >= ?", *f.ScoreMin)
	}
	if f.ScoreMax != nil {
		w.add("p.score <= ?", *f.ScoreMax)
	}
	if !f.From.IsZero() {
		w.add("c.started_ms >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		w.add("c.started_ms < ?", f.To.UnixMilli())
	}
	if f.MinS > 0 {
		w.add("c.duration_ms >= ?", int64(f.MinS*1000))
	}
	if f.MaxS > 0 {
		w.add("c.duration_ms <= ?", int64(f.MaxS*1000))
	}
	if f.SilenceMin > 0 {
		w.add("x.silence_ms >= ?", int64(f.SilenceMin*1000))
	}
	if f.MoodMax != nil {
		w.add("x.mood <= ?", *f.MoodMax)
	}
	if f.MoodMin != nil {
		w.add("x.mood >= ?", *f.MoodMin)
	}
	if f.Kind == scoring.KindAlerts {
		w.add("x.alerts > 0")
	}
	if f.Alert != "" {
		w.add("EXISTS (SELECT 1 FROM scores_alerts sa WHERE sa.rule = ? AND sa.call = p.call)", f.Alert)
	}
	if f.Intent != "" {
		w.add("EXISTS (SELECT 1 FROM scores_intents si WHERE si.intent = ? AND si.call = p.call)", f.Intent)
	}
	if f.Agent != "" {
		w.add("EXISTS (SELECT 1 FROM people_calls pa WHERE pa.call = p.call AND pa.person = ?)", f.Agent)
	}
	if f.Kind == scoring.KindDisagreements {
		w.add("EXISTS (SELECT 1 FROM scores_checks sc WHERE sc.call = p.call AND sc.form = p.form AND sc.machine <> sc.answer)")
	}
	if f.Limited {
		in, args := within(record.Scope{Routes: f.Routes, Person: f.Person})
		w.add(in, args...)
	}
}

// alertsOf fills in the alerts and the risk of items.
func (c *Scores) alertsOf(ctx context.Context, items []scoring.Item) error {
	for i := range items {
		rows, err := c.s.read.QueryContext(ctx, "SELECT rule FROM scores_alerts WHERE call = ? ORDER BY rule", items[i].Call)
		if err != nil {
			return fmt.Errorf("read alerts: %w", err)
		}
		items[i].Alerts, err = collect(rows, "read alerts", func(r scanner) (string, error) {
			var s string
			err := r.Scan(&s)
			return s, err
		})
		if err != nil {
			return err
		}
		items[i].Risk, items[i].Why = items[i].Weigh()
	}
	return nil
}

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
		return c.s.saveWords(ctx, tx, id, scoring.Query(n.Text)) // it is found by what was really said, too
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
