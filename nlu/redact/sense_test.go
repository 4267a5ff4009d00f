package redact

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// scripted judges those words private that are among private's.
type scripted struct {
	private string
	err     error
	logit   float32  // of the other words, -5 where it is 0
	sure    float32  // of the private words, 5 where it is 0
	short   bool     // gives no judgement of the last word
	said    []string // what the last text was read behind
	looks   []uint64 // of the last text's words
}

func (s *scripted) Tag(_ context.Context, said []string, text string, look func(i int, at [3]int) uint64) (at [][3]int, logits []float32, err error) {
	s.said, s.looks = said, nil
	from := 0
	for w := range strings.FieldsSeq(text) {
		k := from + strings.Index(text[from:], w)
		from = k + len(w)
		z := float32(-5)
		if s.logit != 0 {
			z = s.logit
		}
		if strings.Contains(s.private, w) {
			z = cmp.Or(s.sure, 5)
		}
		at, logits = append(at, [3]int{k, k + len(w), 1}), append(logits, z)
		s.looks = append(s.looks, look(len(said), at[len(at)-1]))
	}
	if s.short {
		logits = logits[1:]
	}
	return at, logits, s.err
}

func TestSense(t *testing.T) {
	t.Parallel()
	const said = "the badge says walnut harbour on it"
	for _, c := range []struct {
		name  string
		model scripted
		want  string
	}{
		{"sensed", scripted{private: "walnut harbour"}, "the badge says [name] on it"},
		{"nothing is private", scripted{}, said},
		{"words that are no value", scripted{private: "on it"}, said},
		{"the model fails", scripted{private: "walnut harbour", err: errors.New("gone")}, said},
		{"another model", scripted{private: "walnut harbour", short: true}, said},
	} {
		s := Session{Sense: NewSense(map[string]Tagger{"en": &c.model})}
		masked, _ := new(Session).Text(call.Agent, "thank you Mr Poole, go on")
		s.Heard(call.Agent, masked)
		if got, _ := s.Text(call.Caller, said); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if want := []string{"thank you ••, go on"}; !slices.Equal(c.model.said, want) {
			t.Errorf("%s: read behind %q", c.name, c.model.said)
		}
	}
}

func TestLooks(t *testing.T) {
	t.Parallel()
	m := scripted{}
	s := Session{Sense: NewSense(map[string]Tagger{"en": &m})}
	const sole, mark, first, last, caller, agent = 1 << 4, 1 << 10, 1 << 12, 1 << 13, 1 << 14, 1 << 15
	s.Text(call.Caller, "b two , Alice 42")
	for i, want := range []uint64{sole | first | caller, 1<<1 | caller, mark | caller, 1<<5 | 1<<6 | 1<<11 | caller, 1<<2 | last | caller} {
		if got := m.looks[i] &^ (1<<7 | 1<<8); got != want {
			t.Errorf("word %d looks %b, want %b", i, got, want)
		}
	}
	for who, want := range map[call.Party]uint64{call.Agent: agent, call.Bot: agent, "": 0} {
		if s.Text(who, "hello"); m.looks[0]&(caller|agent) != want {
			t.Errorf("%q looks %b", who, m.looks[0])
		}
	}
}

func TestRemember(t *testing.T) {
	t.Parallel()
	var said []saying
	for range 9 {
		before := slices.Clone(said)
		next := remember(said, call.Caller, " "+strings.Repeat("说", 39)+" ")
		if !slices.Equal(before, said) {
			t.Fatal("what was remembered is changed")
		}
		said = next
	}
	if len(said) != 4 || said[0].text != strings.Repeat("说", 39) {
		t.Errorf("%d turns, %v", len(said), said[0])
	}
	if said = remember(said, call.Agent, strings.Repeat("a", 500)); len(said) != 1 || len(said[0].text) != mostSaid || said[0].who != call.Agent {
		t.Errorf("a long turn: %v", said)
	}
}

// What is sure by itself stays hidden whatever a model makes of it; what the rules only guess does not.
func TestSenseTakesBack(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"my card is 4111 1111 1111 1111":                    "my card is [card ••11]",
		"write to mary.poole@post.example":                  "write to [email]",
		"it's oh seven seven double oh, nine double oh 614": "it's [number]",
		"the number is 412 340 087 713 408":                 "the number is [account]",
		"ask for Mary Poole when you come":                  "ask for Mary Poole when you come",
		"the bottom says 512 340 087 713":                   "the bottom says 512 340 087 713",
	} {
		var rules Session
		if got, _ := rules.Text(call.Caller, text); got == text {
			t.Errorf("the rules hide nothing of %q", text)
		}
		s := Session{Sense: NewSense(map[string]Tagger{"en": &scripted{}})}
		if got, _ := s.Text(call.Caller, text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestLastRunes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"": "", "abc": "abc", "abcd": "bcd", "你好吗啊": "好吗啊"} {
		if got := lastRunes(in, 3); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// What a model is sure of is hidden though the words before it are those of a thing; what it only holds likely is not.
func TestSenseOfThings(t *testing.T) {
	t.Parallel()
	const said = "it is the film called walnut harbour"
	for logit, want := range map[float32]string{5: "it is the film called [name]", 0.5: said} {
		m := scripted{private: "walnut harbour", sure: logit}
		s := Session{Sense: NewSense(map[string]Tagger{"en": &m})}
		if got, _ := s.Text(call.Caller, said); got != want {
			t.Errorf("%v: %q, want %q", logit, got, want)
		}
	}
}

// A number that a model is sure of is hidden though the number of a thing was asked for.
func TestSenseOfNumbers(t *testing.T) {
	t.Parallel()
	const said = "it's 44 17 90"
	for logit, want := range map[float32]string{5: "it's [number]", 0.5: said} {
		m := scripted{private: "44 17 90", sure: logit}
		s := Session{Sense: NewSense(map[string]Tagger{"en": &m})}
		s.Heard(call.Agent, "Is it about the order number?")
		if got, _ := s.Text(call.Caller, said); got != want {
			t.Errorf("%v: %q, want %q", logit, got, want)
		}
	}
}

// What has no Chinese character is read by the model of the language that the call is in.
func TestSenseInTheCallsLanguage(t *testing.T) {
	t.Parallel()
	for asked, lang := range map[string]string{"请问您的昵称是什么": "zh", "What's your nickname?": "en"} {
		models := map[string]*scripted{"en": {}, "zh": {}}
		s := Session{Sense: NewSense(map[string]Tagger{"en": models["en"], "zh": models["zh"]})}
		s.Heard(call.Agent, asked)
		s.Text(call.Caller, "walnut 99")
		if got := len(models[lang].said); got != 1 {
			t.Errorf("after %q the model of %s has read behind %d turns, want 1", asked, lang, got)
		}
	}
}

// The bars are those of the model that read: what a Chinese call needs a surer judgement for is hidden in an English one.
func TestBarsOfTheModel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked []string
		want  string
	}{
		{[]string{"What's your nickname?"}, "[account]"},
		{[]string{"请问您的昵称是什么"}, "walnut harbour"},
		{[]string{"请问您的昵称是什么", "walnut"}, "walnut harbour"}, // a turn without a Chinese character between
	} {
		m := scripted{private: "walnut harbour", sure: 0.5} // .62
		s := Session{Sense: NewSense(map[string]Tagger{"en": &m, "zh": &m})}
		for _, asked := range c.asked {
			s.Heard(call.Agent, asked)
		}
		s.open = nil // the model alone
		got, _ := s.Text(call.Caller, "walnut harbour")
		if hidden := got != "walnut harbour"; hidden != (c.want != "walnut harbour") {
			t.Errorf("after %q: %q", c.asked, got)
		}
	}
}

// A given name that was hidden with its family name is hidden alone where a model holds it possible.
func TestSenseOfGivenNames(t *testing.T) {
	t.Parallel()
	for logit, want := range map[float32]string{-1: "[name]自己来取", -5: "若彤自己来取"} {
		m := scripted{private: "尉迟若彤", logit: logit}
		s := Session{Sense: NewSense(map[string]Tagger{"zh": &m})}
		got, _ := s.Text(call.Caller, "我叫 尉迟若彤")
		s.Heard(call.Caller, got)
		if got, _ = s.Text(call.Agent, "若彤自己来取"); got != want {
			t.Errorf("%v: %q, want %q", logit, got, want)
		}
	}
}

// What the words make the company's own is hidden only where a model is all but certain that it is private.
func TestSenseOfTheCompanysOwn(t *testing.T) {
	t.Parallel()
	const said = "It's 14 Castle Parade, Wrexham."
	for logit, hidden := range map[float32]bool{5: true, 3: false} {
		m := scripted{private: said, sure: logit}
		s := Session{Sense: NewSense(map[string]Tagger{"en": &m})}
		s.Heard(call.Caller, "What's your address, I have a form to hand in.")
		if got, _ := s.Text(call.Agent, said); (got != said) != hidden {
			t.Errorf("%v: %q", logit, got)
		}
	}
}

// Whom the company's side speaks to is a caller whatever a model makes of it; whom it speaks of is not.
func TestSenseOfWhomIsSpokenTo(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"Hello, Mr Lockyer, how are you?":       "Hello, [name], how are you?",
		"The man to see is Mr Lockyer upstairs": "The man to see is Mr Lockyer upstairs",
	} {
		s := Session{Sense: NewSense(map[string]Tagger{"en": &scripted{}})}
		if got, _ := s.Text(call.Agent, said); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What a model finds is a value without the words that lead to it, and no word of the dictionary in a text with capitals.
func TestValueAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ asked, private, text, want string }{
		{"", "us at Lumen House, Carver Street", "Post it to us at Lumen House, Carver Street", "Post it to us at [address]"},
		{"", "spelt", "How's that spelt then", "How's that spelt then"},
		{"", "spelt", "hows that spelt", "hows that [name]"},
		{"", "marmalade", "The password's marmalade then", "The password's [name] then"},
		{"", "Spelt", "He's called Spelt there.", "He's called [name] there."},
		{"What is your address?", "12 Mill Lane", "You take the second left and then it is number 12 Mill Lane", "You take the second left and then it is [address]"},
	} {
		m := &scripted{private: c.private, logit: -3}
		masks(t, map[string]Tagger{"en": m}, c.asked, call.Caller, c.text, c.want)
	}
}

// masks checks what becomes of a text that somebody says, after the agent asked something or, with "", nothing.
func masks(t *testing.T, by map[string]Tagger, asked string, who call.Party, text, want string) {
	t.Helper()
	s := Session{Sense: NewSense(by)}
	if asked != "" {
		s.Heard(call.Agent, asked)
	}
	if got, _ := s.Text(who, text); got != want {
		t.Errorf("%q: %q, want %q", text, got, want)
	}
}

// Some turns of phrase need no model to be sure.
func TestCertainPhrases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		who        call.Party
		asked      string
		text, want string
	}{
		{call.Caller, "", "It's under Tolliver.", "It's under [name]."},
		{call.Caller, "", "It's under Table.", "It's under Table."},
		{call.Caller, "", "My tenant Idris measured it.", "My tenant [name] measured it."},
		{call.Caller, "", "Hello, it's Osgood again.", "Hello, it's [name] again."},
		{call.Agent, "", "And am I speaking to Jacqueline Dufy?", "And am I speaking to [name]?"},
		{call.Caller, "How is your name spelt?", "N for November at the end.", "[name] at the end."},
		{call.Caller, "", "N for November at the end.", "N for November at the end."},
		{call.Caller, "", "免贵姓闻人，来退票", "免贵姓[name]，来退票"},
		{call.Agent, "", "尕藏师傅，您好", "[name]，您好"},
	} {
		masks(t, map[string]Tagger{"en": &scripted{}, "zh": &scripted{}}, c.asked, c.who, c.text, c.want)
	}
}

// A password that must not be told is not waited for, and what somebody tells he does not ask for.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []talk{
		{[][2]string{{"A", "密码您不用告诉我"}, {"C", "我借的是八月那本"}}, "我借的是八月那本"},
		{[][2]string{{"A", "You needn't tell me the password."}, {"C", "walnut harbour"}}, "walnut harbour"},
		{[][2]string{{"A", "Tell me the password."}, {"C", "walnut harbour"}}, "[secret]"},
		{[][2]string{{"C", "My e-mail's k.marsh@post.example."}, {"A", "Let us look at it at noon"}}, "Let us look at it at noon"},
	} {
		if got := c.last(); got != c.want {
			t.Errorf("%v: %q, want %q", c.turns, got, c.want)
		}
	}
}
