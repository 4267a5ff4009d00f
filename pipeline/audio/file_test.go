package audio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"
)

// riff builds a WAV file from a fmt chunk and the bytes of its sound.
func riff(tag, channels, rate, bits int, sound []byte) []byte {
	b := wavHeader(rate, channels, uint32(len(sound)))
	binary.LittleEndian.PutUint16(b[20:], uint16(tag))
	binary.LittleEndian.PutUint16(b[32:], uint16(channels*bits/8))
	binary.LittleEndian.PutUint16(b[34:], uint16(bits))
	return append(b, sound...)
}

func float32s(v ...float32) (b []byte) {
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

func extensible() []byte {
	b := riff(wavPCM, 1, 16000, 16, nil)
	fmtChunk := append([]byte("fmt \x28\x00\x00\x00\xfe\xff"), b[22:36]...)
	fmtChunk = append(fmtChunk, 22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71)
	out := append([]byte("RIFF\xff\xff\xff\xffWAVE"), fmtChunk...)
	out = append(out, "LIST\x03\x00\x00\x00abc\x00"...)
	return append(out, "data\x04\x00\x00\x00\x01\x00\xff\xff"...)
}

func TestDecode(t *testing.T) {
	t.Parallel()
	good := riff(wavPCM, 1, 16000, 16, []byte{1, 0, 0xff, 0xff, 0, 0x80})
	patched := func(at int, b ...byte) []byte {
		c := bytes.Clone(good)
		copy(c[at:], b)
		return c
	}
	for _, c := range []struct {
		name string
		data []byte
		want []int16
		err  string
	}{
		{name: "16 bit", data: good, want: []int16{1, -1, -32768}},
		{name: "8 bit", data: riff(wavPCM, 1, 8000, 8, []byte{128, 0, 255}), want: []int16{0, -32768, 32512}},
		{name: "24 bit", data: riff(wavPCM, 1, 48000, 24, []byte{9, 1, 0, 9, 0xff, 0xff}), want: []int16{1, -1}},
		{name: "32 bit", data: riff(wavPCM, 2, 48000, 32, []byte{9, 9, 1, 0, 9, 9, 0xff, 0xff}), want: []int16{1, -1}},
		{
			name: "float", data: riff(wavFloat, 1, 24000, 32, float32s(0, 0.5, -1, 7, float32(math.NaN()), float32(math.Inf(-1)))),
			want: []int16{0, 16384, -32768, 32767, 0, -32768},
		},
		{name: "mu-law", data: riff(wavMuLaw, 1, 8000, 8, []byte{0xff, 0}), want: []int16{0, -32124}},
		{name: "A-law", data: riff(wavALaw, 1, 8000, 8, []byte{0xd5}), want: []int16{8}},
		{name: "extensible after a list", data: extensible(), want: []int16{1, -1}},
		{name: "half a sample at the end", data: riff(wavPCM, 1, 16000, 16, []byte{1, 0, 2}), want: []int16{1}},
		{name: "promises more", data: patched(40, 0xff, 0xff, 0xff, 0x7f), want: []int16{1, -1, -32768}},
		{name: "open length", data: patched(40, 0xff, 0xff, 0xff, 0xff), want: []int16{1, -1, -32768}},
		{name: "never finished", data: append(patched(4, 0, 0, 0, 0)[:40], 0, 0, 0, 0, 5, 0), want: []int16{5}},
		{name: "header alone, 44 bytes", data: wavHeader(16000, 2, 0), want: []int16{}},
		{name: "header promises, nothing follows", data: wavHeader(16000, 1, 32000), want: []int16{}},
		{name: "header tells of less", data: append(wavHeader(16000, 1, 2), 1, 0, 2, 0), want: []int16{1}},
		{name: "6 channels", data: riff(wavPCM, 6, 48000, 16, []byte{1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7}), want: []int16{1, 2, 3, 4, 5, 6}},
		{name: "20 ms", data: riff(wavPCM, 1, 8000, 16, make([]byte, 320)), want: make([]int16, 160)},
		{name: "mu-law labelled A-law", data: riff(wavALaw, 1, 8000, 8, []byte{0xff, 0xff}), want: []int16{848, 848}},
		{name: "no sound", data: riff(wavPCM, 1, 16000, 16, nil), want: []int16{}},
		{name: "empty", data: nil, err: "empty"},
		{name: "cut in the magic", data: good[:7], err: "cut off"},
		{name: "cut in the format", data: good[:30], err: "cut off"},
		{name: "cut before the sound", data: good[:36], err: "no data chunk"},
		{name: "cut after RIFF", data: good[:12], err: "no fmt"},
		{name: "no channels", data: patched(22, 0), err: "0 channels"},
		{name: "rate 0", data: patched(24, 0, 0), err: "samples a second"},
		{name: "12 bits", data: patched(34, 12), err: "12 bits"},
		{name: "MPEG in WAV", data: patched(20, 0x55), err: "encoding 85"},
		{name: "sound first", data: append(good[:12:12], good[36:]...), err: "before the fmt"},
		{name: "MP3", data: []byte("ID3\x04aaaaaaaaaaaaaaaaa"), err: "MP3"},
		{name: "MP3 without a tag", data: append([]byte{0xff, 0xfb, 0x90, 0x64}, make([]byte, 413)...), err: "MP3"},
		{name: "MPEG-2 layer 3", data: append([]byte{0xff, 0xf3, 0x40, 0xc4}, make([]byte, 413)...), err: "MP3"},
		{name: "65 channels", data: patched(22, 65), err: "65 channels"},
		{name: "a zip archive", data: []byte("PK\x03\x04aaaaaaaaaaaaaaaaaaa"), err: "convert it to a 16-bit WAV"},
		{name: "NUL bytes", data: make([]byte, 4096), err: "no RIFF"},
		{name: "text", data: []byte("this is not a sound file at all"), err: "no RIFF"},
		{name: "Ogg", data: []byte("OggS0000000000000000"), err: "Ogg"},
		{name: "FLAC cut off", data: []byte("fLaC\x00\x00"), err: "FLAC"},
	} {
		clip, err := Decode(c.data)
		if c.err != "" {
			if err == nil || !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: error %v, want one about %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || len(clip.PCM) != len(c.want) {
			t.Errorf("%s: %v, %v", c.name, clip, err)
			continue
		}
		for i := range c.want {
			if clip.PCM[i] != c.want[i] {
				t.Errorf("%s: got %v, want %v", c.name, clip.PCM, c.want)
				break
			}
		}
	}
}

func TestWriteAndLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.wav")
	if err := WriteWAV(path, 8000, 2, []int16{100, 300, -200, -400, 5, 6}); err != nil {
		t.Fatal(err)
	}
	clip, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if clip.Rate != 8000 || clip.Channels != 2 || clip.Len() != 3 || clip.Channel(1)[1] != -400 || clip.Channel(2) != nil {
		t.Errorf("read %+v", clip)
	}
	if got := len(clip.Mono16k()); got != 6 {
		t.Errorf("%d samples at 16 kHz, want 6", got)
	}
	clip.Rate = Rate
	if got := clip.Mono16k(); got[0] != 200 || got[1] != -300 {
		t.Errorf("mono %v", got)
	}
	if err := WriteWAV(path, 8000, 2, make([]int16, 3)); err == nil {
		t.Error("wrote one and a half sample frames")
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("loaded a folder")
	}
}

func TestFLAC(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	enc, err := flac.NewEncoder(&out, &meta.StreamInfo{
		BlockSizeMin: 16, BlockSizeMax: 4096, SampleRate: 16000, NChannels: 2, BitsPerSample: 16,
	})
	if err != nil {
		t.Fatal(err)
	}
	const n = 320
	left, right := make([]int32, n), make([]int32, n)
	for i := range left {
		left[i], right[i] = int32(i*50), int32(-i*50)
	}
	sub := func(s []int32) *frame.Subframe {
		return &frame.Subframe{SubHeader: frame.SubHeader{Pred: frame.PredVerbatim}, Samples: s, NSamples: n}
	}
	for range 3 {
		if err := enc.WriteFrame(&frame.Frame{
			Header: frame.Header{
				HasFixedBlockSize: true, BlockSize: n, SampleRate: 16000, Channels: frame.ChannelsLR, BitsPerSample: 16,
			},
			Subframes: []*frame.Subframe{sub(left), sub(right)},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	clip, err := Decode(out.Bytes())
	if err != nil || clip.Len() != 3*n || clip.Channels != 2 || clip.PCM[2*n-1] != -(n-1)*50 {
		t.Fatalf("read %d samples, %v", clip.Len(), err)
	}
	cut, err := Decode(out.Bytes()[:out.Len()-10])
	if err != nil || cut.Len() != 2*n {
		t.Errorf("cut in the third frame: %v, %v", cut, err)
	}
	for i := range out.Len() { // damage anywhere must not end the process
		b := bytes.Clone(out.Bytes())
		b[i] ^= 0x5a
		_, _ = Decode(b)
	}
}

func FuzzDecodeFile(f *testing.F) {
	f.Add(riff(wavPCM, 1, 16000, 16, []byte{1, 0, 0xff, 0xff}))
	f.Add(riff(wavFloat, 2, 8000, 64, make([]byte, 32)))
	f.Add(extensible())
	f.Add([]byte("fLaC\x00\x00\x00\x22"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Decode(data)
		if err != nil {
			return
		}
		if c.Rate < 1 || c.Channels < 1 || len(c.PCM)%c.Channels != 0 {
			t.Errorf("clip of %d Hz, %d channels, %d samples", c.Rate, c.Channels, len(c.PCM))
		}
		if len(c.PCM) < 1<<12 {
			c.Mono16k()
		}
	})
}

func TestStereoWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "call.wav")
	w, err := CreateStereo(path)
	if err != nil {
		t.Fatal(err)
	}
	left, right := Sine(300, -20, FrameTime), Sine(600, -20, FrameTime)
	for i := range 125 { // 2.5 s
		if i%2 == 0 {
			right = nil
		}
		if err := w.Write(left, right); err != nil {
			t.Fatal(err)
		}
		right = Sine(600, -20, FrameTime)
	}
	// What is in the file now is what a killed process leaves: two whole seconds, header included.
	if c, err := Load(path); err != nil || c.Len() != 2*Rate || c.Channels != 2 || c.Rate != Rate {
		t.Fatalf("while writing: %v, %v", c.Len(), err)
	}
	if fixed, err := Repair(path); fixed || err != nil {
		t.Errorf("repaired a whole recording: %v, %v", fixed, err)
	}
	if w.Samples() != 125*FrameLen {
		t.Errorf("counted %d samples", w.Samples())
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if err := w.Write(left, left); err == nil {
		t.Error("wrote after Close")
	}
	c, err := Load(path)
	if err != nil || c.Len() != 125*FrameLen {
		t.Fatalf("after Close: %v", err)
	}
	if l, r := c.Channel(0), c.Channel(1); Level(l[:FrameLen]) < -21 || Level(r[:FrameLen]) != Quietest {
		t.Error("the caller is not left or the bot not right")
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("others may read the recording: %v", st.Mode())
	}
}

func TestRepair(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sound := make([]byte, 4000)
	head := wavHeader(Rate, 2, 1000)
	for _, c := range []struct {
		name  string
		data  []byte
		fixed bool
		err   bool
		want  int
	}{
		{name: "header behind the sound", data: append(bytes.Clone(head), sound...), fixed: true, want: 1000},
		{name: "half a sample at the end", data: append(bytes.Clone(head), sound[:1003]...), want: 250},
		{name: "header ahead of the sound", data: append(bytes.Clone(head), sound[:402]...), fixed: true, want: 100},
		{name: "header only", data: wavHeader(Rate, 2, 0), want: 0},
		{name: "cut header", data: head[:20], err: true},
		{name: "something else", data: sound, err: true},
	} {
		path := filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-"))
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		fixed, err := Repair(path)
		if fixed != c.fixed || (err != nil) != c.err {
			t.Errorf("%s: %v, %v", c.name, fixed, err)
		}
		if c.err {
			continue
		}
		if clip, err := Load(path); err != nil || clip.Len() != c.want {
			t.Errorf("%s: %d samples, want %d (%v)", c.name, clip.Len(), c.want, err)
		}
		if again, err := Repair(path); again || err != nil {
			t.Errorf("%s: repaired twice (%v)", c.name, err)
		}
	}
	if _, err := Repair(filepath.Join(dir, "none")); err == nil {
		t.Error("repaired nothing")
	}
}

func TestRecordingFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	if _, err := CreateStereo("/dev/full"); err == nil {
		t.Error("a full disk took a header")
	}
	w := &StereoWriter{buf: make([]byte, 0, stereoSecond)}
	f, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.f = f
	first := w.Write(make([]int16, Rate), nil)
	if first == nil {
		t.Fatal("a full disk took a second of sound")
	}
	if err := w.Write(make([]int16, 1), nil); !errors.Is(err, first) {
		t.Errorf("then %v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("Close hid that the disk is full")
	}
}
