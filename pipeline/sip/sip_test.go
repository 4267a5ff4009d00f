package sip

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answerer is a Handler made of two functions.
type answerer struct {
	admit func(Invite) Verdict
	call  func(context.Context, *Leg)
}

func (a answerer) Admit(i Invite) Verdict {
	if a.admit == nil {
		return Verdict{Accept: true}
	}
	return a.admit(i)
}

func (a answerer) Call(ctx context.Context, l *Leg) { a.call(ctx, l) }

// serve runs a server for a test and stops it at its end.
func serve(t *testing.T, cfg Config, h Handler) *Server {
	t.Helper()
	if cfg.UDP == "" && cfg.TCP == "" {
		cfg.UDP = "127.0.0.1:0"
	}
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	// Ends when the cleanup cancels ctx.
	go func() { done <- s.Serve(ctx, h) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Serve: %v", err)
			}
		case <-time.After(15 * time.Second):
			t.Error("Serve did not return")
		}
	})
	return s
}

func ctxFor(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// pump runs a leg on the clock: what out makes is written, what is read goes to in, until the leg ends, or n frames.
func pump(l *Leg, n int, out func(i int, dst []int16), in func(a audio.Arrival, pcm []int16)) {
	tick := time.NewTicker(audio.FrameTime)
	defer tick.Stop()
	buf, src := make([]int16, audio.FrameLen), make([]int16, audio.FrameLen)
	for i := 0; n == 0 || i < n; i++ {
		select {
		case <-tick.C:
		case <-l.Ended():
			return
		}
		a, err := l.ReadFrame(buf)
		if err != nil {
			return
		}
		if in != nil {
			in(a, buf)
		}
		clear(src)
		if out != nil {
			out(i, src)
		}
		if _, err := l.WriteFrame(src); err != nil {
			return
		}
	}
}

func echo(_ context.Context, l *Leg) {
	buf := make([]int16, audio.FrameLen)
	pump(l, 0, func(_ int, dst []int16) { copy(dst, buf) }, func(_ audio.Arrival, pcm []int16) { copy(buf, pcm) })
}

func sine(freq float64) func(int, []int16) {
	return func(i int, dst []int16) {
		for k := range dst {
			dst[k] = int16(8000 * math.Sin(2*math.Pi*freq*float64(i*len(dst)+k)/audio.Rate))
		}
	}
}

// purity returns which share of the power of pcm is at a frequency, a multiple of 50: the middle one over frames, since a
// busy machine lets packets come too late, which shifts the phase of what follows.
func purity(pcm []int16, freq float64) float64 {
	var all []float64
	for piece := range slices.Chunk(pcm, audio.FrameLen) {
		all = append(all, share(piece, freq))
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func share(pcm []int16, freq float64) float64 {
	var re, im, all float64
	for i, v := range pcm {
		x := float64(v)
		re += x * math.Cos(2*math.Pi*freq*float64(i)/audio.Rate)
		im += x * math.Sin(2*math.Pi*freq*float64(i)/audio.Rate)
		all += x * x
	}
	if all == 0 {
		return 0
	}
	return 2 * (re*re + im*im) / float64(len(pcm)) / all
}

// echoes sends a tone until it comes back as one for half a second. A busy machine may be late with it now and then, not for
// twenty seconds.
func echoes(t *testing.T, l *Leg, freq, want float64) {
	t.Helper()
	best := 0.0
	for deadline := time.Now().Add(20 * time.Second); best < want; {
		if _, why := l.Why(); why != "" || time.Now().After(deadline) {
			t.Fatalf("the tone came back with purity %.3f, ended %q; %+v", best, why, l.Stats())
		}
		var got []int16
		pump(l, 25, sine(freq), func(_ audio.Arrival, pcm []int16) { got = append(got, pcm...) })
		best = max(best, purity(got, freq))
	}
}

func TestCallCodecs(t *testing.T) {
	for _, codec := range []string{"PCMU", "PCMA", "G722", "opus"} {
		for _, transport := range []string{"udp", "tcp"} {
			t.Run(codec+"/"+transport, func(t *testing.T) {
				t.Parallel()
				s := serve(t, Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0"}, answerer{call: echo})
				c := serve(t, Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0"}, nil)
				uri := "sip:bank@" + s.UDPAddr()
				if transport == "tcp" {
					uri = "sip:bank@" + s.TCPAddr() + ";transport=tcp"
				}
				l, err := c.Dial(ctxFor(t, 10*time.Second), uri, DialOptions{Codecs: []string{codec}})
				if err != nil {
					t.Fatal(err)
				}
				if l.Codec() != codec {
					t.Fatalf("codec %s, want %s", l.Codec(), codec)
				}
				echoes(t, l, 450, 0.98)
				if err := l.Hangup(ctxFor(t, 10*time.Second)); err != nil {
					t.Fatal(err)
				}
				if _, err := l.ReadFrame(make([]int16, audio.FrameLen)); !errors.Is(err, io.EOF) {
					t.Errorf("read after the end: %v", err)
				}
			})
		}
	}
}
