package web_test

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

// sayers are what says something of a file, by where the code stands among their arguments; the English format follows it.
var sayers = map[string]int{"say": 0, "Sayf": 0, "add": 1, "leave": 1, "NewProblem": 1, "note": 2, "NewNote": 2}

// said are the codes of what is said of files in a folder, each with how many arguments it has; what is said without a code is an error of the test.
func said(t *testing.T, folder string, codes map[string]int) {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if own, ok := d.(*ast.FuncDecl); ok {
				if _, sayer := sayers[own.Name.Name]; sayer { // hands on what it was given
					continue
				}
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					at, sayer := sayers[nameOf(n.Fun)]
					if !sayer || len(n.Args) < at+2 {
						break
					}
					lit, ok := n.Args[at].(*ast.BasicLit)
					if !ok || lit.Kind != token.STRING {
						t.Errorf("%s: what is said has no code", fset.Position(n.Pos()))
						break
					}
					code, _ := strconv.Unquote(lit.Value) // was parsed
					codes[code] = max(codes[code], len(n.Args)-at-2)
				case *ast.CompositeLit:
					if kind := nameOf(n.Type); (kind == "Problem" || kind == "Note") && len(n.Elts) > 0 {
						if _, keyed := n.Elts[0].(*ast.KeyValueExpr); keyed {
							t.Errorf("%s: what is said may have no code", fset.Position(n.Pos()))
						}
					}
				}
				return true
			})
		}
	}
}

// nameOf is the last part of a name.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// Whatever an import, a watched folder or a list of addresses says has a code, and each code has words in Chinese that use no more arguments than it has.
func TestReasonsHaveWords(t *testing.T) {
	t.Parallel()
	words, err := os.ReadFile("app/src/knowledge/reasons.ts")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(words), "reasonWords")
	codes := map[string]int{}
	for _, folder := range []string{"../../knowledge/ingest", "../../knowledge/watch", "../fetch"} {
		said(t, folder, codes)
	}
	for code, args := range codes {
		m := regexp.MustCompile(`[ {]'?` + code + `'?: \(?([\w, ]*)\)? ?=>`).FindStringSubmatch(table)
		if m == nil {
			t.Errorf("%s has no words", code)
			continue
		}
		if n := len(strings.FieldsFunc(m[1], func(r rune) bool { return r == ',' || r == ' ' })); n > args {
			t.Errorf("the words of %s use %d arguments of %d", code, n, args)
		}
	}
	if len(codes) < 90 {
		t.Errorf("only %d codes are found", len(codes))
	}
}
