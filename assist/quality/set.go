package quality

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// Label is one person's answer.
type Label struct {
	Call, Question string
	Answer         Value
	Rater          string
	Line           int // of the file
}

// Set is a folder of calls with a form and people's answers.
type Set struct {
	Form    *Form
	Unknown []Problem // keys of the form that nobody knows
	Calls   []Call    // in the order of their files
	Sounds  []string  // files of calls that have no transcript beside them, or one without turns
	Labels  []Label   // in the order of the file
}

// ReadSet reads form.yaml, calls/*.json and answers.tsv of fsys. Errors name the file and the line.
func ReadSet(fsys fs.FS) (*Set, error) {
	raw, err := fs.ReadFile(fsys, "form.yaml")
	if err != nil {
		return nil, fmt.Errorf("read the form: %w", err)
	}
	s := &Set{}
	if s.Form, s.Unknown, err = ParseKnown(raw); err != nil {
		return nil, fmt.Errorf("read form.yaml: %w", err)
	}
	if err := s.readCalls(fsys); err != nil {
		return nil, err
	}
	if raw, err = fs.ReadFile(fsys, "answers.tsv"); err != nil {
		return nil, fmt.Errorf("read the answers: %w", err)
	}
	if s.Labels, err = ParseLabels(raw); err != nil {
		return nil, fmt.Errorf("read answers.tsv: %w", err)
	}
	for i, l := range s.Labels {
		q := s.Form.Question(l.Question)
		if q == nil {
			return nil, fmt.Errorf("read answers.tsv: answer %d is to the question %q, which the form lacks", i+1, l.Question)
		}
		v, ok := q.Normal(l.Answer)
		if !ok {
			return nil, fmt.Errorf("read answers.tsv: line %d: answer %q to %s: give %s", l.Line, l.Answer, q.ID, q.answers())
		}
		s.Labels[i].Answer = v
	}
	return s, nil
}

// answers names what a question can be answered with.
func (q *Question) answers() string {
	switch q.Kind() {
	case Scale:
		return "a key of its levels, na or cannot_tell"
	case Several:
		return "keys of its options with commas between, none, na or cannot_tell"
	}
	return "yes, no, na or cannot_tell"
}

func (s *Set) readCalls(fsys fs.FS) error {
	files, err := fs.ReadDir(fsys, "calls")
	if err != nil {
		return fmt.Errorf("read the calls: %w", err)
	}
	seen, known := map[string]bool{}, map[string]bool{} // with turns, at all
	for _, f := range files {
		name := path.Join("calls", f.Name())
		if f.IsDir() || path.Ext(name) != ".json" {
			continue
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("read a call: %w", err)
		}
		c, err := ParseCall(raw)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if c.ID == "" {
			c.ID = strings.TrimSuffix(f.Name(), ".json")
		}
		if known[c.ID] {
			return fmt.Errorf("read %s: the call %s is there twice", name, c.ID)
		}
		seen[c.ID] = len(c.Turns) > 0
		known[c.ID] = true
		s.Calls = append(s.Calls, c)
	}
	for _, f := range files {
		if ext := strings.ToLower(path.Ext(f.Name())); (ext == ".wav" || ext == ".flac") && !seen[strings.TrimSuffix(f.Name(), path.Ext(f.Name()))] {
			s.Sounds = append(s.Sounds, path.Join("calls", f.Name()))
		}
	}
	if len(s.Calls) == 0 && len(s.Sounds) == 0 {
		return errors.New("the folder calls holds no calls: put ID.json files there")
	}
	return nil
}

// ParseCall reads one call in JSON.
func ParseCall(raw []byte) (Call, error) {
	var c Call
	if err := json.Unmarshal(raw, &c); err != nil {
		return Call{}, fmt.Errorf("not a call in JSON: %w", err)
	}
	for i, t := range c.Turns {
		if t.EndS < t.StartS || t.StartS < 0 {
			return Call{}, fmt.Errorf("turn %d goes from %v to %v seconds", i, t.StartS, t.EndS)
		}
	}
	return c, nil
}

// ParseLabels reads people's answers: lines of call, question, answer and rater with tabs between, after a header that
// names these columns in any order.
func ParseLabels(raw []byte) ([]Label, error) {
	lines := strings.Split(strings.TrimPrefix(string(raw), "\ufeff"), "\n")
	col := map[string]int{}
	for i, name := range strings.Split(strings.TrimRight(lines[0], "\r"), "\t") {
		col[strings.ToLower(strings.TrimSpace(name))] = i
	}
	wide := 0 // columns that a line must have
	for _, name := range []string{"call", "question", "answer", "rater"} {
		if _, ok := col[name]; !ok {
			return nil, fmt.Errorf("line 1: the header has no column %q; give call, question, answer, rater", name)
		}
		wide = max(wide, col[name]+1)
	}
	var out []Label
	for n, line := range lines[1:] {
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(strings.TrimRight(line, "\r"), "\t")
		if len(cells) < wide {
			return nil, fmt.Errorf("line %d: %d columns, the header names %d", n+2, len(cells), wide)
		}
		cell := func(name string) string { return strings.TrimSpace(cells[col[name]]) }
		v, ok := parseValue(cell("answer"))
		if !ok {
			return nil, fmt.Errorf("line %d: answer %q: give yes, no, na or cannot_tell", n+2, cell("answer"))
		}
		out = append(out, Label{cell("call"), cell("question"), v, cell("rater"), n + 2})
	}
	if len(out) == 0 {
		return nil, errors.New("there are no answers below the header")
	}
	return out, nil
}

func parseValue(s string) (Value, bool) {
	switch strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(s)) {
	case "yes", "y", "是":
		return Yes, true
	case "no", "n", "否":
		return No, true
	case "na", "n/a", "not_applicable", "不适用":
		return NA, true
	case "cannot_tell", "无法判断":
		return CannotTell, true
	}
	if keys := strings.ToLower(strings.ReplaceAll(s, " ", "")); answerKeys.MatchString(keys) { // of a scale or of several
		return Value(keys), true
	}
	return "", false
}

var answerKeys = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}(,[a-z0-9][a-z0-9_-]{0,31}){0,29}$`)
