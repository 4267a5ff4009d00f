package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/scoring"
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

const calibrationColumns = "id, name, form, version, calls, person, at_ms, closed, away"

func calibration(r scanner) (scoring.Calibration, error) {
	var c scoring.Calibration
	var calls, out string
	var at int64
	var closed int
	if err := r.Scan(&c.ID, &c.Name, &c.Form, &c.Version, &calls, &c.By, &at, &closed, &out); err != nil {
		return c, fmt.Errorf("read calibration: %w", err)
	}
	c.At, c.Closed = time.UnixMilli(at).UTC(), closed != 0
	if err := errors.Join(json.Unmarshal([]byte(calls), &c.Calls), json.Unmarshal([]byte(out), &c.Out)); err != nil {
		return c, fmt.Errorf("read calibration: %w", err)
	}
	return c, nil
}

// AddCalibration stores a calibration with the machine's answers.
func (c *Scores) AddCalibration(ctx context.Context, k scoring.Calibration, machine []scoring.Vote) error {
	calls, err := json.Marshal(k.Calls)
	if err != nil {
		return fmt.Errorf("store calibration: %w", err)
	}
	return c.s.inTx(ctx, "store calibration", func(tx *sql.Tx) error {
		q := "INSERT INTO calibrations (" + calibrationColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, 0, '[]')"
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

// Calibrations are all of them, newest first.
func (c *Scores) Calibrations(ctx context.Context) ([]scoring.Calibration, error) {
	rows, err := c.s.read.QueryContext(ctx, "SELECT "+calibrationColumns+" FROM calibrations ORDER BY at_ms DESC, id")
	if err != nil {
		return nil, fmt.Errorf("read calibrations: %w", err)
	}
	return collect(rows, "read calibrations", calibration)
}

// Calibration is one of them; scoring.ErrUnknown when there is none.
func (c *Scores) Calibration(ctx context.Context, id string) (scoring.Calibration, error) {
	k, err := calibration(c.s.read.QueryRowContext(ctx, "SELECT "+calibrationColumns+" FROM calibrations WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return k, scoring.ErrUnknown
	}
	return k, err
}

// open runs f with a calibration that is not closed and that person takes part in; scoring.ErrState otherwise.
func (c *Scores) open(ctx context.Context, id, person string, f func(tx *sql.Tx, k scoring.Calibration) error) error {
	return c.s.inTx(ctx, "change calibration", func(tx *sql.Tx) error {
		k, err := calibration(tx.QueryRowContext(ctx, "SELECT "+calibrationColumns+" FROM calibrations WHERE id = ?", id))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return scoring.ErrUnknown
		case err != nil:
			return err
		case k.Closed:
			return fmt.Errorf("%w: the calibration is closed", scoring.ErrState)
		case slices.Contains(k.Out, person):
			return fmt.Errorf("%w: this person does not take part", scoring.ErrState)
		}
		return f(tx, k)
	})
}

// Vote stores answers of a person, in place of earlier ones; scoring.ErrState once the calibration is closed or for who does
// not take part.
func (c *Scores) Vote(ctx context.Context, id, person string, votes []scoring.Vote) error {
	return c.open(ctx, id, person, func(tx *sql.Tx, _ scoring.Calibration) error { return saveVotes(ctx, tx, id, votes) })
}

// LeaveCalibration has a person not take part, for good: what the person has answered is taken out. The error is
// scoring.ErrState where that is so already, or it is closed.
func (c *Scores) LeaveCalibration(ctx context.Context, id, person string) error {
	return c.open(ctx, id, person, func(tx *sql.Tx, k scoring.Calibration) error {
		out, err := json.Marshal(append(k.Out, person))
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
	r, err := c.s.write.ExecContext(ctx, "UPDATE scores_coaching SET done = 1 WHERE agent = ? AND id = ?", agent, id)
	if err != nil {
		return fmt.Errorf("mark clip: %w", err)
	}
	return one(r)
}

// DeleteClip takes a clip off the list; scoring.ErrUnknown when it is not there.
func (c *Scores) DeleteClip(ctx context.Context, id string) error {
	r, err := c.s.write.ExecContext(ctx, "DELETE FROM scores_coaching WHERE id = ?", id)
	if err != nil {
		return fmt.Errorf("delete clip: %w", err)
	}
	return one(r)
}

// one is scoring.ErrUnknown when nothing was changed.
func one(r sql.Result) error {
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = scoring.ErrUnknown
	}
	return err
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
