package sip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/sip/rtp"
)

// parseInfo reads the key of an INFO body: application/dtmf-relay has lines such as "Signal=5", application/dtmf the
// key alone. 0 when there is none.
func parseInfo(contentType string, body []byte) rune {
	kind, _, _ := strings.Cut(contentType, ";")
	text := string(body[:min(len(body), 512)])
	var value string
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/dtmf":
		value = text
	case "application/dtmf-relay":
		for line := range strings.Lines(text) {
			k, v, found := strings.Cut(line, "=")
			if found && strings.EqualFold(strings.TrimSpace(k), "signal") {
				value = v
			}
		}
	}
	value = strings.ToUpper(strings.TrimSpace(value))
	switch value { // some write the number of the event
	case "10":
		return '*'
	case "11":
		return '#'
	}
	if len(value) != 1 {
		return 0
	}
	if _, ok := rtp.Code(rune(value[0])); !ok {
		return 0
	}
	return rune(value[0])
}

// onInfo takes a key press by INFO; other bodies are accepted when empty.
func (l *Leg) onInfo(req *sip.Request, tx sip.ServerTransaction) {
	kind := ""
	if h := req.ContentType(); h != nil {
		kind = h.Value()
	}
	if len(req.Body()) == 0 {
		l.s.respond(req, tx, 200, "OK")
		return
	}
	key := parseInfo(kind, req.Body())
	if key == 0 {
		l.s.respond(req, tx, 415, "Unsupported Media Type",
			sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
		return
	}
	l.s.respond(req, tx, 200, "OK")
	if l.d.accept(req) { // else a repetition
		l.sigs.Key(key, "info", time.Now())
	}
}

// Durations of a key that is sent.
const (
	keyOn   = 100 * time.Millisecond
	keyOff  = 100 * time.Millisecond
	keyStep = 20 * time.Millisecond
)

// errNoEvents means that the far side takes no telephone events.
var errNoEvents = errors.New("the far side takes no telephone events (RFC 4733)")

// SendDTMF sends keys (0-9, *, #, A-D; a comma is a pause of half a second) as telephone events of 100 ms with gaps of
// 100 ms. It blocks until they are sent, ctx ends or the call is over; sound written meanwhile is dropped.
func (l *Leg) SendDTMF(ctx context.Context, digits string) error {
	for _, d := range digits {
		if d == ',' {
			if err := l.pause(ctx, 500*time.Millisecond); err != nil {
				return err
			}
			continue
		}
		code, ok := rtp.Code(d)
		if !ok {
			return fmt.Errorf("send key %q: it is none of 0-9 * # A-D", d)
		}
		if err := l.sendKey(ctx, code); err != nil {
			return fmt.Errorf("send key %q: %w", d, err)
		}
		if err := l.pause(ctx, keyOff); err != nil {
			return err
		}
	}
	return nil
}

func (l *Leg) pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ended:
		return io.EOF
	}
}

// sendKey sends one press: packets of growing duration, the last one three times.
func (l *Leg) sendKey(ctx context.Context, code uint8) error {
	m := l.m
	m.mu.Lock()
	ev := m.ch.Events
	if !m.ready || ev.ClockRate == 0 {
		m.mu.Unlock()
		return errNoEvents
	}
	m.out.busy = true
	m.out.catchUp(time.Now())
	m.out.pause()
	ts := m.out.ts
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		m.out.busy = false
		m.mu.Unlock()
	}()
	for at := keyStep; at <= keyOn; at += keyStep {
		if err := l.pause(ctx, keyStep); err != nil {
			return err
		}
		e := rtp.Event{Code: code, Volume: 10, Duration: uint16(int(at/time.Millisecond) * ev.ClockRate / 1000)} //nolint:gosec // small
		copies := 1
		if at == keyOn {
			e.End, copies = true, 3
		}
		for range copies {
			if err := m.sendEvent(ev.PayloadType, at == keyStep, ts, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *media) sendEvent(pt uint8, marker bool, ts uint32, e rtp.Event) error {
	m.mu.Lock()
	p, err := m.out.packet(pt, marker, ts, e.Append(nil))
	to := m.remote
	m.mu.Unlock()
	if err != nil {
		return err
	}
	if _, err := m.rtpConn.WriteTo(p.data, &to); errors.Is(err, net.ErrClosed) {
		return io.EOF
	}
	return nil
}
