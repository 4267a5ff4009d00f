package rules

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// waits is a file with a rule that waits and one that does not.
const waits = `
wait:
  at_once: "!case.known || case.said >= 4.0"
  keep: case.said
  reply: wait.kept + case.said >= 2.0
  next: case.said >= 1.0
rules:
  - id: slow
    text_en: Slow.
    when: case.said >= 2.0 || said.complaint >= 1.0
    wait: true
    once_per_call: true
    do: [{alert: {level: high}}]
  - id: quick
    text_en: Quick.
    when: case.said >= 3.0
    priority: 1
    once_per_call: true
    do: [{alert: {level: high}}]
`

func TestWait(t *testing.T) {
	set, err := Compile(file(waits))
	if err != nil {
		t.Fatal(err)
	}
	caller := func(said float64) Turn {
		return Turn{Who: call.Caller, Text: "The parcel is late.", Lang: "en", Case: Case{Known: true, Said: said}}
	}
	reply := func(open float64) Turn {
		return Turn{Who: call.Agent, Text: "I see.", Lang: "en", Case: Case{Known: true, Said: open}}
	}
	for _, c := range []struct {
		name  string
		turns []Turn
		want  string // rule and turn, in order
	}{
		{"grave beyond doubt", []Turn{caller(4.5), reply(-5)}, "quick 0, slow 0"},
		{"meaning is not known", []Turn{{Who: call.Caller, Text: "I want to make a complaint", Lang: "en"}}, "slow 0"},
		{"the reply leaves it open", []Turn{caller(2.5), reply(0.5)}, "slow 1"},
		{"nobody knows what the reply does", []Turn{caller(2.5), reply(0)}, "slow 1"},
		{"the reply settles it", []Turn{caller(2.5), reply(-3), caller(0), caller(0)}, ""},
		{"the reply would settle it, the caller goes on", []Turn{caller(2.5), reply(-3), caller(1.5), reply(-9)}, "slow 2"},
		{"settled, and alarming again later", []Turn{caller(2.5), reply(-3), caller(0), reply(5), caller(2.5), reply(1)}, "slow 5"},
		{"the second reply leaves it open", []Turn{caller(2.5), reply(-3), reply(1), caller(0)}, "slow 2"},
		{"one waits, the other does not", []Turn{caller(3), reply(-2), caller(0)}, "quick 0"},
		{"nobody replies", []Turn{reply(0), caller(2.5)}, "slow 1 lapsed"},
		{"the call ends with a reply that settles it", []Turn{caller(2.5), reply(-3)}, ""},
		{"once in a call", []Turn{caller(2.5), reply(1), caller(2.5), reply(1)}, "slow 1"},
	} {
		s := set.Session()
		var got []string
		last := Turn{}
		for i, turn := range c.turns {
			turn.N, turn.Start, turn.End = i, call.Offset(i)*5e9, call.Offset(i)*5e9+4e9
			for _, f := range s.Feed(turn) {
				got = append(got, f.Rule+" "+string(rune('0'+f.Turn)))
				if len(f.Reasons) == 0 || f.Reasons[0].Turn > f.Turn || f.End != turn.End {
					t.Errorf("%s: %+v", c.name, f)
				}
			}
			last = turn
		}
		for _, f := range s.Lapse(last) {
			got = append(got, f.Rule+" "+string(rune('0'+f.Turn))+" lapsed")
		}
		if s.Waits() || len(s.Lapse(last)) > 0 {
			t.Errorf("%s: something waits after it has lapsed", c.name)
		}
		if err := s.Err(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if g := strings.Join(got, ", "); g != c.want {
			t.Errorf("%s: fired %q, want %q", c.name, g, c.want)
		}
	}
}

func TestWaitComplaints(t *testing.T) {
	for _, c := range []struct{ file, why string }{
		{"rules: [{id: a, text_en: A, when: 'true', wait: true, do: [{tag: {name: a}}]}]", "line 2: rule a: cannot wait"},
		{strings.Replace(waits, "    wait: true\n", "    wait: true\n    on: agent\n", 1), "rule slow: cannot wait"},
		{strings.Replace(waits, "  keep: case.said\n", "", 1), "line 4: wait: keep needs"},
		{strings.Replace(waits, "keep: case.said", "keep: case.known", 1), "line 5: wait: keep: gives bool"},
		{strings.Replace(waits, "wait.kept + case.said", "wait.kept + case.sayd", 1), "did you mean case.said?"},
	} {
		if _, err := Compile(file(c.file)); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%q: %v, want %q", c.file, err, c.why)
		}
	}
	if _, err := Compile(file(waits), file("wait: {at_once: 'true', keep: case.said, reply: 'true', next: 'true'}")); err == nil || !strings.Contains(err.Error(), "another file") {
		t.Errorf("two files with wait: %v", err)
	}
}
