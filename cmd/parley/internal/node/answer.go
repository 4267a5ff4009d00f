package node

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/assist/web/callpage"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

// errNoLine means that nobody answers what was dialled.
var errNoLine = errors.New("no such line")

// admit takes a place for a call to a line, or says why not and after how long it may be tried again.
func (n *Node) admit(line string) (wait time.Duration, err error) {
	if n.draining.Load() {
		n.metrics.refused.WithLabelValues("draining").Inc()
		return retryAfter, errBusy
	}
	if _, ok := n.conf().Find(line); !ok {
		n.metrics.refused.WithLabelValues("no_route").Inc()
		return 0, errNoLine
	}
	if wait, ok := n.gate.enter(); !ok {
		n.metrics.refused.WithLabelValues("load").Inc()
		return wait, errBusy
	}
	return 0, nil
}

// Admit decides at once whether a call is taken.
func (n *Node) Admit(i sip.Invite) sip.Verdict {
	switch wait, err := n.admit(n.dialled(i)); {
	case errors.Is(err, errNoLine):
		return sip.Verdict{Status: http.StatusNotFound, Reason: "No Such Line"}
	case err != nil:
		return sip.Verdict{Status: http.StatusServiceUnavailable, RetryAfter: wait}
	}
	return sip.Verdict{Accept: true, Dropped: n.gate.leave}
}

// dialled is the line that a caller means: the one called first, where a trunk is believed that says so and it is one of ours.
func (n *Node) dialled(i sip.Invite) string {
	if i.Diversion != "" && n.conf().Names(i.Diversion) {
		return i.Diversion
	}
	return i.To
}

// Call runs one call on leg; its return hangs up.
func (n *Node) Call(ctx context.Context, leg *sip.Leg) {
	defer n.gate.leave()
	inv := leg.Invite()
	n.answer(ctx, leg, call.Started{From: inv.From, Withheld: inv.Withheld, To: n.dialled(inv), Codec: leg.Codec(), Remote: inv.Remote, SIPCall: inv.CallID}, nil, "")
}

// answer runs one admitted call, whatever carries it. With captions, as a page has them, what is said is passed to them too,
// and the call begins in lang where the line speaks it.
func (n *Node) answer(ctx context.Context, leg pipeline.Leg, started call.Started, captions func(callpage.Message), lang string) {
	r, ok := n.conf().Find(started.To)
	if !ok {
		return
	}
	channel := "sip"
	if captions != nil {
		channel = "web"
		r.Langs = beginIn(r.Langs, lang)
	} else {
		if n.one == nil { // else the leading node is told by the desk
			n.rang(ctx, started.From)
		}
		r, started.Continues = n.resume(ctx, r, started.From)
	}
	x := conversation{route: r, channel: channel, started: started, captions: captions}
	if p, ok := leg.(interface{ Place() string }); ok {
		x.place = p.Place()
	}
	n.converse(ctx, leg, x)
}

// conversation is one call and what is particular about it.
type conversation struct {
	route    config.Route
	channel  string
	started  call.Started           // what its signalling said
	captions func(callpage.Message) // nil: shown to nobody
	place    string                 // secret end of its address, "" for a call that has none
	id       call.ID                // the desk knows the call already; "": it does not
	there    *pipeline.Person       // who is there when it begins, for whom the caller was called; may be nil
}

// converse runs a call until it is over.
func (n *Node) converse(ctx context.Context, leg pipeline.Leg, x conversation) {
	id, now, r, started := x.id, time.Now(), x.route, x.started
	if id == "" {
		id = call.NewID()
	}
	started.Node = n.id
	log := n.env.Log.With("call", string(id), "route", r.Name)
	log.Info("call answered", "codec", started.Codec, "remote", started.Remote)
	started.Route, started.Base, started.Langs, started.At, started.Recorded = r.Name, r.Base, r.Langs, now.UTC(), *r.Record
	c := pipeline.Call{ID: id, Route: n.route(r, now), Voices: n.vad.NewStream(), Log: events.NewLog(n.bus, id, now), Started: started, Met: x.there}
	if x.id == "" {
		n.front.Begin(ctx, id, started, x.channel, pending{n, id})
	}
	c.Log = watched{measured{c.Log, n.metrics.in, r.Name, &atomic.Bool{}, n.tracer.Begin(id, r.Name, x.channel, now)}, n.front, id}
	over, end := context.WithCancel(ctx)
	defer end()
	c.Phone = n.transferPhone(over, c.ID)
	c.Begun = func(ctl *pipeline.Control) { n.controls.Store(id, ctl) }
	defer n.controls.Delete(id)
	defer n.front.End(id, call.Ended{Why: "cut"}) // does nothing after the end of the call
	if x.place != "" {
		n.pageCalls.put(x.place, id)
	}
	if x.captions != nil {
		c.Log = captioned{c.Log, x.captions, new(bool)}
		n.shown.Store(id, x.captions)
		defer n.shown.Delete(id)
	}
	if *r.Record {
		if tape, err := n.tape(id); err != nil {
			c.Started.Recorded = false
			log.Error("call is not recorded", "err", err)
		} else {
			c.Tape = tape
		}
	}
	n.vaultOf(id, *r.Record)
	defer n.endVault(id)
	err := n.bot.Serve(ctx, leg, c)
	if err != nil && !errors.Is(err, context.Canceled) {
		log.Error("call ended by a fault", "err", err)
	}
	n.metrics.calls.WithLabelValues(r.Name).Inc()
	log.Info("call ended", "s", int(time.Since(now).Seconds()))
}

// route turns configuration into what the pipeline needs, for a call that begins now.
func (n *Node) route(r config.Route, now time.Time) pipeline.Route {
	out := pipeline.Route{
		Name: r.Name, Base: r.Base, Langs: r.Langs, Transfer: r.Transfer, Desk: r.Transfer == "", Hot: r.Hot, Longest: r.Longest,
		Voices: voicesOf(r), Greeting: greetingsOf(r),
	}
	for _, key := range r.OptOut { // at most one
		out.OptOut, out.OptedOut = key, r.OptedOut
	}
	if !out.Desk && !r.Hours.At(now) { // the desk tells by itself
		out.Transfer, out.Closed = "", maps.Clone(r.Closed)
	}
	return out
}

func voicesOf(r config.Route) map[string]tts.Voice {
	out := map[string]tts.Voice{}
	for lang, name := range r.Voices {
		out[lang] = tts.Voice{Name: name, Lang: lang}
	}
	return out
}

// greetingsOf joins greeting and recording notice.
func greetingsOf(r config.Route) map[string]string {
	out := map[string]string{}
	for _, lang := range r.Langs {
		text := r.Greeting[lang]
		if notice := r.Notice[lang]; *r.Record && notice != "" {
			if text != "" && lang != "zh" {
				text += " "
			}
			text += notice
		}
		out[lang] = text
	}
	return out
}

func (n *Node) home(parts ...string) string {
	return filepath.Join(append([]string{n.env.Home}, parts...)...)
}
