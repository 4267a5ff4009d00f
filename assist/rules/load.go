package rules

import (
	_ "embed"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

//go:embed data/words.yaml
var wordsYAML []byte

// Bounds on a rule file.
const (
	maxBytes = 1 << 20
	maxRules = 500
	maxWhen  = 2000 // characters of a condition
)

// bilingual holds patterns by language.
type bilingual struct {
	En []string `yaml:"en"`
	Zh []string `yaml:"zh"`
}

type wordsIn struct {
	Who    string   `yaml:"who"`
	Unless []string `yaml:"unless"`
	En     []string `yaml:"en"`
	Zh     []string `yaml:"zh"`
	EnWeak []string `yaml:"en_weak"`
	ZhWeak []string `yaml:"zh_weak"`
}

type contextIn struct {
	Scope    string   `yaml:"scope"`
	Reach    int      `yaml:"reach"`
	En       []string `yaml:"en"`
	Zh       []string `yaml:"zh"`
	EnExcept []string `yaml:"en_except"`
	ZhExcept []string `yaml:"zh_except"`
}

type defineIn struct {
	Name string `yaml:"name"`
	Is   string `yaml:"is"`
}

type ruleIn struct {
	ID          string           `yaml:"id"`
	TextEn      string           `yaml:"text_en"`
	TextZh      string           `yaml:"text_zh"`
	When        string           `yaml:"when"`
	Until       string           `yaml:"until"`
	On          string           `yaml:"on"`
	Do          []map[string]any `yaml:"do"`
	Priority    int              `yaml:"priority"`
	Cooldown    string           `yaml:"cooldown"`
	OncePerCall bool             `yaml:"once_per_call"`
	MaxPerCall  int              `yaml:"max_per_call"`
	Languages   []string         `yaml:"languages"`
	Wait        bool             `yaml:"wait"`
}

// waitIn is for what rules with "wait" wait.
type waitIn struct {
	AtOnce string `yaml:"at_once"`
	Keep   string `yaml:"keep"`
	Reply  string `yaml:"reply"`
	Next   string `yaml:"next"`
}

type checklistIn struct {
	ID     string   `yaml:"id"`
	TextEn string   `yaml:"text_en"`
	TextZh string   `yaml:"text_zh"`
	Items  []itemIn `yaml:"items"`
}

type itemIn struct {
	ID     string `yaml:"id"`
	TextEn string `yaml:"text_en"`
	TextZh string `yaml:"text_zh"`
	Done   string `yaml:"done"`
}

type fileIn struct {
	Version    int                  `yaml:"version"`
	Pack       string               `yaml:"pack"`
	Sets       map[string]bilingual `yaml:"sets"`
	Context    map[string]contextIn `yaml:"context"`
	Words      map[string]wordsIn   `yaml:"words"`
	Define     []defineIn           `yaml:"define"`
	Wait       *waitIn              `yaml:"wait"`
	Rules      []ruleIn             `yaml:"rules"`
	Checklists []checklistIn        `yaml:"checklists"`
}

// source is a rule file that has been read, with the way back from a part to its line.
type source struct {
	in   fileIn
	tree *ast.File
}

func read(raw []byte) (*source, error) {
	if len(raw) > maxBytes {
		return nil, faultf(0, "file-long", "the file has %d bytes, at most %d are read: split it", len(raw), maxBytes)
	}
	tree, err := parser.ParseBytes(raw, 0)
	if err != nil {
		return nil, yamlError(err)
	}
	s := &source{tree: tree}
	if err := yaml.UnmarshalWithOptions(raw, &s.in, yaml.DisallowUnknownField()); err != nil {
		return nil, yamlError(err)
	}
	if s.in.Version != 1 {
		return nil, faultf(s.at("$.version"), "version", "version is %d: write version: 1", s.in.Version)
	}
	if len(s.in.Rules) > maxRules {
		return nil, faultf(s.at("$.rules"), "rules-many", "%d rules, at most %d are allowed", len(s.in.Rules), maxRules)
	}
	return s, nil
}

// yamlError makes one line of a complaint of the YAML library.
func yamlError(err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		return faultf(e.GetToken().Position.Line, "not-yaml", "%s", e.GetMessage()+keyHint(e.GetMessage()))
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return faultf(0, "not-yaml", "%s", first)
}

// at is the line of the part at a path, 0 when it is not there.
func (s *source) at(path string) int {
	p, err := yaml.PathString(path)
	if err != nil {
		return 0
	}
	n, err := p.FilterFile(s.tree)
	if err != nil || n == nil || n.GetToken() == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

// builtin are the words that every rule set has.
var builtin = sync.OnceValues(func() (*source, error) { return read(wordsYAML) })

// addWords adds the sets, contexts and words of src.
func (s *Set) addWords(src *source) error {
	for name, b := range src.in.Sets {
		for lang, items := range map[string][]string{"en": b.En, "zh": b.Zh} {
			s.sets[lang][name] = append(s.sets[lang][name], items...)
		}
	}
	for _, name := range keys(src.in.Context) {
		if err := s.addContext(name, src.in.Context[name]); err != nil {
			return faultf(src.at("$.context."+name), "context", "context %s: %w", name, err)
		}
	}
	for _, name := range keys(src.in.Words) {
		if err := s.addList(name, src.in.Words[name]); err != nil {
			return faultf(src.at("$.words."+name), "words", "words %s: %w", name, err)
		}
	}
	return nil
}

func (s *Set) addContext(name string, in contextIn) error {
	if !slices.Contains([]string{"before", "clause", "sentence", "turn", "inside"}, in.Scope) {
		return faultf(0, "scope", "scope %q: write before, clause, sentence, turn or inside", in.Scope)
	}
	if slices.ContainsFunc(s.contexts, func(c setting) bool { return c.name == name }) {
		return faultf(0, "there", "is there already")
	}
	n := len(s.contexts)
	s.contexts = append(s.contexts, setting{name, in.Scope, in.Reach})
	for _, part := range []struct {
		lang     string
		patterns []string
		except   bool
	}{{"en", in.En, false}, {"zh", in.Zh, false}, {"en", in.EnExcept, true}, {"zh", in.ZhExcept, true}} {
		if err := s.addPhrases(part.lang, part.patterns, phrase{list: -1, context: n, except: part.except}); err != nil {
			return err
		}
	}
	return nil
}

// agentSide is the side of a list that agents and the bot say.
const agentSide = "agent"

func (s *Set) addList(name string, in wordsIn) error {
	if !isName(name) {
		return faultf(0, "name", "a name is made of a-z, 0-9 and _")
	}
	if in.Who != "" && in.Who != "caller" && in.Who != agentSide {
		return faultf(0, "who", "who %q: write caller or agent", in.Who)
	}
	for _, u := range in.Unless {
		if u != "asked" && !slices.ContainsFunc(s.contexts, func(c setting) bool { return c.name == u }) {
			var names []string
			for _, c := range s.contexts {
				names = append(names, c.name)
			}
			return faultf(0, "unless", "unless %s: no such context%s", u, didYouMean(u, append(names, "asked")))
		}
	}
	if slices.ContainsFunc(s.lists, func(l list) bool { return l.name == name }) {
		return faultf(0, "there", "is there already, choose another name")
	}
	n := len(s.lists)
	s.lists = append(s.lists, list{name, in.Who, in.Unless})
	for _, part := range []struct {
		lang     string
		patterns []string
		weight   float64
	}{{"en", in.En, 1}, {"zh", in.Zh, 1}, {"en", in.EnWeak, 0.5}, {"zh", in.ZhWeak, 0.5}} {
		if err := s.addPhrases(part.lang, part.patterns, phrase{list: n, context: -1, weight: part.weight}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) addPhrases(lang string, patterns []string, like phrase) error {
	var all []string
	for _, src := range patterns {
		all = append(all, spread(src)...)
	}
	for _, src := range all {
		p, err := parsePattern(src, lang, s.sets[lang])
		if err != nil {
			return err
		}
		like.pattern, like.short = p, lang == "zh" && like.list >= 0 && len(p) == 1
		s.lexicons[lang].add(like)
	}
	return nil
}

func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') })
}

func (s *source) duration(path, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, faultf(s.at(path), "cooldown", "cooldown %q: write a time such as 90s or 5m", text)
	}
	return d, nil
}
