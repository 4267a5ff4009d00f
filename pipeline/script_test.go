package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
	"github.com/parley-voice/parley/tts"
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

// memoryTape is a recording.
type memoryTape struct {
	mu        sync.Mutex
	frames    int
	discarded bool
	after     int // frames written after it was discarded
}

func (m *memoryTape) Write(_, _ []int16) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.frames++; m.discarded {
		m.after++
	}
	return nil
}

func (m *memoryTape) Mute(bool, int64, int64) error { return nil }
func (m *memoryTape) Close() error                  { return nil }

func (m *memoryTape) Discard() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.discarded = true
	return nil
}

func (m *memoryTape) state() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.discarded && m.after == 0:
		return "discarded"
	case m.discarded:
		return "written after it was discarded"
	case m.frames > 0:
		return "running"
	}
	return "empty"
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

// memoryLog keeps events.
type memoryLog struct {
	mu     sync.Mutex
	events []call.Event
}

func (l *memoryLog) Emit(_ context.Context, at call.Offset, kind call.Kind, body any, _ bool) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, call.Event{Seq: uint64(len(l.events) + 1), At: at, Kind: kind, Body: data})
	return nil
}

func (l *memoryLog) turns(who call.Party) []call.Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []call.Turn
	for _, e := range l.events {
		var t call.Turn
		if e.Kind == call.KindTurn && json.Unmarshal(e.Body, &t) == nil && t.Who == who {
			out = append(out, t)
		}
	}
	return out
}

func (l *memoryLog) finals(who call.Party) []asr.Transcript {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []asr.Transcript
	for _, e := range l.events {
		var t asr.Transcript
		if e.Kind == call.KindFinal && json.Unmarshal(e.Body, &t) == nil && t.Party == who {
			out = append(out, t)
		}
	}
	return out
}

func (l *memoryLog) count(kind call.Kind) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func (l *memoryLog) has(kind call.Kind, word string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e.Kind == kind && strings.Contains(string(e.Body), word) {
			return true
		}
	}
	return false
}

func (l *memoryLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, e := range l.events {
		fmt.Fprintf(&b, "%7.2f %-14s %s\n", e.At.Seconds(), e.Kind, e.Body)
	}
	return b.String()
}

// perfect hears every word of a pipelinetest.Leg, some time late. At "mumble" it fails.
type perfect struct {
	leg  *pipelinetest.Leg
	late time.Duration
}

func (p perfect) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	select {
	case <-time.After(p.late):
	case <-ctx.Done():
		return asr.Transcript{}, context.Cause(ctx)
	}
	from := time.Duration(u.Start)
	var words []string
	for _, s := range p.leg.Spoken(from, from+audio.Duration(len(u.PCM))) {
		if s.Text != "" {
			words = append(words, s.Text)
		}
	}
	if slices.Contains(words, "mumble") {
		return asr.Transcript{}, errors.New("the recogniser is broken")
	}
	return asr.Transcript{Party: u.Party, Text: strings.Join(words, " "), Lang: nlu.Language(strings.Join(words, " "), u.Langs[0]), LangP: 1, Start: u.Start, End: u.Start + call.Offset(audio.Duration(len(u.PCM))), Confidence: 0.9}, nil
}

// scripted answers by the first word. Whether a sentence goes on, and whether the bot is to wait, it is told by the words.
type scripted struct{}

var words = nlu.New(nlu.Options{})

func (scripted) Answer(ctx context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error) {
	word, _, _ := strings.Cut(strings.ToLower(q.Text), " ")
	if q.Key != 0 {
		word = string(q.Key)
	}
	dec := answer.Decision{Query: q.Text, Lang: q.Reply, Next: d}
	var err error
	if dec.Understanding, err = words.Understand(ctx, nlu.Turn{Text: q.Text, Lang: q.Lang}); err != nil {
		return answer.Decision{}, err
	}
	switch word {
	case "question":
		dec.PRight = 0.95
		dec.Decision, dec.Entry, dec.Text = answer.Known, "e1", "The first sentence of the answer is this one. The second sentence follows it and is longer than the first."
	case "stream":
		dec.Decision, dec.Text = answer.Known, "This sentence comes first."
		dec.More = func(yield func(string) bool) {
			for _, s := range []string{"The second one is made meanwhile.", "And the third one ends it."} {
				if time.Sleep(300 * time.Millisecond); !yield(s) {
					return
				}
			}
		}
	case "slow":
		if q.Asking != nil {
			q.Asking(dec.Understanding)
		}
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
		dec.Decision, dec.Text = answer.Known, "It took a while."
	case "which", "yes":
		if len(d.Offered) > 0 {
			dec.Decision, dec.Text, dec.Next.Offered = answer.Known, "That is the one you took.", nil
			break
		}
		dec.Decision, dec.Text = answer.Clarify, "Do you mean this?"
		dec.Next.Offered = []answer.Choice{{Entry: "e1", Question: "this"}}
	case "6":
		dec.Decision, dec.Text = answer.Clarify, "That key means nothing."
	case "human", "0":
		dec.Decision, dec.Command, dec.Text = answer.Obey, nlu.Person, "One moment, I put you through."
	case "stop":
		dec.Decision, dec.Command = answer.Obey, nlu.Stop
	case "bye":
		dec.Decision, dec.Command, dec.Text = answer.Obey, nlu.Goodbye, "Goodbye."
	case "你好", "你们":
		dec.Decision, dec.Text = answer.Known, map[string]string{"en": "That is a language I know.", "zh": "您说得对。"}[q.Reply]
	case "chinese":
		dec.Decision, dec.Command, dec.Switch, dec.Lang, dec.Text = answer.Obey, nlu.Chinese, "zh", "zh", "好的。"
	case "mhm":
		dec.Understanding.Backchannel = true
		dec.Decision, dec.Text = answer.Clarify, "Yes?"
	default:
		if dec.Understanding.Command == nlu.Stop {
			dec.Decision, dec.Command = answer.Obey, nlu.Stop
			break
		}
		dec.Decision, dec.Text = answer.Offer, "I do not know that. Shall I connect you to a person?"
	}
	return dec, nil
}

// tones speaks 80 ms of tone a word, sentence by sentence, after some time.
type tones time.Duration

func (late tones) Speak(ctx context.Context, text string, _ tts.Voice, _ work.Class) iter.Seq2[tts.Clip, error] {
	return func(yield func(tts.Clip, error) bool) {
		if late > 0 {
			select {
			case <-time.After(time.Duration(late)):
			case <-ctx.Done():
				return
			}
		}
		for _, s := range strings.SplitAfter(text, ". ") {
			n := max(len(strings.Fields(s)), len([]rune(s))/8)
			if !yield(tts.Clip{Text: s, PCM: audio.Sine(300+float64(len(s)), -20, time.Duration(n)*160*time.Millisecond)}, nil) {
				return
			}
		}
	}
}

// open masks nothing.
type open struct{}

func (open) Mask(t asr.Transcript) (asr.Transcript, []pipeline.Stretch) { return t, nil }
func (open) Heard(call.Party, string)                                   {}
func (open) Private(call.Party) bool                                    { return false }
