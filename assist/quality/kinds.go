package quality

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// The types of questions. The empty one is YesNo.
const (
	YesNo   = "yes_no"
	Scale   = "scale"   // one of several levels, the lowest first
	Several = "several" // any number of options
)

// How a question is answered. The empty one finds out from the question's words what is asked.
const (
	ByRule    = "rule"    // a condition in the language of the live rules
	ByMeaning = "meaning" // were the hints said, by wording and by embedding
	ByLLM     = "llm"     // a language model, where one is configured
	ByPerson  = "person"  // nobody but a person
)

// None is the answer to a question of several options when none of them holds.
const None Value = "none"

// Option is a level of a scale or one of several options.
type Option struct {
	Key    string
	TextEn string
	TextZh string
	// Score is what it is worth, -100..100 in percent of the question's weight. Without scores in the file the levels of a
	// scale go in even steps from 0 to 100, and several options share 100.
	Score  float64
	scored bool
	Fail   bool   // fails the call when it is chosen
	Rule   string // the condition under which it is chosen, instead of its words
	Hints  map[string][]string

	asked *Question // the option as a question of its own
}

var optionKey = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

const mostOptions = 30

// Kind is the type of the question.
func (q *Question) Kind() string {
	if q.Type == "" {
		return YesNo
	}
	return q.Type
}

func (q *Question) option(key string) *Option {
	for i := range q.Options {
		if q.Options[i].Key == key {
			return &q.Options[i]
		}
	}
	return nil
}

// Normal brings an answer into the form that is stored: the options of a question of several in the order of the form,
// each once. It is false for what the question cannot be answered with.
func (q *Question) Normal(v Value) (Value, bool) {
	switch {
	case v == NA || v == CannotTell:
		return v, true
	case q.Kind() == YesNo:
		return v, v == Yes || v == No
	case q.Kind() == Scale:
		return v, q.option(string(v)) != nil
	case v == None:
		return v, true
	}
	chosen := strings.Split(string(v), ",")
	for _, k := range chosen {
		if q.option(strings.TrimSpace(k)) == nil {
			return "", false
		}
	}
	var out []string
	for _, o := range q.Options {
		if slices.ContainsFunc(chosen, func(k string) bool { return strings.TrimSpace(k) == o.Key }) {
			out = append(out, o.Key)
		}
	}
	return Value(strings.Join(out, ",")), true
}

// credit is which part of its weight an answer earns, 0..1, and whether it fails the call. It is false for answers that do
// not count: na, cannot tell, and what the question does not know.
func (q *Question) credit(v Value) (share float64, fails, counts bool) {
	v, ok := q.Normal(v)
	if !ok || v == NA || v == CannotTell {
		return 0, false, false
	}
	if q.Kind() == YesNo {
		if v == q.FailOn {
			return 0, q.AutoFail, true
		}
		return 1, false, true
	}
	sum := 0.0
	if q.Kind() == Several && !slices.ContainsFunc(q.Options, func(o Option) bool { return o.Score > 0 }) {
		sum = 100 // only things that should not be: what is chosen is taken off
	}
	if v != None {
		for k := range strings.SplitSeq(string(v), ",") {
			o := q.option(k)
			sum += o.Score
			fails = fails || o.Fail
		}
	}
	return min(1, max(0, sum/100)), fails, true
}

// Fails reports whether v is an answer that fails the call by itself.
func (q *Question) Fails(v Value) bool {
	_, fails, _ := q.credit(v)
	return fails
}

// CanFail reports whether the question has such an answer.
func (q *Question) CanFail() bool {
	return q.AutoFail && q.Kind() == YesNo || slices.ContainsFunc(q.Options, func(o Option) bool { return o.Fail })
}

// Distance is how far two answers to a scale lie apart, in levels; false where one of them is none.
func (q *Question) Distance(a, b Value) (int, bool) {
	at := func(v Value) int {
		return slices.IndexFunc(q.Options, func(o Option) bool { return o.Key == string(v) })
	}
	if i, k := at(a), at(b); q.Kind() == Scale && i >= 0 && k >= 0 {
		return max(i-k, k-i), true
	}
	return 0, false
}

// settle fills in what a question leaves out and says what is wrong with it.
func (q *Question) settle() []Problem {
	var bad []Problem
	badf := func(code, format string, args ...any) {
		bad = append(bad, problemf(q.Line, code, "question %s "+format, append([]any{q.ID}, args...)...))
	}
	switch q.Kind() {
	case YesNo:
		if len(q.Options) > 0 {
			badf("no-options", "has options: write type: scale or type: several")
		}
	case Scale, Several:
		if q.Kind() == Scale && len(q.Options) == 0 {
			for _, k := range []string{"1", "2", "3", "4", "5"} {
				q.Options = append(q.Options, Option{Key: k})
			}
		}
		q.settleOptions(badf)
	default:
		badf("type", "has type %q: give yes_no, scale or several", q.Type)
	}
	if !slices.Contains([]string{"", ByRule, ByMeaning, ByLLM, ByPerson}, q.By) {
		badf("answer-by", "has answer_by %q: give rule, meaning, llm or person, or leave it out", q.By)
	}
	switch hasRule := q.Rule != "" || slices.ContainsFunc(q.Options, func(o Option) bool { return o.Rule != "" }); {
	case q.By == ByRule && !hasRule:
		badf("rule-missing", "is answered by a rule and has none: add rule: CONDITION")
	case q.Rule != "" && q.Kind() != YesNo:
		badf("rule-each", "has a rule: give each option its own")
	case hasRule && q.By != ByRule && q.By != "":
		badf("rule-unused", "has a rule, but is answered by %s", q.By)
	case hasRule:
		q.By = ByRule
	}
	if !slices.Contains([]string{"", "agent", "caller", "any"}, q.On) {
		badf("on", "has on %q: give agent, caller or any", q.On)
	}
	return bad
}

func (q *Question) settleOptions(badf func(code, format string, args ...any)) {
	if len(q.Options) < 2 || len(q.Options) > mostOptions {
		badf("options-number", "has %d options: give 2 to %d", len(q.Options), mostOptions)
	}
	seen, scored, fails := map[string]bool{}, 0, false
	for i, o := range q.Options {
		switch {
		case !optionKey.MatchString(o.Key) || slices.Contains([]Value{NA, CannotTell, None}, Value(o.Key)):
			badf("option-key", "has an option %q: give a short key of a-z, 0-9, _ and -, other than na, none and cannot_tell", o.Key)
		case seen[o.Key]:
			badf("option-twice", "has the option %s twice", o.Key)
		}
		seen[o.Key] = true
		fails = fails || o.Fail
		if o.scored {
			scored++
			continue
		}
		if q.Kind() == Scale {
			q.Options[i].Score = 100 * float64(i) / float64(max(1, len(q.Options)-1))
		} else {
			q.Options[i].Score = 100 / float64(len(q.Options))
		}
	}
	if scored > 0 && scored < len(q.Options) {
		badf("option-scores", "has scores for some options: give all of them one, or none")
	}
	if q.AutoFail && !fails {
		badf("option-fails", "fails the call: mark the options that do with fail: true")
	}
	for i := range q.Options {
		o := &q.Options[i]
		if o.TextEn == "" && o.TextZh == "" && o.Rule == "" {
			continue
		}
		o.asked = &Question{ID: q.ID + "/" + o.Key, TextEn: o.TextEn, TextZh: o.TextZh, Type: YesNo, FailOn: No, Hints: o.Hints, By: q.By, On: q.On, Line: q.Line}
		if o.Rule != "" {
			o.asked.Rule, o.asked.By = o.Rule, ByRule
		}
		o.asked.plan = newPlan(o.asked)
	}
}

func (r *reader) option(n ast.Node) Option {
	var o Option
	if k := r.plainText(n); k != "" { // options: [a, b]
		return Option{Key: k}
	}
	r.fields(n, "an option", map[string]func(ast.Node){
		"key": func(n ast.Node) { o.Key = r.text(n, "key") }, "text_en": func(n ast.Node) { o.TextEn = r.text(n, "text_en") },
		"text_zh": func(n ast.Node) { o.TextZh = r.text(n, "text_zh") }, "rule": func(n ast.Node) { o.Rule = r.text(n, "rule") },
		"score": func(n ast.Node) { o.Score, o.scored = r.signed(n, "score", 100), true },
		"fail":  func(n ast.Node) { o.Fail = r.truth(n, "fail") }, "hints": func(n ast.Node) { o.Hints = r.hints(n) },
	})
	return o
}

// plainText is the text of a node that is one, "" for others.
func (r *reader) plainText(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.IntegerNode:
		return r.text(n, "option")
	}
	return ""
}
