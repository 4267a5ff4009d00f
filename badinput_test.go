package parley_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// promise is the last cell of a row: package, test and, in quotes, the case within it.
var promise = regexp.MustCompile("`([a-z0-9/]+): (Test[A-Za-z0-9]+)(?: \"([^`]+)\")?`$")

// TestBadInputIsTested holds docs/bad-input.md to its word: each row about bad input names a test, and a case in it, that
// exist.
func TestBadInputIsTested(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.FromSlash("docs/bad-input.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows, seen := 0, map[string]bool{}
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSuffix(strings.TrimSpace(line), " |")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| **") || strings.HasPrefix(line, "| case |") {
			continue
		}
		name, _, _ := strings.Cut(line[2:], " | ")
		m := promise.FindStringSubmatch(line)
		if m == nil || seen[name] {
			t.Errorf("no test is named, or the case is told twice: %s", line)
			continue
		}
		seen[name] = true
		rows++
		body := testBody(t, m[1], m[2])
		if body == nil {
			t.Errorf("%s: there is no %s in %s", name, m[2], m[1])
		} else if m[3] != "" && !hasText(body, m[3]) {
			t.Errorf("%s: %s in %s has no case %q", name, m[2], m[1], m[3])
		}
	}
	if rows < 40 {
		t.Errorf("%d rows, want 40 or more", rows)
	}
}

// testBody finds a test function of the package in dir, nil for none.
func testBody(t *testing.T, dir, name string) *ast.FuncDecl {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == name {
				return fn
			}
		}
	}
	return nil
}

// hasText reports whether text, in quotes, occurs in fn.
func hasText(fn *ast.FuncDecl, text string) bool {
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, err := strconv.Unquote(lit.Value)
			found = found || err == nil && s == text
		}
		return !found
	})
	return found
}
