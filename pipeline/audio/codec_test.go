package audio

import (
	"math"
	"testing"
	"time"
)

// voice returns a speech-like sound at rate: harmonics of a gliding pitch under slow syllables.
func voice(rate int, d time.Duration) []int16 {
	pcm := make([]int16, int(d.Seconds()*float64(rate)))
	var phase float64
	for i := range pcm {
		t := float64(i) / float64(rate)
		phase += 2 * math.Pi * (120 + 20*math.Sin(2*math.Pi*0.7*t)) / float64(rate)
		var v float64
		for h := 1.0; h <= 18; h++ {
			v += math.Sin(h*phase) / (1 + math.Abs(h-5))
		}
		pcm[i] = int16(2500 * v * (0.6 + 0.4*math.Sin(2*math.Pi*3*t)))
	}
	return pcm
}

// snr returns the signal to noise ratio in dB of got against want, at the best delay up to maxDelay
// samples; every fifth sample counts.
func snr(want, got []int16, maxDelay int) float64 {
	best := math.Inf(-1)
	for d := 0; d <= maxDelay; d++ {
		var sig, noise float64
		for i := 1000; i < min(len(want), len(got)-d)-1000; i += 5 {
			e := float64(got[i+d]) - float64(want[i])
			sig += float64(want[i]) * float64(want[i])
			noise += e * e
		}
		best = max(best, 10*math.Log10(sig/(noise+1)))
	}
	return best
}

func TestG711Values(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		code byte
		want int16
	}{
		{PCMU, 0x00, -32124}, {PCMU, 0x80, 32124}, {PCMU, 0xff, 0}, {PCMU, 0x7f, 0}, {PCMU, 0xfe, 8}, {PCMU, 0x8f, 16764},
		{PCMA, 0xd5, 8}, {PCMA, 0x55, -8}, {PCMA, 0x2a, -32256}, {PCMA, 0xaa, 32256}, {PCMA, 0xc5, 264},
	} {
		d, err := NewDecoder(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := d.Decode(nil, []byte{c.code}); got[0] != c.want {
			t.Errorf("%s %#x = %d, want %d", c.name, c.code, got[0], c.want)
		}
	}
}

// TestG711RoundTrip checks that every code survives decoding and encoding, and that every sample comes back within
// half a step of its segment.
func TestG711RoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range []string{PCMU, PCMA} {
		enc, _ := NewEncoder(name)
		table := muDecode
		if name == PCMA {
			table = aDecode
		}
		for code, v := range table {
			got, _ := enc.Encode(nil, []int16{v})
			if table[got[0]] != v {
				t.Errorf("%s: code %#x decodes to %d and encodes to %#x", name, code, v, got[0])
			}
		}
		for s := -32768; s <= 32767; s++ {
			got, _ := enc.Encode(nil, []int16{int16(s)})
			diff := math.Abs(float64(s) - float64(table[got[0]]))
			if limit := math.Max(16, math.Abs(float64(s))/30+4); diff > limit && s > -32600 && s < 32600 {
				t.Fatalf("%s: %d became %d", name, s, table[got[0]])
			}
		}
	}
}

func TestCodecQuality(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		snr  float64
	}{{PCMU, 33}, {PCMA, 33}, {G722, 18}, {Opus, 6}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rate := SampleRate(c.name)
			in := voice(rate, 3*time.Second)
			enc, err := NewEncoder(c.name)
			if err != nil {
				t.Skip(err)
			}
			dec, err := NewDecoder(c.name)
			if err != nil {
				t.Fatal(err)
			}
			var out []int16
			var bytes int
			frame := rate / 50
			for i := 0; i+frame <= len(in); i += frame {
				p, err := enc.Encode(nil, in[i:i+frame])
				if err != nil {
					t.Fatal(err)
				}
				bytes += len(p)
				n := len(out)
				if out, err = dec.Decode(out, p); err != nil {
					t.Fatal(err)
				}
				if len(out)-n != frame {
					t.Fatalf("frame %d gave %d samples, want %d", i/frame, len(out)-n, frame)
				}
			}
			got := snr(in, out, rate/100)
			t.Logf("%s: SNR %.1f dB at %.1f kbit/s", c.name, got, float64(bytes)*8/3000)
			if got < c.snr {
				t.Errorf("SNR %.1f dB, want at least %.0f", got, c.snr)
			}
		})
	}
}

func TestCodecErrors(t *testing.T) {
	t.Parallel()
	if _, err := NewEncoder("G729"); err == nil {
		t.Error("an encoder for G729")
	}
	if _, err := NewDecoder(""); err == nil {
		t.Error("a decoder without a name")
	}
	if SampleRate("g722") != 16000 || SampleRate("OPUS") != 48000 || SampleRate("x") != 0 {
		t.Error("wrong rates")
	}
	if e, err := NewEncoder(Opus); err == nil {
		if out, err := e.Encode([]byte{1}, make([]int16, 100)); err == nil || len(out) != 1 {
			t.Error("Opus took 100 samples")
		}
	}
	e, _ := NewEncoder(G722)
	if _, err := e.Encode(nil, make([]int16, 161)); err == nil {
		t.Error("G.722 took an odd number of samples")
	}
}

// TestConceal drops every tenth packet and checks that concealing beats silence, that long gaps end in silence and that
// Opus redundancy beats concealment.
func TestConceal(t *testing.T) {
	t.Parallel()
	for _, name := range []string{PCMU, PCMA, G722, Opus} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rate := SampleRate(name)
			frame := rate / 50
			in := voice(rate, 3*time.Second)
			run := func(fill func(d Decoder, dst []int16, next []byte) []int16) []int16 {
				enc, err := NewEncoder(name)
				if err != nil {
					t.Skip(err)
				}
				dec, _ := NewDecoder(name)
				var packets [][]byte
				for i := 0; i+frame <= len(in); i += frame {
					p, _ := enc.Encode(nil, in[i:i+frame])
					packets = append(packets, p)
				}
				var out []int16
				for i, p := range packets {
					if i%10 == 7 {
						out = fill(dec, out, packets[i+1])
						continue
					}
					out, _ = dec.Decode(out, p)
				}
				if len(out) != len(packets)*frame {
					t.Fatalf("%d samples, want %d", len(out), len(packets)*frame)
				}
				return out
			}
			concealed := snr(in, run(func(d Decoder, dst []int16, _ []byte) []int16 { return d.Conceal(dst, frame) }), rate/100)
			recovered := snr(in, run(func(d Decoder, dst []int16, n []byte) []int16 { return Recover(d, dst, n, frame) }), rate/100)
			silent := snr(in, run(func(_ Decoder, dst []int16, _ []byte) []int16 { return append(dst, make([]int16, frame)...) }), rate/100)
			t.Logf("10%% loss: silence %.1f dB, concealed %.1f dB, recovered %.1f dB", silent, concealed, recovered)
			if name != Opus && concealed < silent+2 {
				t.Errorf("concealment brings %.1f dB over silence, want 2", concealed-silent)
			}
			if recovered < concealed-0.5 {
				t.Errorf("recovery %.1f dB, concealment %.1f dB", recovered, concealed)
			}
			dec, _ := NewDecoder(name)
			enc, _ := NewEncoder(name)
			p, _ := enc.Encode(nil, in[:frame])
			if _, err := dec.Decode(nil, p); err != nil {
				t.Fatal(err)
			}
			if gap := dec.Conceal(nil, rate); len(gap) != rate || Level(gap[rate*9/10:]) > -70 {
				t.Errorf("a second of loss gave %d samples ending at %.0f dBFS", len(gap), Level(gap[rate*9/10:]))
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, b := range [][]byte{nil, {0}, {0xff, 0x7f}, {0x78, 1, 2, 3}, make([]byte, 200)} {
		f.Add(uint8(0), b)
		f.Add(uint8(3), b)
	}
	f.Fuzz(func(t *testing.T, which uint8, payload []byte) {
		d, err := NewDecoder([]string{PCMU, PCMA, G722, Opus}[which%4])
		if err != nil {
			t.Skip(err)
		}
		out, _ := d.Decode(nil, payload)
		out = d.Conceal(out, 320)
		_ = Recover(d, out, payload, 320)
		if _, err := d.Decode(nil, []byte{0xff, 0xfe}); err != nil && which%4 < 3 {
			t.Error(err)
		}
	})
}

func TestEncodeAllocates(t *testing.T) {
	for _, name := range []string{PCMU, G722, Opus} {
		enc, err := NewEncoder(name)
		if err != nil {
			continue
		}
		dec, _ := NewDecoder(name)
		pcm := voice(SampleRate(name), 20*time.Millisecond)
		b, out := make([]byte, 0, 8192), make([]int16, 0, 8192)
		n := testing.AllocsPerRun(50, func() {
			p, _ := enc.Encode(b[:0], pcm)
			_, _ = dec.Decode(out[:0], p)
		})
		if n > 0 {
			t.Errorf("%s allocates %.0f times a frame", name, n)
		}
	}
}
