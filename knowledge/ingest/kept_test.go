package ingest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/knowledge"
)

// saidOf is what a file becomes: each entry with what keeps it from callers, and the texts of the notes.
func saidOf(name, text string) (entries, notes []string, problems []Problem) {
	got := Bytes(name, []byte(text), Into{Base: "b"})
	for _, e := range got.Entries {
		day := func(kind string, t interface{ Format(string) string }) string {
			return " " + kind + t.Format("2006-01-02")
		}
		s := tidy(fmt.Sprint(e.Question, " = ", e.Answer, " ", e.Audience, " ", e.State))
		if knowledge.IsTime(e.From) {
			s += day("from ", e.From)
		}
		if knowledge.IsTime(e.Until) {
			s += day("until ", e.Until)
		}
		entries = append(entries, s)
	}
	for _, n := range got.Notes {
		notes = append(notes, n.Text)
	}
	return entries, notes, got.Problems
}

// TestKeptFromCallers has what a file says in its own ways is not for callers, or not any more.
func TestKeptFromCallers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, text string
		want       []string
		note       string // a part of one
	}{
		"only an internal answer":  {"a.csv", "Question,Internal answer\nWho may refund?,Team leads up to 50.\n", []string{"Who may refund? = Team leads up to 50. agent"}, `"Internal answer"`},
		"in Chinese":               {"a.csv", "问题,内部答案\n谁能退款？,组长可退五十元。\n", []string{"谁能退款？ = 组长可退五十元。 agent"}, "内部答案"},
		"in JSON":                  {"a.json", `[{"question":"Who may refund?","internal_answer":"Team leads."}]`, []string{"Who may refund? = Team leads. agent"}, "internal_answer"},
		"beside one for callers":   {"a.csv", "Question,Customer answer,Internal answer\nWho may refund?,We do.,Team leads.\n", []string{"Who may refund? = We do."}, "Internal answer"},
		"for callers all the same": {"a.csv", "Question,Internal answer,Audience\nWhen?,At nine.,bot\n", []string{"When? = At nine. bot"}, "Internal answer"},
		"internal with a cross":    {"a.csv", "Question,Answer,Internal only\nA?,a,x\nB?,b,✓\nC?,c,on\nD?,d,\nE?,e,√\nF?,f,×\n", []string{"A? = a agent", "B? = b agent", "C? = c agent", "D? = d", "E? = e agent", "F? = f bot"}, ""},
		"internal, in some words":  {"a.csv", "Question,Answer,Internal only\nA?,a,ask Ann\n", []string{"A? = a agent"}, "ask Ann"},
		"live with a hook":         {"a.csv", "Question,Answer,Enabled\nA?,a,✓\nB?,b,off\n", []string{"A? = a published", "B? = b draft"}, ""},
		"a word of JSON":           {"a.json", `[{"question":"A?","answer":"a","status":"parked"},{"question":"B?","answer":"b","status":"parked"}]`, []string{"A? = a", "B? = b"}, "parked"},
		"a word of a line":         {"a.jsonl", `{"question":"A?","answer":"a","status":"parked"}` + "\n" + `{"question":"B?","answer":"b"}`, []string{"A? = a", "B? = b"}, "parked"},
		"Markdown":                 {"a.md", "## A?\nStatus: archived\na\n## B?\nb\n\n**Visibility:** internal\n## C?\nStatus: it is on its way.\n", []string{"A? = a expired", "B? = b agent", "C? = Status: it is on its way."}, ""},
		"nothing else in it":       {"a.md", "## 券几时到期？\n有效期：2030-12-31\n## 能退吗？\n能。\n", []string{"券几时到期？ = 有效期：2030-12-31", "能退吗？ = 能。"}, ""},
		"Markdown in Chinese":      {"a.md", "## 怎么退？\n状态：停用\n有效期：2030-01-01至2030-12-31\n在设置里。\n", []string{"怎么退？ = 在设置里。 expired from 2030-01-01 until 2031-01-01"}, ""},
		"two columns of validity":  {"a.csv", "问题,答案,有效期,有效期限\n几点？,九点。,2030-01-01,2030-12-31\n在哪？,杭州。,2030-12-31,\n何时？,明天。,2030-12-31,2030-12-31\n", []string{"几点？ = 九点。 from 2030-01-01 until 2031-01-01", "在哪？ = 杭州。 until 2031-01-01", "何时？ = 明天。 until 2031-01-01"}, ""},
		"rows nobody filled":       {"a.csv", "No.,Question,Answer,Status\n1,A?,a,Active\n2,,,\n3,,,Active\n,,,Archived\n4,B?,b,Active\n", []string{"A? = a published", "B? = b published"}, "rows without a question or an answer: 3"},
	} {
		entries, notes, problems := saidOf(c.file, c.text)
		if len(problems) > 0 || !slices.Equal(entries, c.want) {
			t.Errorf("%s: %q, want %q; %v", name, entries, c.want, problems)
		}
		if found := slices.ContainsFunc(notes, func(s string) bool { return strings.Contains(s, c.note) }); !found && c.note != "" || c.note == "" && len(notes) > 0 {
			t.Errorf("%s: notes %q, want %q", name, notes, c.note)
		}
	}
	if got := Bytes("a.csv", []byte("No.,Question,Answer\n1,A?,a\n2,,\n3,B?,b\n"), Into{Base: "b"}); len(got.Entries) != 2 || got.Entries[1].Category != "" {
		t.Errorf("the number of an empty row is a category: %+v", got.Entries)
	}
}

// TestBehindJSON refuses what stands behind a document and is none.
func TestBehindJSON(t *testing.T) {
	t.Parallel()
	for _, behind := range []string{"]", "x", "}, {", "\x01"} {
		if got := Bytes("a.json", []byte(`[{"question":"A?","answer":"a"}]`+behind), Into{Base: "b"}); len(got.Problems) == 0 {
			t.Errorf("%q behind it: %+v", behind, got.Entries)
		}
	}
}

// TestFootnotes tells of footnotes that are not read.
func TestFootnotes(t *testing.T) {
	t.Parallel()
	paragraph := func(of string) string { return `<w:p><w:r>` + of + `</w:r></w:p>` }
	text := func(s string) string { return paragraph(`<w:t>` + s + `</w:t>`) }
	doc := zipped(t, map[string]string{
		"word/document.xml":  `<w:document xmlns:w="w"><w:body>` + text("Can I return it?") + `<w:p><w:r><w:t>Within 30 days.</w:t></w:r><w:r><w:footnoteReference w:id="1"/></w:r></w:p></w:body></w:document>`,
		"word/footnotes.xml": `<w:footnotes xmlns:w="w"><w:footnote w:type="separator">` + paragraph(`<w:separator/>`) + `</w:footnote><w:footnote w:id="1">` + text("Not in sales.") + `</w:footnote></w:footnotes>`,
	})
	entries, notes, problems := saidOf("a.docx", doc)
	if len(problems) > 0 || !slices.Equal(entries, []string{"Can I return it? = Within 30 days."}) || !slices.Equal(notes, []string{"footnotes: 1, the first of them: Not in sales."}) {
		t.Errorf("%q, %q, %v", entries, notes, problems)
	}
}
