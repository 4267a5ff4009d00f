package rules

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

func file(rules string) []byte { return []byte("version: 1\n" + rules) }

// says is the value of said.list for a text.
func says(t *testing.T, set *Set, list, text, lang string) float64 {
	t.Helper()
	s := set.Session()
	s.Feed(Turn{Who: call.Caller, Text: text, Lang: lang})
	v, ok := s.values[set.index[saidVar+list]].(float64)
	if !ok {
		t.Fatalf("no words %s", list)
	}
	return v
}

func TestWords(t *testing.T) {
	set, err := Escalation()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		list, text string
		said       bool
	}{
		{"emotion", "I am furious", true},
		{"emotion", "I'm so angry right now", true},
		{"emotion", "I'm not angry", false},
		{"emotion", "I am not at all angry", false},
		{"emotion", "my wife was angry", false},
		{"emotion", "not only am I late, I'm absolutely furious", true},
		{"manager", "let me speak to your manager", true},
		{"manager", "I don't want to speak to a manager", false},
		{"manager", "You won't help. I want a manager", true},
		{"manager", "who is my account manager", false},
		{"legal", "if you do not fix it I will sue you", true},
		{"legal", "I will not sue you", false},
		{"legal", "he said he will sue them", false},
		{"legal", "what happens if I sue someone", false},
		{"swear", "damn, that was great, thank you so much", false},
		{"swear", "fucking answer me", true},
		{"complaint", "I want to make a complaint", true},
		{"complaint", "how do I make a complaint?", false},
		{"complaint", "I don't want to make a complaint", false},
		{"regulator", "I'll report you to the ombudsman", true},
		{"safety", "there is smoke coming from the plug", true},
		{"safety", "in case there is a gas leak, who do I call", false},
		{"emotion", "我很生气", true},
		{"emotion", "我没有生气", false},
		{"emotion", "我不是很生气", false},
		{"emotion", "我老公很生气", false},
		{"manager", "叫你们经理来接电话", true},
		{"manager", "不用找经理来说", false},
		{"complaint", "我要投诉你们", true},
		{"complaint", "我不是要投诉你们", false},
		{"complaint", "請問怎麼投訴？", false},
		{"complaint", "我要投訴你們", true},
		{"legal", "我要去法院起诉你们", true},
		{"legal", "我不会起诉你们", false},
		{"legal", "你们不处理我就起诉", true},
		{"judgement", "你们太过分了", true},
		{"judgement", "新闻里说这家公司太过分了", false},
		{"safety", "插座冒烟了", true},
		{"safety", "万一冒烟了怎么办", false},
	} {
		lang := languageOf(c.text, "en")
		if got := says(t, set, c.list, c.text, lang) > 0; got != c.said {
			t.Errorf("said.%s in %q: %v, want %v", c.list, c.text, got, c.said)
		}
	}
}

func TestComplaints(t *testing.T) {
	t.Parallel()
	const do = "\n    do: [{tag: {name: x}}]"
	for name, c := range map[string]struct{ text, why string }{
		"no version":        {"rules: []", "version: 1"},
		"not YAML":          {"version: 1\nrules: [", "line 2"},
		"unknown field":     {"version: 1\nrules:\n  - id: a\n    wenn: x", "line 4"},
		"unknown variable":  {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: said.angr > 0.0" + do, "line 5: rule a: column 1: unknown variable or function said.angr; did you mean said."},
		"near variable":     {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: sentiment.men3 < 0.0" + do, "did you mean sentiment.mean3?"},
		"syntax":            {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: said.anger >" + do, "line 5"},
		"not yes or no":     {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: call.seconds" + do, "want bool"},
		"no id":             {"version: 1\nrules:\n  - text_en: a\n    when: 'true'" + do, "has no id"},
		"twice":             {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: 'true'" + do + "\n  - id: a\n    text_en: a\n    when: 'true'" + do, "line 7: rule a: is there twice"},
		"no text":           {"version: 1\nrules:\n  - id: a\n    when: 'true'" + do, "has no text"},
		"unknown action":    {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: 'true'\n    do: [{alret: {level: high}}]", "did you mean alert?"},
		"missing parameter": {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: 'true'\n    do: [{alert: {}}]", "needs the parameter level"},
		"cooldown":          {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: 'true'\n    cooldown: soon" + do, "line 6: cooldown"},
		"language":          {"version: 1\nrules:\n  - id: a\n    text_en: a\n    when: 'true'\n    languages: [fr]" + do, "write en or zh"},
		"gap first":         {"version: 1\nwords:\n  x:\n    en: [~3 yes]", "must begin with a word"},
		"unknown set":       {"version: 1\nwords:\n  x:\n    en: [call '@bos']", "line 4"},
		"unknown context":   {"version: 1\nwords:\n  x:\n    unless: [negatd]\n    en: [yes]", "did you mean negated?"},
		"brackets":          {"version: 1\nwords:\n  x:\n    en: ['(a|(b) c']", "brackets"},
		"define":            {"version: 1\ndefine:\n  - name: z\n    is: score.hete * 2.0", "line 4: define z"},
	} {
		if _, err := Compile([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q", name, err, c.why)
		}
	}
}

func TestFiring(t *testing.T) {
	t.Parallel()
	set, err := Compile(file(`
words:
  apple:
    unless: [negated]
    en: [apple*]
    zh: [苹果]
rules:
  - {id: cool, text_en: c, when: said.apple > 0.0, cooldown: 60s, priority: 1, do: [{tag: {name: a}}]}
  - {id: once, text_en: o, when: said.apple > 0.0, once_per_call: true, priority: 2, do: [{tag: {name: a}}]}
  - {id: hold, text_en: h, when: recent.apple >= 1.0, until: recent.apple < 0.6, priority: 3, do: [{tag: {name: a}}]}
  - {id: zh, text_zh: z, when: said.apple > 0.0, languages: [zh], do: [{tag: {name: a}}]}
  - {id: gold, text_en: g, when: customer.tier == "gold" && heard.apple == 4, do: [{tag: {name: a}}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := set.Session()
	s.SetCustomer(Customer{Known: true, Tier: "gold"})
	var got []string
	for i, text := range []string{"an apple", "two apples", "pears", "no", "no", "apple", "我要苹果", "no apples"} {
		at := call.Offset(time.Duration(i) * 15 * time.Second)
		var fired []string
		for _, f := range s.Feed(Turn{N: i, Who: call.Caller, Text: text, Lang: "en", Start: at, End: at + 1e9}) {
			fired = append(fired, f.Rule)
			if f.Turn != i || f.Start != at || len(f.Reasons) == 0 || f.Reasons[0].Contribution != 1 {
				t.Errorf("%+v", f)
			}
		}
		got = append(got, strings.Join(fired, "+"))
	}
	if want := "hold+once+cool|||||hold+cool|zh+gold|gold"; strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
	if s.Err() != nil {
		t.Error(s.Err())
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	set, err := Compile(file("rules: []"))
	if err != nil {
		t.Fatal(err)
	}
	s := set.Session()
	sec := func(v float64) call.Offset { return call.Offset(v * 1e9) }
	s.Feed(Turn{Who: call.Caller, Text: "How do I change the name on my account?", Start: 0, End: sec(2), Sentiment: 0.2, Confidence: 0.8, Loudness: -30})
	s.Feed(Turn{Who: call.Bot, Text: "Say that again?", Start: sec(3), End: sec(5), Decision: "clarify"})
	s.Feed(Turn{Who: call.Caller, Text: "How can I change the name on the account?", Start: sec(4.5), End: sec(6), Sentiment: -0.4, Confidence: 0.6, Loudness: -20})
	s.Feed(Turn{Who: call.Bot, Text: "Sorry?", Start: sec(9), End: sec(10), Decision: "clarify"})
	for name, want := range map[string]any{
		"call.turns": int64(4), "call.caller_turns": int64(2), "sentiment.mean3": -0.1, "sentiment.lowest5": -0.4, "sentiment.slope5": -0.6,
		"loudness.rise": 10.0, "overlap.count": int64(1), "silence.before": 3.0, "silence.longest": 3.0, "failed.row": int64(2),
		"repeat.count": int64(1), "confidence.mean3": 0.7, "decision": "clarify", "lang": "en",
	} {
		got := s.values[set.index[name]]
		if f, ok := got.(float64); ok {
			got = round(f)
		}
		if got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	if v := s.values[set.index["rate.rise"]].(float64); v < 1 {
		t.Errorf("rate.rise %v", v)
	}
}

// TestOverlap tells how long people spoke at the same time, whichever of the turns was complete first.
// TestMore is how much more a turn says than the caller's earlier ones, within bounds.
func TestMore(t *testing.T) {
	set, err := Escalation()
	if err != nil {
		t.Fatal(err)
	}
	s := set.Session()
	for i, c := range []struct {
		who  call.Party
		text string
		want float64
	}{
		{call.Caller, "hello", 0}, // the first
		{call.Agent, strings.Repeat("word ", 60), 0},
		{call.Caller, strings.Repeat("word ", 9), math.Log(10) - 2}, // one word before it is no measure
		{call.Caller, strings.Repeat("word ", 60), 1},               // no more than that
		{call.Caller, "yes", math.Log(2) - (math.Log(2)+math.Log(10)+math.Log(61))/3},
	} {
		s.Feed(Turn{N: i, Who: c.who, Text: c.text, Lang: "en"})
		if got := s.Value("turn.more").(float64); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("turn %d: %.3f, want %.3f", i, got, c.want)
		}
	}
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	set, err := Compile(file("rules: []"))
	if err != nil {
		t.Fatal(err)
	}
	s := set.Session()
	sec := func(v float64) call.Offset { return call.Offset(v * 1e9) }
	for i, x := range []struct {
		who        call.Party
		start, end float64
		now        float64
		count      int64
	}{
		{call.Caller, 0, 3, 0, 0},
		{call.Agent, 5, 7, 0, 0},    // spoken into the caller's next turn, which is not complete yet
		{call.Caller, 4, 10, 2, 1},  // all around it
		{call.Agent, 9, 12, 1, 2},   // begins before that has ended
		{call.Caller, 12, 14, 0, 2}, // right after it
		{call.Caller, 13, 15, 0, 2}, // over one's own
	} {
		s.Feed(Turn{N: i, Who: x.who, Text: "words and words", Lang: "en", Start: sec(x.start), End: sec(x.end)})
		if now, count := s.values[set.index["overlap.now"]], s.values[set.index["overlap.count"]]; now != x.now || count != x.count {
			t.Errorf("turn %d: overlap %v, %v times, want %v, %v", i, now, count, x.now, x.count)
		}
	}
}

// TestHearThenWeigh finds in two steps what Feed finds in one, words first.
func TestHearThenWeigh(t *testing.T) {
	t.Parallel()
	set, err := Escalation()
	if err != nil {
		t.Fatal(err)
	}
	one, two := set.Session(), set.Session()
	said := []string{"Hello there", "I want to talk to a person", "This is a disgrace, I will sue you", "ok thank you"}
	concerns := []float64{0.1, 0.3, 0.95, 0.1}
	early := 0
	for i, text := range said {
		tn := Turn{N: i, Who: call.Caller, Text: text, Lang: "en", Start: call.Offset(i) * 5e9, End: call.Offset(i)*5e9 + 3e9}
		first := two.Hear(tn)
		early += len(first)
		told := tn
		told.Concern, told.ConcernKind = concerns[i], "threat"
		got := append(first, two.Weigh(told)...)
		tn.Concern, tn.ConcernKind = concerns[i], "threat"
		want := one.Feed(tn)
		ids := func(fs []Firing) (out []string) {
			for _, f := range fs {
				out = append(out, fmt.Sprint(f.Rule, f.Reasons))
			}
			slices.Sort(out)
			return out
		}
		if !slices.Equal(ids(got), ids(want)) {
			t.Errorf("%q: %v, want %v", text, ids(got), ids(want))
		}
	}
	if early == 0 {
		t.Error("no rule fired on words alone")
	}
	if a, b := one.values[set.index["concern.recent"]], two.values[set.index["concern.recent"]]; a != b {
		t.Errorf("concern.recent %v and %v", a, b)
	}
}

// TestFunctions evaluates the functions of conditions.
func TestFunctions(t *testing.T) {
	t.Parallel()
	set, err := Compile(file(`
rules:
  - {id: a, text_en: a, when: "lowest(sentiment.turns, 2) < -0.5 && mean(sentiment.turns, 2) < 0.0 && slope(sentiment.turns, 3) < 0.0 && num(call.turns) > 1.0 && capped(call.seconds, 5.0) == 5.0", do: [{tag: {name: a}}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	s := set.Session()
	if f := s.Feed(Turn{Who: call.Caller, Text: "fine", Sentiment: 0.5, End: 20e9}); len(f) != 0 {
		t.Error(f)
	}
	if f := s.Feed(Turn{Who: call.Caller, Text: "bad", Sentiment: -0.9, End: 30e9}); len(f) != 1 || s.Err() != nil {
		t.Error(f, s.Err())
	}
}

// TestReplay feeds the same turns twice.
func TestReplay(t *testing.T) {
	t.Parallel()
	set, err := Escalation()
	if err != nil {
		t.Fatal(err)
	}
	run := func() string {
		s := set.Session()
		var b strings.Builder
		for i, x := range []string{"I called three times", "nobody helps me, this is ridiculous", "I'll sue you, get me your manager"} {
			for _, f := range s.Feed(Turn{N: i, Who: call.Caller, Text: x, Lang: "en"}) {
				b.WriteString(f.Rule)
				for _, r := range f.Reasons {
					b.WriteString(r.Variable + r.Quote)
				}
			}
		}
		return b.String()
	}
	if a, b := run(), run(); a != b || a == "" {
		t.Errorf("%s\n%s", a, b)
	}
}

// FuzzRead reads damaged files and the patterns in them.
func FuzzRead(f *testing.F) {
	f.Add(string(escalationYAML))
	f.Add("version: 1\nrules:\n  - id: a\n    text_en: a\n    when: said.anger > 0.0\n    do: [{alert: {level: high}}]")
	f.Add("version: 1\nwords: {x: {en: ['(a|b)? c* ~3 d'], zh: [苹果 ~2 好]}}")
	f.Add("version: 1\nrules:\n- [")
	said := newText("I want an apple, 我要苹果!", "zh")
	f.Fuzz(func(t *testing.T, raw string) {
		if len(raw) > 20000 {
			return
		}
		src, err := read([]byte(raw))
		if err != nil {
			return
		}
		for _, w := range src.in.Words {
			for _, one := range append(w.En, w.Zh...) {
				for _, s := range spread(one) {
					if p, err := parsePattern(s, "zh", nil); err == nil {
						p.match(said, 0)
					}
				}
			}
		}
	})
}

// TestDocumented finds every variable in the documentation.
func TestDocumented(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "rules.md"))
	if err != nil {
		t.Fatal(err)
	}
	set, err := Escalation()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range set.Variables() {
		name := v.Name
		for _, family := range []string{saidVar, recentVar, heardVar} {
			if l, ok := strings.CutPrefix(name, family); ok {
				name = l
			}
		}
		if !strings.Contains(string(raw), "`"+name+"`") {
			t.Errorf("docs/rules.md does not name %s", v.Name)
		}
	}
}

func BenchmarkFeed(b *testing.B) {
	set, err := Escalation()
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{
		"en": "I have called you three times already about this refund and nobody ever gets back to me, so please tell me what is going on with it",
		"zh": "我已经给你们打了三次电话问退款的事情，一直没有人回复我，请你告诉我到底是怎么回事，什么时候能到账",
	} {
		b.Run(name, func(b *testing.B) {
			s := set.Session()
			for i := range b.N {
				s.Feed(Turn{N: i, Who: call.Caller, Text: text, Start: call.Offset(i) * 1e9, End: call.Offset(i)*1e9 + 1e9})
			}
		})
	}
}
