package quality

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	live "github.com/parley-voice/parley/assist/rules"
)

// Form is a list of questions about a call.
type Form struct {
	Name      string
	Version   string
	Languages []string // "en", "zh"
	Queues    []string // the queues whose calls it judges; empty for all
	Sections  []Section
	Bands     []Band
	Questions []Question
	// Words are lists of words for the rules of its questions, as in a file of rules; nil for none.
	Words any

	rules *live.Set // nil when no question has a rule
}

// Section groups questions. Weight 0: its questions count by their own weights.
type Section struct {
	ID    string
	Title string
	// TitleEn and TitleZh are the title in a language, "" where it has one for both.
	TitleEn, TitleZh string
	Weight           float64
}

// Band names a range of scores, from From to the next band.
type Band struct {
	Name string
	From float64 // 0..100
}

// Question is one thing to be answered about a call.
type Question struct {
	ID       string
	TextEn   string
	TextZh   string
	Type     string // YesNo, Scale or Several
	By       string // how it is answered: ByRule, ByMeaning, ByLLM, ByPerson, or "" for whatever its words ask for
	Rule     string // the condition of ByRule
	On       string // whose turns the condition is asked about: "agent" (also ""), "caller", "any"
	Options  []Option
	Section  string // id of a section, "" for none
	Weight   float64
	AutoFail bool
	// FailOn is the bad answer: No, or Yes for a question that asks for what must not happen. Without fail_on in the
	// file it is read from the question's words.
	FailOn Value
	failOn bool                // it stands in the file
	Hints  map[string][]string // by language: phrases that usually satisfy the question, neither needed nor enough
	Line   int                 // in the file

	read   map[string]string   // by language: its text as it is read, with the plain words for the two sides of a call
	notes  map[string][]remark // by language: what it says itself of how it is answered
	others int                 // questions of its form that say themselves when they do not apply
	plan   plan
}

// Question is the question with this id, nil if there is none.
func (f *Form) Question(id string) *Question {
	for i := range f.Questions {
		if f.Questions[i].ID == id {
			return &f.Questions[i]
		}
	}
	return nil
}

// Problem is what is wrong with a form.
type Problem struct {
	Line int // 0 when the file as a whole is meant
	Text string
	Said []live.Said // the same for those who say it in another language
}

// problemf is a problem whose code has the arguments of its text.
func problemf(line int, code, format string, args ...any) Problem {
	return Problem{line, fmt.Sprintf(format, args...), []live.Said{live.Say(code, args...)}}
}

// Error says where and what.
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// maxForm is the most bytes of a form: far more than people write, few enough to parse at once.
const maxForm = 1 << 20

// Parse reads a form in YAML. Its error joins every Problem of the file in the order of lines; a key that it does not
// know is one.
func Parse(raw []byte) (*Form, error) {
	f, unknown, err := read(raw)
	problems := unknown
	if err != nil {
		problems = append(problems, Problems(err)...)
	}
	if len(problems) > 0 {
		return nil, join(problems)
	}
	return f, nil
}

// ParseKnown reads a form like Parse, but returns the keys that it does not know instead of refusing them.
func ParseKnown(raw []byte) (f *Form, unknown []Problem, err error) { return read(raw) }

// Problems are what an error of Parse joins, one where it is of another kind.
func Problems(err error) []Problem {
	var many interface{ Unwrap() []error }
	var out []Problem
	if errors.As(err, &many) {
		for _, e := range many.Unwrap() {
			var p Problem
			if errors.As(e, &p) {
				out = append(out, p)
			}
		}
		return out
	}
	return []Problem{{Text: err.Error(), Said: live.SaidOf(err)}}
}

func join(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = p
	}
	return errors.Join(errs...)
}

// reader collects what is wrong while a form is read.
type reader struct{ bad, unknown []Problem }

func (r *reader) badf(line int, code, format string, args ...any) {
	r.bad = append(r.bad, problemf(line, code, format, args...))
}

func read(raw []byte) (*Form, []Problem, error) {
	if len(raw) > maxForm {
		return nil, nil, join([]Problem{problemf(0, "form-long", "the form has %d bytes, more than %d: split it", len(raw), maxForm)})
	}
	file, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, nil, join([]Problem{notYAML(err)})
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, nil, join([]Problem{problemf(0, "one-form", "give one form per file, starting with its name: form: NAME")})
	}
	r := &reader{}
	f := r.form(file.Docs[0].Body)
	for i := range f.Questions {
		r.bad = append(r.bad, f.Questions[i].settle()...)
	}
	if len(r.bad) == 0 {
		r.bad = append(r.bad, f.compileRules()...)
	}
	if err := join(r.bad); err != nil {
		return nil, r.unknown, err
	}
	f.roles()
	for i := range f.Questions {
		q := &f.Questions[i]
		q.plan = newPlan(q)
		if q.FailOn == "" && q.Kind() == YesNo {
			q.FailOn = q.plan.failOn()
		}
	}
	f.lenient()
	return f, r.unknown, nil
}

// lenient marks the questions that leave it to another one of the form whether what was said is right.
func (f *Form) lenient() {
	asked := slices.ContainsFunc(f.Questions, func(q Question) bool {
		return len(q.plan.want) == 1 && q.plan.want[0].name == "accuracy"
	})
	for i := range f.Questions {
		q := &f.Questions[i]
		q.plan.lenient = asked && !rightly.in(q.plan.core["en"]+" ; "+q.plan.core["zh"])
	}
}

// rightly are the words of a question that is about being right itself.
var rightly = pat(`\b(right\w*|correct\w*|accura\w*|true|realistic\w*|wrong\w*)\b`, `准确|正确|无误|对不对|如实|错`)

var parserPlace = regexp.MustCompile(`^\[(\d+):\d+\] (.*)`)

// notYAML is what the parser said, with its line.
func notYAML(err error) Problem {
	text, _, _ := strings.Cut(err.Error(), "\n")
	line := 0
	if m := parserPlace.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line, text = n, m[2]
		}
	}
	return problemf(line, "not-yaml", "not YAML: %s", text)
}

var formID = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,99}$`)

func (r *reader) form(n ast.Node) *Form {
	f := &Form{}
	line := r.fields(n, "the form", map[string]func(ast.Node){
		"form": func(n ast.Node) { f.Name = r.text(n, "form") }, "version": func(n ast.Node) { f.Version = r.text(n, "version") },
		"title": nil, "name": nil, "description": nil, "notes": nil,
		"queues": func(n ast.Node) { f.Queues = r.texts(n, "queues") }, "queue": func(n ast.Node) { f.Queues = r.texts(n, "queue") },
		"languages": func(n ast.Node) { f.Languages = r.texts(n, "languages") },
		"sections": func(n ast.Node) {
			r.each(n, "sections", func(n ast.Node) { f.Sections = append(f.Sections, r.section(n)) })
		},
		"words": func(n ast.Node) { f.Words = r.anything(n, "words") },
		"bands": func(n ast.Node) { r.each(n, "bands", func(n ast.Node) { f.Bands = append(f.Bands, r.band(n)) }) },
		"questions": func(n ast.Node) {
			r.each(n, "questions", func(n ast.Node) { f.Questions = append(f.Questions, r.question(n)) })
		},
	})
	if f.Name == "" {
		r.badf(line, "no-name", "the form has no name: add form: NAME")
	}
	if len(f.Languages) == 0 {
		f.Languages = []string{"en", "zh"}
	}
	for _, l := range f.Languages {
		if l != "en" && l != "zh" {
			r.badf(line, "language", "language %q: give en or zh", l)
		}
	}
	r.check(f, line)
	return f
}

// check looks at what the parts of a form say of each other.
func (r *reader) check(f *Form, line int) {
	if len(f.Questions) == 0 && len(r.bad) == 0 {
		r.badf(line, "no-questions", "the form has no questions")
	}
	sections, ids, weight := map[string]bool{}, map[string]bool{}, 0.0
	for _, s := range f.Sections {
		if sections[s.ID] {
			r.badf(line, "section-twice", "section %s is there twice", s.ID)
		}
		sections[s.ID] = true
	}
	for _, q := range f.Questions {
		if q.ID != "" && ids[q.ID] {
			r.badf(q.Line, "question-twice", "question %s is there twice", q.ID)
		}
		ids[q.ID] = true
		weight += q.Weight
		if q.Section != "" && !sections[q.Section] {
			r.badf(q.Line, "section-unknown", "question %s is in section %q, which the form lacks", q.ID, q.Section)
		}
		for _, l := range f.Languages {
			if l == "en" && q.TextEn == "" || l == "zh" && q.TextZh == "" {
				r.badf(q.Line, "text-missing", "question %s has no text_%s, though the form is for %s", q.ID, l, l)
			}
		}
	}
	if len(f.Questions) > 0 && weight == 0 && len(r.bad) == 0 {
		r.badf(line, "weights-zero", "all weights are 0: give at least one question a weight above 0")
	}
}

func (r *reader) section(n ast.Node) Section {
	var s Section
	line := r.fields(n, "a section", map[string]func(ast.Node){
		"id": func(n ast.Node) { s.ID = r.text(n, "id") }, "title": func(n ast.Node) { s.Title = r.text(n, "title") },
		"title_en": func(n ast.Node) { s.TitleEn = r.text(n, "title_en") }, "title_zh": func(n ast.Node) { s.TitleZh = r.text(n, "title_zh") },
		"weight": func(n ast.Node) { s.Weight = r.number(n, "weight", 1e6) },
	})
	if !formID.MatchString(s.ID) {
		r.badf(line, "section-id", "section id %q: give a short id without spaces", s.ID)
	}
	return s
}

func (r *reader) band(n ast.Node) Band {
	var b Band
	line := r.fields(n, "a band", map[string]func(ast.Node){
		"name": func(n ast.Node) { b.Name = r.text(n, "name") }, "from": func(n ast.Node) { b.From = r.number(n, "from", 100) },
	})
	if b.Name == "" {
		r.badf(line, "band-name", "a band has no name")
	}
	return b
}

func (r *reader) question(n ast.Node) Question {
	q := Question{Type: "yes_no", Weight: 1}
	q.Line = r.fields(n, "a question", map[string]func(ast.Node){
		"id": func(n ast.Node) { q.ID = r.text(n, "id") }, "type": func(n ast.Node) { q.Type = r.text(n, "type") },
		"text_en": func(n ast.Node) { q.TextEn = r.text(n, "text_en") }, "text_zh": func(n ast.Node) { q.TextZh = r.text(n, "text_zh") },
		"section": func(n ast.Node) { q.Section = r.text(n, "section") }, "notes": nil, "description": nil,
		"weight":    func(n ast.Node) { q.Weight = r.number(n, "weight", 1e6) },
		"auto_fail": func(n ast.Node) { q.AutoFail = r.truth(n, "auto_fail") },
		"fail_on":   func(n ast.Node) { q.FailOn, q.failOn = Value(r.text(n, "fail_on")), true },
		"hints":     func(n ast.Node) { q.Hints = r.hints(n) },
		"answer_by": func(n ast.Node) { q.By = r.text(n, "answer_by") },
		"rule":      func(n ast.Node) { q.Rule = r.text(n, "rule") }, "on": func(n ast.Node) { q.On = r.text(n, "on") },
		"options": func(n ast.Node) {
			r.each(n, "options", func(n ast.Node) { q.Options = append(q.Options, r.option(n)) })
		},
	})
	switch {
	case !formID.MatchString(q.ID):
		r.badf(q.Line, "question-id", "question id %q: give a short id without spaces", q.ID)
	case q.TextEn == "" && q.TextZh == "":
		r.badf(q.Line, "no-text", "question %s has no text: add text_en or text_zh", q.ID)
	case q.FailOn != "" && q.FailOn != Yes && q.FailOn != No:
		r.badf(q.Line, "fail-on", "question %s has fail_on %q: give yes or no", q.ID, q.FailOn)
	}
	return q
}

func (r *reader) hints(n ast.Node) map[string][]string {
	out := map[string][]string{}
	if _, null := n.(*ast.NullNode); null {
		return out
	}
	r.fields(n, "hints", map[string]func(ast.Node){
		"en": func(n ast.Node) { out["en"] = r.texts(n, "en") }, "zh": func(n ast.Node) { out["zh"] = r.texts(n, "zh") },
	})
	return out
}

// Asks names what the question was understood to ask for, "" where it is looked for by its own words and hints.
func (q *Question) Asks() string {
	var names []string
	for _, c := range q.plan.want {
		names = append(names, c.name)
	}
	return strings.Join(names, "+")
}
