package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/record"
)

const questionColumns = "q.call, q.turn, q.turn_ms, q.lang, q.text, q.words, q.reason, q.answered, q.vector"

func (i *Insights) scanQuestion(r scanner, more ...any) (insight.Question, error) {
	var q insight.Question
	var at int64
	var words, vector string
	if err := r.Scan(append([]any{&q.Call, &q.Turn, &at, &q.Lang, i.s.opened(&q.Text, "insights_questions.text", &q.Call, &q.Turn),
		i.s.opened(&words, "insights_questions.words", &q.Call, &q.Turn), &q.Reason, &q.Answered, i.s.opened(&vector, "insights_questions.vector", &q.Call, &q.Turn)}, more...)...); err != nil {
		return q, fmt.Errorf("read questions: %w", err)
	}
	q.AtS, q.Words, q.Vector = float64(at)/1000, strings.Fields(words), unpacked(vector)
	return q, nil
}

// Asked are the questions without an answer of a period.
func (i *Insights) Asked(ctx context.Context, scope *record.Scope, p insight.Period) ([]insight.Question, error) {
	cond, args := i.in(scope, p)
	rows, err := i.s.read.QueryContext(ctx, "SELECT "+questionColumns+" FROM insights_questions q JOIN insights_facts f ON f.call = q.call WHERE q.answered = 0 AND "+cond+" ORDER BY f.at_ms, q.call, q.turn", args...)
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	return collect(rows, "read questions", func(r scanner) (insight.Question, error) { return i.scanQuestion(r) })
}

// Reasons are the newest reasons with a vector.
func (i *Insights) Reasons(ctx context.Context, lang string, since time.Time, limit int) ([]insight.Reason, error) {
	const q = "SELECT " + questionColumns + `, f.at_ms, f.topic FROM insights_questions q JOIN insights_facts f ON f.call = q.call
		WHERE q.reason = 1 AND q.lang = ? AND q.vector <> '' AND f.at_ms >= ? ORDER BY f.at_ms DESC, q.call LIMIT ?`
	rows, err := i.s.read.QueryContext(ctx, q, lang, since.UnixMilli(), limit)
	if err != nil {
		return nil, fmt.Errorf("read reasons: %w", err)
	}
	return collect(rows, "read reasons", func(r scanner) (insight.Reason, error) {
		var out insight.Reason
		var at int64
		var err error
		out.Question, err = i.scanQuestion(r, &at, &out.Topic)
		out.At = time.UnixMilli(at).UTC()
		return out, err
	})
}

// Topics are all topics, by ID.
func (i *Insights) Topics(ctx context.Context) ([]insight.Topic, error) {
	rows, err := i.s.read.QueryContext(ctx, "SELECT id, lang, name, person, centre, size, first_ms, quiet_ms FROM insights_topics ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("read topics: %w", err)
	}
	return collect(rows, "read topics", func(r scanner) (insight.Topic, error) {
		var t insight.Topic
		var centre string
		var first, quiet int64
		if err := r.Scan(&t.ID, &t.Lang, &t.Name, &t.By, &centre, &t.Size, &first, &quiet); err != nil {
			return t, fmt.Errorf("read topics: %w", err)
		}
		t.Centre, t.First = floats(centre), time.UnixMilli(first).UTC()
		if quiet > 0 {
			t.Quiet = time.UnixMilli(quiet).UTC()
		}
		return t, nil
	})
}

// Spaces are what vectors of a language are compared in.
func (i *Insights) Spaces(ctx context.Context) (map[string]insight.Space, error) {
	rows, err := i.s.read.QueryContext(ctx, "SELECT lang, mean FROM insights_spaces")
	if err != nil {
		return nil, fmt.Errorf("read topics: %w", err)
	}
	out := map[string]insight.Space{}
	_, err = collect(rows, "read topics", func(r scanner) (string, error) {
		var lang, mean string
		err := r.Scan(&lang, &mean)
		out[lang] = insight.Space{Mean: floats(mean)}
		return lang, err
	})
	return out, err
}

// SaveRun stores topics and which calls are in them. A name given while the run went on stays.
func (i *Insights) SaveRun(ctx context.Context, run insight.Run, at time.Time) error {
	return i.s.inTx(ctx, "store topics", func(tx *sql.Tx) error {
		const topic = `INSERT INTO insights_topics (id, lang, centre, size, first_ms) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET centre = excluded.centre, size = excluded.size, first_ms = excluded.first_ms`
		for _, t := range run.Topics {
			if _, err := tx.ExecContext(ctx, topic, t.ID, t.Lang, base64Floats(t.Centre), t.Size, t.First.UnixMilli()); err != nil {
				return fmt.Errorf("store topics: %w", err)
			}
		}
		for id, t := range run.Moved {
			if _, err := tx.ExecContext(ctx, "UPDATE insights_facts SET topic = ? WHERE call = ?", t, id); err != nil {
				return fmt.Errorf("store topics: %w", err)
			}
		}
		const space = "INSERT INTO insights_spaces (lang, mean, at_ms) VALUES (?, ?, ?) ON CONFLICT (lang) DO UPDATE SET mean = excluded.mean, at_ms = excluded.at_ms"
		if _, err := tx.ExecContext(ctx, space, run.Lang, base64Floats(run.Space.Mean), at.UnixMilli()); err != nil {
			return fmt.Errorf("store topics: %w", err)
		}
		return nil
	})
}

// NameTopic gives a topic a name, "" for the one made from its phrases again; insight.ErrUnknown when there is none.
func (i *Insights) NameTopic(ctx context.Context, id, name, by string) error {
	return i.topic(ctx, "UPDATE insights_topics SET name = ?, person = ? WHERE id = ?", name, by, id)
}

// QuietTopic holds alerts of a topic back until a time.
func (i *Insights) QuietTopic(ctx context.Context, id string, until time.Time) error {
	return i.topic(ctx, "UPDATE insights_topics SET quiet_ms = ? WHERE id = ?", max(0, until.UnixMilli()), id)
}

func (i *Insights) topic(ctx context.Context, q string, args ...any) error {
	return alterOne(ctx, i.s.write, insight.ErrUnknown, "change topic", q, args...)
}

// alertAgain is how long an alert of a topic stands: within it only a more serious one is news.
const alertAgain = 72 * time.Hour

// NewAlert stores an alert and reports whether it is news: none of its topic as serious stands already.
func (i *Insights) NewAlert(ctx context.Context, a insight.Alert, at time.Time) (bool, error) {
	level := map[string]int{"info": 1, "warning": 2, "critical": 3}[a.Level]
	news := false
	err := i.s.inTx(ctx, "store alert", func(tx *sql.Tx) error {
		var id string
		err := tx.QueryRowContext(ctx, "SELECT id FROM insights_alerts WHERE topic = ? AND at_ms > ? AND level >= ? LIMIT 1", a.Topic, at.Add(-alertAgain).UnixMilli(), level).Scan(&id)
		if err == nil {
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("store alert: %w", err)
		}
		body, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("store alert: %w", err)
		}
		news = true
		const q = `INSERT INTO insights_alerts (id, topic, level, at_ms, body) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET level = excluded.level, at_ms = excluded.at_ms, body = excluded.body`
		if _, err := tx.ExecContext(ctx, q, a.ID, a.Topic, level, at.UnixMilli(), string(body)); err != nil {
			return fmt.Errorf("store alert: %w", err)
		}
		return nil
	})
	return news && err == nil, err
}

// packed writes a vector of length one in bytes, as text. What is lost is less than the model's own noise.
func packed(v []float32) string {
	var most float32
	for _, x := range v {
		most = max(most, x, -x)
	}
	if most == 0 {
		return ""
	}
	b := make([]byte, len(v))
	for i, x := range v {
		b[i] = byte(int8(math.Round(float64(x / most * 127))))
	}
	return base64.StdEncoding.EncodeToString(b)
}

// unpacked reads what packed wrote; nil for anything else.
func unpacked(s string) []float32 {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) == 0 {
		return nil
	}
	v := make([]float32, len(b))
	var sum float64
	for i, x := range b {
		v[i] = float32(int8(x))
		sum += float64(v[i]) * float64(v[i])
	}
	if sum == 0 {
		return nil
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func base64Floats(v []float32) string {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(b)
}

func floats(s string) []float32 {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b)%4 != 0 {
		return nil
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v
}
