package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// scoresFacts is what calls are found by beside words and scores, and where people and the machine answered alike or not.
const scoresFacts = `
CREATE TABLE scores_facts (
	call       TEXT PRIMARY KEY,
	silence_ms INTEGER NOT NULL,
	mood       REAL NOT NULL,
	alerts     INTEGER NOT NULL,
	critical   INTEGER NOT NULL
);
CREATE TABLE scores_alerts (
	call     TEXT NOT NULL,
	rule     TEXT NOT NULL,
	severity TEXT NOT NULL,
	PRIMARY KEY (rule, call)
);
CREATE INDEX scores_alerts_of ON scores_alerts (call);
CREATE TABLE scores_intents (intent TEXT NOT NULL, call TEXT NOT NULL, PRIMARY KEY (intent, call));
CREATE INDEX scores_intents_of ON scores_intents (call);
CREATE TABLE scores_checks (
	call     TEXT NOT NULL,
	form     TEXT NOT NULL,
	question TEXT NOT NULL,
	machine  TEXT NOT NULL,
	answer   TEXT NOT NULL,
	person   TEXT NOT NULL,
	at_ms    INTEGER NOT NULL,
	PRIMARY KEY (call, form, question)
);
CREATE TABLE scores_searches (
	person TEXT NOT NULL,
	name   TEXT NOT NULL,
	query  TEXT NOT NULL,
	at_ms  INTEGER NOT NULL,
	PRIMARY KEY (person, name)
);
CREATE TABLE scores_coaching (
	id     TEXT PRIMARY KEY,
	agent  TEXT NOT NULL,
	call   TEXT NOT NULL,
	from_s REAL NOT NULL,
	to_s   REAL NOT NULL,
	text   TEXT NOT NULL,
	person TEXT NOT NULL,
	at_ms  INTEGER NOT NULL,
	done   INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX scores_coaching_of ON scores_coaching (agent, at_ms);
`

// saveFacts reads the facts off the record of a call and stores them.
func (s *Store) saveFacts(ctx context.Context, tx *sql.Tx, id call.ID) error {
	var length int64
	err := tx.QueryRowContext(ctx, "SELECT coalesce(max(duration_ms), 0) FROM calls WHERE id = ?", id).Scan(&length)
	if err != nil {
		return fmt.Errorf("read call: %w", err)
	}
	turns, err := bodies(ctx, tx, []call.Turn{}, s.turnBody, turnBodies, id)
	if err != nil {
		return err
	}
	evs, err := s.queryEvents(ctx, tx, "SELECT seq, at_ms, kind, body FROM events WHERE call = ? AND kind = ? ORDER BY seq", id, call.KindAlert)
	if err != nil {
		return err
	}
	var alerts []scoring.Alert
	for _, e := range evs {
		var a scoring.Alert
		if json.Unmarshal(e.Body, &a) == nil && a.Rule != "" {
			alerts = append(alerts, a)
		}
	}
	f := scoring.FactsOf(float64(length)/1000, turns, alerts)
	critical := 0
	for _, a := range f.Alerts {
		if a.Severity == "critical" {
			critical = 1
		}
	}
	const q = `INSERT INTO scores_facts (call, silence_ms, mood, alerts, critical) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (call) DO UPDATE SET silence_ms = excluded.silence_ms, mood = excluded.mood, alerts = excluded.alerts, critical = excluded.critical`
	if _, err := tx.ExecContext(ctx, q, id, int64(f.Silence*1000), f.Mood, len(f.Alerts), critical); err != nil {
		return fmt.Errorf("store facts: %w", err)
	}
	for _, a := range f.Alerts {
		const q = "INSERT INTO scores_alerts (call, rule, severity) VALUES (?, ?, ?) ON CONFLICT (rule, call) DO UPDATE SET severity = excluded.severity"
		if _, err := tx.ExecContext(ctx, q, id, a.Rule, a.Severity); err != nil {
			return fmt.Errorf("store facts: %w", err)
		}
	}
	for _, i := range f.Intents {
		if _, err := tx.ExecContext(ctx, "INSERT INTO scores_intents (intent, call) VALUES (?, ?) ON CONFLICT (intent, call) DO NOTHING", i, id); err != nil {
			return fmt.Errorf("store facts: %w", err)
		}
	}
	return nil
}

// saveChecks remembers what the machine had answered where a person answers.
func saveChecks(ctx context.Context, tx *sql.Tx, id call.ID, form, by string, before, after quality.Card) error {
	old := map[string]quality.Answer{}
	for _, a := range before.Answers {
		old[a.Question] = a
	}
	for _, a := range after.Answers {
		was, ok := old[a.Question]
		if a.By != scoring.Person || !ok || was.By == scoring.Person && was.Value == a.Value {
			continue
		}
		var err error
		if was.By == scoring.Person { // what the machine said is remembered from the first time
			const q = "UPDATE scores_checks SET answer = ?, person = ?, at_ms = ? WHERE call = ? AND form = ? AND question = ?"
			_, err = tx.ExecContext(ctx, q, a.Value, by, time.Now().UnixMilli(), id, form, a.Question)
		} else {
			const q = `INSERT INTO scores_checks (call, form, question, machine, answer, person, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (call, form, question) DO UPDATE SET machine = excluded.machine, answer = excluded.answer, person = excluded.person, at_ms = excluded.at_ms`
			_, err = tx.ExecContext(ctx, q, id, form, a.Question, was.Value, a.Value, by, time.Now().UnixMilli())
		}
		if err != nil {
			return fmt.Errorf("remember the machine's answer: %w", err)
		}
	}
	return nil
}

// Checks are the answers of people beside the machine's since a moment, by form: those they gave, oldest first, then those
// that they left as they were in calls they went through.
func (c *Scores) Checks(ctx context.Context, since time.Time) ([]scoring.Check, error) {
	given, err := c.given(ctx, since)
	if err != nil {
		return nil, err
	}
	left, err := c.left(ctx, since)
	if err != nil {
		return nil, err
	}
	all := append(given, left...)
	slices.SortStableFunc(all, func(a, b scoring.Check) int { return strings.Compare(a.Form, b.Form) })
	return all, nil
}

// left are the machine's answers in calls that somebody marked as reviewed since a moment, where nobody answered otherwise. A
// sheet that the machine made after that, as for a form that came later, has been gone through by nobody.
func (c *Scores) left(ctx context.Context, since time.Time) ([]scoring.Check, error) {
	const q = "SELECT " + sheetColumns + ` FROM scores_sheets p WHERE EXISTS
		(SELECT 1 FROM scores_notes n WHERE n.call = p.call AND n.kind = ? AND n.at_ms >= ? AND (n.at_ms >= p.at_ms OR p.person <> ?))
		ORDER BY p.form, p.call`
	sheets, err := c.s.sheets(ctx, c.s.read, q, scoring.NoteReviewed, since.UnixMilli(), scoring.Machine)
	if err != nil {
		return nil, err
	}
	var out []scoring.Check
	for _, s := range sheets {
		for _, a := range s.Card.Answers {
			if a.By != scoring.Person && a.Value != quality.CannotTell { // those that cannot be told were not answered
				out = append(out, scoring.Check{Call: s.Call, Form: s.Form, Question: a.Question, Machine: a.Value, Answer: a.Value})
			}
		}
	}
	return out, nil
}

func (c *Scores) given(ctx context.Context, since time.Time) ([]scoring.Check, error) {
	const q = "SELECT call, form, question, machine, answer, person FROM scores_checks WHERE at_ms >= ? ORDER BY form, at_ms, call, question"
	rows, err := c.s.read.QueryContext(ctx, q, since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("read checks: %w", err)
	}
	return collect(rows, "read checks", func(r scanner) (scoring.Check, error) {
		var k scoring.Check
		err := r.Scan(&k.Call, &k.Form, &k.Question, &k.Machine, &k.Answer, &k.By)
		return k, err
	})
}

// Agents are the people who took part in a call, by id.
func (c *Scores) Agents(ctx context.Context, id call.ID) ([]string, error) {
	return agents(ctx, c.s.read, id)
}

// Names are what people are called, by id; those who are gone are left out.
func (c *Scores) Names(ctx context.Context, ids []string) (map[string]string, error) {
	names := map[string]string{}
	if len(ids) == 0 {
		return names, nil
	}
	in, args := among(ids)
	rows, err := c.s.read.QueryContext(ctx, "SELECT id, name FROM people WHERE name <> '' AND id IN "+in, args...)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	_, err = collect(rows, "read names", func(r scanner) (struct{}, error) {
		var id, name string
		err := r.Scan(&id, &name)
		names[id] = name
		return struct{}{}, err
	})
	return names, err
}

func agents(ctx context.Context, db querier, id call.ID) ([]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT person FROM people_calls WHERE call = ? ORDER BY at_ms, person", id)
	if err != nil {
		return nil, fmt.Errorf("read who took part: %w", err)
	}
	return collect(rows, "read who took part", func(r scanner) (string, error) {
		var s string
		err := r.Scan(&s)
		return s, err
	})
}
