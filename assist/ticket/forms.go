package ticket

import (
	_ "embed"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/parley-voice/parley/nlu/hanzi"
)

//go:embed forms.yaml
var standard []byte

// Field is one box of a form.
type Field struct {
	Name     string            `yaml:"name" json:"name"`
	Titles   map[string]string `yaml:"title" json:"titles"` // by language
	Type     string            `yaml:"type" json:"type"`    // text, number, date, choice; "" = text
	Choices  []string          `yaml:"choices" json:"choices,omitempty"`
	Required bool              `yaml:"required" json:"required"`
	From     string            `yaml:"from" json:"-"` // what it is prefilled with, see Prefill
}

// Form is a category of tickets.
type Form struct {
	ID      string              `yaml:"id" json:"id"`
	Titles  map[string]string   `yaml:"title" json:"titles"`
	Intents []string            `yaml:"intents" json:"-"` // intents of calls this form is for
	Words   map[string][]string `yaml:"words" json:"-"`   // by language: words in the reason of such calls
	SLA     time.Duration       `yaml:"sla" json:"-"`     // time to solve
	Working bool                `yaml:"working" json:"-"` // SLA counts opening hours only
	Fields  []Field             `yaml:"fields" json:"fields"`
}

// Title is the title in a language, or any.
func (f Form) Title(lang string) string { return titled(f.Titles, lang, f.ID) }

// Title is the title in a language, or any.
func (f Field) Title(lang string) string { return titled(f.Titles, lang, f.Name) }

func titled(titles map[string]string, lang, otherwise string) string {
	for _, l := range []string{lang, "en", "zh"} {
		if t := titles[l]; t != "" {
			return t
		}
	}
	return otherwise
}

// Forms are the categories there are.
type Forms struct{ all []Form }

type formsFile struct {
	Forms []Form `yaml:"forms"`
}

// Load reads forms from a YAML file; "" gives the built-in ones. A mistake is named with its line.
func Load(path string) (*Forms, error) {
	if path == "" {
		return Parse(standard)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read ticket forms: %w", err)
	}
	f, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

var nameShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Parse reads forms.
func Parse(data []byte) (*Forms, error) {
	var file formsFile
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("ticket forms: %w", err)
	}
	if len(file.Forms) == 0 {
		return nil, fmt.Errorf("ticket forms: there is none")
	}
	seen := map[string]bool{}
	for i := range file.Forms {
		f := &file.Forms[i]
		if !nameShape.MatchString(f.ID) || seen[f.ID] {
			return nil, fmt.Errorf("ticket forms: forms[%d].id %q is missing, not a-z 0-9 _, or used twice", i, f.ID)
		}
		seen[f.ID] = true
		if f.SLA <= 0 || f.SLA > 90*24*time.Hour {
			return nil, fmt.Errorf("ticket forms: %s: sla must be a time such as 24h, at most 2160h", f.ID)
		}
		if err := f.complete(); err != nil {
			return nil, err
		}
	}
	return &Forms{file.Forms}, nil
}

func (f *Form) complete() error {
	names := map[string]bool{}
	for i := range f.Fields {
		fd := &f.Fields[i]
		if fd.Type == "" {
			fd.Type = "text"
		}
		switch {
		case !nameShape.MatchString(fd.Name) || names[fd.Name]:
			return fmt.Errorf("ticket forms: %s.fields[%d].name %q is missing, not a-z 0-9 _, or used twice", f.ID, i, fd.Name)
		case !slices.Contains([]string{"text", "number", "date", "choice"}, fd.Type):
			return fmt.Errorf("ticket forms: %s.%s: type %q is none of text, number, date, choice", f.ID, fd.Name, fd.Type)
		case (fd.Type == "choice") != (len(fd.Choices) > 0):
			return fmt.Errorf("ticket forms: %s.%s: choices belong to a choice, and a choice needs them", f.ID, fd.Name)
		case fd.From != "" && !slices.Contains(sources(), fd.From):
			return fmt.Errorf("ticket forms: %s.%s: from %q is none of %s", f.ID, fd.Name, fd.From, strings.Join(sources(), ", "))
		}
		names[fd.Name] = true
	}
	return nil
}

// All lists the forms in the order of the file.
func (f *Forms) All() []Form { return slices.Clone(f.all) }

// Get returns a form by ID.
func (f *Forms) Get(id string) (Form, bool) {
	i := slices.IndexFunc(f.all, func(x Form) bool { return x.ID == id })
	if i < 0 {
		return Form{}, false
	}
	return f.all[i], true
}

// sources lists what a field can be prefilled with.
func sources() []string {
	return []string{"reason", "summary", "promised", "open", "amount", "date", "reference", "name", "number", "tier", "lang"}
}

// Facts is what is known when a ticket is prefilled. What is empty stays empty in the ticket: nothing is guessed.
type Facts struct {
	Lang   string
	Intent string
	Reason string
	// Values by source: reason, summary, promised, open, amount, date, reference, name, number, tier, lang.
	Values map[string]string
}

// Choose returns the form that fits best: by intent, then by words of the reason, then the last one of the file.
func (f *Forms) Choose(facts Facts) Form {
	for _, one := range f.all {
		if facts.Intent != "" && slices.Contains(one.Intents, facts.Intent) {
			return one
		}
	}
	best, most := f.all[len(f.all)-1], 0
	reason := fold(facts.Reason)
	for _, one := range f.all {
		n := 0
		for _, w := range one.Words[facts.Lang] {
			if contains(reason, fold(w)) {
				n++
			}
		}
		if n > most {
			best, most = one, n
		}
	}
	return best
}

// contains finds a word: in Chinese anywhere, elsewhere with no letter on either side.
func contains(text, word string) bool {
	if hanzi.HasHan(word) {
		return strings.Contains(text, word)
	}
	padded := " " + strings.Map(func(r rune) rune {
		if r == '\'' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return ' '
	}, text) + " "
	return strings.Contains(padded, " "+word+" ")
}

// Prefill returns a ticket with the fields that are known; a value that does not fit its field is left out.
func (f *Forms) Prefill(facts Facts) Ticket {
	form := f.Choose(facts)
	t := Ticket{Form: form.ID, Fields: map[string]string{}, Status: Open}
	for _, fd := range form.Fields {
		v := strings.TrimSpace(facts.Values[fd.From])
		if fd.From == "" || v == "" {
			continue
		}
		if len(v) > maxField {
			v = strings.ToValidUTF8(v[:maxField], "")
		}
		one := Form{Fields: []Field{{Name: fd.Name, Type: fd.Type, Choices: fd.Choices}}}
		if one.check(map[string]string{fd.Name: v}) == nil {
			t.Fields[fd.Name] = v
		}
	}
	return t
}

// fold makes one form of texts that say the same.
func fold(s string) string { return hanzi.Simplify(hanzi.Fold(strings.ToLower(s))) }
