package evalset

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kb.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEntries(t *testing.T) {
	t.Parallel()
	got, err := Entries(file(t, "\xef\xbb\xbf"+`{"id":7,"text":" a card ","question":"b"}`+"\n\n"+`{"id":"x","text":"卡丢了"}`))
	if err != nil || len(got) != 2 {
		t.Fatal(got, err)
	}
	if e := got[0]; e.ID != "7" || e.Answer != "a card" || e.Question != "b" || e.Lang != "en" {
		t.Errorf("%+v", e)
	}
	if e := got[1]; e.ID != "x" || e.Lang != "zh" || !slices.Equal(Languages(append(got, got...)), []string{"en", "zh"}) {
		t.Errorf("%+v, languages %v", e, Languages(got))
	}
}

// A mistake is named with its line.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                               "no entries",
		`{"text":"a"}`:                   "line 1: has no id",
		"\n" + `{"id":"1"}`:              "line 2: has neither",
		`{"id":1,"text":"a"}` + "\n{}\n": "line 2: has no id",
		strings.Repeat(`{"id":1,"text":"a"}`+"\n", 2): `line 2: id "1" is used twice`,
		`{"id":true,"text":"a"}`:                      "line 1",
		"[":                                           "line 1",
	} {
		if got, err := Entries(file(t, text)); err == nil || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := Entries(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there was read")
	}
}
