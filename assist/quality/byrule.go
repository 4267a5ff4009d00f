package quality

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	live "github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// ruled is a question with a condition.
type ruled struct {
	id, when, on string
	line         int
}

// conditions are the questions and options of a form that have a condition.
func (f *Form) conditions() []ruled {
	var out []ruled
	add := func(q *Question) {
		if q != nil && q.Rule != "" {
			on := q.On
			if on == "" {
				on = Agent
			}
			out = append(out, ruled{q.ID, q.Rule, on, q.Line})
		}
	}
	for i := range f.Questions {
		add(&f.Questions[i])
		for _, o := range f.Questions[i].Options {
			add(o.asked)
		}
	}
	return out
}

// compileRules makes the conditions of a form ready, in the language of the live rules, with the form's own lists of words.
// Each is compiled alone at first, so that a mistake is told with its question.
func (f *Form) compileRules() []Problem {
	all := f.conditions()
	if len(all) == 0 {
		return nil
	}
	file := func(some []ruled) ([]byte, error) {
		type one struct {
			ID          string           `json:"id"`
			TextEn      string           `json:"text_en"`
			When        string           `json:"when"`
			On          string           `json:"on"`
			OncePerCall bool             `json:"once_per_call"`
			Do          []map[string]any `json:"do"`
		}
		doc := map[string]any{"version": 1}
		if f.Words != nil {
			doc["words"] = f.Words
		}
		var list []one
		for _, c := range some {
			list = append(list, one{c.id, c.id, c.when, c.on, true, []map[string]any{{live.Tag: map[string]any{"name": "q"}}}})
		}
		doc["rules"] = list
		return json.Marshal(doc) // which is YAML
	}
	try := func(some []ruled) (*live.Set, error) {
		raw, err := file(some)
		if err != nil {
			return nil, err
		}
		return live.Compile(raw)
	}
	set, err := try(all)
	if err == nil {
		f.rules = set
		return nil
	}
	var bad []Problem
	for _, c := range all {
		if _, err := try([]ruled{c}); err != nil {
			text := strings.TrimPrefix(err.Error(), "read rules: ")
			if _, after, ok := strings.Cut(text, "rule "+c.id+": "); ok {
				text = after
			}
			said := slices.DeleteFunc(live.SaidOf(err), func(s live.Said) bool { return s.Code == "rule" }) // that is how the form writes it
			bad = append(bad, Problem{c.line, fmt.Sprintf("question %s: its rule: %s", c.id, text), append([]live.Said{live.Say("question-rule", c.id)}, said...)})
		}
	}
	if len(bad) == 0 {
		bad = Problems(err)
	}
	return bad
}

// fired runs the conditions of a form over the call, once for all of its questions.
func (j *judge) fired(f *Form) {
	if f.rules == nil || j.rule != nil {
		return
	}
	j.rule = map[string]live.Firing{}
	s := f.rules.Session()
	j.broken = s.Failed
	at := func(v float64) call.Offset { return call.Offset(v * float64(time.Second)) }
	for i, t := range j.call.Turns {
		if j.ctx.Err() != nil {
			j.rule = nil // to begin with again
			return
		}
		in := live.Turn{N: i, Who: call.Party(t.Who), Text: t.Text, Lang: j.lang, Start: at(t.StartS), End: at(t.EndS)}
		if t.Confidence != nil {
			in.Confidence = *t.Confidence
		}
		for _, fi := range s.Feed(in) {
			j.rule[fi.Rule] = fi
		}
	}
}

// byRule answers whether the condition of q came to hold.
func (j *judge) byRule(q *Question) outcome {
	fi, held := j.rule[q.ID]
	if err := j.broken(q.ID); err != nil && !held {
		return outcome{value: CannotTell, conf: 0.9, by: ByRule, why: "the rule could not be worked out (" + clean(err.Error()) + "): change it, or answer yourself"}
	}
	if !held {
		o := outcome{value: No, conf: 0.9, by: "absence", why: "the condition of the rule never held"}
		o = j.doubt(plan{}, j.within(Agent, anywhere), o)
		if o.by == "absence" && o.value == No {
			o.by = ByRule
		}
		return o
	}
	o := outcome{value: Yes, conf: 0.9, by: ByRule, why: "the condition of the rule held", turns: []int{fi.Turn}}
	for _, r := range fi.Reasons {
		if r.Quote != "" && r.Turn >= 0 && r.Turn < len(j.call.Turns) && len(o.ev) < 3 {
			o.ev = append(o.ev, j.quoted(r.Turn, r.Quote))
		}
	}
	if len(o.ev) == 0 {
		o.ev = []Evidence{j.quoted(fi.Turn, "")}
	}
	return j.doubt(plan{}, nil, o)
}

// clean is the first line of an error.
func clean(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if i := strings.LastIndex(s, ": "); i >= 0 {
		s = s[i+2:]
	}
	return s
}

// quoted is the place of words in a turn, the whole turn when they are not in it as they stand.
func (j *judge) quoted(turn int, words string) Evidence {
	t := j.call.Turns[turn]
	all := []rune(t.Text)
	from, to := 0, len(all)
	if i := strings.Index(fold(t.Text), fold(words)); words != "" && i >= 0 {
		from = len([]rune(fold(t.Text)[:i]))
		to = min(len(all), from+len([]rune(fold(words))))
	}
	n, length := float64(max(1, len(all))), max(0, t.EndS-t.StartS)
	return Evidence{Turn: turn, Start: from, End: to, Text: string(all[from:to]), StartS: t.StartS + length*float64(from)/n, EndS: t.StartS + length*float64(to)/n}
}

// levels answers a scale: the first of its levels, from the last (the best) down, that was found.
func (j *judge) levels(q *Question) (outcome, error) {
	for i := len(q.Options) - 1; i >= 0; i-- {
		o := &q.Options[i]
		if o.asked == nil || o.Rule == "" && len(o.Hints) == 0 {
			continue
		}
		found, _, err := j.decide(o.asked)
		if err != nil {
			return outcome{}, err
		}
		switch found.value {
		case Yes:
			found.value = Value(o.Key)
			return found, nil
		case CannotTell:
			return found, nil
		}
	}
	return forPerson("no level was found: a person answers this"), nil
}

// options answers a question of several: those of its options that were found.
func (j *judge) options(q *Question) (outcome, error) {
	all := outcome{conf: 1, by: "absence", why: "none of the options was found"}
	var keys []string
	asked := false
	for i := range q.Options {
		o := &q.Options[i]
		if o.asked == nil {
			continue
		}
		asked = true
		found, _, err := j.decide(o.asked)
		if err != nil {
			return outcome{}, err
		}
		all.conf = min(all.conf, found.conf)
		switch found.value {
		case CannotTell:
			return found, nil
		case Yes:
			keys = append(keys, o.Key)
			all.ev, all.by, all.why = append(all.ev, found.ev...), found.by, found.why
		}
	}
	if !asked {
		return forPerson("its options have no words: a person answers this"), nil
	}
	all.value = None
	if len(keys) > 0 {
		all.value = Value(strings.Join(keys, ","))
	}
	return all, nil
}

// forPerson is the answer of a question that a person answers.
func forPerson(why string) outcome { return outcome{value: CannotTell, by: "open", why: why} }
