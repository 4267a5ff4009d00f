package evalassist

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzFolder reads folders of other people: what is taken points at turns that are there.
func FuzzFolder(f *testing.F) {
	f.Add([]byte(kb), []byte(dialogues))
	f.Add([]byte("\xef\xbb\xbf{}\n"), []byte(`{"id":1,"turns":[],"escalate_at":-1}`))
	f.Fuzz(func(t *testing.T, kb, dialogues []byte) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{"kb.jsonl": kb, "dialogues.jsonl": dialogues} {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if entries, err := readCorpus(dir); err == nil && len(entries) == 0 {
			t.Error("a corpus without entries was taken")
		}
		all, err := readDialogues(dir)
		if err != nil {
			return
		}
		for _, d := range all {
			if at := d.EscalateAt; at != nil && (*at < 0 || *at >= len(d.Turns)) {
				t.Errorf("escalates at turn %d of %d", *at, len(d.Turns))
			}
			for _, c := range d.Cards {
				if c.Turn < 0 || c.Turn >= len(d.Turns) {
					t.Errorf("a card at turn %d of %d", c.Turn, len(d.Turns))
				}
			}
		}
	})
}
