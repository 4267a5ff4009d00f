package pipeline_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
)

// refusesREFER is what a far side that transfers no calls answers.
type refusesREFER struct{}

func (refusesREFER) Error() string { return "405 method not allowed" }
func (refusesREFER) Untaken() bool { return true }

// TestTransferWhereTheTrunkRefuses asks for a person on a line whose trunk transfers no calls: the telephone is called instead, and
// both talk through the call.
func TestTransferWhereTheTrunkRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		refusal, phone error
		want           string // "bridged", or what is told of the transfer
		calls          int    // of the telephone
	}{
		"answered":                   {refusesREFER{}, nil, "bridged", 1},
		"no answer":                  {refusesREFER{}, errors.New("nobody answers"), "nobody answers", 1},
		"no telephone by the number": {refusesREFER{}, pipeline.ErrNoPhone, "405", 1},
		"the target is busy":         {errors.New("486 busy"), nil, "486", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scene{t: t, log: &memoryLog{}, done: make(chan error, 1), leg: pipelinetest.NewLeg(func(string) error { return tt.refusal })}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				office, left, calls := pipelinetest.NewLeg(nil), 0, 0
				b := &pipeline.Bot{
					Recognizer: perfect{s.leg, 300 * time.Millisecond}, Answerer: scripted{}, Speaker: tones(0), Work: work.New(1),
					Redact: func(call.ID) pipeline.Redactor { return open{} },
				}
				c := pipeline.Call{
					ID: call.NewID(), Voices: &pipelinetest.Voices{}, Log: s.log,
					Route: pipeline.Route{Name: "test", Base: "test", Langs: []string{"en"}, Greeting: map[string]string{"en": "Hello."}, Transfer: "sip:200@pbx.example"},
					Phone: func(_ context.Context, target string) (pipeline.Person, error) {
						if calls++; target != "sip:200@pbx.example" {
							t.Errorf("called is %s", target)
						}
						time.Sleep(2 * time.Second)
						return pipeline.Person{ID: "phone:office", Name: "Office", Role: pipeline.RoleColleague, Leg: office, Voices: &pipelinetest.Voices{}, Deliberate: true,
							Leave: func() { left++ }}, tt.phone
					},
				}
				go func() { s.done <- b.Serve(ctx, s.leg, c) }() // ends with ctx at the latest
				wait := func(what string, ok func() bool) { t.Helper(); s.until(pipelinetest.Step{}, what, ok) }
				wait("the greeting", func() bool { return len(s.log.turns(call.Bot)) > 0 })
				s.leg.Say("human please", time.Second)
				if tt.want == "bridged" {
					wait("who answers", func() bool { return s.log.has(call.KindParty, `"role":"agent"`) })
					office.Say("office here", time.Second)
					time.Sleep(500 * time.Millisecond)
					if !loud(last(s.leg, 200*time.Millisecond)) {
						t.Error("the caller does not hear who answers")
					}
					office.HangUp()
					wait("the end", func() bool { return s.log.has(call.KindEnded, `"agent"`) })
				} else {
					wait("why not", func() bool { return s.log.has(call.KindTransfer, tt.want) })
					wait("the bot", func() bool { return s.log.has(call.KindTurn, "transfer failed") })
					s.leg.HangUp()
				}
				<-s.done
				if want := map[bool]int{true: 1}[tt.want == "bridged"]; left != want || calls != tt.calls {
					t.Errorf("the telephone was called %d times, and let go %d times, want %d", calls, left, want)
				}
				if t.Failed() {
					t.Log(s.log.text())
				}
			})
		})
	}
}
