package cards

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// shelf is a real index without vectors; asked keeps what was searched for.
type shelf struct {
	ix    *knowledge.Index
	mu    sync.Mutex
	asked []string
	p     float64 // raises the probability, which is low without vectors
}

func (s *shelf) Search(_ context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	s.mu.Lock()
	s.asked = append(s.asked, a.Text)
	s.mu.Unlock()
	hits := s.ix.Search(knowledge.Query{Text: a.Text}, a.Most)
	for i := range hits {
		if hits[i].PRight > 0 {
			hits[i].PRight = max(hits[i].PRight, s.p/float64(i+1))
		}
	}
	return hits, nil
}

func newShelf(p float64) *shelf {
	var items []knowledge.Item
	for i, q := range []string{
		"How do I block a lost card?", "How long does a new card take?", "What does a transfer abroad cost?", "How do I change my address?",
		"Where is the next branch?", "What are the opening hours?", "How do I open a savings account?", "How do I close my account?",
	} {
		items = append(items, knowledge.Item{Entry: knowledge.Entry{ID: fmt.Sprint(i), Question: q, Answer: "answer " + fmt.Sprint(i), Lang: "en"}})
	}
	return &shelf{ix: knowledge.NewIndex(items, "en"), p: p}
}

func feed(t *testing.T, c *Chooser, n int, who call.Party, text string, at float64) []string {
	t.Helper()
	got, err := c.Feed(t.Context(), Turn{N: n, Who: who, Text: text, Lang: "en", Start: call.Offset(at * 1e9), End: call.Offset((at + 2) * 1e9)})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, g := range got {
		if g.Turn != n || g.Query == "" || g.PRight <= 0 {
			t.Errorf("%+v", g)
		}
		if g.Again {
			out = append(out, "again "+g.Entry.ID)
			continue
		}
		out = append(out, g.Entry.ID)
	}
	return out
}

func TestChooser(t *testing.T) {
	t.Parallel()
	s := newShelf(0.7)
	c := New(s, Options{})
	for i, x := range []struct {
		who  call.Party
		text string
		want string // first card, "" for none
	}{
		{call.Agent, "Hello, how can I help?", ""},
		{call.Caller, "Hi, how are you?", ""},
		{call.Caller, "yes", ""},
		{call.Caller, "I lost my card and want to block it", "0"},
		{call.Caller, "block the lost card please", "again 0"}, // is on the desk
		{call.Agent, "Do you want to change your address?", ""},
		{call.Caller, "Yes please.", "3"},
		{call.Caller, "uh huh", "again 3"}, // yes to the same question
		{call.Caller, "thank you, goodbye", ""},
	} {
		got := feed(t, c, i, x.who, x.text, float64(20*i))
		if x.want == "" && len(got) > 0 || x.want != "" && (len(got) == 0 || got[0] != x.want) {
			t.Errorf("%q: got %v, want %q", x.text, got, x.want)
		}
	}
}

// TestMasks gives numbers and names: nothing is searched for by their masks.
func TestMasks(t *testing.T) {
	t.Parallel()
	s := newShelf(0.7)
	c := New(s, Options{})
	feed(t, c, 0, call.Agent, "What is your address?", 0)
	if got := feed(t, c, 1, call.Caller, "It's [address], and the phone number is [phone].", 20); len(got) > 0 || len(s.asked) > 0 {
		t.Errorf("got %v for %q", got, s.asked)
	}
	if got := feed(t, c, 2, call.Caller, "This is [name], I lost my card [card ••42] and want to block it", 40); len(got) == 0 || got[0] != "0" {
		t.Errorf("got %v", got)
	}
	for _, q := range s.asked {
		if strings.Contains(q, "[") {
			t.Errorf("searched for %q", q)
		}
	}
}

// TestLimits asks for everything in a hurry.
func TestLimits(t *testing.T) {
	t.Parallel()
	s := newShelf(0.7)
	c := New(s, Options{})
	seen := map[string]bool{}
	total := 0
	for i := range 8 {
		for _, id := range feed(t, c, i, call.Caller, strings.TrimSuffix(s.ix.Search(knowledge.Query{Text: "card transfer address branch hours account"}, 8)[i].Question, "?"), float64(5*i)) {
			if strings.HasPrefix(id, "again ") {
				continue
			}
			if seen[id] {
				t.Errorf("card %s twice", id)
			}
			seen[id] = true
			total++
		}
	}
	if total > 4 || total == 0 {
		t.Errorf("%d cards in 40 seconds", total)
	}
}

// TestPurse spends what a call earns: the pace over the call holds, and quiet minutes do not add up.
func TestPurse(t *testing.T) {
	t.Parallel()
	var p purse
	spent := 0
	for at := call.Offset(0); at <= 120e9; at += 3e9 {
		p.earn(Turn{Start: at, End: at + 2e9}, 4)
		for range 3 {
			if p.spend() {
				spent++
			}
		}
		if most := atFirst + owed + 4*(at+2e9).Seconds()/60; float64(spent) > most {
			t.Fatalf("%d cards after %.0f s", spent, at.Seconds())
		}
	}
	if spent < 8 {
		t.Errorf("%d cards in two minutes of questions", spent)
	}
	dear := p.price()
	p.earn(Turn{Start: 3600e9, End: 3601e9}, 4)
	if p.price() >= dear || dear > dearest {
		t.Errorf("price %.3f with an empty purse, %.3f with a full one", dear, p.price())
	}
	quick := 0
	for range 20 {
		if p.spend() {
			quick++
		}
	}
	if quick != 4 {
		t.Errorf("%d cards at once after a quiet hour, want 4", quick)
	}
}

// TestContext makes sure that what says little is searched for with what was said before.
func TestContext(t *testing.T) {
	t.Parallel()
	s := newShelf(0.3)
	c := New(s, Options{})
	feed(t, c, 0, call.Caller, "I need a new card because I lost mine", 0)
	s.asked = nil
	feed(t, c, 1, call.Caller, "And how long does it take?", 30)
	if len(s.asked) < 2 || !strings.Contains(strings.Join(s.asked, "|"), "new card") {
		t.Errorf("asked %q", s.asked)
	}
}

// TestShort asks what is only understood by what was said before.
func TestShort(t *testing.T) {
	t.Parallel()
	c := New(newShelf(0.7), Options{})
	if got := feed(t, c, 0, call.Caller, "I lost my card and want to block it", 0); len(got) == 0 || got[0] != "0" {
		t.Fatal(got)
	}
	feed(t, c, 1, call.Agent, "We can do that for you.", 10)
	if got := feed(t, c, 2, call.Caller, "How do I do that then?", 20); len(got) == 0 || got[0] != "again 0" {
		t.Errorf("got %v", got)
	}
	if got := feed(t, c, 3, call.Caller, "Thanks.", 30); len(got) > 0 {
		t.Errorf("thanks brought %v", got)
	}
}

// TestDetails gives what the agent has asked for, which brings no card; a question does, and so does what a call begins with.
func TestDetails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		agent, caller string
		want          string
	}{
		{"Hello, how can I help?", "I lost my card", "0"},
		{"Where did you have it last?", "At the branch, I think", ""},
		{"I have blocked it.", "Oh good, what does a transfer abroad cost then", "2"},
		{"How long have you lived there?", "Two years, and can I change my address", "3"},
	} {
		s := newShelf(0.35)
		ch := New(s, Options{})
		ch.heard = c.want != "0"
		feed(t, ch, 0, call.Agent, c.agent, 0)
		got := feed(t, ch, 1, call.Caller, c.caller, 2)
		if c.want == "" && len(got) > 0 || c.want != "" && (len(got) == 0 || got[0] != c.want) {
			t.Errorf("%q: got %v, want %q", c.caller, got, c.want)
		}
	}
}

// TestBot has the bot answer first: what it has answered is no card, what it was asked in vain is one as soon as a person comes,
// and what is asked again is one, too.
func TestBot(t *testing.T) {
	t.Parallel()
	bot := func(c *Chooser, n int, text, entry string, at float64) {
		if got, err := c.Feed(t.Context(), Turn{N: n, Who: call.Bot, Text: text, Lang: "en", Start: call.Offset(at * 1e9), End: call.Offset((at + 2) * 1e9), Entry: entry}); err != nil || len(got) > 0 {
			t.Fatal(got, err)
		}
	}
	c := New(newShelf(0.7), Options{})
	bot(c, 0, "Hello, how can I help?", "", 0)
	if got := feed(t, c, 1, call.Caller, "How do I block a lost card?", 3); len(got) > 0 {
		t.Errorf("while the bot has the call: %v", got)
	}
	bot(c, 2, "Call us and we block it.", "0", 6)
	if got := c.Meet(); len(got) > 0 {
		t.Errorf("the bot has answered it: %v", got)
	}
	feed(t, c, 3, call.Agent, "Hello, this is Ann.", 10)
	for _, id := range feed(t, c, 4, call.Caller, "I would like to know the opening hours of your branch", 14) {
		if id == "0" {
			t.Error("what the bot has answered came back with another question")
		}
	}
	if got := feed(t, c, 5, call.Caller, "And how do I block a lost card, again?", 60); !slices.Contains(got, "0") {
		t.Errorf("asked again: %v", got)
	}
	// Asked in vain.
	bot(c, 6, "Anything else?", "", 70)
	feed(t, c, 7, call.Caller, "What does a transfer abroad cost?", 74)
	bot(c, 8, "I do not know that, I will find somebody.", "", 80)
	if got := c.Meet(); len(got) == 0 || got[0].Entry.ID != "2" || got[0].Turn != 7 {
		t.Errorf("asked in vain: %v", got)
	}
	if got := c.Meet(); len(got) > 0 {
		t.Errorf("once more: %v", got)
	}
}

type broken struct{}

func (broken) Search(context.Context, knowledge.Ask) ([]knowledge.Hit, error) {
	return nil, errors.New("gone")
}

func TestBroken(t *testing.T) {
	t.Parallel()
	if _, err := New(broken{}, Options{}).Feed(t.Context(), Turn{Who: call.Caller, Text: "how do I close my account", Lang: "en"}); err == nil || !strings.Contains(err.Error(), "search knowledge") {
		t.Error(err)
	}
}
