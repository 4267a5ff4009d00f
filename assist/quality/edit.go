package quality

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// Draft is a form as an editor shows it: every part of Form, in the order in which it is written. Parse of its YAML gives
// the form. Notes and comments of a file are not in it.
type Draft struct {
	Form      string          `json:"form" yaml:"form"`
	Version   string          `json:"version,omitempty" yaml:"version,omitempty"`
	Languages []string        `json:"languages" yaml:"languages,flow"`
	Queues    []string        `json:"queues,omitempty" yaml:"queues,flow,omitempty"`
	Sections  []DraftSection  `json:"sections,omitempty" yaml:"sections,omitempty"`
	Bands     []DraftBand     `json:"bands,omitempty" yaml:"bands,omitempty"`
	Words     any             `json:"words,omitempty" yaml:"words,omitempty" doc:"Lists of words for rules, as in a file of rules"`
	Questions []DraftQuestion `json:"questions" yaml:"questions"`
}

// DraftSection is a Section.
type DraftSection struct {
	ID      string  `json:"id" yaml:"id"`
	Title   string  `json:"title,omitempty" yaml:"title,omitempty"`
	TitleEn string  `json:"title_en,omitempty" yaml:"title_en,omitempty"`
	TitleZh string  `json:"title_zh,omitempty" yaml:"title_zh,omitempty"`
	Weight  float64 `json:"weight,omitempty" yaml:"weight,omitempty"`
}

// DraftBand is a Band.
type DraftBand struct {
	Name string  `json:"name" yaml:"name"`
	From float64 `json:"from" yaml:"from"`
}

// DraftQuestion is a Question.
type DraftQuestion struct {
	ID       string              `json:"id" yaml:"id"`
	Section  string              `json:"section,omitempty" yaml:"section,omitempty"`
	TextEn   string              `json:"text_en,omitempty" yaml:"text_en,omitempty"`
	TextZh   string              `json:"text_zh,omitempty" yaml:"text_zh,omitempty"`
	Type     string              `json:"type" yaml:"type" enum:"yes_no,scale,several"`
	Weight   *float64            `json:"weight,omitempty" yaml:"weight,omitempty" doc:"1 when it is left out"`
	AutoFail bool                `json:"auto_fail,omitempty" yaml:"auto_fail,omitempty"`
	FailOn   string              `json:"fail_on,omitempty" yaml:"fail_on,omitempty" doc:"yes or no; empty: read from the question's words"`
	AnswerBy string              `json:"answer_by,omitempty" yaml:"answer_by,omitempty" doc:"rule, meaning, llm or person; empty: what the question's words ask for"`
	Rule     string              `json:"rule,omitempty" yaml:"rule,omitempty"`
	On       string              `json:"on,omitempty" yaml:"on,omitempty" doc:"Whose turns the rule is asked about: agent, caller, any"`
	Options  []DraftOption       `json:"options,omitempty" yaml:"options,omitempty"`
	Hints    map[string][]string `json:"hints,omitempty" yaml:"hints,omitempty"`
}

// DraftOption is an Option.
type DraftOption struct {
	Key    string              `json:"key" yaml:"key"`
	TextEn string              `json:"text_en,omitempty" yaml:"text_en,omitempty"`
	TextZh string              `json:"text_zh,omitempty" yaml:"text_zh,omitempty"`
	Score  *float64            `json:"score,omitempty" yaml:"score,omitempty"`
	Fail   bool                `json:"fail,omitempty" yaml:"fail,omitempty"`
	Rule   string              `json:"rule,omitempty" yaml:"rule,omitempty"`
	Hints  map[string][]string `json:"hints,omitempty" yaml:"hints,omitempty"`
}

// Draft is the form for an editor.
func (f *Form) Draft() Draft {
	d := Draft{Form: f.Name, Version: f.Version, Languages: f.Languages, Queues: f.Queues, Words: f.Words, Questions: []DraftQuestion{}}
	for _, s := range f.Sections {
		d.Sections = append(d.Sections, DraftSection(s))
	}
	for _, b := range f.Bands {
		d.Bands = append(d.Bands, DraftBand(b))
	}
	for i := range f.Questions {
		d.Questions = append(d.Questions, f.Questions[i].draft())
	}
	return d
}

func (q *Question) draft() DraftQuestion {
	d := DraftQuestion{
		ID: q.ID, Section: q.Section, TextEn: q.TextEn, TextZh: q.TextZh, Type: q.Kind(), AutoFail: q.AutoFail, AnswerBy: q.By,
		Rule: q.Rule, On: q.On, Hints: lists(q.Hints),
	}
	if w := q.Weight; w != 1 {
		d.Weight = &w
	}
	if q.failOn {
		d.FailOn = string(q.FailOn)
	}
	for _, o := range q.Options {
		one := DraftOption{Key: o.Key, TextEn: o.TextEn, TextZh: o.TextZh, Fail: o.Fail, Rule: o.Rule, Hints: lists(o.Hints)}
		if o.scored {
			one.Score = &o.Score
		}
		d.Options = append(d.Options, one)
	}
	return d
}

// lists leaves out languages without entries.
func lists(in map[string][]string) map[string][]string {
	var out map[string][]string
	for lang, l := range in {
		if len(l) > 0 {
			if out == nil {
				out = map[string][]string{}
			}
			out[lang] = l
		}
	}
	return out
}

// YAML writes the draft as a file. It is not checked: Parse does that.
func (d Draft) YAML() ([]byte, error) {
	for i := range d.Questions {
		d.Questions[i].Hints = lists(d.Questions[i].Hints)
		for k := range d.Questions[i].Options {
			d.Questions[i].Options[k].Hints = lists(d.Questions[i].Options[k].Hints)
		}
	}
	out, err := yaml.MarshalWithOptions(d, yaml.UseSingleQuote(false), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("write form: %w", err)
	}
	return out, nil
}
