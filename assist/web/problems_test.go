package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/scoring"
)

// Every problem that the API names has words of the pages, in both languages.
func TestProblemsHaveWords(t *testing.T) {
	t.Parallel()
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	en, zh, ok := strings.Cut(read("app/src/parts/words.ts"), "\n}, {\n")
	all := regexp.MustCompile(`Problem\w+\s+= "([a-z-]+)"`).FindAllStringSubmatch(read("../httpapi/problems.go"), -1)
	if !ok || len(all) == 0 {
		t.Fatal("no words or no problems are found")
	}
	for _, m := range all {
		name := regexp.MustCompile(`[ {]'?` + m[1] + `'?: '`)
		if !name.MatchString(en) || !name.MatchString(zh) {
			t.Errorf("%s has no words", m[1])
		}
	}
}

// Every code of why a call could not be scored has words of the pages, in both languages.
func TestFailuresHaveWords(t *testing.T) {
	t.Parallel()
	words, err := os.ReadFile("app/src/quality/callwords.ts")
	if err != nil {
		t.Fatal(err)
	}
	en, zh, _ := strings.Cut(string(words), "\n}, {\n")
	for _, code := range []string{scoring.FailedForm, scoring.FailedKey, scoring.FailedTime, scoring.FailedModel, scoring.FailedRecord} {
		for lang, all := range map[string]string{"en": en, "zh": zh} {
			_, own, ok := strings.Cut(all, "failedBy: {")
			if own, _, _ = strings.Cut(own, "}"); !ok || !strings.Contains(own, " "+code+": '") {
				t.Errorf("%s has no words in %s", code, lang)
			}
		}
	}
}

// Every code of what is wrong in a form or a file of rules has words in Chinese.
func TestFaultsHaveWords(t *testing.T) {
	t.Parallel()
	words, err := os.ReadFile("app/src/parts/faults.ts")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?:(?:badf|problemf|Say)\([^"\n]*|fail\("[a-z_]+", |faultf\(.*?)"([a-z]+(?:-[a-z]+)*)", `)
	found := map[string]bool{}
	for _, room := range []string{"../rules", "../quality"} {
		files, err := filepath.Glob(room + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range code.FindAllStringSubmatch(string(b), -1) {
				found[m[1]] = true
			}
		}
	}
	for c := range found {
		if !regexp.MustCompile(`[ {]'?` + c + `'?: \(?[\w, ]*\)? ?=>`).Match(words) {
			t.Errorf("%s has no words", c)
		}
	}
	if len(found) < 80 {
		t.Errorf("only %d codes are found", len(found))
	}
}
