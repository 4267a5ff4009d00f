package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// insightsPart holds the facts of ended calls, what callers asked, and topics with the names people gave them. Vectors are
// text (base64), so that they need no type of their own.
func insightsPart() part {
	return part{"insights", []string{`
CREATE TABLE insights_facts (
	call       TEXT PRIMARY KEY,
	made       INTEGER NOT NULL,
	made_ms    INTEGER NOT NULL,
	at_ms      INTEGER NOT NULL,
	queue      TEXT NOT NULL,
	lang       TEXT NOT NULL,
	channel    TEXT NOT NULL,
	who        TEXT NOT NULL,
	agent      TEXT NOT NULL,
	name       TEXT NOT NULL,
	intent     TEXT NOT NULL,
	topic      TEXT NOT NULL,
	outcome    TEXT NOT NULL,
	judged     INTEGER NOT NULL,
	handed     INTEGER NOT NULL,
	wait       TEXT NOT NULL,
	wait_ms    INTEGER NOT NULL,
	handle_ms  INTEGER NOT NULL,
	length_ms  INTEGER NOT NULL,
	timed      INTEGER NOT NULL,
	caller_ms  INTEGER NOT NULL,
	company_ms INTEGER NOT NULL,
	silence_ms INTEGER NOT NULL,
	base_ms    INTEGER NOT NULL,
	cut_in     INTEGER NOT NULL,
	barge_in   INTEGER NOT NULL,
	felt       INTEGER NOT NULL,
	mood       REAL NOT NULL,
	worst      REAL NOT NULL,
	alert      INTEGER NOT NULL,
	asked      INTEGER NOT NULL,
	lacking    INTEGER NOT NULL,
	turn       INTEGER NOT NULL,
	turn_ms    INTEGER NOT NULL,
	turn_lang  TEXT NOT NULL,
	reason     TEXT NOT NULL,
	words      TEXT NOT NULL
);
CREATE INDEX insights_facts_by_time ON insights_facts (at_ms);
CREATE INDEX insights_facts_by_version ON insights_facts (made);
CREATE TABLE insights_questions (
	call     TEXT NOT NULL,
	turn     INTEGER NOT NULL,
	turn_ms  INTEGER NOT NULL,
	lang     TEXT NOT NULL,
	text     TEXT NOT NULL,
	words    TEXT NOT NULL,
	reason   INTEGER NOT NULL,
	answered INTEGER NOT NULL,
	vector   TEXT NOT NULL,
	PRIMARY KEY (call, turn)
);
CREATE TABLE insights_topics (
	id       TEXT PRIMARY KEY,
	lang     TEXT NOT NULL,
	name     TEXT NOT NULL DEFAULT '',
	person   TEXT NOT NULL DEFAULT '',
	centre   TEXT NOT NULL,
	size     INTEGER NOT NULL,
	first_ms INTEGER NOT NULL,
	quiet_ms INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE insights_spaces (lang TEXT PRIMARY KEY, mean TEXT NOT NULL, at_ms INTEGER NOT NULL);
CREATE TABLE insights_alerts (
	id    TEXT PRIMARY KEY,
	topic TEXT NOT NULL,
	level INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	body  TEXT NOT NULL
);
CREATE INDEX insights_alerts_of ON insights_alerts (topic, at_ms);
`, insightsFailed}}
}

// Insights keeps facts and topics in a Store. It is what insight.Keeper and insight.Read work with.
type Insights struct{ s *Store }

var (
	_ insight.Drawer  = (*Insights)(nil)
	_ insight.Grouper = (*Insights)(nil)
	_ insight.Reader  = (*Insights)(nil)
)

// Insights returns the part of the store that keeps facts and topics.
func (s *Store) Insights() *Insights { return &Insights{s} }

// Source is what the facts of a call are drawn from.
func (i *Insights) Source(ctx context.Context, id call.ID) (insight.Source, error) {
	var src insight.Source
	var err error
	if src.Call, err = i.s.Get(ctx, id); err != nil {
		return src, err
	}
	tx, err := i.s.look(ctx)
	if err != nil {
		return src, fmt.Errorf("read call: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	const q = "SELECT seq, at_ms, kind, body FROM events WHERE call = ? AND kind IN (?, ?, ?) ORDER BY seq"
	if src.Moves, err = i.s.queryEvents(ctx, tx, q, id, call.KindTransfer, call.KindParty, call.KindAlert); err != nil {
		return src, err
	}
	var edited string
	err = tx.QueryRowContext(ctx, "SELECT edited FROM wrapups WHERE call = ? AND person <> ''", id).Scan(i.s.opened(&edited, "wrapups.edited", id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && edited == "" {
		return src, nil
	}
	if err != nil {
		return src, fmt.Errorf("read what was written down: %w", err)
	}
	src.Written = &wrapup.Summary{}
	if err := json.Unmarshal([]byte(edited), src.Written); err != nil {
		return src, fmt.Errorf("read what was written down: %w", err)
	}
	return src, nil
}

const factColumns = `call, at_ms, queue, lang, channel, who, agent, name, intent, topic, outcome, judged, handed, wait, wait_ms, handle_ms, length_ms,
	timed, caller_ms, company_ms, silence_ms, base_ms, cut_in, barge_in, felt, mood, worst, alert, asked, lacking, turn, turn_ms, turn_lang, reason, words`

// wasCounted marks a call whose facts were stored, unless a person wrote its summary meanwhile.
const wasCounted = `UPDATE calls SET counted = 1 WHERE id = ? AND state <> ?
	AND NOT EXISTS (SELECT 1 FROM wrapups w WHERE w.call = calls.id AND w.person <> '' AND w.at_ms > ?)`

// SaveDrawn stores facts and questions.
func (i *Insights) SaveDrawn(ctx context.Context, v int, at time.Time, all []insight.Drawn) error {
	if len(all) == 0 {
		return nil
	}
	return i.s.inTx(ctx, "store facts", func(tx *sql.Tx) error {
		for _, d := range all {
			if err := i.s.saveFact(ctx, tx, v, at, d.Fact); err != nil {
				return fmt.Errorf("store facts: %w", err)
			}
			if err := i.s.saveQuestions(ctx, tx, d); err != nil {
				return fmt.Errorf("store questions: %w", err)
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM insights_failed WHERE call = ?", d.Fact.Call); err != nil { // it could be counted after all
				return fmt.Errorf("store facts: %w", err)
			}
			if _, err := tx.ExecContext(ctx, wasCounted, d.Fact.Call, record.Running, at.UnixMilli()); err != nil {
				return fmt.Errorf("store facts: %w", err)
			}
		}
		return nil
	})
}

func (s *Store) saveFact(ctx context.Context, tx *sql.Tx, v int, at time.Time, f insight.Fact) error {
	args := []any{
		f.Call, f.At.UnixMilli(), f.Queue, f.Lang, f.Channel, s.hide("insights_facts.who", f.Who, f.Call), f.Agent, f.Name, f.Intent, f.Topic, f.Outcome, f.Judged, f.Handed, f.Wait,
		thousandths(f.WaitS), thousandths(f.HandleS), thousandths(f.LengthS), f.Timed, thousandths(f.CallerS), thousandths(f.CompanyS), thousandths(f.SilenceS), thousandths(f.BaseS),
		f.CutIn, f.BargeIn, f.Felt, f.Mood, f.Worst, f.Alert, f.Asked, f.Lacking, f.Reason.Turn, thousandths(f.Reason.AtS), f.Reason.Lang,
		s.hide("insights_facts.reason", f.Reason.Text, f.Call), s.hide("insights_facts.words", strings.Join(f.Reason.Words, " "), f.Call),
		v, at.UnixMilli(),
	}
	columns := strings.Split(strings.Join(strings.Fields(factColumns), " "), ", ")
	sets := make([]string, 0, len(columns)+2)
	for _, c := range append(columns[1:], "made", "made_ms") {
		if c == "topic" { // one found by a run stays when none is near now
			sets = append(sets, "topic = CASE excluded.topic WHEN '' THEN insights_facts.topic ELSE excluded.topic END")
			continue
		}
		sets = append(sets, c+" = excluded."+c)
	}
	q := "INSERT INTO insights_facts (" + factColumns + ", made, made_ms) VALUES (?" + strings.Repeat(", ?", len(args)-1) + ") ON CONFLICT (call) DO UPDATE SET " + strings.Join(sets, ", ")
	_, err := tx.ExecContext(ctx, q, args...)
	return err
}

func (s *Store) saveQuestions(ctx context.Context, tx *sql.Tx, d insight.Drawn) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM insights_questions WHERE call = ?", d.Fact.Call); err != nil {
		return err
	}
	const q = "INSERT INTO insights_questions (call, turn, turn_ms, lang, text, words, reason, answered, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (call, turn) DO NOTHING"
	for _, x := range d.Questions {
		if _, err := tx.ExecContext(ctx, q, d.Fact.Call, x.Turn, thousandths(x.AtS), x.Lang, s.hide("insights_questions.text", x.Text, d.Fact.Call, x.Turn),
			s.hide("insights_questions.words", strings.Join(x.Words, " "), d.Fact.Call, x.Turn), x.Reason, x.Answered, s.hide("insights_questions.vector", packed(x.Vector), d.Fact.Call, x.Turn)); err != nil {
			return err
		}
	}
	return nil
}

func thousandths(s float64) int64 { return int64(s*1000 + 0.5) }

// in writes the conditions of a period and a scope.
func (i *Insights) in(scope *record.Scope, p insight.Period) (string, []any) {
	cond, args := "f.at_ms >= ? AND f.at_ms < ?", []any{p.From.UnixMilli(), p.To.UnixMilli()}
	if scope == nil {
		return cond, args
	}
	if len(scope.Routes) == 0 {
		return cond + " AND 1 = 0", args
	}
	cond += " AND f.queue IN (?" + strings.Repeat(", ?", len(scope.Routes)-1) + ")"
	for _, r := range scope.Routes {
		args = append(args, r)
	}
	return cond, args
}

// Facts are those of a period.
func (i *Insights) Facts(ctx context.Context, scope *record.Scope, p insight.Period) ([]insight.Fact, error) {
	cond, args := i.in(scope, p)
	rows, err := i.s.read.QueryContext(ctx, "SELECT "+factColumns+" FROM insights_facts f WHERE "+cond+" ORDER BY at_ms, call", args...)
	if err != nil {
		return nil, fmt.Errorf("read facts: %w", err)
	}
	return collect(rows, "read facts", i.scanFact)
}

func (i *Insights) scanFact(r scanner) (insight.Fact, error) {
	var f insight.Fact
	var at, wait, handle, length, caller, company, silence, base, turn int64
	var words string
	err := r.Scan(&f.Call, &at, &f.Queue, &f.Lang, &f.Channel, i.s.opened(&f.Who, "insights_facts.who", &f.Call), &f.Agent, &f.Name, &f.Intent, &f.Topic, &f.Outcome, &f.Judged, &f.Handed, &f.Wait, &wait, &handle, &length,
		&f.Timed, &caller, &company, &silence, &base, &f.CutIn, &f.BargeIn, &f.Felt, &f.Mood, &f.Worst, &f.Alert, &f.Asked, &f.Lacking, &f.Reason.Turn, &turn, &f.Reason.Lang,
		i.s.opened(&f.Reason.Text, "insights_facts.reason", &f.Call), i.s.opened(&words, "insights_facts.words", &f.Call))
	if err != nil {
		return f, fmt.Errorf("read facts: %w", err)
	}
	f.At = time.UnixMilli(at).UTC()
	for to, v := range map[*float64]int64{&f.WaitS: wait, &f.HandleS: handle, &f.LengthS: length, &f.CallerS: caller, &f.CompanyS: company, &f.SilenceS: silence, &f.BaseS: base, &f.Reason.AtS: turn} {
		*to = float64(v) / 1000
	}
	f.Reason.Call, f.Reason.Reason, f.Reason.Words = f.Call, f.Reason.Text != "", strings.Fields(words)
	return f, nil
}

// Missing counts ended calls of a period without facts.
func (i *Insights) Missing(ctx context.Context, scope *record.Scope, p insight.Period) (int, error) {
	cond, args := i.in(scope, p)
	cond = strings.NewReplacer("f.at_ms", "c.started_ms", "f.queue", "c.route").Replace(cond)
	var n int
	q := "SELECT count(*) FROM calls c WHERE " + cond + " AND c.state <> ? AND NOT EXISTS (SELECT 1 FROM insights_facts f WHERE f.call = c.id)"
	if err := i.s.read.QueryRowContext(ctx, q, append(args, record.Running)...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count calls without facts: %w", err)
	}
	return n, nil
}
