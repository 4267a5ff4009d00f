package webrtc

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	pion "github.com/pion/webrtc/v4"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// rawTrack sends packets with any payload type, as a browser does with keys.
type rawTrack struct {
	mu   sync.Mutex
	out  pion.TrackLocalWriter
	ssrc uint32
}

func (r *rawTrack) Bind(c pion.TrackLocalContext) (pion.RTPCodecParameters, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out, r.ssrc = c.WriteStream(), uint32(c.SSRC())
	for _, p := range c.CodecParameters() {
		if p.MimeType == pion.MimeTypeOpus {
			return p, nil
		}
	}
	return pion.RTPCodecParameters{}, pion.ErrUnsupportedCodec
}

func (r *rawTrack) Unbind(pion.TrackLocalContext) error { return nil }
func (r *rawTrack) ID() string                          { return "mic" }
func (r *rawTrack) RID() string                         { return "" }
func (r *rawTrack) StreamID() string                    { return "page" }
func (r *rawTrack) Kind() pion.RTPCodecType             { return pion.RTPCodecTypeAudio }

func (r *rawTrack) send(pt uint8, seq uint16, ts uint32, payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.out != nil {
		_, _ = r.out.WriteRTP(&rtp.Header{Version: 2, PayloadType: pt, SequenceNumber: seq, Timestamp: ts, SSRC: r.ssrc}, payload)
	}
}

func TestKeysSentAsPackets(t *testing.T) {
	t.Parallel()
	h := newHandler()
	_, base := start(t, Config{}, h)
	b := newBrowser(t)
	track := &rawTrack{}
	if _, err := b.pc.AddTrack(track); err != nil {
		t.Fatal(err)
	}
	if res := b.call(base, "bank"); res.StatusCode != http.StatusCreated {
		t.Fatal(res.Status)
	}
	l := await(t, "the call", h.legs)
	await(t, "the channel", b.opened)
	seq := uint16(1)
	for i, key := range []byte{1, 11} {
		for range 3 { // sound, so that the stream is known
			track.send(opusPT, seq, uint32(seq)*960, []byte{0xf8, 0xff, 0xfe})
			seq++
		}
		for n := range 5 { // one press, told five times
			end := byte(0)
			if n > 2 {
				end = 0x80
			}
			track.send(eventPT, seq, 100000*uint32(i+1), []byte{key, end | 10, 0, byte(n)})
			seq++
		}
	}
	for _, want := range "1#" {
		if s := await(t, "a key", l.Signals()); s.Kind != call.SignalKey || s.Digit != want || s.Via != "rfc4733" {
			t.Errorf("signal %+v, want %c", s, want)
		}
	}
	// The same press told by a message as well counts once.
	if err := b.captions.SendText(`{"key":"#"}`); err != nil {
		t.Fatal(err)
	}
	if err := b.captions.SendText(`{"key":"9"}`); err != nil {
		t.Fatal(err)
	}
	if s := await(t, "a key", l.Signals()); s.Digit != '9' {
		t.Errorf("signal %+v, want 9", s)
	}
	select {
	case s := <-l.Signals():
		t.Errorf("one signal too many: %+v", s)
	default:
	}
	frame := make([]int16, audio.FrameLen)
	for range 20 {
		if _, err := l.ReadFrame(frame); err != nil {
			t.Fatal(err)
		}
	}
	if st := l.Stats(); st.Lost > 0 || st.Concealed > 3 {
		t.Errorf("packets of keys count as losses: %+v", st)
	}
}

func TestSoundSurvivesLosses(t *testing.T) {
	t.Parallel()
	h := newHandler()
	_, base := start(t, Config{}, h)
	b := newBrowser(t)
	b.speak()
	b.call(base, "bank")
	l := await(t, "the call", h.legs)
	rnd := rand.New(rand.NewPCG(5, 6))
	b.deaf.lose(func() bool { return rnd.Float64() < 0.08 })
	heard, good := listen(t, l, 250)
	st := l.Stats()
	if st.Lost < 5 {
		t.Fatalf("the line loses nothing: %+v", st)
	}
	// In short windows, since what is made up for a loss may be out of step with what was lost. Opus itself reaches 0.83
	// at a loss of one in ten: a steady tone is no speech to it and gets no redundancy.
	mean, n := 0.0, 0
	for at := audio.Rate; at+audio.Rate/10 <= 5*audio.Rate; at += audio.Rate / 10 {
		mean, n = mean+strength(heard[at:at+audio.Rate/10], 440), n+1
	}
	if mean /= float64(n); mean < 0.75 {
		t.Errorf("440 Hz makes up %.3f of what was heard", mean)
	}
	if lvl := audio.Level(heard[2*audio.Rate : 4*audio.Rate]); lvl < -20 {
		t.Errorf("the sound of -15 dBFS has %.1f", lvl)
	}
	t.Logf("%d frames from packets, %+v, 440 Hz %.3f", good, st, mean)
}

func TestShortBreakIsSurvived(t *testing.T) {
	t.Parallel()
	h := newHandler()
	_, base := start(t, Config{Lost: 6 * time.Second, RTPTimeout: -1}, h)
	b := newBrowser(t)
	b.speak()
	b.call(base, "bank")
	l := await(t, "the call", h.legs)
	listen(t, l, 25)
	b.deaf.cut.Store(true)
	listen(t, l, 125)
	b.deaf.cut.Store(false)
	heard, _ := listen(t, l, 125)
	if s := purity(heard[3*audio.Rate/2:], 440); s < 0.9 {
		t.Errorf("after the break 440 Hz makes up %.3f of what was heard: %+v", s, l.Stats())
	}
	if d := l.Stats().DelayMS; d > 250 {
		t.Errorf("after the break %.0f ms wait", d)
	}
}

// faulty panics in every call.
type faulty struct{}

func (faulty) Admit(Invite) Verdict       { return Verdict{Accept: true} }
func (faulty) Call(context.Context, *Leg) { panic("out of order") }

func TestPanicEndsOnlyTheCall(t *testing.T) {
	t.Parallel()
	s, base := start(t, Config{}, faulty{})
	b := newBrowser(t)
	b.speak()
	b.call(base, "bank")
	if m := await(t, "the last words", b.msgs); m != `{"type":"end","why":"error"}` {
		t.Errorf("last words: %s", m)
	}
	if err := s.Close(); err != nil || s.Calls() != 0 {
		t.Errorf("close: %v, %d calls", err, s.Calls())
	}
}
