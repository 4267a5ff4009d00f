package ingest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/parley-voice/parley/knowledge"
)

// TestNamesOfColumns has tables with the names that companies give their columns.
func TestNamesOfColumns(t *testing.T) {
	t.Parallel()
	entry := func(question, answer, category string, similar ...string) string {
		return fmt.Sprint(question, " = ", answer, " in ", category, " like ", similar)
	}
	card := entry("How do I pay?", "By card.", "")
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"names with what they are for": {"No.,Customer question,Approved answer,Owner,Question type\n1,How do I pay?,By card.,Ann,x\n", []string{card}},
		"exact names first":            {"Security question,Question,Standard reply,Answer\nx,How do I pay?,y,By card.\n", []string{card}},
		"articles":                     {"title,body,locale,related questions\nHow do I pay?,By card.,en-us,x\n", []string{card}},
		"what is asked and said":       {"Customer asks;We say\nHow do I pay?;By card.\n", []string{card}},
		"Chinese scripts":              {"某公司话术,,,,,\n序号,一级分类,二级分类,客户问题,标准话术,相似问法\n1,物流,快递,发什么快递？,顺丰。,用什么快递|哪家快递\n", []string{entry("发什么快递？", "顺丰。", "物流 / 快递", "用什么快递", "哪家快递")}},
		"Chinese articles":             {"知识标题,答案内容,相似问1,相似问2\n如何改密码,在设置里。,改密码,忘了密码\n", []string{entry("如何改密码", "在设置里。", "", "改密码", "忘了密码")}},
		"two lists beside one another": {"Question,Answer,,Question,Answer\nHow do I pay?,By card.,,Where are you?,In Leeds.\nWhen?,At nine.,,,\n", []string{card, entry("Where are you?", "In Leeds.", ""), entry("When?", "At nine.", "")}},
		"titles of rows":               {"No.,Question,Answer\nMoney,,\n1,How do I pay?,By card.\nTime,,\n2,When?,At nine.\n", []string{entry("How do I pay?", "By card.", "Money"), entry("When?", "At nine.", "Time")}},
		"a line below the last row":    {"No.,Question,Answer\n1,How do I pay?,By card.\nEnd of list,,\n", []string{card}},
		"a title over the names again": {"Question,Answer\nWhen?,At nine.\nMoney,\nQuestion,Answer\nHow do I pay?,By card.\n", []string{entry("When?", "At nine.", ""), entry("How do I pay?", "By card.", "Money")}},
	} {
		got := Bytes("a.csv", []byte(c.text), Into{Base: "b"})
		var said []string
		for _, e := range got.Entries {
			said = append(said, entry(e.Question, e.Answer, e.Category, e.Similar...))
		}
		if len(got.Problems) > 0 || !reflect.DeepEqual(said, c.want) {
			t.Errorf("%s: %q, %v", name, said, got.Problems)
		}
	}
}

// TestTwoLanguages reads a table in two languages into pairs.
func TestTwoLanguages(t *testing.T) {
	t.Parallel()
	id := func(q string) string { return knowledge.NewID("b", q) }
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"side by side":      {"#,Question (EN),Answer (EN),问题（中文）,答案（中文）\n1,How do I pay?,By card.,怎么付款？,刷卡。\n", []string{id("How do I pay?"), id("怎么付款？")}},
		"texts by kind":     {"question_en,question_zh,answer_en,answer_zh,id\nHow do I pay?,怎么付款？,By card.,刷卡。,7\n", []string{"7", "7-zh"}},
		"names of each":     {"Question,问题,Answer,答案\nHow do I pay?,怎么付款？,By card.,刷卡。\n", []string{id("How do I pay?"), id("怎么付款？")}},
		"not yet both ways": {"Question,Answer,问题,答案\nHow do I pay?,By card.,,\n", []string{id("How do I pay?")}},
	} {
		got := Bytes("a.csv", []byte(c.text), Into{Base: "b"})
		if len(got.Problems) > 0 || len(got.Entries) != len(c.want) {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		for i, want := range []knowledge.Entry{{Question: "How do I pay?", Answer: "By card.", Lang: "en"}, {Question: "怎么付款？", Answer: "刷卡。", Lang: "zh"}}[:len(c.want)] {
			want.Base, want.ID = "b", c.want[i]
			if len(c.want) == 2 {
				want.Pair = c.want[1-i]
			}
			if !reflect.DeepEqual(got.Entries[i], want) {
				t.Errorf("%s: %+v, want %+v", name, got.Entries[i], want)
			}
		}
	}
}

// TestRowsOfSheet reads a sheet with hidden rows and a question over several rows.
func TestRowsOfSheet(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer f.Close()
	for i, r := range [][]any{{"Question", "Answer"}, {"How do I pay?", "Open the app."}, {nil, "Choose your card."}, {"Old?", "Not any more."}, {"When?", "At nine."}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.MergeCell("Sheet1", "A2", "A3"); err != nil {
		t.Fatal(err)
	}
	if err := f.SetRowVisible("Sheet1", 4, false); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	got := Bytes("a.xlsx", b.Bytes(), Into{Base: "b"})
	want := []string{"How do I pay? = Open the app.\nChoose your card.", "When? = At nine."}
	if len(got.Problems) > 0 || !reflect.DeepEqual(said(got.Entries), want) {
		t.Errorf("%q, %v", said(got.Entries), got.Problems)
	}
	if !slices.ContainsFunc(got.Notes, func(n Note) bool { return n.Kind == "left" && n.Where == "a.xlsx row 4" }) {
		t.Errorf("notes %+v", got.Notes)
	}
}

// TestToldByColumns: what a company has taken out of use, or keeps for its people, is not told to callers, whatever the column is called.
func TestToldByColumns(t *testing.T) {
	t.Parallel()
	tell := func(e knowledge.Entry) string {
		s := fmt.Sprint(e.Question, e.State, e.Audience)
		if e.From != nil {
			s += " from " + e.From.Format("2006-01-02")
		}
		if e.Until != nil {
			s += " until " + e.Until.Format("2006-01-02")
		}
		return s
	}
	for name, c := range map[string]struct {
		text  string
		want  []string
		notes []string
	}{
		"启用状态":          {"标准问题,答案,有效期,启用状态\na,x,永久有效,启用\nb,x,2090-12-31,停用\nc,x,2026-01-01至2090-12-31,\nd,x,三个月,启用\n", []string{"apublished until 0001-01-01", "bexpired until 2091-01-01", "c from 2026-01-01 until 2091-01-01", "dpublished"}, []string{"left"}},
		"状态":            {"知识标题,知识内容,状态\na,x,已发布\nb,x,未发布\nc,x,待审核\n", []string{"apublished", "bdraft", "creview"}, nil},
		"status":        {"Question,Answer,Status\na,x,Live\nb,x,Archived\nc,x,OK\nd,x,OK\n", []string{"apublished", "bexpired", "c", "d"}, []string{"left"}},
		"enabled":       {"Question,Answer,Enabled\na,x,TRUE\nb,x,FALSE\n", []string{"apublished", "bdraft"}, nil},
		"two of them":   {"Question,Answer,Status,Approval status\na,x,active,pending\nb,x,disabled,approved\n", []string{"areview", "bexpired"}, nil},
		"one unknown":   {"Question,Answer,Status,Approval status\na,x,active,by Ann\n", []string{"apublished"}, []string{"left"}},
		"visibility":    {"Question,Answer,Visibility\na,x,Public\nb,x,Internal\n", []string{"abot", "bagent"}, nil},
		"internal only": {"Question,Answer,Internal only?\na,x,no\nb,x,yes\n", []string{"abot", "bagent"}, nil},
		"its own name":  {"Question,Answer,State,Status\na,x,draft,active\n", []string{"adraft"}, []string{"left"}},
	} {
		got := Bytes("a.csv", []byte(c.text), Into{Base: "b"})
		var said []string
		for _, e := range got.Entries {
			said = append(said, tell(e))
		}
		if len(got.Problems) > 0 || !reflect.DeepEqual(said, c.want) || !slices.Equal(notes(got), c.notes) || len(got.Notes) > 1 {
			t.Errorf("%s: %q, %v, %v", name, said, got.Problems, got.Notes)
		}
	}
	got := Bytes("a.json", []byte(`[{"question":"a?","answer":"x","status":"archived"},{"question":"b?","answer":"x","status":3},{"question":"c?","answer":"x","internal":true}]`), Into{Base: "b"})
	if len(got.Entries) != 3 || got.Entries[2].Audience != knowledge.ForAgent || got.Entries[0].State != knowledge.Expired || got.Entries[1].State != "" {
		t.Errorf("%+v, %v", got.Entries, got.Problems)
	}
	for name, line := range map[string]string{
		"out of use": `"status":"archived"`, "not in use": `"enabled":false`, "over": `"有效期":"2020-12-31"`, "of agents": `"internal":true`, "for agents": `"audience":"agent"`, "a draft": `"draft":true`,
	} {
		got := Bytes("a.jsonl", []byte(`{"question":"a?","answer":"x",`+line+"}\n"), Into{Base: "b"})
		if len(got.Entries) != 1 || len(got.Problems) > 0 {
			t.Fatalf("%s: %+v", name, got)
		}
		if e := got.Entries[0]; e.Audience != knowledge.ForAgent && e.State != knowledge.Draft && e.State != knowledge.Expired && e.Until == nil {
			t.Errorf("%s, one a line: callers hear %+v", name, e)
		}
	}
	got = Bytes("a.json", []byte(`[{"问题":"a?","答案":"x","有效期":"2020-12-31"},{"question":"b?","answer":"x","enabled":0}]`), Into{Base: "b"})
	if len(got.Entries) != 2 || got.Entries[0].Until == nil || got.Entries[1].State != knowledge.Draft {
		t.Errorf("%+v, %v", got.Entries, got.Problems)
	}
}

// TestForOthersBelow: an answer for agents under a question of several rows is not added to what callers hear.
func TestForOthersBelow(t *testing.T) {
	t.Parallel()
	c := &collector{file: "a.xlsx", into: Into{Base: "b"}, questions: map[string]int{}, ids: map[string]string{}}
	g := grid{c: c}
	g.row(1, 0, []string{"Question", "Answer", "Audience"})
	g.row(2, 0, []string{"a?", "x", ""})
	g.put(gridRow{n: 3, cells: []string{"a?", "y", "agent"}, goesOn: true})
	g.end()
	if len(c.problems) != 1 || len(c.entries) != 1 || c.entries[0].Answer != "x" {
		t.Errorf("%q, %v", said(c.entries), c.problems)
	}
}
