package insight

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReferenceIsCurrent compares the table in the documentation with the code. PARLEY_UPDATE=1 writes it.
func TestReferenceIsCurrent(t *testing.T) {
	path := filepath.FromSlash("../../docs/insights.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- figures: made from the code -->\n", "<!-- end of figures -->"
	before, rest, ok := strings.Cut(string(page), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/insights.md has no place for the figures")
	}
	if old == Reference() {
		return
	}
	if os.Getenv("PARLEY_UPDATE") == "" {
		t.Fatal("docs/insights.md differs from the code: run PARLEY_UPDATE=1 go test ./assist/insight -run Reference")
	}
	if err := os.WriteFile(path, []byte(before+begin+Reference()+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every definition says what it is in both languages, and how it is reckoned.
func TestDefinitionsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Definitions() {
		if d.ID == "" || seen[d.ID] || d.NameEn == "" || d.NameZh == "" || d.En == "" || d.Zh == "" || d.Formula == "" || d.Unit == "" {
			t.Errorf("%+v", d)
		}
		seen[d.ID] = true
	}
}
