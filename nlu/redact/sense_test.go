package redact

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// scripted makes of each word the state that the head is surest about when it is one of private, and the opposite otherwise.
type scripted struct {
	private string
	err     error
	width   int
	before  string // what the last text was read behind
}

func (s *scripted) Words(_ context.Context, before, text string) (at [][3]int, states [][]float32, err error) {
	s.before = before
	from := 0
	for w := range strings.FieldsSeq(text) {
		k := from + strings.Index(text[from:], w)
		from = k + len(w)
		state := make([]float32, s.width)
		for i, x := range heads["en"].weights[:min(s.width, 384)] {
			state[i] = -200 * x
			if strings.Contains(s.private, w) {
				state[i] = 200 * x
			}
		}
		at, states = append(at, [3]int{k, k + len(w), 1}), append(states, state)
	}
	return at, states, s.err
}

func TestSense(t *testing.T) {
	t.Parallel()
	if n := len(heads["en"].weights); n != 3*384+5*looks+1 {
		t.Fatalf("the English head has %d weights", n)
	}
	if n := len(heads["zh"].weights); n != 3*512+5*looks+1 {
		t.Fatalf("the Chinese head has %d weights", n)
	}
	const said = "the badge says walnut harbour on it"
	for _, c := range []struct {
		name  string
		model scripted
		want  string
	}{
		{"sensed", scripted{private: "walnut harbour", width: 384}, "the badge says [name] on it"},
		{"nothing is private", scripted{width: 384}, said},
		{"words that are no value", scripted{private: "on it", width: 384}, said},
		{"the model fails", scripted{private: "walnut harbour", width: 384, err: errors.New("gone")}, said},
		{"another model", scripted{private: "walnut harbour", width: 8}, said},
	} {
		s := Session{Sense: NewSense(map[string]States{"en": &c.model})}
		s.Heard(call.Agent, "my name is Mary Poole, go on")
		if got, _ := s.Text(call.Caller, said); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if c.model.before != "my name is Mary Poole, go on" {
			t.Errorf("%s: read behind %q", c.name, c.model.before)
		}
	}
}

// What the rules hide stays hidden whatever a model makes of it.
func TestSenseAddsOnly(t *testing.T) {
	t.Parallel()
	s := Session{Sense: NewSense(map[string]States{"en": &scripted{width: 384}})}
	if got, _ := s.Text(call.Caller, "my card is 4111 1111 1111 1111"); got != "my card is [card ••11]" {
		t.Error(got)
	}
	var rules Session
	if got, _ := rules.Text(call.Caller, "my card is 4111 1111 1111 1111"); got != "my card is [card ••11]" {
		t.Error(got)
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
