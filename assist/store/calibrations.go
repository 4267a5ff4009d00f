package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// calibrationsPart holds calls that several reviewers score without seeing each other's answers.
func calibrationsPart() part {
	return part{"calibrations", []string{`
CREATE TABLE calibrations (
	id      TEXT PRIMARY KEY,
	name    TEXT NOT NULL,
	form    TEXT NOT NULL,
	version INTEGER NOT NULL,
	calls   TEXT NOT NULL,
	person  TEXT NOT NULL,
	at_ms   INTEGER NOT NULL,
	closed  INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE calibrations_votes (
	calibration TEXT NOT NULL,
	call        TEXT NOT NULL,
	question    TEXT NOT NULL,
	person      TEXT NOT NULL,
	answer      TEXT NOT NULL,
	at_ms       INTEGER NOT NULL,
	PRIMARY KEY (calibration, call, question, person)
);
`, calibrationsOut}}
}

// calibrationsOut holds who does not take part.
const calibrationsOut = `
ALTER TABLE calibrations ADD COLUMN away TEXT NOT NULL DEFAULT '[]';
`

// AddCalibration stores a calibration with the machine's answers, which say what is asked: each question of each call.
func (c *Scores) AddCalibration(ctx context.Context, k scoring.Calibration, machine []scoring.Vote) error {
	calls, err := json.Marshal(k.Calls)
	if err != nil {
		return fmt.Errorf("store calibration: %w", err)
	}
	return c.s.inTx(ctx, "store calibration", func(tx *sql.Tx) error {
		const q = "INSERT INTO calibrations (id, name, form, version, calls, person, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)" // calls is for older nodes
		if _, err := tx.ExecContext(ctx, q, k.ID, k.Name, k.Form, k.Version, string(calls), k.By, k.At.UnixMilli()); err != nil {
			return fmt.Errorf("store calibration: %w", err)
		}
		return saveVotes(ctx, tx, k.ID, machine)
	})
}

func saveVotes(ctx context.Context, tx *sql.Tx, id string, votes []scoring.Vote) error {
	for _, v := range votes {
		const q = `INSERT INTO calibrations_votes (calibration, call, question, person, answer, at_ms) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (calibration, call, question, person) DO UPDATE SET answer = excluded.answer, at_ms = excluded.at_ms`
		if _, err := tx.ExecContext(ctx, q, id, v.Call, v.Question, v.By, v.Answer, time.Now().UnixMilli()); err != nil {
			return fmt.Errorf("store answers: %w", err)
		}
	}
	return nil
}

// Standings are calibrations as they stand for a person, newest first.
func (c *Scores) Standings(ctx context.Context, q scoring.Standings) ([]scoring.Standing, error) {
	return standings(ctx, c.s.read, q)
}

// standings finds them with what each person has answered in one statement. A calibration has the calls that the machine has
// answers about; with an erased call these are gone.
func standings(ctx context.Context, db querier, f scoring.Standings) ([]scoring.Standing, error) {
	w := &clause{args: []any{scoring.Machine, f.Person}}
	if f.ID != "" {
		w.add("k.id = ?", f.ID)
	}
	if f.Open {
		w.add("k.closed = 0")
	}
	if f.Call != "" {
		w.add("EXISTS (SELECT 1 FROM calibrations_votes o WHERE o.calibration = k.id AND o.call = ?)", f.Call)
	}
	if f.Scope != nil {
		in, args := within(*f.Scope)
		w.add("NOT EXISTS (SELECT 1 FROM calibrations_votes o LEFT JOIN calls c ON c.id = o.call WHERE o.calibration = k.id AND NOT coalesce("+in+", 1 = 0))", args...)
	}
	if f.After != nil {
		at := f.After.At.UnixMilli()
		w.add("(k.at_ms < ? OR k.at_ms = ? AND k.id > ?)", at, at, f.After.ID)
	}
	which := "SELECT k.id FROM calibrations k" + w.where()
	if f.Limit > 0 {
		which += " ORDER BY k.at_ms DESC, k.id LIMIT ?"
		w.args = append(w.args, f.Limit)
	}
	q := `SELECT k.id, k.name, k.form, k.version, k.person, k.at_ms, k.closed, k.away, coalesce(v.call, ''),
		sum(CASE WHEN v.person = ? THEN 1 ELSE 0 END), sum(CASE WHEN v.person = ? THEN 1 ELSE 0 END)
		FROM calibrations k LEFT JOIN calibrations_votes v ON v.calibration = k.id WHERE k.id IN (` + which + ") GROUP BY k.id, v.call ORDER BY k.at_ms DESC, k.id, v.call"
	rows, err := db.QueryContext(ctx, q, w.args...)
	if err != nil {
		return nil, fmt.Errorf("read calibrations: %w", err)
	}
	parts, err := collect(rows, "read calibrations", func(r scanner) (scoring.Standing, error) { return standingOf(r, f.Person) })
	if err != nil {
		return nil, err
	}
	out := []scoring.Standing{}
	for _, p := range parts { // one for each call
		if n := len(out); n > 0 && out[n-1].ID == p.ID {
			out[n-1].Calls = append(out[n-1].Calls, p.Calls...)
			out[n-1].Asked, out[n-1].Answered = out[n-1].Asked+p.Asked, out[n-1].Answered+p.Answered
			continue
		}
		out = append(out, p)
	}
	return out, nil
}

// standingOf is what a row says: a calibration with one of its calls.
func standingOf(r scanner, person string) (scoring.Standing, error) {
	s := scoring.Standing{Calibration: scoring.Calibration{Calls: []call.ID{}}}
	var id call.ID
	var out string
	var at int64
	var closed int
	if err := r.Scan(&s.ID, &s.Name, &s.Form, &s.Version, &s.By, &at, &closed, &out, &id, &s.Asked, &s.Answered); err != nil {
		return s, fmt.Errorf("read calibration: %w", err)
	}
	away, err := awayOf(out)
	if err != nil {
		return s, err
	}
	s.At, s.Closed, s.Away = time.UnixMilli(at).UTC(), closed != 0, slices.Contains(away, person)
	if s.Asked > 0 {
		s.Calls = append(s.Calls, id)
	}
	return s, nil
}

// awayOf reads who does not take part.
func awayOf(text string) (all []string, err error) {
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read calibration: %w", err)
	}
	return all, nil
}

// open runs f where a person may still answer in a calibration, or leave it; nobody else changes it meanwhile. The errors are
// scoring.ErrUnknown and scoring.ErrState.
func (c *Scores) open(ctx context.Context, id, person string, f func(tx *sql.Tx) error) error {
	return c.s.inTx(ctx, "change calibration", func(tx *sql.Tx) error {
		all, err := standings(ctx, tx, scoring.Standings{ID: id, Person: person})
		switch {
		case err != nil:
			return err
		case len(all) == 0:
			return scoring.ErrUnknown
		}
		if err := all[0].Final(); err != nil {
			return err
		}
		return f(tx)
	})
}

// Vote stores answers of a person, in place of earlier ones; scoring.ErrState once the person has answered everything, for who
// does not take part, or where the calibration is closed.
func (c *Scores) Vote(ctx context.Context, id, person string, votes []scoring.Vote) error {
	return c.open(ctx, id, person, func(tx *sql.Tx) error { return saveVotes(ctx, tx, id, votes) })
}

// LeaveCalibration has a person not take part, for good: what the person has answered is taken out. The errors are those of Vote.
func (c *Scores) LeaveCalibration(ctx context.Context, id, person string) error {
	return c.open(ctx, id, person, func(tx *sql.Tx) error {
		var text string
		if err := tx.QueryRowContext(ctx, "SELECT away FROM calibrations WHERE id = ?", id).Scan(&text); err != nil {
			return fmt.Errorf("leave calibration: %w", err)
		}
		away, err := awayOf(text)
		if err != nil {
			return err
		}
		out, err := json.Marshal(append(away, person))
		if err != nil {
			return fmt.Errorf("leave calibration: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE calibrations SET away = ? WHERE id = ?", string(out), id); err != nil {
			return fmt.Errorf("leave calibration: %w", err)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM calibrations_votes WHERE calibration = ? AND person = ?", id, person); err != nil {
			return fmt.Errorf("leave calibration: %w", err)
		}
		return nil
	})
}

// Votes are all answers of a calibration, the machine's among them.
func (c *Scores) Votes(ctx context.Context, id string) ([]scoring.Vote, error) {
	const q = "SELECT call, question, person, answer FROM calibrations_votes WHERE calibration = ? ORDER BY call, question, person"
	rows, err := c.s.read.QueryContext(ctx, q, id)
	if err != nil {
		return nil, fmt.Errorf("read answers: %w", err)
	}
	return collect(rows, "read answers", func(r scanner) (scoring.Vote, error) {
		var v scoring.Vote
		err := r.Scan(&v.Call, &v.Question, &v.By, &v.Answer)
		return v, err
	})
}

// CloseCalibration ends a calibration.
func (c *Scores) CloseCalibration(ctx context.Context, id string) error {
	if _, err := c.s.write.ExecContext(ctx, "UPDATE calibrations SET closed = 1 WHERE id = ?", id); err != nil {
		return fmt.Errorf("close calibration: %w", err)
	}
	return nil
}

// SaveSearch stores a search of a person, in place of one of the same name.
func (c *Scores) SaveSearch(ctx context.Context, person string, s scoring.Search) error {
	const q = `INSERT INTO scores_searches (person, name, query, at_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT (person, name) DO UPDATE SET query = excluded.query, at_ms = excluded.at_ms`
	if _, err := c.s.write.ExecContext(ctx, q, person, s.Name, s.Query, time.Now().UnixMilli()); err != nil {
		return fmt.Errorf("store search: %w", err)
	}
	return nil
}

// DeleteSearch forgets a search; one that is not there is no error.
func (c *Scores) DeleteSearch(ctx context.Context, person, name string) error {
	if _, err := c.s.write.ExecContext(ctx, "DELETE FROM scores_searches WHERE person = ? AND name = ?", person, name); err != nil {
		return fmt.Errorf("delete search: %w", err)
	}
	return nil
}

// Searches are those of a person, by name.
func (c *Scores) Searches(ctx context.Context, person string) ([]scoring.Search, error) {
	rows, err := c.s.read.QueryContext(ctx, "SELECT name, query FROM scores_searches WHERE person = ? ORDER BY name", person)
	if err != nil {
		return nil, fmt.Errorf("read searches: %w", err)
	}
	return collect(rows, "read searches", func(r scanner) (scoring.Search, error) {
		var s scoring.Search
		err := r.Scan(&s.Name, &s.Query)
		return s, err
	})
}

// AddClip puts a stretch of a call on the list of an agent.
func (c *Scores) AddClip(ctx context.Context, k scoring.Clip) error {
	const q = "INSERT INTO scores_coaching (id, agent, call, from_s, to_s, text, person, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	if _, err := c.s.write.ExecContext(ctx, q, k.ID, k.Agent, k.Call, k.FromS, k.ToS, c.s.hide("scores_coaching.text", k.Text, k.ID), k.By, k.At.UnixMilli()); err != nil {
		return fmt.Errorf("store clip: %w", err)
	}
	return nil
}

// DoneClip marks a clip of an agent as heard; scoring.ErrUnknown when the agent has no such clip.
func (c *Scores) DoneClip(ctx context.Context, agent, id string) error {
	return alterOne(ctx, c.s.write, scoring.ErrUnknown, "mark clip", "UPDATE scores_coaching SET done = 1 WHERE agent = ? AND id = ?", agent, id)
}

// DeleteClip takes a clip off the list; scoring.ErrUnknown when it is not there.
func (c *Scores) DeleteClip(ctx context.Context, id string) error {
	return alterOne(ctx, c.s.write, scoring.ErrUnknown, "delete clip", "DELETE FROM scores_coaching WHERE id = ?", id)
}

// Clips are those of an agent, or with "" of all, newest first.
func (c *Scores) Clips(ctx context.Context, agent string) ([]scoring.Clip, error) {
	const q = `SELECT id, agent, call, from_s, to_s, text, person, at_ms, done FROM scores_coaching
		WHERE ? = '' OR agent = ? ORDER BY at_ms DESC, id LIMIT 1000`
	rows, err := c.s.read.QueryContext(ctx, q, agent, agent)
	if err != nil {
		return nil, fmt.Errorf("read clips: %w", err)
	}
	return collect(rows, "read clips", func(r scanner) (scoring.Clip, error) {
		var k scoring.Clip
		var at int64
		var done int
		err := r.Scan(&k.ID, &k.Agent, &k.Call, &k.FromS, &k.ToS, c.s.opened(&k.Text, "scores_coaching.text", &k.ID), &k.By, &at, &done)
		k.At, k.Done = time.UnixMilli(at).UTC(), done != 0
		return k, err
	})
}
