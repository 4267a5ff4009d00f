package embed

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestKept: what was embedded once is read from the file at the next start, and a file that is damaged does no harm.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	texts := []string{"I lost my card", "When do you open?", "I lost my card"}
	first := open(t, "bge-small-en")
	first.KeepIn(dir)
	want, err := first.EmbedKept(t.Context(), texts)
	if err != nil || len(want) != 3 || !slices.Equal(want[0], want[2]) {
		t.Fatal(want, err)
	}
	if plain, err := first.Embed(t.Context(), texts[:1]); err != nil || !slices.Equal(plain[0], want[0]) {
		t.Errorf("kept vectors differ from fresh ones: %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.vec"))
	if len(files) != 1 {
		t.Fatalf("files %v", files)
	}
	kept := readKept(files[0], first.Dim())
	if len(kept) != 2 || len(readKept(files[0], first.Dim()+1)) != 0 {
		t.Fatalf("%d vectors in the file", len(kept))
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"empty": {}, "cut": whole[:len(whole)-9], "changed": append(append([]byte{}, whole[:40]...), append([]byte{whole[40] ^ 1}, whole[41:]...)...)} {
		if err := os.WriteFile(files[0], bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if n := len(readKept(files[0], first.Dim())); n != 0 {
			t.Errorf("%s: %d vectors are taken from it", name, n)
		}
		got, err := first.EmbedKept(t.Context(), texts)
		if err != nil || !slices.EqualFunc(got, want, slices.Equal[[]float32]) {
			t.Errorf("%s: other vectors, %v", name, err)
		}
		if n := len(readKept(files[0], first.Dim())); n != 2 {
			t.Errorf("%s: %d vectors afterwards", name, n)
		}
	}
	more, err := first.EmbedKept(t.Context(), []string{"Goodbye"})
	if err != nil || len(more) != 1 || len(readKept(files[0], first.Dim())) != 3 {
		t.Errorf("one more text: %v", err)
	}
	first.KeepIn(filepath.Join(files[0], "below a file"))
	if got, err := first.EmbedKept(t.Context(), texts); err != nil || !slices.Equal(got[0], want[0]) {
		t.Errorf("a folder that cannot be made: %v", err)
	}
}
