package evalasr

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzReferences reads lists of recordings of other people.
func FuzzReferences(f *testing.F) {
	f.Add([]byte("file\tseconds\ttext\na.wav\t1.5\thello\n"), 0)
	f.Add([]byte("\ufeffa.wav\t1\r\n"), 1)
	f.Fuzz(func(t *testing.T, refs []byte, limit int) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "refs.tsv"), refs, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSet(dir, limit)
		if err == nil && (len(s.items) == 0 || limit > 0 && len(s.items) > limit) {
			t.Errorf("%d recordings, limit %d", len(s.items), limit)
		}
	})
}
