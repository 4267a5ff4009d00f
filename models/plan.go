package models

import (
	"cmp"
	"fmt"
	"strings"
)

// Pick is a model that was chosen, or passed over, and the reason.
type Pick struct {
	Name  string `json:"name"`
	Taken bool   `json:"taken"`
	Why   string `json:"why"`
}

// Defaults returns the names of the default set.
func (c *Catalogue) Defaults() []string {
	var names []string
	for i := range c.Models {
		if c.Models[i].Default {
			names = append(names, c.Models[i].Name)
		}
	}
	return names
}

// Plan picks what answering calls in one language needs, from the default set, and says why it takes each model and why it
// passes over the others of that language.
func (c *Catalogue) Plan(lang string) ([]Pick, error) {
	lang, _, _ = strings.Cut(strings.ToLower(lang), "-")
	named := false
	var taken, passed []Pick
	for i := range c.Models {
		m := &c.Models[i]
		if !m.Speaks(lang) {
			continue
		}
		if m.Default {
			named = named || m.Task == TTS
			taken = append(taken, Pick{Name: m.Name, Taken: true, Why: cmp.Or(m.Why[lang], m.Note)})
			continue
		}
		if why := m.Why[lang]; why != "" {
			passed = append(passed, Pick{Name: m.Name, Why: why})
		}
	}
	if !named {
		return nil, fmt.Errorf("no voice of the catalogue speaks %q: give en or zh", lang)
	}
	return append(taken, passed...), nil
}
