package web_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
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
