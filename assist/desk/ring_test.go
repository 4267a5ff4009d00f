package desk

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestRingingEnds: a telephone rings only as long as somebody waits for it.
func TestRingingEnds(t *testing.T) {
	for name, end := range map[string]func(f *floor) error{
		"called off":     func(f *floor) error { return f.Consult("c", "ann", "cancel") },
		"sent elsewhere": func(f *floor) error { return f.Transfer("c", "ann", "bob", false) },
		"the call ends":  func(f *floor) error { f.End("c", call.Ended{}); return nil },
		"the agent goes": func(f *floor) error { f.part("left", "ann", "agent"); return f.Consult("c", "ann", "cancel") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var rings context.Context
				f := inCall(t, Options{
					Phones: func() []Place { return []Place{{"doc", "Doctor", "phone"}} },
					Phone:  func(ctx context.Context, _ call.ID, _ string, _ func(string)) { rings = ctx },
				})
				defer f.close()
				defer f.End("c", call.Ended{})
				f.ready("bob")
				if err := f.Transfer("c", "ann", "doc", true); err != nil || rings.Err() != nil {
					t.Fatal(err, rings.Err())
				}
				if err := end(f); (err != nil) != (name == "the agent goes") {
					t.Fatal(err)
				}
				if (rings.Err() == nil) != (name == "the agent goes") { // who answers has the caller
					t.Errorf("it rings on: %v", rings.Err() == nil)
				}
			})
		})
	}
}

// post carries reports to a host at once.
type post struct{ h *Host }

func (p post) Report(ctx context.Context, data []byte) ([]byte, error) { return p.h.Report(ctx, data) }
func (p post) Partial([]byte)                                          {}

// TestRungTwiceElsewhere rings twice at the same telephone through another node: each ringing has its own end.
func TestRungTwiceElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{})
		h := NewHost(HostOptions{
			Desk: d, Held: func() (uint64, bool) { return 1, true }, Poke: func(string) {},
			Kept: func(context.Context) ([]byte, error) { return nil, nil },
		})
		type ringing struct {
			ctx    context.Context //nolint:containedctx // what the telephone was given
			failed func(string)
		}
		var rings []ringing
		b := NewBranch(BranchOptions{Node: "n", Boot: 1, Post: post{h}, Desk: Options{
			Phone: func(ctx context.Context, _ call.ID, _ string, failed func(string)) {
				rings = append(rings, ringing{ctx, failed})
			},
		}})
		report := func() {
			for b.report(t.Context()) {
			}
		}
		h.Lead(t.Context(), 1)
		b.Begin(t.Context(), "c", call.Started{Route: "bank", At: time.Now()}, "sip", &wire{})
		report()
		var told [2]string
		first, callOff := context.WithCancel(t.Context())
		second, cancel := context.WithCancel(t.Context())
		for i, ctx := range []context.Context{first, second} {
			h.Phone(ctx, "c", "doc", func(why string) { told[i] += why })
			h.wg.Wait()
			report()
		}
		if len(rings) != 2 {
			t.Fatalf("%d ringings", len(rings))
		}
		callOff()
		synctest.Wait()
		report()
		if rings[0].ctx.Err() == nil || rings[1].ctx.Err() != nil {
			t.Errorf("called off: %v, the other one: %v", rings[0].ctx.Err(), rings[1].ctx.Err())
		}
		rings[0].failed("no answer")
		report()
		if told != [2]string{} {
			t.Errorf("one that was called off told %q", told)
		}
		rings[1].failed("busy")
		report()
		if told != [2]string{"", "busy"} {
			t.Errorf("told %q", told)
		}
		cancel()
		b.End("c", call.Ended{})
		report()
		h.Drop()
		b.wg.Wait()
		d.wg.Wait()
	})
}
