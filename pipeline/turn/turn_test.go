package turn

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const step = 32 * time.Millisecond

// script plays a row of letters to a machine, one per 32 ms: S speech, . silence. Other letters give an input at that
// moment: [ the bot begins, ] it ends, W the caller is put on hold, K presses a key, h the sound falls to the noise, H it comes back, and the verdicts N B O U L A C (nothing, backchannel, open, unsure,
// likely, sure, command) on the speculated pause, c a command found by a peek. It returns the decisions as "kind@ms".
func script(t *testing.T, m *Machine, row string) []string {
	t.Helper()
	var out []string
	at := time.Duration(0)
	note := func(ds []Decision) {
		for _, d := range ds {
			out = append(out, fmt.Sprintf("%v@%d", d.Kind, d.At.Milliseconds()))
		}
	}
	for _, r := range strings.ReplaceAll(row, " ", "") {
		switch r {
		case 'S':
			at += step
			note(m.Prob(at, step, 0.95))
		case '.':
			at += step
			note(m.Prob(at, step, 0.02))
		case '[':
			note(m.Bot(at, true))
		case ']':
			note(m.Bot(at, false))
		case 'W':
			note(m.Hold(at))
		case 'K':
			note(m.Key(at))
		case 'h':
			note(m.Hush(at, true))
		case 'H':
			note(m.Hush(at, false))
		case 'c':
			note(m.Judge(at, at, Command, true))
		default:
			i := strings.IndexRune("NBOULAC", r)
			if i < 0 {
				t.Fatalf("script: %q", r)
			}
			note(m.Judge(at, at, Verdict(i), false))
		}
	}
	return out
}

func kinds(ds []string) string {
	var b []string
	for _, d := range ds {
		b = append(b, d[:strings.IndexByte(d, '@')])
	}
	return strings.Join(b, " ")
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	pause := func(n int) string { return strings.Repeat(".", n) }
	talk := func(n int) string { return strings.Repeat("S", n) }
	for name, c := range map[string]struct{ row, want string }{
		"click is no speech":           {"SS" + pause(20), ""},
		"sure reply ends early":        {talk(16) + pause(5) + "A" + pause(10), "start speculate end"},
		"nothing known waits long":     {talk(16) + pause(70), "start speculate"},
		"nothing known ends at last":   {talk(16) + pause(80), "start speculate end"},
		"unfinished waits":             {talk(16) + pause(5) + "U" + pause(20), "start speculate"},
		"unfinished ends":              {talk(16) + pause(5) + "U" + pause(50), "start speculate end"},
		"surely goes on, waits":        {talk(16) + pause(5) + "O" + pause(60), "start speculate"},
		"surely goes on, ends":         {talk(16) + pause(5) + "O" + pause(70), "start speculate end"},
		"pause inside a sentence":      {talk(16) + pause(5) + "U" + pause(8) + talk(10) + pause(5) + "A" + pause(8), "start speculate retract speculate end"},
		"verdict of an old pause":      {talk(16) + pause(5) + talk(4) + "A" + pause(3) + "A", "start speculate retract"},
		"no words are forgotten":       {talk(8) + pause(5) + "N" + pause(20), "start speculate drop"},
		"speech over the bot ducks":    {"[" + talk(4), "start duck"},
		"kept speaking cancels":        {"[" + talk(30), "start duck peek peek cancel"},
		"command found by a peek":      {"[" + talk(12) + "c", "start duck peek cancel"},
		"backchannel comes back":       {"[" + talk(10) + pause(5) + "B", "start duck peek speculate drop unduck"},
		"echo comes back":              {"[" + talk(10) + pause(5) + "N", "start duck peek speculate drop unduck"},
		"words over the bot":           {"[" + talk(10) + pause(5) + "L" + pause(10), "start duck peek speculate cancel end"},
		"half a sentence over the bot": {"[" + talk(10) + pause(5) + "U" + pause(20), "start duck peek speculate cancel"},
		"goes on over the bot":         {"[" + talk(10) + pause(5) + "U" + pause(10) + talk(6) + pause(5) + "L" + pause(20), "start duck peek speculate cancel retract speculate end"},
		"bot ends under the caller":    {"[" + talk(10) + "]" + talk(30) + pause(5) + "A" + pause(8), "start duck peek unduck peek speculate end"},
		"speech goes on after the end": {talk(16) + pause(5) + "A" + pause(6) + talk(5), "start speculate end start"},
		"hush prepares, pause ends":    {talk(16) + "h" + talk(3) + pause(8) + "A" + pause(5), "start speculate end"},
		"known before the pause":       {talk(16) + "hA" + talk(3) + pause(12), "start speculate end"},
		"hush in a word":               {talk(16) + "hH" + talk(5) + pause(5) + "A" + pause(8), "start speculate retract speculate end"},
		"verdict of an old hush":       {talk(16) + "hHA" + talk(5) + pause(9), "start speculate retract speculate"},
		"speech goes on after a hush":  {talk(16) + "h" + talk(2) + pause(3) + talk(4), "start speculate retract"},
		"hush before any turn":         {"h" + talk(2) + pause(3) + "H", ""},
		"hush over the bot":            {"[" + talk(10) + "h", "start duck peek"},
		"hold in a pause":              {talk(16) + pause(5) + "UW" + pause(80), "start speculate end"},
		"hold before a pause is known": {talk(16) + pause(2) + "W" + pause(80), "start end"},
		"hold in a word":               {talk(16) + "W" + pause(80), "start end"},
		"hold in noise":                {talk(16) + pause(5) + "NW" + pause(80), "start speculate drop"},
		"hold in quiet":                {pause(5) + "W" + pause(80), ""},
		"hold after words over bot":    {"[" + talk(10) + pause(5) + "LW" + pause(80), "start duck peek speculate cancel end"},
		"hold after mhm over the bot":  {"[" + talk(10) + pause(2) + "W" + pause(80), "start duck peek drop unduck"},
		"key in a word":                {talk(16) + "K" + pause(80), "start end"},
		"key in noise":                 {talk(16) + pause(5) + "NK" + pause(80), "start speculate drop"},
		"key after words over the bot": {"[" + talk(10) + pause(2) + "K" + pause(80), "start duck peek cancel end"},
		"key after mhm over the bot":   {"[" + talk(10) + pause(5) + "BK" + pause(80), "start duck peek speculate drop unduck"},
		"turn after a hold":            {talk(16) + pause(5) + "UW" + talk(16) + pause(5) + "A" + pause(8), "start speculate end start speculate end"},
		"longest turn":                 {talk(896), "start" + strings.Repeat(" peek", 29) + " end start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := kinds(script(t, New(Config{}), c.row)); got != c.want {
				t.Errorf("decisions\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestReopenedTurnKeepsItsBeginning(t *testing.T) {
	t.Parallel()
	m := New(Config{})
	var starts []Decision
	at := time.Duration(0)
	feed := func(n int, p float32) {
		for range n {
			at += step
			for _, d := range m.Prob(at, step, p) {
				if d.Kind == Start {
					starts = append(starts, d)
				}
				if d.Kind == Speculate {
					m.Judge(at, at, Sure, false)
				}
			}
		}
	}
	feed(20, 0.9)
	feed(12, 0)
	feed(20, 0.9)
	if len(starts) != 2 || starts[1].From != starts[0].From {
		t.Fatalf("starts %v: the second should begin where the first did", starts)
	}
}

func TestDuckWithin200ms(t *testing.T) {
	t.Parallel()
	m := New(Config{})
	m.Bot(0, true)
	for at := step; at <= 200*time.Millisecond; at += step {
		for _, d := range m.Prob(at, step, 0.9) {
			if d.Kind == Duck {
				return
			}
		}
	}
	t.Fatal("no duck within 200 ms of voiced speech")
}

func FuzzMachine(f *testing.F) {
	f.Add("SSSSSSSS.....A....")
	f.Add("[SSSSSSSScC]....NBOUL")
	f.Fuzz(func(_ *testing.T, row string) {
		m := New(Config{})
		at := time.Duration(0)
		for _, r := range row {
			at += step
			switch r % 6 {
			case 0, 1:
				m.Prob(at, step, float32(r%7)/6)
			case 2:
				m.Bot(at, r%4 == 0)
			case 3:
				m.Judge(at, at-time.Duration(r), Verdict(r%7), r%2 == 0)
			case 4:
				m.Prob(at, step, 0.99)
			case 5:
				if r%12 == 5 {
					m.Hold(at)
				} else {
					m.Reset(at)
				}
			}
		}
	})
}

// TestLead checks that a turn takes the quiet before it along, and nothing of the last turn or the bot.
func TestLead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		row  string
		want time.Duration // From of the turn whose third window of speech is the last of row
	}{
		"long quiet":             {row: strings.Repeat(".", 60) + "SSS", want: 60*step - 800*time.Millisecond},
		"beginning of the call":  {row: strings.Repeat(".", 3) + "SSS", want: 0},
		"just after the bot":     {row: "[" + strings.Repeat(".", 60) + "]" + strings.Repeat(".", 5) + "SSS", want: 65*step - 320*time.Millisecond},
		"a while after the bot":  {row: "[" + strings.Repeat(".", 60) + "]" + strings.Repeat(".", 15) + "SSS", want: 60 * step},
		"over the bot":           {row: strings.Repeat(".", 60) + "[SSS", want: 60*step - 320*time.Millisecond},
		"after a turn of no use": {row: strings.Repeat("S", 16) + strings.Repeat(".", 5) + "N" + strings.Repeat(".", 27) + "SSS", want: 36 * step},
	} {
		m := New(Config{})
		script(t, m, c.row)
		if m.Quiet() || m.from != c.want {
			t.Errorf("%s: turn from %v, want %v", name, m.from, c.want)
		}
	}
}
