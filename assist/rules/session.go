package rules

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/interpreter"

	"github.com/parley-voice/parley/pipeline/call"
)

// Session follows one call. It is not safe for concurrent use.
type Session struct {
	set      *Set
	customer Customer
	values   []any // by variable
	state    state
	words    []wordState // by list
	evidence evidence
	fired    map[string]call.Offset // last firing by rule
	times    map[string]int         // firings by rule
	held     map[string]held        // hold, and wait for what comes next
	waiting  map[string]bool        // fired, and until has not held since
	ticked   map[string]bool
	lastErr  error
	failed   map[string]error // by condition
}

// wordState is what a list of words has come to.
type wordState struct {
	recent float64
	heard  int64
	last   Reason // newest place where it was said
}

// fade is what is left of recent words at the caller's next turn.
const fade = 0.7

// Session starts following a call.
func (s *Set) Session() *Session {
	out := &Session{
		set: s, values: make([]any, len(s.vars)), words: make([]wordState, len(s.lists)),
		held: map[string]held{}, fired: map[string]call.Offset{}, times: map[string]int{}, waiting: map[string]bool{}, ticked: map[string]bool{},
	}
	for i, v := range s.vars {
		out.values[i] = v.rest()
	}
	return out
}

// SetCustomer tells who calls, as soon as it is known.
func (s *Session) SetCustomer(c Customer) { s.customer = c }

// Failed is the first error of evaluating the condition of a rule, nil when there was none: it divided by nothing, or cost
// more than a condition may.
func (s *Session) Failed(rule string) error { return s.failed[rule] }

// Err is the last error of evaluating a condition, which counts as not holding; nil when there was none.
func (s *Session) Err() error { return s.lastErr }

// Feed takes the next turn and returns the rules that fire on it, highest priority first.
func (s *Session) Feed(t Turn) []Firing {
	out := append(s.Hear(t), s.Weigh(t)...)
	slices.SortStableFunc(out, func(a, b Firing) int { return b.Priority - a.Priority })
	return out
}

// Hear takes the next turn and returns what fires on it of the rules that do not read its meaning (concern.*, case.*, conduct.*), which
// may not be known yet. Weigh, called once before the next turn, tells the meaning and returns the rest. Together they are
// Feed, for whoever must not wait for a model.
func (s *Session) Hear(t Turn) []Firing {
	s.observe(t)
	return s.fire(t, false)
}

// Weigh takes t, the turn heard last, once more, when its Concern, Conduct and the like are known or known not to come. It
// returns what fires of the rules that read these.
func (s *Session) Weigh(t Turn) []Firing {
	if t.Who == call.Caller {
		s.observeConcern(t.Concern, t.ConcernKind)
		s.observeCase(t.Case)
		s.observeConduct(t)
		return s.fire(t, true)
	}
	s.putCase(t.Case)
	s.observeConduct(t)
	return append(s.replied(t), s.fire(t, true)...)
}

// fire evaluates the rules that read the meaning of turns, or those that do not.
func (s *Session) fire(t Turn, meaning bool) []Firing {
	var out []Firing
	for _, r := range s.set.rules {
		if r.meaning != meaning || !r.in.hears(t) {
			continue
		}
		if s.waiting[r.in.ID] && s.holds(r.until) {
			delete(s.waiting, r.in.ID)
		}
		if h, ok := s.held[r.in.ID]; ok {
			delete(s.held, r.in.ID)
			if s.holds(s.set.wait.next) {
				out = append(out, s.firing(r, t, h.reasons))
				continue
			}
		}
		if !s.armed(r, t) || !s.holds(r.when) {
			continue
		}
		reasons := s.reasons(r.when, t)
		if r.in.Wait && !s.holds(s.set.wait.atOnce) {
			s.held[r.in.ID] = held{kept: s.number(s.set.wait.keep), reasons: reasons}
			continue
		}
		out = append(out, s.firing(r, t, reasons))
	}
	return out
}

// firing has r fire on t.
func (s *Session) firing(r *rule, t Turn, reasons []Reason) Firing {
	s.fired[r.in.ID] = t.End
	s.times[r.in.ID]++
	s.waiting[r.in.ID] = r.until != nil
	return Firing{
		Rule: r.in.ID, TextEn: r.in.TextEn, TextZh: r.in.TextZh, Do: r.do, Priority: r.in.Priority,
		Turn: t.N, Start: t.Start, End: t.End, Reasons: reasons,
	}.clone()
}

// Tick is an item of a checklist that ticked itself.
type Tick struct {
	Checklist string   `json:"checklist"`
	Item      string   `json:"item"`
	Turn      int      `json:"turn"`
	Reasons   []Reason `json:"reasons"` // the evidence
}

// Ticks returns the items of checklists that have come to be done by t, the turn fed last. Each is returned once.
func (s *Session) Ticks(t Turn) []Tick {
	var out []Tick
	for _, c := range s.set.checklists {
		for _, it := range c.Items {
			if key := c.ID + "/" + it.ID; it.done != nil && !s.ticked[key] && s.holds(it.done) {
				s.ticked[key] = true
				out = append(out, Tick{c.ID, it.ID, t.N, s.reasons(it.done, t)})
			}
		}
	}
	return out
}

// hears reports whether the rule is asked about turns like t.
func (in ruleIn) hears(t Turn) bool {
	if len(in.Languages) > 0 && !slices.Contains(in.Languages, languageOf(t.Text, t.Lang)) {
		return false
	}
	switch in.On {
	case "any":
		return true
	case agentSide:
		return t.Who != call.Caller
	default:
		return t.Who == call.Caller
	}
}

// armed reports whether r may fire now.
func (s *Session) armed(r *rule, t Turn) bool {
	last, before := s.fired[r.in.ID]
	switch {
	case !before:
		return true
	case r.in.OncePerCall || s.waiting[r.in.ID] || r.in.MaxPerCall > 0 && s.times[r.in.ID] >= r.in.MaxPerCall:
		return false
	default:
		return time.Duration(t.End-last) >= r.cooldown
	}
}

func (s *Session) holds(c *condition) bool { return c == nil || s.number(c) > 0 }

// number evaluates c, 0 when that fails, which is remembered.
func (s *Session) number(c *condition) float64 {
	v, err := c.value(frame{s: s, rest: -1})
	if err != nil {
		s.lastErr = err
		if s.failed == nil {
			s.failed = map[string]error{}
		}
		if s.failed[c.name] == nil {
			s.failed[c.name] = err
		}
	}
	return v
}

// frame is what a condition reads: the session's values, with one of them at rest, and the defined numbers.
type frame struct {
	s    *Session
	rest int // variable that is at rest, -1 for none
}

// ResolveName implements CEL's activation.
func (f frame) ResolveName(name string) (any, bool) {
	i, ok := f.s.set.index[name]
	if !ok {
		return nil, false
	}
	if i == f.rest {
		return f.s.set.vars[i].rest(), true
	}
	if d := f.s.set.defined(name); d != nil {
		v, err := d.value(f)
		if err != nil {
			f.s.lastErr = err
		}
		return v, true
	}
	return f.s.values[i], true
}

// Parent implements CEL's activation.
func (f frame) Parent() interpreter.Activation { return nil }

// defined is the defined number that a variable stands for, nil when it is none.
func (s *Set) defined(name string) *condition {
	if len(name) <= len(scoreVar) || name[:len(scoreVar)] != scoreVar {
		return nil
	}
	for _, d := range s.defines {
		if d.name == name[len(scoreVar):] {
			return d
		}
	}
	return nil
}

// reasons tells which variables made c hold, weightiest first.
func (s *Session) reasons(c *condition, t Turn) []Reason {
	var out []Reason
	for _, name := range s.set.closure(c, nil) {
		i := s.set.index[name]
		v := s.values[i]
		if s.set.vars[i].isRest(v) || name == caseVar+"known" || name == concernVar+"known" { // that there is an opinion is no reason
			continue
		}
		r := s.evidence.of(s, name, t)
		r.Variable, r.Value = name, round(v)
		if without, err := c.value(frame{s: s, rest: i}); err == nil && without == 0 {
			r.Contribution = 1
		}
		out = append(out, r)
	}
	share(out)
	slices.SortStableFunc(out, func(a, b Reason) int {
		switch {
		case a.Contribution > b.Contribution:
			return -1
		case a.Contribution < b.Contribution:
			return 1
		}
		return 0
	})
	return out
}

// share gives variables that can stand for each other half each, when none is needed alone.
func share(rs []Reason) {
	if slices.ContainsFunc(rs, func(r Reason) bool { return r.Contribution > 0 }) {
		return
	}
	for i := range rs {
		rs[i].Contribution = 0.5
	}
}

// closure lists the observed variables that c reads, also through defined numbers.
func (s *Set) closure(c *condition, into []string) []string {
	for _, name := range c.reads {
		if d := s.defined(name); d != nil {
			into = s.closure(d, into)
		} else if !slices.Contains(into, name) {
			into = append(into, name)
		}
	}
	return into
}

// readsMeaning reports whether c reads what comes from the meaning of a turn.
func (s *Set) readsMeaning(c *condition) bool {
	return slices.ContainsFunc(s.closure(c, nil), func(name string) bool {
		return strings.HasPrefix(name, concernVar) || strings.HasPrefix(name, caseVar) || strings.HasPrefix(name, conductVar)
	})
}

func (v Variable) isRest(value any) bool {
	if l, ok := value.([]float64); ok {
		return len(l) == 0
	}
	return value == v.rest()
}

func round(v any) any {
	if f, ok := v.(float64); ok {
		return math.Round(f*1000) / 1000
	}
	return v
}
