package tracks_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/tracks"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

func at(s float64) call.Offset { return call.Offset(s * float64(time.Second)) }

func TestOf(t *testing.T) {
	t.Parallel()
	got := tracks.Of(20, []call.Turn{
		{N: 1, Who: call.Bot, Text: "Hello.", Lang: "en", End: at(2)},
		{N: 2, Who: call.Caller, Text: "This is terrible, I am furious!", Lang: "en", Start: at(1.5), End: at(4)},
		{N: 3, Who: call.Agent, Text: "Wonderful, thank you.", Lang: "en", Start: at(10), End: at(12)},
	}, nil, []export.Alert{{Rule: "anger", Text: "angry", Severity: "critical", At: at(4), Turn: 2}}, []tracks.Span{{5, 9}})
	if len(got.Silence) != 2 || got.Silence[0] != (tracks.Span{4, 10}) || len(got.Overlap) != 1 || got.Overlap[0] != (tracks.Span{1.5, 2}) {
		t.Errorf("silence %v, overlap %v", got.Silence, got.Overlap)
	}
	if len(got.Bot) != 1 || len(got.Hold) != 1 || len(got.Alerts) != 1 || got.Alerts[0].At != 4 {
		t.Errorf("%+v", got)
	}
	if c, a := got.Sentiment[call.Caller], got.Sentiment[call.Agent]; len(c) != 1 || c[0][0] != 2.75 || c[0][1] >= 0 || len(a) != 1 || a[0][1] <= 0 {
		t.Errorf("sentiment %v", got.Sentiment)
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	ev := func(s float64, kind call.Kind, body string) call.Event {
		return call.Event{At: at(s), Kind: kind, Body: []byte(body)}
	}
	got := tracks.Holds([]call.Event{
		ev(1, call.KindHold, `{"on":true}`), ev(2, call.KindParty, `{"action":"hold"}`), ev(3, call.KindHold, `{"on":false}`),
		ev(4, call.KindParty, `{"action":"unhold"}`), ev(5, call.KindHold, `{`), ev(6, call.KindParty, `{"action":"hold"}`),
	}, 9)
	if len(got) != 2 || got[0] != (tracks.Span{1, 3}) || got[1] != (tracks.Span{6, 9}) {
		t.Error(got)
	}
}

func TestOutline(t *testing.T) {
	t.Parallel()
	const rate = 8000
	pcm := make([]int16, 2*rate*10)
	for i := rate * 4; i < rate*5; i++ { // the right side, from 4 s to 5 s
		pcm[2*i+1] = -16384
	}
	wav, err := audio.WAV(rate, 2, pcm)
	if err != nil {
		t.Fatal(err)
	}
	p, err := tracks.Outline(bytes.NewReader(wav), int64(len(wav)))
	if err != nil || p.Duration != 10 || len(p.Channels) != 2 || len(p.Channels[0]) != 200 {
		t.Fatal(err, p.Duration, len(p.Channels))
	}
	for i, v := range p.Channels[1] {
		if want := map[bool]int{true: 50}[i >= 80 && i < 100]; v != want || p.Channels[0][i] != 0 {
			t.Fatalf("value %d is %d, want %d", i, v, want)
		}
	}
	for name, cut := range map[string][]byte{"nothing": nil, "header only": wav[:44], "text": []byte("this is no sound file at all, only words"), "half a header": wav[:30]} {
		if _, err := tracks.Outline(bytes.NewReader(cut), int64(len(cut))); !errors.Is(err, tracks.ErrSound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p, err := tracks.Outline(bytes.NewReader(wav[:44+rate*4*5]), int64(44+rate*4*5)); err != nil || p.Duration != 5 {
		t.Errorf("a file that breaks off: %v %v", p.Duration, err)
	}
}

// sparse is a WAV of hours that takes no memory: silence with one loud second in every hundred.
type sparse struct {
	head []byte
	size int64
}

func (s sparse) ReadAt(b []byte, off int64) (int, error) {
	for i := range b {
		switch at := off + int64(i); {
		case at < int64(len(s.head)):
			b[i] = s.head[at]
		case (at-44)/(16000*4)%100 == 7:
			b[i] = 0x20
		default:
			b[i] = 0
		}
	}
	return len(b), nil
}

func TestOutlineOfHours(t *testing.T) {
	t.Parallel()
	wav, err := audio.WAV(16000, 2, make([]int16, 2))
	if err != nil {
		t.Fatal(err)
	}
	const seconds = 3 * 3600
	s := sparse{wav[:44], 44 + seconds*16000*4}
	for i, v := range []byte{0x00, 0x10, 0x32, 0x29} { // any size: it is longer than that of the head
		s.head[40+i] = v
	}
	p, err := tracks.Outline(s, s.size)
	if err != nil || len(p.Channels[0]) != 4000 {
		t.Fatal(err, len(p.Channels))
	}
	loud := 0
	for _, v := range p.Channels[0] {
		if v > 0 {
			loud++
		}
	}
	if loud < 100 || loud > 250 { // 108 loud seconds, of which each stretch of 2.7 s sees a part
		t.Error("loud stretches:", loud)
	}
}

func FuzzOutline(f *testing.F) {
	wav, err := audio.WAV(8000, 2, make([]int16, 200))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wav)
	f.Add(wav[:50])
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := tracks.Outline(bytes.NewReader(b), int64(len(b)))
		if err == nil && (p.Duration <= 0 || len(p.Channels) == 0 || len(p.Channels[0]) == 0) {
			t.Error("an outline of nothing")
		}
	})
}
