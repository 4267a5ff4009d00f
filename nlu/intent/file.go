package intent

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed default.yaml
var defaultYAML []byte

// OutOfScope is the intent of examples of what is not meant by any other.
const OutOfScope = "oos"

// Example is one way to say an intent.
type Example struct {
	Text   string
	Intent string // OutOfScope: none of them
	Lang   string // "en" or "zh"
}

// entry is one intent of a file.
type entry struct {
	Name string   `yaml:"name"`
	En   []string `yaml:"en"`
	Zh   []string `yaml:"zh"`
}

// Parse reads a file of intents: a YAML list of name, en and zh, the last two being lists of examples. The errors say
// which intent is wrong.
func Parse(raw []byte) ([]Example, error) {
	var entries []entry
	if err := yaml.UnmarshalWithOptions(raw, &entries, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("read intents: %w", err)
	}
	var out []Example
	seen := map[string]bool{}
	for i, e := range entries {
		switch {
		case strings.TrimSpace(e.Name) == "":
			return nil, fmt.Errorf("read intents: number %d has no name", i+1)
		case seen[e.Name]:
			return nil, fmt.Errorf("read intents: %s is there twice", e.Name)
		case len(e.En)+len(e.Zh) == 0:
			return nil, fmt.Errorf("read intents: %s has no examples", e.Name)
		}
		seen[e.Name] = true
		for _, t := range e.En {
			out = append(out, Example{t, e.Name, "en"})
		}
		for _, t := range e.Zh {
			out = append(out, Example{t, e.Name, "zh"})
		}
	}
	return out, nil
}

// Default are the built-in intents, in English and Chinese.
func Default() []Example {
	ex, err := Parse(defaultYAML)
	if err != nil {
		panic("intent: built-in file: " + err.Error()) // a broken build
	}
	return ex
}
