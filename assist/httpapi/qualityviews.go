package httpapi

import (
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
)

// qualitySheet is a score as pages show it.
type qualitySheet struct {
	Form     string          `json:"form"`
	Version  int             `json:"version"`
	By       string          `json:"by" doc:"machine, or the id of the person who answered last"`
	At       time.Time       `json:"at"`
	Rev      int             `json:"rev" doc:"Counts the changes; give it back as expect"`
	Meaning  string          `json:"meaning" doc:"Embedding weights that meaning was judged with; empty: by wording alone"`
	Score    *float64        `json:"score" doc:"0..100, null when nothing was answered yes or no"`
	Band     string          `json:"band"`
	AutoFail bool            `json:"auto_fail"`
	Fails    []string        `json:"fails"`
	Answers  []qualityAnswer `json:"answers"`
	Hidden   string          `json:"hidden,omitempty" doc:"The calibration that keeps this score from you until you have answered there; nothing else is told then"`
}

type qualityAnswer struct {
	Question   string            `json:"question"`
	TextEn     string            `json:"text_en,omitempty" doc:"The question as the form of this version asks it"`
	TextZh     string            `json:"text_zh,omitempty"`
	AutoFail   bool              `json:"auto_fail" doc:"A bad answer fails the whole call"`
	Type       string            `json:"type" enum:"yes_no,scale,several"`
	Options    []qualityOption   `json:"options,omitempty" doc:"Of a scale, the lowest level first, or of several"`
	Answer     quality.Value     `json:"answer" doc:"yes, no, na, cannot_tell; of a scale a key; of several options keys with commas between, or none"`
	Confidence float64           `json:"confidence"`
	Method     string            `json:"method" doc:"wording, meaning, facts, timing, absence, rule, llm, person, or open: left to a person"`
	Evidence   []qualityEvidence `json:"evidence"`
	Reason     string            `json:"reason"`
	FailChance *failChance       `json:"fail_chance,omitempty" doc:"Of an answer that the machine weighed where one fails the call"`
}

type failChance struct {
	P      float64 `json:"p" doc:"How likely this answer fails the call, 0..1"`
	From   float64 `json:"from" doc:"From which on it does"`
	Beside int     `json:"beside" doc:"Other calls to the same question that it was compared with; 0: by this call alone"`
	Near   bool    `json:"near" doc:"The call passes and might as well fail"`
}

type qualityEvidence struct {
	Turn  int     `json:"turn" doc:"From 0"`
	FromS float64 `json:"from_s"`
	ToS   float64 `json:"to_s"`
	Quote string  `json:"quote"`
}

type qualityOption struct {
	Key    string  `json:"key"`
	TextEn string  `json:"text_en,omitempty"`
	TextZh string  `json:"text_zh,omitempty"`
	Score  float64 `json:"score" doc:"In percent of the question's weight"`
	Fail   bool    `json:"fail,omitempty" doc:"Fails the call when it is chosen"`
}

func viewOptions(q *quality.Question) []qualityOption {
	var out []qualityOption
	for _, o := range q.Options {
		out = append(out, qualityOption{o.Key, o.TextEn, o.TextZh, o.Score, o.Fail})
	}
	return out
}

// viewSheet shows a score with the words of its form's questions; without the form, by their ids alone.
func viewSheet(s scoring.Sheet, form *quality.Form) qualitySheet {
	v := qualitySheet{
		Form: s.Form, Version: s.Version, By: s.By, At: s.At, Rev: s.Rev, Meaning: s.Card.Meaning, Score: s.Card.Score, Band: s.Card.Band,
		AutoFail: s.Card.Fail, Fails: append([]string{}, s.Card.Fails...), Answers: []qualityAnswer{},
	}
	for _, a := range s.Card.Answers {
		q := qualityAnswer{Question: a.Question, Answer: a.Value, Confidence: a.Confidence, Method: a.By, Type: quality.YesNo, Evidence: []qualityEvidence{}, Reason: a.Why}
		if form != nil {
			if asked := form.Question(a.Question); asked != nil {
				q.TextEn, q.TextZh, q.AutoFail, q.Type, q.Options = asked.TextEn, asked.TextZh, asked.AutoFail, asked.Kind(), viewOptions(asked)
			}
		}
		if c, ok := s.Card.FailChance(a); ok {
			q.FailChance = &failChance{c.P, c.From, c.Beside, c.Near()}
		}
		for _, e := range a.Evidence {
			q.Evidence = append(q.Evidence, qualityEvidence{e.Turn, e.StartS, e.EndS, e.Text})
		}
		v.Answers = append(v.Answers, q)
	}
	return v
}
