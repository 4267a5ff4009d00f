package desk

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/pipeline/call"
)

// direct is a post without a network, which counts.
type direct struct {
	h              *Host
	reports, bytes int
}

func (d *direct) Report(ctx context.Context, data []byte) ([]byte, error) {
	out, err := d.h.Report(ctx, data)
	d.reports++
	d.bytes += len(data) + len(out)
	return out, err
}

func (d *direct) Partial([]byte) {}

// leader is a host that leads and has settled.
func leader(tb testing.TB) *Host {
	tb.Helper()
	var h *Host
	d := New(Options{Leads: func() bool { return h.Leads() }, Queue: func(r string) Policy { return Policy{Name: r, Wait: true} }})
	h = NewHost(HostOptions{Desk: d, Held: func() (uint64, bool) { return 1, true }, Poke: func(string) {},
		Keep: func(context.Context, uint64, []byte) error { return nil }, Kept: func(context.Context) ([]byte, error) { return nil, nil }})
	h.Lead(tb.Context(), 1)
	h.mu.Lock()
	h.settle(1)
	h.mu.Unlock()
	return h
}

// conversation is a call of 40 turns in which a person is sought in the middle, each turn told when it is complete.
func conversation(ctx context.Context, b *Branch, id call.ID) {
	b.Begin(ctx, id, call.Started{From: "+441632960000", Route: "bank", Base: "bank", Langs: []string{"en"}, At: time.Now()}, "sip", &wire{})
	b.report(ctx)
	for i := range 40 {
		who := call.Caller
		if i%2 == 1 {
			who = call.Bot
		}
		b.Event(id, call.Offset(i)*call.Offset(4*time.Second), call.KindTurn, call.Turn{N: i + 1, Who: who, Lang: "en", Text: "I would like to know what a transfer abroad costs and how long it takes to arrive."})
		b.report(ctx)
	}
	b.tell(id, line{Do: doSeek, Body: raw(sought{N: 1, Wish: Wish{Call: id, Why: "asked"}, Since: time.Now()})})
	b.report(ctx)
	b.tell(id, line{Do: doUnseek, Body: raw(sought{N: 1})})
	b.End(id, call.Ended{By: call.Caller, Why: "bye"})
	b.report(ctx)
}

// BenchmarkOneDeskCall is what a call costs the leading node and the network: time on one core, messages and bytes.
func BenchmarkOneDeskCall(b *testing.B) {
	p := &direct{h: leader(b)}
	branch := NewBranch(BranchOptions{Node: "n", Boot: 1, Post: p})
	for n := 0; b.Loop(); n++ {
		conversation(b.Context(), branch, call.ID(fmt.Sprint("c", n)))
	}
	b.ReportMetric(float64(p.reports)/float64(b.N), "messages/op")
	b.ReportMetric(float64(p.bytes)/float64(b.N), "bytes/op")
	p.h.Drop()
	p.h.wg.Wait()
	branch.wg.Wait()
	p.h.d.wg.Wait()
}

// BenchmarkOneDeskBeat is what a node without news costs the leading one.
func BenchmarkOneDeskBeat(b *testing.B) {
	p := &direct{h: leader(b)}
	branch := NewBranch(BranchOptions{Node: "n", Boot: 1, Post: p})
	for b.Loop() {
		branch.report(b.Context())
	}
	b.ReportMetric(float64(p.bytes)/float64(b.N), "bytes/op")
	p.h.Drop()
}

// BenchmarkOneDeskStep is what a quarter of a second of routing costs with 5,000 agents at work and 500 callers waiting.
func BenchmarkOneDeskStep(b *testing.B) {
	r := NewRouter(Times{})
	for i := range 5000 {
		id := fmt.Sprint("a", i)
		r.Sit(Agent{ID: id, Langs: []string{"en"}, Queues: []string{fmt.Sprint("q", i%10)}}, noon)
		if i%10 == 0 {
			_ = r.Set(id, Ready, "", noon)
		}
	}
	for i := range 500 { // of a queue that nobody serves now, so that each is looked at every time
		_ = r.Enqueue(Want{Call: call.ID(fmt.Sprint("c", i)), Queue: "none", Lang: "en", Since: noon})
	}
	for b.Loop() {
		r.Expire(noon.Add(time.Minute))
		r.Match(noon.Add(time.Minute))
	}
}

// TestNextLeaderKnowsTheCall passes the lead on in the middle of a call: the next desk shows what the one before did, also
// what the agent wrote there, and does nothing a second time.
func TestNextLeaderKnowsTheCall(t *testing.T) {
	var obeyed int
	lead := func(term uint64) *Host {
		d := New(Options{Queue: func(r string) Policy { return Policy{Name: r, Wait: true} }, Obey: func(View, rules.Firing, rules.Do) { obeyed++ }})
		h := NewHost(HostOptions{Desk: d, Held: func() (uint64, bool) { return term, true }, Poke: func(string) {},
			Keep: func(context.Context, uint64, []byte) error { return nil }, Kept: func(context.Context) ([]byte, error) { return nil, nil }})
		h.Lead(t.Context(), term)
		t.Cleanup(func() { h.Drop(); h.wg.Wait(); d.wg.Wait() })
		return h
	}
	first := lead(1)
	p, w := &direct{h: first}, &wire{}
	b := NewBranch(BranchOptions{Node: "n", Boot: 1, Post: p})
	t.Cleanup(func() { b.drop(); b.wg.Wait() })
	report := func() {
		for b.report(t.Context()) { //nolint:revive // until nothing is new
		}
	}
	const id = call.ID("c1")
	b.Begin(t.Context(), id, call.Started{From: "+441632960000", Route: "bank", Langs: []string{"en"}, At: time.Now()}, "sip", w)
	b.Event(id, 1, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "I want my money back."})
	b.Event(id, 2, call.KindParty, call.Part{Action: "joined", ID: "ann", Name: "Ann", Role: "agent"})
	b.tell(id, line{Do: doAdvice, Body: raw(advised{Cards: []Card{{ID: "k1", Text: "Within 14 days."}}})})
	report()
	if err := first.d.Note(id, "ann", "calls again tomorrow"); err != nil {
		t.Fatal(err)
	}
	if err := first.d.Card(id, "ann", "k1", "used"); err != nil {
		t.Fatal(err)
	}
	first.mu.Lock()
	first.keep("n", id, first.peers["n"].calls[id], time.Now())
	first.mu.Unlock()
	report()
	b.tell(id, line{Do: doAdvice, Body: raw(advised{Firing: &rules.Firing{Rule: "angry", Do: []rules.Do{{Kind: rules.Ticket}}}})})
	b.Event(id, 3, call.KindTurn, call.Turn{N: 2, Who: call.Agent, Text: "Of course."})
	report()
	if b.calls[id].base == nil || obeyed != 1 {
		t.Fatalf("the state was not kept, or the rule was obeyed %d times", obeyed)
	}
	before := len(w.kind)

	p.h = lead(2)
	report()
	b.Event(id, 4, call.KindTurn, call.Turn{N: 3, Who: call.Caller, Text: "Thank you."})
	report()
	v, err := p.h.d.Call(id)
	if err != nil || len(v.Turns) != 3 || len(v.Cards) != 1 || v.Cards[0].State != "used" || v.Notes != "calls again tomorrow" || v.With != "agent" || v.Agent != "ann" {
		t.Errorf("the next desk has %+v, %v", v, err)
	}
	if len(w.kind) != before || obeyed != 1 {
		t.Errorf("%d events were told again, the rule was obeyed %d times", len(w.kind)-before, obeyed)
	}
	if orders, _ := b.settle(receipt{Term: 1, Peer: 1, First: 100, Orders: []order{{id, doCommand, raw(Command{Do: "end"})}}}); len(orders) > 0 {
		t.Error("an order of an older term is carried out")
	}
	if b.Admits(1) || !b.Admits(2) {
		t.Error("a leader of an older term may still connect people")
	}
}
