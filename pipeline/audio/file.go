package audio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// The bounds of sound files that Load accepts.
const (
	maxFileSize = 2 << 30
	maxRate     = 768000
	maxChannels = 64
)

// ErrFormat is wrapped by every error about a file that is not a sound file Parley can read.
var ErrFormat = errors.New("not a readable WAV or FLAC file")

// Clip is a whole sound in memory.
type Clip struct {
	Rate     int     // samples a second and channel, 1 to 768000
	Channels int     // 1 to 64
	PCM      []int16 // interleaved; a whole number of sample frames, possibly none
}

// Load reads the sound file at path: WAV (PCM of 8, 16, 24 or 32 bits, 32 and 64 bit float, mu-law, A-law, plain or
// extensible header) or FLAC, by its contents and not by its name. Everything is brought to 16 bits. A WAV whose
// header promises more than is there, or leaves the length open, gives what is there. A file that is something else
// gives an error that wraps ErrFormat.
func Load(path string) (*Clip, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open sound: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("read sound: %w", err)
	}
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("read %s: larger than 2 GiB: cut it into parts", path)
	}
	c, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return c, nil
}

// Decode reads a WAV or FLAC file held in data, as Load does.
func Decode(data []byte) (*Clip, error) {
	switch {
	case len(data) == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrFormat)
	case bytes.HasPrefix(data, []byte("fLaC")):
		return decodeFLAC(data)
	case len(data) >= 12 && bytes.HasPrefix(data, []byte("RIFF")) && string(data[8:12]) == "WAVE":
		return decodeWAV(data)
	}
	return nil, fmt.Errorf("%w: %s; convert it to a 16-bit WAV first", ErrFormat, guess(data))
}

// guess names what data looks like.
func guess(data []byte) string {
	for _, k := range []struct{ magic, name string }{
		{"ID3", "it looks like MP3"}, {"\xff\xfb", "it looks like MP3"}, {"\xff\xf3", "it looks like MP3"},
		{"OggS", "it looks like Ogg"}, {"RIFX", "it is a big-endian RIFF"}, {"RF64", "it is an RF64 file"},
		{"FORM", "it looks like AIFF"}, {".snd", "it looks like a Sun AU file"}, {"\x1a\x45\xdf\xa3", "it looks like WebM"},
		{"RIFF", "its RIFF header is cut off or not that of a WAVE"}, {"caff", "it looks like CAF"},
	} {
		if bytes.HasPrefix(data, []byte(k.magic)) {
			return k.name
		}
	}
	if len(data) > 8 && string(data[4:8]) == "ftyp" {
		return "it looks like MP4"
	}
	return "it has no RIFF or FLAC header"
}

// Len returns the number of samples of one channel.
func (c *Clip) Len() int {
	if c.Channels < 1 {
		return 0
	}
	return len(c.PCM) / c.Channels
}

// Seconds returns how long the clip lasts.
func (c *Clip) Seconds() float64 {
	if c.Rate < 1 {
		return 0
	}
	return float64(c.Len()) / float64(c.Rate)
}

// Channel returns a copy of channel i, counted from 0, at the clip's rate; nil for a channel the clip does not have.
func (c *Clip) Channel(i int) []int16 {
	if i < 0 || i >= c.Channels {
		return nil
	}
	out := make([]int16, c.Len())
	for k := range out {
		out[k] = c.PCM[k*c.Channels+i]
	}
	return out
}

// Mono16k returns the mean of the channels at Rate, in a slice of its own.
func (c *Clip) Mono16k() []int16 {
	if c.Rate < 1 {
		return nil
	}
	mono := make([]int16, c.Len())
	for k := range mono {
		sum := 0
		for _, s := range c.PCM[k*c.Channels : (k+1)*c.Channels] {
			sum += int(s)
		}
		mono[k] = int16(sum / c.Channels)
	}
	if c.Rate == Rate {
		return mono
	}
	return Resample(mono, c.Rate, Rate)
}
