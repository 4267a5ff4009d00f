package pipeline_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
)

// office is a desk under a test's command.
type office struct {
	mu      sync.Mutex
	seeks   []pipeline.Seek
	people  chan pipeline.Person
	refuse  chan *pipeline.Unavailable
	lost    []string
	waiting string               // told to everybody who waits
	late    chan pipeline.Person // who comes to a search that was given up; nil: nobody
}

func (o *office) Seek(ctx context.Context, s pipeline.Seek, tell func(pipeline.Waiting)) (pipeline.Person, error) {
	o.mu.Lock()
	o.seeks = append(o.seeks, s)
	o.mu.Unlock()
	if o.waiting != "" {
		tell(pipeline.Waiting{Text: o.waiting, Lang: s.Lang})
	}
	select {
	case p := <-o.people:
		return p, nil
	case err := <-o.refuse:
		return pipeline.Person{}, err
	case <-ctx.Done():
	}
	if o.late != nil {
		return <-o.late, nil
	}
	return pipeline.Person{}, context.Cause(ctx)
}

func (o *office) Lost(_ call.ID, person string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lost = append(o.lost, person)
}

func (o *office) Key(_ call.ID, digit rune) string {
	if digit == '1' {
		return "We will call you back."
	}
	return ""
}

// seeking returns the last search and how many there were.
func (o *office) seeking() (pipeline.Seek, int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.seeks) == 0 {
		return pipeline.Seek{}, 0
	}
	return o.seeks[len(o.seeks)-1], len(o.seeks)
}

// bothEars hears each party on its own leg. A person's leg has its own clock, which starts when they join.
type bothEars struct {
	caller perfect
	mu     sync.Mutex
	legs   []*pipelinetest.Leg
	since  []time.Duration
}

func (b *bothEars) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	if u.Party == call.Caller {
		return b.caller.Recognize(ctx, u)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var words []string
	for i, l := range b.legs {
		from := time.Duration(u.Start) - b.since[i]
		for _, s := range l.Spoken(from, from+audio.Duration(len(u.PCM))) {
			words = append(words, s.Text)
		}
	}
	return asr.Transcript{Party: u.Party, Text: strings.Join(words, " "), Lang: u.Langs[0], Start: u.Start, End: u.Start + call.Offset(audio.Duration(len(u.PCM))), Confidence: 0.9}, nil
}

// bridge is a call that is handed to people.
type bridge struct {
	*scene

	office *office
	ears   *bothEars
	left   atomic.Int32 // people whose Leave was called
	start  time.Time

	control atomic.Pointer[pipeline.Control]
}

func openBridge(t *testing.T, change ...func(*pipeline.Route)) (*bridge, context.CancelFunc) {
	s := &scene{t: t, log: &memoryLog{}, done: make(chan error, 1), leg: pipelinetest.NewLeg(nil)}
	br := &bridge{scene: s, office: &office{people: make(chan pipeline.Person), refuse: make(chan *pipeline.Unavailable)}, ears: &bothEars{caller: perfect{s.leg, 300 * time.Millisecond}}, start: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	b := &pipeline.Bot{Recognizer: br.ears, Answerer: scripted{}, Speaker: tones(0), Work: work.New(1), Desk: br.office, Redact: func(call.ID) pipeline.Redactor { return open{} }}
	c := pipeline.Call{ID: call.NewID(), Voices: &pipelinetest.Voices{}, Log: s.log, Tape: &soundTape{}, Route: pipeline.Route{
		Name: "test", Base: "test", Langs: []string{"en"}, Greeting: map[string]string{"en": "Hello."}, Desk: true,
	}, Begun: func(c *pipeline.Control) { br.control.Store(c) }}
	for _, f := range change {
		f(&c.Route)
	}
	// Ends with ctx or when the caller hangs up.
	go func() { s.done <- b.Serve(ctx, s.leg, c) }()
	return br, cancel
}

// person comes to the call with a leg of their own.
func (br *bridge) person(id string, role pipeline.Role) (pipeline.Person, *pipelinetest.Leg) {
	leg := pipelinetest.NewLeg(nil)
	br.ears.mu.Lock()
	br.ears.legs, br.ears.since = append(br.ears.legs, leg), append(br.ears.since, time.Since(br.start))
	br.ears.mu.Unlock()
	return pipeline.Person{ID: id, Name: strings.ToUpper(id), Role: role, Leg: leg, Voices: &pipelinetest.Voices{}, Leave: func() { br.left.Add(1) }}, leg
}

func (br *bridge) wait(what string, ok func() bool) { br.until(pipelinetest.Step{}, what, ok) }

// handOff asks for a person and lets id come.
func (br *bridge) handOff(id string) (*pipeline.Control, *pipelinetest.Leg) {
	br.wait("the greeting", func() bool { return len(br.log.turns(call.Bot)) > 0 })
	br.leg.Say("human please", time.Second)
	br.wait("a search", func() bool { _, n := br.office.seeking(); return n > 0 })
	s, _ := br.office.seeking()
	p, leg := br.person(id, pipeline.RoleAgent)
	br.office.people <- p
	br.wait("the person", func() bool { return br.log.has(call.KindParty, `"joined"`) })
	return s.Control, leg
}

func (br *bridge) finish(cancel context.CancelFunc) {
	if br.t.Failed() {
		br.t.Log(br.log.text())
	}
	cancel()
	<-br.done
	synctest.Wait()
}

func loud(pcm []int16) bool { return audio.Level(pcm) > audio.VoicedDBFS }

// last is the end of what a leg was sent.
func last(l *pipelinetest.Leg, d time.Duration) []int16 {
	pcm := l.Sent()
	return pcm[max(0, len(pcm)-audio.Samples(d)):]
}
