package ingest

import (
	"strings"
	"testing"
	"time"
)

// TestLongFiles reads files that are long in every way there is: the time goes up with their length, not with its square.
func TestLongFiles(t *testing.T) {
	t.Parallel()
	const n = 50_000
	for name, c := range map[string]struct{ file, text string }{
		"headings":              {"a.html", strings.Repeat("<h2>x</h2>", n)},
		"bold lines":            {"a.html", strings.Repeat("<p><b>x</b></p>", n)},
		"links":                 {"a.html", strings.Repeat("<p><a href=/>x?</a></p>", n)},
		"blank lines":           {"a.md", "# x\n" + strings.Repeat("\n", n) + "## q\na\n"},
		"comments":              {"a.md", strings.Repeat("<!--\n", n)},
		"chapters":              {"a.md", strings.Repeat("## x\n", n)},
		"text":                  {"a.txt", "q?\n" + strings.Repeat("\n", n) + "a\n"},
		"deep JSON":             {"a.json", strings.Repeat("[", n)},
		"a long cell over rows": {"a.html", "<table><tr><td rowspan=1000>" + strings.Repeat("x ", 200_000) + "</td><td>y</td></tr>" + strings.Repeat("<tr><td>y</td></tr>", 999) + "</table>"},
		"rows of no columns":    {"a.html", "<table>" + strings.Repeat("<tr><td>x<td>y<td>z", 3*n) + "</table>"},
		"rows":                  {"a.csv", "question,answer,x\n" + strings.Repeat(",,x\n", n)},
	} {
		began := time.Now()
		Bytes(c.file, []byte(c.text), Into{Base: "b"})
		took := time.Since(began)
		t.Log(name, took)
		if took > 20*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}
