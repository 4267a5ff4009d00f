package knowledgecmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// TestImportFromExcelInChina imports GBK with a mark, semicolons, CRLF, quoted newlines and doubled quotes, and finds it.
func TestImportFromExcelInChina(t *testing.T) {
	models, home := weights(t), filepath.Join(t.TempDir(), "home")
	text, err := simplifiedchinese.GB18030.NewEncoder().String("\uFEFF问题;答案\r\n\"怎么申请\"\"退货\"\"？\";\"请点“退货”；\r\n然后等电话。\"\r\n多久发货？;两天以内。\r\n")
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, "faq.csv", text)
	out, _, err := parley(t, home, models, nil, "import", file)
	if err != nil || !strings.Contains(out, `"new":2`) {
		t.Fatal(out, err)
	}
	out, _, err = parley(t, home, models, nil, "search", "我想退货", "-k", "1")
	if err != nil || !strings.Contains(out, `怎么申请\"退货\"？`) || !strings.Contains(out, `请点“退货”；\n然后等电话。`) {
		t.Errorf("%s, %v", out, err)
	}
}

// TestImportUnusable: each file is refused with its name, the place and the reason, and nothing is made or changed.
func TestImportUnusable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, where, why string }{
		"empty":            {"a.csv", "", "a.csv", "empty"},
		"spreadsheet":      {"a.csv", "PK\x03\x04\x14\x00\x06\x00", "a.csv line 1", "NUL"},
		"unclosed quote":   {"a.csv", "question,answer\nq,\"a\nmore\n", "a.csv row 2", "quote"},
		"two answers":      {"a.csv", "question,answer\nq,a\nQ?,b\n", "a.csv row 3", "another answer in row 2"},
		"three columns":    {"a.csv", "question,answer\nq,a,b\n", "a.csv row 2", "3 cells"},
		"no header":        {"a.csv", "How?,So.,us\n", "a.csv row 1", "no column question"},
		"broken GBK":       {"a.csv", "\xce\xca\xcc\xe2,\xb4\xf0\xb0\xb8\n\xff\xff,x\n", "a.csv line 1", "encoding"},
		"CSV called .md":   {"a.md", "question,answer\nq,a\n", "a.md line 1", "## question"},
		"CSV called jsonl": {"a.jsonl", "question,answer\n", "a.jsonl line 1", "not an entry"},
		"another kind":     {"a.rtf", "{\\rtf1}\n", "a.rtf", ".csv"},
	} {
		home := filepath.Join(t.TempDir(), "home")
		out, stderr, err := parley(t, home, "", nil, "import", write(t, c.file, c.text), "--base", "b")
		var got outcome
		if uerr := json.Unmarshal([]byte(out), &got); cli.Code(err) != cli.ExitFailed || uerr != nil || len(got.Invalid) == 0 {
			t.Errorf("%s: %v, printed %q (%v), complained %q", name, err, out, uerr, stderr)
			continue
		}
		if p := got.Invalid[0]; p.Where != c.where || !strings.Contains(p.Why, c.why) {
			t.Errorf("%s: %q: %q; want %q: %q", name, p.Where, p.Why, c.where, c.why)
		}
		if _, err := os.Stat(home); err == nil {
			t.Errorf("%s: the data folder was made", name)
		}
	}
}
