package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
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

// within is the condition that a call c is in a scope.
func within(s record.Scope) (string, []any) {
	cond, vals := "EXISTS (SELECT 1 FROM people_calls pc WHERE pc.call = c.id AND pc.person = ?)", []any{s.Person}
	for _, r := range s.Routes {
		cond, vals = cond+" OR c.route = ?", append(vals, r)
	}
	return "(" + cond + ")", vals
}

// keyed is a statement that gives call and form of the scored calls that a filter selects, in the order of order, which takes args
// of its own.
type keyed struct {
	sql       string
	args      []any
	order     string
	orderArgs []any
}

const scored = " FROM scores_sheets p JOIN calls c ON c.id = p.call JOIN scores_seen v ON v.call = p.call LEFT JOIN scores_facts x ON x.call = p.call"

// keys are those of a filter; nil where no call can be one.
func (c *Scores) keys(ctx context.Context, f scoring.Filter) (*keyed, error) {
	w := &clause{}
	some, err := c.words(ctx, w, f.Words)
	if err != nil || !some {
		return nil, err
	}
	narrow(w, f)
	k := &keyed{order: "p.risk DESC, p.score NULLS FIRST, c.started_ms DESC, c.id, p.form"}
	switch f.Kind {
	case scoring.KindAlerts:
		k.order = "x.critical DESC, c.started_ms DESC, c.id, p.form"
	case scoring.KindSample:
		const place = "CASE WHEN substr(p.call, 25) >= ? THEN 'a' ELSE 'b' END || substr(p.call, 25)"
		k.sql = `SELECT r.call, r.form FROM (SELECT p.call, p.form, ` + place + ` AS place,
			ROW_NUMBER() OVER (PARTITION BY coalesce(pc.person, ''), p.form ORDER BY ` + place + `, p.call) AS rank` +
			scored + " LEFT JOIN people_calls pc ON pc.call = p.call" + w.where() + `) r
			WHERE r.rank <= ? GROUP BY r.call, r.form ORDER BY min(r.place), r.call LIMIT ? OFFSET ?`
		k.args = append([]any{f.Seed, f.Seed}, append(w.args, max(1, f.Each), f.Limit, f.Offset)...)
		k.order, k.orderArgs = place+", c.id, p.form", []any{f.Seed}
		return k, nil
	}
	k.sql, k.args = "SELECT p.call, p.form"+scored+w.where()+" ORDER BY "+k.order+" LIMIT ? OFFSET ?", append(w.args, f.Limit, f.Offset)
	return k, nil
}

// Found are the scored calls that a filter selects, each once, in the order of Find, however many there are.
func (c *Scores) Found(ctx context.Context, f scoring.Filter) ([]call.ID, error) {
	f.Offset, f.Limit = 0, math.MaxInt32
	k, err := c.keys(ctx, f)
	if err != nil || k == nil {
		return nil, err
	}
	rows, err := c.s.read.QueryContext(ctx, k.sql, k.args...)
	if err != nil {
		return nil, fmt.Errorf("find scored calls: %w", err)
	}
	seen := map[call.ID]bool{}
	all, err := collect(rows, "find scored calls", func(r scanner) (id call.ID, err error) {
		var form string
		err = r.Scan(&id, &form)
		return id, err
	})
	return slices.DeleteFunc(all, func(id call.ID) bool { twice := seen[id]; seen[id] = true; return twice }), err
}

// Find lists scored calls, the riskiest first (scoring.Item.Weigh), of those alike the lowest score, then the newest; alerts with
// the critical ones first; a sample in its own order. The keys are found first and only these rows are read.
func (c *Scores) Find(ctx context.Context, f scoring.Filter) ([]scoring.Item, error) {
	k, err := c.keys(ctx, f)
	if err != nil || k == nil {
		return []scoring.Item{}, err
	}
	q := `SELECT c.id, c.started_ms, c.route, c.lang, c.duration_ms, p.form, p.version, p.person, p.body, v.state, coalesce(x.silence_ms, 0),
		coalesce(x.mood, 0), coalesce(x.critical, 0), coalesce((SELECT min(pc.person) FROM people_calls pc WHERE pc.call = c.id), ''),
		coalesce((SELECT n.name FROM people n WHERE n.id = (SELECT min(pc.person) FROM people_calls pc WHERE pc.call = c.id)), '')
		FROM (` + k.sql + ") k JOIN scores_sheets p ON p.call = k.call AND p.form = k.form JOIN calls c ON c.id = p.call " +
		"JOIN scores_seen v ON v.call = p.call LEFT JOIN scores_facts x ON x.call = p.call ORDER BY " + k.order
	rows, err := c.s.read.QueryContext(ctx, q, append(k.args, k.orderArgs...)...)
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
	of := itemOf(card)
	i.Score, i.Band, i.Fails, i.Near, i.Open = of.Score, of.Band, of.Fails, of.Near, of.Open
	return i, nil
}

// itemOf is what a card tells of a call in a list.
func itemOf(card quality.Card) scoring.Item {
	return scoring.Item{Score: card.Score, Band: card.Band, Fails: card.Fails, Near: card.Near(), Open: card.Open}
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
	of := map[call.ID][]string{}
	var ids []call.ID
	for _, i := range items {
		if _, seen := of[i.Call]; !seen {
			of[i.Call], ids = []string{}, append(ids, i.Call)
		}
	}
	for some := range slices.Chunk(ids, 200) {
		in, args := among(some)
		rows, err := c.s.read.QueryContext(ctx, "SELECT call, rule FROM scores_alerts WHERE call IN "+in+" ORDER BY rule", args...)
		if err != nil {
			return fmt.Errorf("read alerts: %w", err)
		}
		if _, err := collect(rows, "read alerts", func(r scanner) (struct{}, error) {
			var id call.ID
			var rule string
			err := r.Scan(&id, &rule)
			of[id] = append(of[id], rule)
			return struct{}{}, err
		}); err != nil {
			return err
		}
	}
	for i := range items {
		items[i].Alerts = of[items[i].Call]
		items[i].Risk, items[i].Why = items[i].Weigh()
	}
	return nil
}
