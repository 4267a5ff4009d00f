package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/parley-voice/parley/knowledge"
)

func gb(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func utf16le(s string) string {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

// with is e for an audience, in a state, of queues.
func with(e knowledge.Entry, a knowledge.Audience, s knowledge.State, queues ...string) knowledge.Entry {
	e.Audience, e.State, e.Queues = a, s, queues
	return e
}

func TestGood(t *testing.T) {
	t.Parallel()
	lost := knowledge.Entry{Base: "b", Question: "I lost my card", Answer: "Call us.", Lang: "en"}
	zh := knowledge.Entry{Base: "b", Question: "怎么退货？", Answer: "请点“退货”，谢谢。", Lang: "zh"}
	full := knowledge.Entry{ID: "7", Base: "b", Question: "I lost my card", Answer: "Call us.", Similar: []string{"card gone", "no card"}, Category: "cards", Lang: "en"}
	for _, c := range []struct {
		name, file, text string
		want             []knowledge.Entry
	}{
		{"for agents", "a.csv", "question,answer,audience,state,queue\nI lost my card,Call us., Agent ,draft,cards|loans\n怎么退货？,请点“退货”，谢谢。,坐席,草稿,\n", []knowledge.Entry{
			with(lost, knowledge.ForAgent, knowledge.Draft, "cards", "loans"), with(zh, knowledge.ForAgent, knowledge.Draft)}},
		{"for agents, JSON lines", "a.jsonl", `{"question":"I lost my card","answer":"Call us.","audience":"agent","state":"review","queues":["cards"]}`, []knowledge.Entry{
			with(lost, knowledge.ForAgent, knowledge.Review, "cards")}},
		{"plain", "a.csv", "question,answer\nI lost my card,Call us.\n", []knowledge.Entry{lost}},
		{"no last line end", "a.csv", "question,answer\nI lost my card,Call us.", []knowledge.Entry{lost}},
		{"windows", "a.csv", "question,answer\r\nI lost my card,Call us.\r\n", []knowledge.Entry{lost}},
		{"old mac", "a.csv", "question,answer\rI lost my card,Call us.\r", []knowledge.Entry{lost}},
		{"byte order mark", "a.csv", "\xEF\xBB\xBFquestion,answer\nI lost my card,Call us.\n", []knowledge.Entry{lost}},
		{"header in capitals, other order", "a.CSV", " Answer ,QUESTION\nCall us., I lost  my card \n", []knowledge.Entry{lost}},
		{"no header", "a.csv", "I lost my card,Call us.\n", []knowledge.Entry{lost}},
		{"QnABot", "a.jsonl", `{"qid":"7","q":["I lost my card","card gone","no card"],"a":"Call us.","category":"cards","type":"qna"}`, []knowledge.Entry{full}},
		{"HTML", "a.html", "<html><head><title>x</title></head><body><nav>Home</nav><h1>cards</h1><h2>I lost my <b>card</b></h2><script>alert(1)</script><p hidden>ignore me</p><p style='display: none'>me too</p><p>Call us.</p></body></html>", []knowledge.Entry{{Base: "b", Question: "I lost my card", Answer: "Call us.", Category: "cards", Lang: "en"}}},
		{"HTML definitions", "a.htm", "<dl><dt>I lost my card<dd>Call us.</dl>", []knowledge.Entry{lost}},
		{"semicolons", "a.csv", "question;answer\nI lost my card;Call us.\n", []knowledge.Entry{lost}},
		{"tabs", "a.tsv", "question\tanswer\nI lost my card\tCall us.\n", []knowledge.Entry{lost}},
		{"blank rows", "a.csv", "question,answer\n\n,\nI lost my card,Call us.\n , \n", []knowledge.Entry{lost}},
		{"all fields", "a.csv", "id,question,answer,similar,category,lang\n7,I lost my card,Call us.,card gone|no card|card gone,cards,EN-gb\n", []knowledge.Entry{full}},
		{"fewer cells than columns", "a.csv", "question,answer,similar,category\nI lost my card,Call us.\n", []knowledge.Entry{lost}},
		{"unknown column", "a.csv", "question,notes,answer\nI lost my card,x,Call us.\n", []knowledge.Entry{lost}},
		{"several similar columns", "a.csv", "id,question,answer,similar 1,similar_2,class,language\n7,I lost my card,Call us.,card gone,no card,cards,english\n", []knowledge.Entry{full}},
		{
			"quoted newlines", "a.csv", "question,answer\n\"I lost\nmy card\",\"Call \"\"us\"\",\n\nnow.\"\n",
			[]knowledge.Entry{{Base: "b", Question: "I lost my card", Answer: "Call \"us\",\nnow.", Lang: "en"}},
		},
		{"same twice", "a.csv", "question,answer\nI lost my card,Call us.\ni lost my card?,call us.\n", []knowledge.Entry{lost}},
		{"Chinese header", "a.csv", "问题,答案\n怎么退货？,请点“退货”，谢谢。\n", []knowledge.Entry{zh}},
		{"GB18030", "a.csv", gb(t, "问题,答案,相似问,分类\n怎么退货？,请点“退货”，谢谢。,,\n"), []knowledge.Entry{zh}},
		{"GB18030 with a mark", "a.csv", gb(t, "\uFEFF问题,答案\n怎么退货？,请点“退货”，谢谢。\n"), []knowledge.Entry{zh}},
		{"UTF-16", "a.csv", utf16le("question,answer\nI lost my card,Call us.\n"), []knowledge.Entry{lost}},
		{
			"Markdown", "a.md", "# cards\n\nintroduction\n\n## I lost my **card**\nSimilar: card gone | no card\nid: 7\n\nCall [us](tel:1).\n",
			[]knowledge.Entry{full},
		},
		{
			"Markdown with lists", "a.markdown", "## I lost my card ##\n- Call\n- us.\n### Note\n> Soon.\n",
			[]knowledge.Entry{{Base: "b", Question: "I lost my card", Answer: "Call\nus.\nNote\nSoon.", Lang: "en"}},
		},
		{"JSON lines", "a.jsonl", `{"id":7,"question":"I lost my card","answer":"Call us.","similar":["card gone","no card"],"category":"cards"}` + "\n\n", []knowledge.Entry{full}},
		{"JSON, similar as text", "a.jsonl", `{"id":"7","question":"I lost my card","answer":"Call us.","similar":"card gone|no card","category":"cards","lang":"en"}`, []knowledge.Entry{full}},
	} {
		got := Bytes(c.file, []byte(c.text), Into{Base: "b"})
		if len(got.Problems) > 0 {
			t.Errorf("%s: %v", c.name, got.Problems)
		}
		for i := range c.want {
			if c.want[i].ID == "" {
				c.want[i].ID = knowledge.NewID("b", c.want[i].Question)
			}
		}
		if !reflect.DeepEqual(got.Entries, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got.Entries, c.want)
		}
	}
}

func TestBad(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 2000)
	head := "question,answer\n"
	for _, c := range []struct {
		name, file, text string
		where, why       string // of the first problem; why is a part of it
		count            int    // of problems, 0 = 1
	}{
		{"unknown audience", "a.csv", "question,answer,audience\nI lost my card,Call us.,staff\n", "a.csv row 2", "bot (callers hear it) or agent", 0},
		{"unknown state", "a.jsonl", `{"question":"I lost my card","answer":"Call us.","state":"ready"}`, "a.jsonl line 1", "draft, review, published", 0},
		{"empty file", "a.csv", "", "a.csv", "empty", 0},
		{"blank file", "a.csv", " \n\t\n", "a.csv", "empty", 0},
		{"mark alone", "a.csv", "\xEF\xBB\xBF", "a.csv row 1", "question and answer are needed", 0},
		{"header alone", "a.csv", head, "a.csv", "no question", 0},
		{"no header, three columns", "a.csv", "I lost my card,Call us.,cards\n", "a.csv row 1", "no column question and no column answer", 0},
		{"no answer column", "a.csv", "question,category\nx,y\n", "a.csv row 1", "no column answer", 0},
		{"no question column", "a.csv", "answer,category\nx,y\n", "a.csv row 1", "no column question", 0},
		{"column twice", "a.csv", "question,answer,Question\nx,y,z\n", "a.csv row 1", "two columns mean question", 0},
		{"empty question", "a.csv", head + ",Call us.\n", "a.csv row 2", "question is empty", 0},
		{"empty answer", "a.csv", head + "ok,ok\nI lost my card, \n", "a.csv row 3", "answer is empty", 0},
		{"both empty, category not", "a.csv", "question,answer,category\n,,x\n", "a.csv row 2", "question and answer are empty", 0},
		{"question of signs", "a.csv", head + "???,Call us.\n", "a.csv row 2", "no letter", 0},
		{"another answer", "a.csv", head + "I lost my card,Call us.\nok,ok\nI LOST my card?,Do not call.\n", "a.csv row 4", "another answer in row 2", 0},
		{"id twice", "a.csv", "id,question,answer\n1,a,b\n1,c,d\n", "a.csv row 3", "already used in row 2", 0},
		{"long question", "a.csv", head + long + ",Call us.\n", "a.csv row 2", "500", 0},
		{"long answer", "a.csv", head + "x," + long + "\n", "a.csv row 2", "6000", 0},
		{"long similar", "a.csv", "question,answer,similar\nx,y," + long + "\n", "a.csv row 2", "similar", 0},
		{"many similar", "a.jsonl", `{"question":"x","answer":"y","similar":"` + manySimilar() + `"}`, "a.jsonl line 1", "101 similar", 0},
		{"missing cell", "a.csv", head + "I lost my card\n", "a.csv row 2", "cell is missing", 0},
		{"extra cell", "a.csv", head + "I lost my card,Call us, now.\n", "a.csv row 2", "3 cells", 0},
		{"quote left open", "a.csv", head + "ok,ok\n\"I lost my card,Call us.\nb,c\n", "a.csv row 3", "quote", 0},
		{"bare quote", "a.csv", head + "I lost my \"card\",Call us.\nok,ok\n", "a.csv row 2", "double quote inside", 0},
		{"unknown language", "a.csv", "question,answer,lang\nx,y,tlh\n", "a.csv row 2", "en or zh", 0},
		{"NUL byte", "a.csv", head + "ok,ok\nI lost\x00 my card,x\n", "a.csv line 3", "NUL", 0},
		{"program", "a.csv", "\x7fELF\x02\x01\x00\x00", "a.csv line 1", "NUL", 0},
		{"broken UTF-8", "a.csv", head + "caf\xc3,x\nok,ok\n", "a.csv line 2", "encoding", 0},
		{"Latin-1", "a.csv", head + "Wo ist das Caf\xe9 M\xfcller?,Hier.\n", "a.csv line 2", "encoding", 0},
		{"broken GB18030", "a.csv", gb(t, "问题,答案\n怎么退货？,好的。\n") + "\xff\xff\n", "a.csv line 1", "encoding", 3},
		{"half a UTF-16 unit", "a.csv", utf16le(head) + "x", "a.csv", "UTF-16", 0},
		{"half a surrogate pair", "a.csv", utf16le(head+"x,y") + "\x00\xd8", "a.csv", "half a character", 0},
		{"spreadsheet", "a.xlsx", "PK\x03\x04", "a.xlsx", "not an Office file", 0},
		{"no extension", "faq", head + "x,y\n", "faq", ".csv", 0},
		{"Markdown without questions", "a.md", "# Title\n\ntext\n", "a.md", "## question", 0},
		{"Markdown question without answer", "a.md", "## one\n## two\nanswer\n", "a.md line 1", "answer is empty", 0},
		{"Markdown text first", "a.md", "hello\n## q\nanswer\n", "a.md line 1", "before the first question", 0},
		{"Markdown empty heading", "a.md", "##\nanswer\n", "a.md line 1", "question is empty", 0},
		{"not JSON", "a.jsonl", "{\"question\":\"x\",\"answer\":\"y\"}\nquestion,answer\n", "a.jsonl line 2", "not an entry", 0},
		{"JSON list", "a.jsonl", "[1]\n", "a.jsonl line 1", "array", 0},
		{"JSON number", "a.jsonl", `{"question":"x","answer":5}`, "a.jsonl line 1", "answer is a number", 0},
		{"JSON half", "a.jsonl", `{"question":"x","answer":`, "a.jsonl line 1", "unexpected end", 0},
		{"JSON NUL", "a.jsonl", `{"question":"x\u0000","answer":"y"}`, "a.jsonl line 1", "NUL", 0},
		{"rows as in a spreadsheet", "a.csv", head + "\"a\n\nb\",c\n\nd,\"e\nf\"\n,g\n", "a.csv row 5 (line 8)", "question is empty", 0},
		{"rows after a bad one", "a.csv", head + "a\"b,c\n\n,g\n", "a.csv row 2", "double quote", 2},
		{"blank lines first", "a.csv", head + "\n\n,g\n", "a.csv row 4", "question is empty", 0},
		{"all are told", "a.csv", head + ",a\nb,\nc,d,e\nf,g\n", "a.csv row 2", "question is empty", 3},
	} {
		got := Bytes(c.file, []byte(c.text), Into{Base: "b"})
		if len(got.Problems) != max(1, c.count) {
			t.Errorf("%s: %d problems: %v", c.name, len(got.Problems), got.Problems)
			continue
		}
		if p := got.Problems[0]; p.Where != c.where || !strings.Contains(p.Why, c.why) {
			t.Errorf("%s: %q: %q, want %q: %q", c.name, p.Where, p.Why, c.where, c.why)
		}
	}
}

func manySimilar() string {
	var out []string
	for i := range MaxSimilar + 1 {
		out = append(out, fmt.Sprint("way ", i))
	}
	return strings.Join(out, "|")
}

func TestManyProblems(t *testing.T) {
	t.Parallel()
	got := Bytes("a.csv", []byte("question,answer\n"+strings.Repeat("x,\n", 5000)), Into{Base: "b"})
	if len(got.Problems) != maxProblems+1 {
		t.Errorf("%d problems", len(got.Problems))
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "faq.csv")
	if err := os.WriteFile(path, []byte("question,answer\nx,y\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := File(path, Into{Base: "b"}); err != nil || len(r.Entries) != 1 || r.Name != "faq.csv" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := File(dir, Into{Base: "b"}); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("folder: %v", err)
	}
	if _, err := File(filepath.Join(dir, "none.csv"), Into{Base: "b"}); err == nil {
		t.Error("missing file: no error")
	}
	big := filepath.Join(dir, "big.csv")
	if err := os.WriteFile(big, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(big, MaxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := File(big, Into{Base: "b"}); err == nil || !strings.Contains(err.Error(), "split it") {
		t.Errorf("big file: %v", err)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	file := func(name, base, text string) Result {
		return Bytes(name, []byte("id,question,answer\n"+text), Into{Base: base})
	}
	b := Join([]Result{
		file("a.csv", "x", "1,q,a\n"), file("b.csv", "x", "1,q?,a\n2,r,b\n"), file("c.csv", "y", "1,q,other\n"),
	})
	if len(b.Entries) != 3 || len(b.Places) != 3 || b.Places[1] != "b.csv row 3" || len(b.Problems) != 0 {
		t.Errorf("%+v", b)
	}
	b = Join([]Result{file("a.csv", "x", "1,q,a\n"), file("b.csv", "x", "5,q,b\n1,s,a\n")})
	if len(b.Problems) != 2 || b.Problems[0].Where != "b.csv row 2" || !strings.Contains(b.Problems[1].Why, "a.csv row 2") {
		t.Errorf("%+v", b.Problems)
	}
}

func FuzzBytes(f *testing.F) {
	for _, s := range []string{
		"question,answer\nx,y\n", "问题;答案\n\"a\n\",b", "## q\na\n", `{"question":"x","answer":"y"}`, "\xEF\xBB\xBFquestion\tanswer\n",
		"\xFF\xFEq\x00", gb(f, "问题,答案\n怎么退货,好的\n"), "question,answer\n\"x", "# \n```\n## q\n", "\x00", "question,answer,similar\nx,y,a|b;c",
	} {
		for i := range 3 {
			f.Add([]byte(s), i)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, kind int) {
		name := []string{"a.csv", "a.md", "a.jsonl"}[((kind%3)+3)%3]
		got := Bytes(name, raw, Into{Base: "b"})
		if len(got.Entries) == 0 && len(got.Problems) == 0 {
			t.Fatal("neither entries nor problems")
		}
		seen := map[string]bool{}
		for _, e := range got.Entries {
			if e.ID == "" || e.Question == "" || e.Answer == "" || e.Base != "b" || e.Lang != "en" && e.Lang != "zh" || seen[e.ID] {
				t.Fatalf("entry %+v", e)
			}
			seen[e.ID] = true
		}
		for _, p := range got.Problems {
			if p.Where == "" || p.Why == "" {
				t.Fatalf("problem %+v", p)
			}
		}
	})
}
