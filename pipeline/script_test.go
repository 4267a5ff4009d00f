package pipeline_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestScripts runs every conversation in testdata on a clock that jumps.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.call")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".call"), func(t *testing.T) {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			steps, err := pipelinetest.ParseScript(string(text))
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { runScript(t, steps) })
		})
	}
}

// scene is a call under test.
type scene struct {
	t     *testing.T
	leg   *pipelinetest.Leg
	log   *memoryLog
	done  chan error
	bot   int // bot's turns matched so far
	heard int
	tape  *memoryTape // nil: not recorded
}

func runScript(t *testing.T, steps []pipelinetest.Step) {
	s := &scene{t: t, log: &memoryLog{}, done: make(chan error, 1)}
	s.leg = pipelinetest.NewLeg(func(target string) error {
		if strings.Contains(target, "busy") {
			return fmt.Errorf("486 busy")
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := &pipeline.Bot{
		Recognizer: perfect{s.leg, 300 * time.Millisecond}, Answerer: scripted{}, Speaker: tones(0), Work: work.New(1),
		Redact: func(call.ID) pipeline.Redactor { return open{} },
	}
	c := pipeline.Call{
		ID: call.NewID(), Voices: &pipelinetest.Voices{}, Log: s.log,
		Route: pipeline.Route{
			Name: "test", Base: "test", Langs: []string{"en", "zh"}, Greeting: map[string]string{"en": "Hello, this is the test line."},
			Transfer: "sip:person@127.0.0.1",
		},
	}
	if first := steps[0]; first.Verb == "set" {
		steps = steps[1:]
		switch first.Text {
		case "nobody":
			c.Route.Transfer = "sip:busy@127.0.0.1"
		case "closed":
			c.Route.Transfer, c.Route.Closed = "", map[string]string{"en": "We are back at nine."}
		case "opt-out":
			s.tape = &memoryTape{}
			c.Tape, c.Route.OptOut, c.Route.OptedOut = s.tape, '9', map[string]string{"en": "This call is not recorded."}
		case "slow-voice":
			b.Speaker = tones(time.Second)
		case "slow-ears":
			b.Recognizer = perfect{s.leg, 6 * time.Second}
		case "echo":
			s.leg.Echo(180 * time.Millisecond)
		default:
			t.Fatalf("set %s: nothing known by this name", first.Text)
		}
	}
	go func() { s.done <- b.Serve(ctx, s.leg, c) }() // ends with ctx at the latest
	for _, step := range steps {
		s.step(step)
		if t.Failed() {
			break
		}
	}
	if n, turns := s.log.count(call.KindAnswered), len(s.log.turns(call.Caller)); n > turns {
		t.Errorf("%d answers to %d turns", n, turns)
	}
	s.finals()
	if t.Failed() {
		t.Log(s.log.text())
	}
	cancel()
	<-s.done
	s.done <- nil
	synctest.Wait()
}

func (s *scene) step(st pipelinetest.Step) {
	sec := func(i int) time.Duration { return pipelinetest.Seconds(st.Nums[i]) }
	switch st.Verb {
	case "caller":
		s.until(st, "the bot to be silent", func() bool { return !s.leg.Speaking() })
		time.Sleep(500 * time.Millisecond)
		s.leg.Say(st.Text, sec(0))
		time.Sleep(sec(0))
	case "noise":
		s.leg.Say("", sec(0))
	case "over":
		s.until(st, "the bot to speak", s.leg.Speaking)
		time.Sleep(sec(0))
		s.leg.Say(st.Text, sec(1))
		time.Sleep(sec(1))
	case "begins":
		began := time.Now()
		s.until(st, "the bot to speak", s.leg.Speaking)
		if took := time.Since(began); took < sec(0) || took > sec(1) {
			s.t.Errorf("line %d: the bot began to speak after %v", st.Line, took)
		}
	case "key":
		s.leg.Press(rune(st.Text[0]))
		time.Sleep(40 * time.Millisecond)
	case "hold":
		s.leg.Hold(true)
		time.Sleep(sec(0))
		s.leg.Hold(false)
	case "wait":
		time.Sleep(sec(0))
	case "hangup":
		s.leg.HangUp()
	case "bot", "cut":
		s.until(st, "a turn of the bot", func() bool { return len(s.log.turns(call.Bot)) > s.bot })
		if s.t.Failed() {
			return
		}
		turn := s.log.turns(call.Bot)[s.bot]
		s.bot++
		if !strings.Contains(turn.Text, st.Text) || turn.Cut != (st.Verb == "cut") {
			s.t.Errorf("line %d: bot said %q (cut %v), want %s %q", st.Line, turn.Text, turn.Cut, st.Verb, st.Text)
		}
	case "heard":
		s.until(st, "a turn of the caller", func() bool { return len(s.log.turns(call.Caller)) > s.heard })
		if s.t.Failed() {
			return
		}
		turn := s.log.turns(call.Caller)[s.heard]
		s.heard++
		if turn.Text != st.Text {
			s.t.Errorf("line %d: caller was heard as %q, want %q", st.Line, turn.Text, st.Text)
		}
	case "event":
		kind, word, _ := strings.Cut(st.Text, " ")
		s.until(st, st.Text, func() bool { return s.log.has(call.Kind(kind), word) })
	case "tape":
		if got := s.tape.state(); got != st.Text {
			s.t.Errorf("line %d: the recording is %s, want %s", st.Line, got, st.Text)
		}
	case "end":
		s.until(st, "the end of the call", func() bool { return s.log.has(call.KindEnded, st.Text) })
	}
}

// finals are the turns of the caller before they are written: each is told once, as it is written.
func (s *scene) finals() {
	turns := s.log.turns(call.Caller)
	for _, f := range s.log.finals(call.Caller) {
		i := slices.IndexFunc(turns, func(t call.Turn) bool { return t.Text == f.Text && t.Start == f.Start })
		if i < 0 {
			s.t.Errorf("%q at %.1f s is told as final and is no turn", f.Text, f.Start.Seconds())
			continue
		}
		turns = turns[i+1:]
	}
}

// until lets time pass until ok holds, for a minute at most.
func (s *scene) until(st pipelinetest.Step, what string, ok func() bool) {
	for range 6000 {
		synctest.Wait()
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Errorf("line %d: waited a minute for %s", st.Line, what)
}

var words = nlu.New(nlu.Options{})
