package sqlite

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/storetest"
)

// dirs is the folder of each test.
var dirs sync.Map

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, name string, em knowledge.KeptEmbedder) knowledge.Store {
		t.Helper()
		opt := Options{}
		if em != nil {
			opt.Embedders = map[string]Embedder{"en": em, "zh": em}
		}
		dir, _ := dirs.LoadOrStore(t.Name(), t.TempDir())
		s, err := Open(t.Context(), filepath.Join(dir.(string), name+".db"), opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	})
}
