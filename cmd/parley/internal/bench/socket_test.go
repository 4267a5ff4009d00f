package bench

import (
	"context"
	"errors"
	"io"
	"math"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip"
)

// tone is d of a loud 400 Hz tone at rate Hz.
func tone(d time.Duration, rate int) []int16 {
	pcm := make([]int16, int(d*time.Duration(rate)/time.Second))
	for i := range pcm {
		pcm[i] = int16(12000 * math.Sin(2*math.Pi*400*float64(i)/float64(rate)))
	}
	return pcm
}

func muLaw(t *testing.T, pcm []int16) []byte {
	t.Helper()
	enc, err := audio.NewEncoder(audio.PCMU)
	if err != nil {
		t.Fatal(err)
	}
	out, err := enc.Encode(nil, pcm)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// bot answers one WebSocket call on a loopback port: greets with one message faster than it can be said, and replies wait
// after the caller has said so many voiced frames. It returns where to call it; what it did comes through the channel.
func bot(t *testing.T, voiced int, wait time.Duration) (string, <-chan error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	done := make(chan error, 1)
	go func() { // ends when the call does, or with ln
		conn, err := ln.Accept()
		if err != nil {
			done <- err
			return
		}
		defer func() { _ = conn.Close() }()
		done <- talk(t, conn, voiced, wait)
	}()
	return "ws://" + ln.Addr().String(), done
}

func talk(t *testing.T, conn net.Conn, voiced int, wait time.Duration) error {
	if _, err := ws.Upgrade(conn); err != nil {
		return err
	}
	hello := muLaw(t, tone(400*time.Millisecond, 8000))
	if err := wsutil.WriteServerBinary(conn, hello); err != nil {
		return err
	}
	dec, err := audio.NewDecoder(audio.PCMU)
	if err != nil {
		return err
	}
	for heard := 0; ; {
		data, op, err := wsutil.ReadClientData(conn)
		if closed := (wsutil.ClosedError{}); errors.As(err, &closed) {
			return nil
		}
		if err != nil {
			return err
		}
		pcm, err := dec.Decode(nil, data)
		if err != nil || op != ws.OpBinary {
			return errors.Join(err, errors.New("not sound"))
		}
		if audio.Level(pcm) > audio.VoicedDBFS {
			heard++
		}
		if heard == voiced {
			heard++          // once
			time.Sleep(wait) // the gap that is to be measured
			if err := wsutil.WriteServerBinary(conn, muLaw(t, tone(time.Second, 8000))); err != nil {
				return err
			}
		}
	}
}

// A caller over a WebSocket waits for the end of a greeting that arrived all at once, says its line, and measures the reply.
func TestSocketLeg(t *testing.T) {
	const wait = 300 * time.Millisecond
	line := tone(500*time.Millisecond, audio.Rate)
	url, done := bot(t, 25, wait)
	var leg *socketLeg
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r := softphone.Talk(ctx, softphone.Script{Brief: true, Linger: 200 * time.Millisecond, Lines: []softphone.Line{{Text: "a tone", PCM: line}}},
		func(tap func(sip.Packet)) (_ softphone.Leg, err error) {
			leg, err = dialSocket(ctx, url, tap)
			return leg, err
		})
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	leg.Close()
	if err := <-done; err != nil {
		t.Fatal("bot:", err)
	}
	if len(r.Voices) < 2 || r.Voices[0].To-r.Voices[0].From < 380*time.Millisecond {
		t.Errorf("voices %v: a greeting of 400 ms and a reply were said", r.Voices)
	}
	if len(r.Said) != 1 || r.Said[0].From < r.Voices[0].To {
		t.Errorf("said %v over the greeting %v", r.Said, r.Voices)
	}
	if len(r.Gaps) != 1 || r.Gaps[0] < wait {
		t.Errorf("gaps %v: want one of at least %v", r.Gaps, wait)
	}
	if _, err := leg.ReadFrame(make([]int16, audio.FrameLen)); err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("read after the end: %v", err)
	}
}
