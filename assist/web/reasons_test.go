package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whatever an import says of a file has words in Chinese.
func TestReasonsHaveWords(t *testing.T) {
	t.Parallel()
	words, err := os.ReadFile("app/src/knowledge/reasons.ts")
	if err != nil {
		t.Fatal(err)
	}
	var known []*regexp.Regexp
	for _, m := range regexp.MustCompile(`(?m)^  \[/(\^.*?)/(s?), `).FindAllStringSubmatch(string(words), -1) {
		flags := ""
		if m[2] != "" {
			flags = "(?s)"
		}
		known = append(known, regexp.MustCompile(flags+m[1]))
	}
	files, err := filepath.Glob("../../knowledge/ingest/*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?:\.(?:add|note)\([^"\n]*?(?:"[a-z]+", )?|return nil, )"([^"\n]{9,}?(?:\\"[^"\n]*?)*)"[,)]`)
	filled := strings.NewReplacer("%q", `"x"`, "%d", "3", "%s", "x", "%v", "x", `\"`, `"`)
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		code, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
	all:
		for _, m := range said.FindAllStringSubmatch(string(code), -1) {
			found++
			text := filled.Replace(m[1])
			for _, re := range known {
				if re.MatchString(text) {
					continue all
				}
			}
			t.Errorf("%s: %q has no words", filepath.Base(name), text)
		}
	}
	if found < 60 || len(known) < 60 {
		t.Errorf("only %d texts and the words of %d are found", found, len(known))
	}
}
