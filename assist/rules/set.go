package rules

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"time"

	"github.com/google/cel-go/cel"
)

//go:embed data/escalation.yaml
var escalationYAML []byte

//go:embed packs/*.yaml
var packs embed.FS

// Packs lists the built-in rule files for industries.
func Packs() []string { return []string{"bank", "ecommerce", "government", "manufacturing"} }

// Pack is the rule file of an industry; it stands alone or together with EscalationFile.
func Pack(name string) ([]byte, bool) {
	raw, err := packs.ReadFile("packs/" + name + ".yaml")
	return raw, err == nil
}

// Set is a compiled rule file. It is immutable and safe for concurrent use.
type Set struct {
	sets       map[string]map[string][]string
	lists      []list
	contexts   []setting
	lexicons   map[string]*lexicon
	defines    []*condition
	rules      []*rule  // by priority, highest first
	wait       *waiting // nil when no file says for what rules wait
	checklists []Checklist
	index      map[string]int // of variables
	vars       []Variable
}

// rule is a compiled rule.
type rule struct {
	in       ruleIn
	pack     string // "" for all calls
	do       []Do
	when     *condition
	until    *condition // nil: armed again at once
	meaning  bool       // when or until reads the meaning of turns
	cooldown time.Duration
}

// Checklist is what has to be done in a call of some kind.
type Checklist struct {
	ID     string
	TextEn string
	TextZh string
	Items  []Item

	pack string // "" for all calls
}

// Item is one point of a checklist. It ticks itself when its condition, if it has one, comes to hold.
type Item struct {
	ID     string
	TextEn string
	TextZh string
	done   *condition
}

// Escalation returns the built-in rules that decide when a call has to go to a person.
func Escalation() (*Set, error) { return Compile(escalationYAML) }

// EscalationFile is the file of the built-in escalation rules.
func EscalationFile() []byte { return slices.Clone(escalationYAML) }

// Compile reads rule files and joins them into one set. The errors tell the line; a rule may not be in two files.
func Compile(files ...[]byte) (*Set, error) {
	words, err := builtin()
	if err != nil {
		return nil, fmt.Errorf("read built-in words: %w", err)
	}
	s := &Set{
		sets: map[string]map[string][]string{"en": {}, "zh": {}}, lexicons: map[string]*lexicon{"en": newLexicon(), "zh": newLexicon()},
		index: map[string]int{},
	}
	if err := s.addWords(words); err != nil {
		return nil, fmt.Errorf("read built-in words: %w", err)
	}
	var sources []*source
	for _, raw := range files {
		src, err := read(raw)
		if err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		if err := s.addWords(src); err != nil {
			return nil, fmt.Errorf("read rules: %w", err)
		}
		sources = append(sources, src)
	}
	if err := s.compileAll(append([]*source{words}, sources...)); err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	return s, nil
}

func (s *Set) compileAll(sources []*source) error {
	for _, src := range sources {
		for i, d := range src.in.Define {
			if err := s.compileDefine(d); err != nil {
				return faultf(src.at(fmt.Sprintf("$.define[%d].is", i)), "define", "define %s: %w", d.Name, err)
			}
		}
	}
	s.vars = s.Variables()
	for i, v := range s.vars {
		s.index[v.Name] = i
	}
	env, err := newEnv(s.vars)
	if err != nil {
		return fmt.Errorf("declare variables: %w", err)
	}
	for _, src := range sources {
		if err := s.compileWait(env, src); err != nil {
			return err
		}
	}
	for _, src := range sources {
		for i, in := range src.in.Rules {
			if err := s.compileRule(env, src, i, in); err != nil {
				return err
			}
		}
		for i, in := range src.in.Checklists {
			if err := s.compileChecklist(env, src, i, in); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(s.rules, func(a, b *rule) int { return b.in.Priority - a.in.Priority })
	return nil
}

// compileDefine adds a defined number, which later ones may read.
func (s *Set) compileDefine(d defineIn) error {
	if !isName(d.Name) {
		return faultf(0, "name", "a name is made of a-z, 0-9 and _")
	}
	if slices.ContainsFunc(s.defines, func(c *condition) bool { return c.name == d.Name }) {
		return faultf(0, "there", "is there already, choose another name")
	}
	vars := s.Variables()
	env, err := newEnv(vars)
	if err != nil {
		return err
	}
	c, err := compile(env, d.Is, true, vars)
	if err != nil {
		return err
	}
	c.name = d.Name
	s.defines = append(s.defines, c)
	return nil
}

func (s *Set) compileRule(env *cel.Env, src *source, i int, in ruleIn) error {
	path := fmt.Sprintf("$.rules[%d]", i)
	wrong := func(field string, err error) error {
		at := cmp.Or(src.at(path+"."+field), src.at(path+".id"), src.at(path))
		return faultf(at, "rule", "rule %s: %w", in.ID, err)
	}
	fail := func(field, code, format string, args ...any) error {
		return wrong(field, faultf(0, code, format, args...))
	}
	switch {
	case in.ID == "":
		return fail("when", "rule-id", "number %d has no id", i+1)
	case slices.ContainsFunc(s.rules, func(r *rule) bool { return r.in.ID == in.ID }):
		return fail("id", "twice", "is there twice")
	case in.TextEn == "" && in.TextZh == "":
		return fail("id", "rule-text", "has no text: write text_en and text_zh")
	case len(in.When) > maxWhen || len(in.Until) > maxWhen:
		return fail("when", "condition-long", "the condition is longer than %d characters", maxWhen)
	case in.On != "" && in.On != "caller" && in.On != agentSide && in.On != "any":
		return fail("on", "rule-on", "on %q: write caller, agent or any", in.On)
	case in.MaxPerCall < 0 || in.OncePerCall && in.MaxPerCall > 1:
		return fail("max_per_call", "max-per-call", "max_per_call %d: write how often the rule may fire in a call, and not once_per_call beside it", in.MaxPerCall)
	case in.Wait && (s.wait == nil || in.On != "" && in.On != "caller"):
		return fail("wait", "rule-wait", "cannot wait: write wait with its conditions at the top of the file, and let the rule look at the caller's turns")
	case len(in.Do) == 0:
		return fail("id", "rule-do", "does nothing: write do")
	}
	for _, l := range in.Languages {
		if l != "en" && l != "zh" {
			return fail("languages", "language", "language %q: write en or zh", l)
		}
	}
	r := &rule{in: in, pack: src.in.Pack}
	var err error
	if r.do, err = readDo(in.Do); err != nil {
		return wrong("do", err)
	}
	if r.cooldown, err = src.duration(path+".cooldown", in.Cooldown); err != nil {
		return err
	}
	if r.when, err = compile(env, in.When, false, s.vars); err != nil {
		return wrong("when", err)
	}
	r.when.name = in.ID
	if in.Until != "" {
		if r.until, err = compile(env, in.Until, false, s.vars); err != nil {
			return wrong("until", err)
		}
		r.until.name = in.ID
	}
	r.meaning = in.Wait || s.readsMeaning(r.when) || r.until != nil && s.readsMeaning(r.until)
	s.rules = append(s.rules, r)
	return nil
}

// readDo reads a list like [{alert: {level: high}}, {tag: {name: churn}}].
func readDo(in []map[string]any) ([]Do, error) {
	var out []Do
	known := actions()
	for _, m := range in {
		for _, kind := range keys(m) {
			needed, ok := known[kind]
			if !ok {
				return nil, faultf(0, "action", "unknown action %s%s", kind, didYouMean(kind, keys(known)))
			}
			d := Do{Kind: kind, Params: map[string]string{}}
			params, ok := m[kind].(map[string]any)
			if !ok && m[kind] != nil {
				return nil, faultf(0, "action-form", "action %s: write its parameters as {name: value}", kind)
			}
			for k, v := range params {
				d.Params[k] = fmt.Sprint(v)
			}
			for _, p := range needed {
				if d.Params[p] == "" {
					return nil, faultf(0, "action-lacks", "action %s needs the parameter %s", kind, p)
				}
			}
			if state := d.Params["state"]; kind == Identify && state != "verified" && state != "failed" {
				return nil, faultf(0, "action-state", "action %s: state %q is neither verified nor failed", kind, state)
			}
			out = append(out, d)
		}
	}
	return out, nil
}

func (s *Set) compileChecklist(env *cel.Env, src *source, i int, in checklistIn) error {
	at := src.at(fmt.Sprintf("$.checklists[%d]", i))
	if in.ID == "" || len(in.Items) == 0 {
		return faultf(at, "checklist-empty", "checklist %s: needs an id and items", in.ID)
	}
	out := Checklist{ID: in.ID, TextEn: in.TextEn, TextZh: in.TextZh, pack: src.in.Pack}
	for n, it := range in.Items {
		item := Item{ID: it.ID, TextEn: it.TextEn, TextZh: it.TextZh}
		if it.ID == "" || it.TextEn == "" && it.TextZh == "" {
			return faultf(at, "checklist-item", "checklist %s: item %d needs an id and a text", in.ID, n+1)
		}
		if it.Done != "" {
			var err error
			if item.done, err = compile(env, it.Done, false, s.vars); err != nil {
				return faultf(src.at(fmt.Sprintf("$.checklists[%d].items[%d].done", i, n)), "checklist", "checklist %s, item %s: %w", in.ID, it.ID, err)
			}
			item.done.name = in.ID + "." + it.ID
		}
		out.Items = append(out.Items, item)
	}
	s.checklists = append(s.checklists, out)
	return nil
}

// For is the set of the calls that have packs: without the rules and checklists of files that belong to another pack.
func (s *Set) For(packs ...string) *Set {
	other := func(pack string) bool { return pack != "" && !slices.Contains(packs, pack) }
	out := *s
	out.rules = slices.DeleteFunc(slices.Clone(s.rules), func(r *rule) bool { return other(r.pack) })
	out.checklists = slices.DeleteFunc(slices.Clone(s.checklists), func(c Checklist) bool { return other(c.pack) })
	return &out
}

// Packs are the packs that files of the set belong to, in order.
func (s *Set) Packs() []string {
	var out []string
	for _, r := range s.rules {
		out = append(out, r.pack)
	}
	for _, c := range s.checklists {
		out = append(out, c.pack)
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(p string) bool { return p == "" })
}

// Checklists are the checklists of the set.
func (s *Set) Checklists() []Checklist { return slices.Clone(s.checklists) }

// General are those of the checklists that no rule opens: they are for every call.
func (s *Set) General() []Checklist {
	return slices.DeleteFunc(s.Checklists(), func(c Checklist) bool {
		return slices.ContainsFunc(s.rules, func(r *rule) bool {
			return slices.ContainsFunc(r.do, func(d Do) bool { return d.Kind == OpenList && d.Params["id"] == c.ID })
		})
	})
}

// Rules are the ids of the rules, highest priority first.
func (s *Set) Rules() []string {
	var out []string
	for _, r := range s.rules {
		out = append(out, r.in.ID)
	}
	return out
}

// Texts are what the rules say when they fire, by id, in English and Chinese; one of them may be empty.
func (s *Set) Texts() map[string][2]string {
	out := map[string][2]string{}
	for _, r := range s.rules {
		out[r.in.ID] = [2]string{r.in.TextEn, r.in.TextZh}
	}
	return out
}
