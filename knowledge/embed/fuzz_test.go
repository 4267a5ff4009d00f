package embed

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzTokenizer loads vocabularies that are none, and takes a text apart with what is taken.
func FuzzTokenizer(f *testing.F) {
	f.Add([]byte(`{"model":{"type":"WordPiece","vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"card":4,"##s":5},"unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100}}`), "my cards")
	f.Add([]byte(`{"model":{"vocab":{"[CLS]":-1,"[SEP]":9223372036854775807,"[UNK]":1}}}`), "卡")
	f.Add([]byte("{}"), "")
	f.Fuzz(func(t *testing.T, file []byte, text string) {
		path := filepath.Join(t.TempDir(), "tokenizer.json")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		tok, err := loadTokenizer(path)
		if err != nil {
			return
		}
		if n := len(tok.Encode(text, 16)); n < 2 || n > 16 {
			t.Errorf("%d pieces, room is for 2 to 16", n)
		}
	})
}

// FuzzKept reads files of vectors that something else has written.
func FuzzKept(f *testing.F) {
	path := filepath.Join(f.TempDir(), "kept.vec")
	if err := writeKept(path, 2, map[[32]byte][]float32{{1}: {0.6, 0.8}, {2}: {1, 0}}); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole, 2)
	f.Add(whole[:len(whole)-1], 2)
	f.Add(whole, 3)
	f.Fuzz(func(t *testing.T, file []byte, dim int) {
		dim = 1 + dim&1023
		path := filepath.Join(t.TempDir(), "kept.vec")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, v := range readKept(path, dim) {
			if len(v) != dim {
				t.Fatalf("a vector of %d numbers, not %d", len(v), dim)
			}
		}
	})
}
