package transcribe

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/audio"
)

// sound writes a WAV of n samples a channel and returns its bytes after change.
func sound(t *testing.T, rate, channels, n int, change func([]byte) []byte) []byte {
	t.Helper()
	p := filepath.Join(t.TempDir(), "x.wav")
	if err := audio.WriteWAV(p, rate, channels, make([]int16, n*channels)); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		b = change(b)
	}
	return b
}

// TestUnusableSound: each file is told with what is wrong and what to do; the weights are not needed for that.
func TestUnusableSound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"zero.wav":     {nil, "it is empty"},
		"header.wav":   {sound(t, 16000, 2, 0, nil), "holds no sound"},
		"short.wav":    {sound(t, 16000, 1, 100, func(b []byte) []byte { return b[:30] }), "cut off"},
		"six.wav":      {sound(t, 48000, 6, 480, nil), "has 6 channels: make it mono or stereo first"},
		"mp3.wav":      {append([]byte{0xff, 0xfb, 0x90, 0x64}, make([]byte, 413)...), "it looks like MP3; convert it to a 16-bit WAV first"},
		"adpcm.wav":    {sound(t, 8000, 1, 100, func(b []byte) []byte { b[20] = 17; return b }), "encoding 17 with 16 bits is not supported; convert it"},
		"12bit.wav":    {sound(t, 8000, 1, 100, func(b []byte) []byte { b[34] = 12; return b }), "12 bits is not supported"},
		"rate.wav":     {sound(t, 8000, 1, 100, func(b []byte) []byte { copy(b[24:], []byte{0, 0, 0, 0}); return b }), "0 samples a second"},
		"promises.wav": {sound(t, 8000, 1, 0, func(b []byte) []byte { binary.LittleEndian.PutUint32(b[40:], 64000); return b }), "holds no sound"},
	} {
		p := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(p, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		env, out, errs := testEnv(t.TempDir())
		err := execute(t, env, p)
		if cli.Code(err) != cli.ExitFailed || !strings.Contains(errs.String(), p) || !strings.Contains(errs.String(), c.want) || !json.Valid(out.Bytes()) {
			t.Errorf("%s: %v, complained %q; want %q", name, err, errs, c.want)
		}
	}
}

// TestOddSound has files that are unusual but sound: they are transcribed, and nothing is heard in their silence or noise.
func TestOddSound(t *testing.T) {
	weights := os.Getenv("PARLEY_MODELS")
	if _, err := os.Stat(filepath.Join(weights, "whisper-base")); weights == "" || err != nil {
		t.Skip("weights are not installed: run parley models pull")
	}
	dir := t.TempDir()
	eight := func(tag, level byte) func([]byte) []byte { // 8 bits a sample
		return func(b []byte) []byte {
			b[20], b[32], b[34] = tag, 1, 8
			return append(b[:44], bytes.Repeat([]byte{level}, len(b)-44)...)
		}
	}
	files := map[string][]byte{
		"20ms.wav": sound(t, 16000, 1, 320, nil), "1sample.wav": sound(t, 8000, 1, 1, nil), "8bit.wav": sound(t, 8000, 1, 8000, eight(1, 128)),
		"mulaw-as-alaw.wav": sound(t, 8000, 1, 8000, eight(6, 0xff)), "alaw-as-mulaw.wav": sound(t, 8000, 1, 8000, eight(7, 0xd5)),
		"too-long.wav": sound(t, 16000, 2, 1600, func(b []byte) []byte { binary.LittleEndian.PutUint32(b[40:], 1<<31); return b }),
		"24bit.wav":    sound(t, 48000, 1, 4800, func(b []byte) []byte { b[32], b[34] = 3, 24; return b[:len(b)-len(b)%3] }),
		"float.wav":    sound(t, 48000, 1, 4800, func(b []byte) []byte { b[20], b[32], b[34] = 3, 4, 32; return b }),
	}
	var args []string
	for name, data := range files {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, p)
	}
	env, out, errs := testEnv(weights)
	if err := execute(t, env, args...); err != nil {
		t.Fatal(err, errs)
	}
	var got output
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got.Files) != len(files) {
		t.Fatalf("%d of %d files, %v", len(got.Files), len(files), err)
	}
	for _, f := range got.Files {
		if len(f.Turns) > 0 {
			t.Errorf("%s: heard %+v", f.Path, f.Turns)
		}
	}
}
