package parley_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pages are the documents that link to each other and name tests.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.FromSlash("docs/*.md"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range append(files, "README.md", "SECURITY.md", "CHANGELOG.md") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(f)] = string(text)
	}
	return out
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	unspoken = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	fenced   = regexp.MustCompile("(?ms)^```.*?^```")
	tests    = regexp.MustCompile("`([a-z0-9/*.]+): ((?:Test|Fuzz)[^`]*)`")
	testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Za-z0-9]*\*?`)
)

// anchors are the names by which the headings of a page are linked to.
func anchors(page string) map[string]bool {
	out := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(page, ""), -1) {
		out[strings.ReplaceAll(unspoken.ReplaceAllString(strings.ToLower(strings.TrimSpace(m[1])), ""), " ", "-")] = true
	}
	return out
}

// TestLinksLead follows every link from page to page and to files of the repository, and to the headings in them.
func TestLinksLead(t *testing.T) {
	t.Parallel()
	all := pages(t)
	followed := 0
	for from, text := range all {
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			followed++
			file, anchor, _ := strings.Cut(m[1], "#")
			to := from
			if file != "" {
				to = filepath.ToSlash(filepath.Join(filepath.Dir(from), file))
			}
			if _, err := os.Stat(filepath.FromSlash(to)); err != nil {
				t.Errorf("%s: %s leads nowhere", from, m[1])
			} else if anchor != "" && !anchors(all[to])[anchor] {
				t.Errorf("%s: there is no heading for %s", from, m[1])
			}
		}
	}
	if followed < 50 {
		t.Errorf("%d links, want 50 or more", followed)
	}
}

// TestNamedTestsExist looks for each test that a page names with its package; a name that ends in * stands for those that
// begin so, and so does a package.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	named := 0
	for from, text := range pages(t) {
		for _, m := range tests.FindAllStringSubmatch(text, -1) {
			names := functions(t, m[1])
			for _, name := range testName.FindAllString(m[2], -1) {
				named++
				start, open := strings.CutSuffix(name, "*")
				if !names[name] && !(open && begins(names, start)) {
					t.Errorf("%s: there is no %s in %s", from, name, m[1])
				}
			}
		}
	}
	if named < 100 {
		t.Errorf("%d tests are named, want 100 or more", named)
	}
}

func begins(names map[string]bool, start string) bool {
	for n := range names {
		if strings.HasPrefix(n, start) {
			return true
		}
	}
	return false
}

var function = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)

// functions are the tests of the packages that pattern names: a folder, with * in it, or with /... behind it.
func functions(t *testing.T, pattern string) map[string]bool {
	t.Helper()
	top, below := strings.CutSuffix(pattern, "/...")
	globs := []string{top + "/*_test.go"}
	if below {
		globs = append(globs, top+"/*/*_test.go", top+"/*/*/*_test.go")
	}
	out := map[string]bool{}
	for _, g := range globs {
		files, err := filepath.Glob(filepath.FromSlash(g))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range function.FindAllStringSubmatch(string(text), -1) {
				out[m[1]] = true
			}
		}
	}
	return out
}
