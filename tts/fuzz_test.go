package tts

import (
	"slices"
	"testing"
)

// FuzzCacheFile reads files of the speech cache that were damaged: they give their sound or an error.
func FuzzCacheFile(f *testing.F) {
	f.Add(encode([]int16{1, -1, 32767, -32768}))
	f.Add(encode(nil))
	f.Add([]byte("PTS1\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, file []byte) {
		pcm, err := decode(file)
		if err == nil && !slices.Equal(encode(pcm), file) {
			t.Errorf("%d samples from a file of %d bytes", len(pcm), len(file))
		}
	})
}
