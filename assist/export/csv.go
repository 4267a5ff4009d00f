package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/sheet"
	"github.com/parley-voice/parley/pipeline/call"
)

// callColumns are the columns of a CSV of calls: a line for each call and form.
func callColumns() []string {
	return []string{
		"call", "started_at", "queue", "lang", "from", "to", "duration_s", "state", "ended_by", "turns", "form", "version", "answered_by", "score", "band",
		"auto_fail", "failed_questions", "cannot_tell", "review", "silence_s", "overlap_s", "interruptions", "talk_caller_s", "talk_agent_s", "talk_bot_s",
		"talk_unknown_s", "alerts", "agents", "answered_by_name",
	}
}

// answerColumns are the columns of a CSV of answers: a line for each question of each form.
func answerColumns() []string {
	return []string{
		"call", "started_at", "queue", "lang", "form", "version", "question", "text", "answer", "confidence", "method", "made_by", "reason", "evidence_turn",
		"evidence_from_s", "evidence_to_s", "evidence", "agents", "answered_by_name",
	}
}

// Table writes calls as CSV, line by line, so that any number takes no more memory than one.
type Table struct {
	w *csv.Writer
	// Excel writes the mark that makes spreadsheet programs read UTF-8. Set it before the first call.
	Excel   bool
	answers bool
	out     io.Writer
	begun   bool
}

// NewTable writes calls to w, or with answers a line for each answer.
func NewTable(w io.Writer, answers bool) *Table {
	return &Table{w: csv.NewWriter(w), out: w, answers: answers}
}

// begin writes the header.
func (t *Table) begin() error {
	if t.begun {
		return nil
	}
	t.begun = true
	if t.Excel {
		if _, err := io.WriteString(t.out, sheet.Mark); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	if t.answers {
		return t.w.Write(answerColumns())
	}
	return t.w.Write(callColumns())
}

// Add writes one call.
func (t *Table) Add(c *Call) error {
	if err := t.begin(); err != nil {
		return err
	}
	rows := c.callRows()
	if t.answers {
		rows = c.answerRows()
	}
	for _, r := range rows {
		for i := range r {
			r[i] = sheet.Cell(r[i])
		}
		if err := t.w.Write(r); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return nil
}

// Flush writes what is buffered, and the header when there was no call.
func (t *Table) Flush() error {
	if err := t.begin(); err != nil {
		return err
	}
	t.w.Flush()
	if err := t.w.Error(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func num(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func secs(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }

func (c *Call) callRows() [][]string {
	f := c.figures()
	head := []string{
		string(c.ID), c.StartedAt.UTC().Format(time.RFC3339), c.Route, c.Lang, c.From, c.To, secs(c.Duration), string(c.State), string(c.EndedBy), strconv.Itoa(len(c.Turns)),
	}
	var rules []string
	for _, a := range c.Alerts {
		rules = append(rules, a.Rule)
	}
	tail := []string{
		c.Review, secs(f.Silence), secs(f.Overlap), strconv.Itoa(len(f.Interruptions)), secs(f.Talk[call.Caller]), secs(f.Talk[call.Agent]), secs(f.Talk[call.Bot]),
		secs(f.Talk["unknown"]), strings.Join(rules, " "), c.agents(),
	}
	var out [][]string
	for _, s := range c.Sheets {
		score := ""
		if s.Card.Score != nil {
			score = num(*s.Card.Score)
		}
		mid := []string{
			s.Sheet.Form, strconv.Itoa(s.Version), s.By, score, s.Card.Band, strconv.FormatBool(s.Card.Fail), strings.Join(s.Card.Fails, " "), strconv.Itoa(s.Card.Open),
		}
		out = append(out, join(head, mid, tail, []string{s.Name}))
	}
	if len(out) == 0 {
		out = append(out, join(head, make([]string, 8), tail, []string{""}))
	}
	return out
}

func (c *Call) answerRows() [][]string {
	var out [][]string
	for _, s := range c.Sheets {
		for _, a := range s.Card.Answers {
			by := "machine"
			if a.By == "person" {
				by = "person"
			}
			row := []string{
				string(c.ID), c.StartedAt.UTC().Format(time.RFC3339), c.Route, c.Lang, s.Sheet.Form, strconv.Itoa(s.Version), a.Question, s.text(a.Question, c.Lang),
				string(a.Value), num(a.Confidence), a.By, by, a.Why, "", "", "", "", c.agents(), s.Name,
			}
			if len(a.Evidence) > 0 {
				e := a.Evidence[0]
				row[13], row[14], row[15], row[16] = strconv.Itoa(e.Turn+1), secs(e.StartS), secs(e.EndS), e.Text
			}
			out = append(out, row)
		}
	}
	return out
}

// agents are who took part, in one cell.
func (c *Call) agents() string { return strings.Join(c.Agents, ", ") }

func join(parts ...[]string) []string {
	var out []string
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}
