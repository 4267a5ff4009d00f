package node

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

// Admit decides at once whether a call is taken.
func (n *Node) Admit(i sip.Invite) sip.Verdict {
	if _, ok := n.cfg.Find(i.To); !ok {
		n.metrics.refused.WithLabelValues("no_route").Inc()
		return sip.Verdict{Status: http.StatusNotFound, Reason: "No Such Line"}
	}
	if wait, ok := n.gate.enter(); !ok {
		n.metrics.refused.WithLabelValues("load").Inc()
		return sip.Verdict{Status: http.StatusServiceUnavailable, RetryAfter: wait}
	}
	return sip.Verdict{Accept: true, Dropped: n.gate.leave}
}

// Call runs one call on leg; its return hangs up.
func (n *Node) Call(ctx context.Context, leg *sip.Leg) {
	defer n.gate.leave()
	inv := leg.Invite()
	r, ok := n.cfg.Find(inv.To)
	if !ok {
		return
	}
	id, now := call.NewID(), time.Now()
	log := n.env.Log.With("call", string(id), "route", r.Name)
	log.Info("call answered", "codec", leg.Codec(), "remote", inv.Remote)
	c := pipeline.Call{
		ID: id, Route: n.route(r, now), Voices: n.vad.NewStream(), Log: events.NewLog(n.bus, id, now),
		Started: call.Started{
			From: inv.From, To: inv.To, Route: r.Name, Base: r.Base, Langs: r.Langs, Codec: leg.Codec(), Remote: inv.Remote,
			SIPCall: inv.CallID, At: now.UTC(), Recorded: *r.Record,
		},
	}
	if *r.Record {
		if tape, err := n.tape(id); err != nil {
			c.Started.Recorded = false
			log.Error("call is not recorded", "err", err)
		} else {
			c.Tape = tape
		}
	}
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
		Name: r.Name, Base: r.Base, Langs: r.Langs, Transfer: r.Transfer, Hot: r.Hot, Longest: r.Longest,
		Voices: voicesOf(r), Greeting: greetingsOf(r),
	}
	if !r.Hours.At(now) {
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

func (n *Node) tape(id call.ID) (*audio.StereoWriter, error) {
	dir, err := store.Folder(n.env.Home, id)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return audio.CreateStereo(filepath.Join(dir, "audio.wav"))
}

// repairRecordings mends the headers of recordings that a dead process left behind.
func (n *Node) repairRecordings() {
	files, _ := filepath.Glob(n.home("calls", "*", "audio.wav")) // the pattern is constant
	for _, f := range files {
		fixed, err := audio.Repair(f)
		if err != nil {
			n.env.Log.Warn("recording cannot be mended", "file", f, "err", err)
		} else if fixed {
			n.env.Log.Info("recording mended after a crash", "file", f)
		}
	}
}

func (n *Node) home(parts ...string) string {
	return filepath.Join(append([]string{n.env.Home}, parts...)...)
}
