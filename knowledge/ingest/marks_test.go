package ingest

import (
	"reflect"
	"testing"
)

// TestMarks has texts with the marks of the programs they come from, and what is to be read of each.
func TestMarks(t *testing.T) {
	t.Parallel()
	const card, hours = "How do I pay? = By card.", "When are you open? = Nine to five."
	for name, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"cells of HTML":              {"a.csv", "question,answer\nHow do I pay?,\"<p>By <b>card</b>.</p><script>x()</script>\"\nRock &amp; roll?,A&nbsp;lot\n", []string{card, "Rock & roll? = A lot"}},
		"a table in a cell of HTML":  {"a.csv", "question,answer\nWhat is it?,<table><tr><th>Plan</th><th>Price</th></tr><tr><td>Basic</td><td>10</td></tr></table>\n", []string{"What is it? = Basic, Price: 10"}},
		"cells of Markdown":          {"a.csv", "question,answer\nHow do I pay?,By **card**. See [our page](https://x.example/y).\nWhat is a [MASK]?,\"A token (see 2**3, a*b).\"\n", []string{"How do I pay? = By card. See our page.", "What is a [MASK]? = A token (see 2**3, a*b)."}},
		"line ends that are written": {"a.tsv", "Question\tAnswer\tSource\tMetadata\nHow do I pay?\tBy card.\\n\\n* Visa\tx\ty\nWhere is it?\tIn C:\\new on disk\tx\ty\n", []string{"How do I pay? = By card.\n* Visa", `Where is it? = In C:\new on disk`}},
		"joined letters":             {"a.csv", "question,answer\nIs the o\ufb03ce open?,For \ufb01ve hours.\n", []string{"Is the office open? = For five hours."}},

		"Markdown, front matter and comments": {"a.md", "---\ntitle: FAQ\ntags: [x]\n---\n\n[TOC]\n\n<!-- ask\nAnn -->\n## How do I pay?\nBy card.\n\n---\n", []string{card}},
		"Markdown, chapters":                  {"a.md", "# Help\n## Money\n### How do I pay?\nBy card.\n#### Note\nSoon.\n## When are you open?\nNine to five.\n", []string{"How do I pay? = By card.\nNote\nSoon.", hours}},
		"Markdown, parts of an answer":        {"a.md", "## How do I pay\n### Online\nBy card.\n", []string{"How do I pay = Online\nBy card."}},
		"Markdown, underlined":                {"a.md", "FAQ\n===\n\nHow do I pay?\n---\nBy card.\n", []string{card}},
		"Markdown, bold questions":            {"a.md", "# FAQ\n\n**How do I pay?**\n\nBy card.\n\n**When are you open?**\n\nNine to five.\n", []string{card, hours}},
		"Markdown, deep questions":            {"a.md", "# FAQ\n### How do I pay?\nBy card.\n### When are you open?\nNine to five.\n", []string{card, hours}},
		"Markdown, top questions":             {"a.md", "# How do I pay?\nBy card.\n# When are you open?\nNine to five.\n", []string{card, hours}},
		"Markdown, questions that open":       {"a.md", "<details>\n<summary>How do I pay?</summary>\n\nBy card.\n</details>\n<details><summary>When are you open?</summary>Nine to five.</details>\n", []string{card, hours}},
		"Markdown, lines of text":             {"a.md", "Q: How do I pay?\nA: By card.\n\nQ: When are you open?\nA: Nine to five.\n", []string{card, hours}},
		"Markdown, a table of questions":      {"a.md", "# FAQ\n\n| Question | Answer |\n|---|---|\n| How do I pay? | By **card**. |\n| When are you open? | Nine to five. |\n", []string{card, hours}},
		"Markdown, a table in an answer":      {"a.md", "## What is it?\n| Plan | Price |\n| :-- | --: |\n| Basic | £10 |\n", []string{"What is it? = Basic, Price: £10"}},
		"tildes of a friendly end stay":       {"a.csv", "question,answer\n怎么付?,亲~~微信支付~~都可以\nHow to pay?,By ~~cash~~ card.\n", []string{"怎么付? = 亲~~微信支付~~都可以", "How to pay? = By card."}},
		"Markdown, marks in a line":           {"a.md", "## How do I *pay*?\nBy ~~cash~~ _card_, see <https://x.example>.[^1]<br>Keep snake_case_names.\n![screen](a.png)\n- [x] Done\n", []string{"How do I pay? = By card, see https://x.example.\nKeep snake_case_names.\nDone"}},

		"articles of Zendesk":   {"a.json", `{"count":1,"articles":[{"id":36,"title":"How do I pay?","body":"<p>By card.</p>","locale":"en-us","draft":false,"section_id":5,"user_segment_id":null}]}`, []string{card}},
		"answers of Freshdesk":  {"a.json", `[{"id":1,"title":"How do I pay?","description":"<p>By card.</p>","description_text":"By card.","status":2}]`, []string{card}},
		"QnA Maker":             {"a.json", `{"qnaDocuments":[{"id":1,"answer":"By **card**.","questions":["How do I pay?","paying"],"metadata":[{"name":"category","value":"x"}]}]}`, []string{card}},
		"a list of objects":     {"a.json", `[{"question":"How do I pay?","answer":"By card."}]`, []string{card}},
		"objects one a line":    {"a.json", `{"question":"How do I pay?","answer":"By card."}` + "\n" + `{"question":"When are you open?","answer":"Nine to five."}`, []string{card, hours}},
		"text, Q and A":         {"a.txt", "Q: How do I pay?\nA: By card.\n\nQ: When are you open?\nA: Nine to five.\n", []string{card, hours}},
		"text, Chinese":         {"a.txt", gb(t, "问：怎么退货？\n答：七天内可退，请保留小票。\n"), []string{"怎么退货？ = 七天内可退，请保留小票。"}},
		"text, titles":          {"a.txt", "Money\n\nHow do I pay?\nBy card.\n\nTime\n\nWhen are you open?\n\nNine to five.\n", []string{card, hours}},
		"text, a table":         {"a.txt", "question\tanswer\nHow do I pay?\tBy card.\n", []string{card}},
		"text, a table, commas": {"a.txt", "How do I pay?,By card.\nWhen are you open?,Nine to five.\n", []string{card, hours}},
	} {
		got := Bytes(c.file, []byte(c.text), Into{Base: "b"})
		if len(got.Problems) > 0 || !reflect.DeepEqual(said(got.Entries), c.want) {
			t.Errorf("%s: %q, %v", name, said(got.Entries), got.Problems)
		}
	}
}

// TestNotForCallers: what a help desk keeps as a draft or for some people alone is not heard by callers.
func TestNotForCallers(t *testing.T) {
	t.Parallel()
	got := Bytes("a.json", []byte(`{"articles":[{"title":"a?","body":"x","draft":true},{"title":"b?","body":"y","user_segment_id":7},{"title":"c?","description":"z","description_text":"z","status":1}]}`), Into{Base: "b"})
	if len(got.Problems) > 0 || len(got.Entries) != 3 || got.Entries[0].State != "draft" || got.Entries[1].Audience != "agent" || got.Entries[2].State != "draft" {
		t.Errorf("%+v", got)
	}
	for name, text := range map[string]string{"no JSON": "{", "no question in it": `{"a":[1,"x",{"title":"only"}]}`} {
		if got := Bytes("a.json", []byte(text), Into{Base: "b"}); len(got.Problems) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
