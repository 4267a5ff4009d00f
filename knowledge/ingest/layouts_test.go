package ingest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestLayouts has documents as people write them without thinking of a machine, and what is to be read of each.
func TestLayouts(t *testing.T) {
	t.Parallel()
	const card, hours, move = "How do I pay? = By card.", "When are you open? = Nine to five.", "Moving home = Tell us before."
	bold := func(text string) string { return "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>" + text + "</w:t></w:r></w:p>" }
	row := func(cells ...string) string {
		return "<w:tr><w:tc>" + para("", strings.Join(cells, "</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>")) + "</w:tc></w:tr>"
	}
	for name, c := range map[string]struct {
		file, text string
		want       []string
	}{
		"Word, bold questions":              {"a.docx", docx(t, para("", "Our shop")+bold("How do I pay?")+para("", "By card.")+bold("Moving home")+para("", "Tell us before.")), []string{card, move}},
		"Word, bold questions in chapters":  {"a.docx", docx(t, para("Heading1", "Shop")+bold("How do I pay?")+para("", "By card.")+para("Heading1", "Rest")+bold("Moving home")+para("", "Tell us before.")), []string{card, move}},
		"Word, bold words in an answer":     {"a.docx", docx(t, para("Heading2", "How do I pay?")+para("", "Like this:")+bold("Online")+para("", "By card.")+bold("In the shop")+para("", "In cash.")), []string{"How do I pay? = Like this:\nOnline\nBy card.\nIn the shop\nIn cash."}},
		"Word, a bold end of a line":        {"a.docx", docx(t, "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>How do I pay?</w:t></w:r><w:r><w:br/><w:t>By card.</w:t></w:r></w:p>"), []string{card}},
		"Word, a line end of XML in bold":   {"a.docx", docx(t, bold("How do\nI pay?")+para("", "By card.")), []string{card}},
		"Word, a heading over questions":    {"a.docx", docx(t, para("Heading1", "FAQ")+para("", "How do I pay?")+para("", "By card.")+para("", "When are you open?")+para("", "Nine to five.")), []string{card, hours}},
		"Word, a title like a chapter":      {"a.docx", docx(t, para("Heading1", "Our shop")+para("Heading1", "Money")+para("Heading2", "How do I pay?")+para("", "By card.")+para("Heading1", "Time")+para("Heading2", "When are you open?")+para("", "Nine to five.")), []string{card, hours}},
		"Word, numbered questions":          {"a.docx", docx(t, para("Heading1", "常见问题")+para("", "1、怎么退货？")+para("", "1、打开应用。")+para("", "2、点退货。")+para("", "2、怎么换货")+para("", "找客服。")), []string{"怎么退货？ = 1、打开应用。\n2、点退货。", "怎么换货 = 找客服。"}},
		"Word, steps that count":            {"a.docx", docx(t, para("", "1. How do I pay?")+para("", "1. Open the app.")+para("", "2. Click the card.")), []string{"How do I pay? = 1. Open the app.\n2. Click the card."}},
		"Word, questions in brackets":       {"a.docx", docx(t, para("", "【问】能开发票吗")+para("", "【答】可以。")+para("", "Question 2) Can I pay cash")+para("", "Answer: No.")), []string{"能开发票吗 = 可以。", "Can I pay cash = No."}},
		"Word, a table in an answer":        {"a.docx", docx(t, para("Heading2", "What does it cost?")+"<w:tbl>"+row("Plan", "Price", "Speed")+row("Fibre 1", "£29", "100 Mbps")+"</w:tbl>"), []string{"What does it cost? = Fibre 1, Price: £29, Speed: 100 Mbps"}},
		"Word, numbers that are no places":  {"a.docx", docx(t, para("Heading2", "1.5 GB, is it enough?")+para("", "Yes.")), []string{"1.5 GB, is it enough? = Yes."}},
		"page, bold questions":              {"a.html", "<h1>FAQ</h1><p><strong>How do I pay?</strong><br>By card.</p><p><b>Moving home</b></p><p>Tell us before.</p>", []string{card, move}},
		"page, chapters of questions":       {"a.html", "<h1>FAQ</h1><h2>Money</h2><p>How do I pay?</p><p>By card.</p><h2>Time</h2><p>When are you open?</p><p>Nine to five.</p>", []string{card, hours}},
		"page, answers a script opens":      {"a.html", `<div class="faq-item"><div onclick="t()">How do I pay?</div><div style="display:none">By card.</div></div><button class="accordion">When are you open?</button><div class="panel" style="display: none"><p>Nine to five.</p></div>`, []string{card, hours}},
		"page, buttons that ask":            {"a.html", `<button class="btn">Sign in</button><button class="btn">How do I pay?</button><p>By card.</p><button data-bs-toggle="collapse">Moving home</button><p>Tell us before.</p>`, []string{card, move}},
		"page, a hidden note in an FAQ":     {"a.html", `<div class="faq"><h2>How do I pay?</h2><p>By card.</p><p hidden>Say nothing.</p></div>`, []string{card}},
		"page, hidden text under a heading": {"a.html", `<h2>How do I pay?</h2><p hidden>Say nothing.</p><p>By card.</p>`, []string{card}},
		"page, an article and what is around it": {"a.html", `<main><article><header><h1>How do I pay?</h1><ul><li>3 months ago</li><li>Updated</li></ul><button>Follow</button></header><p>By card.</p><h2>Fees</h2><p>None.</p>
			<footer><div class="article-votes"><span>Was this article helpful?</span><button>Yes</button></div><div>Have more questions? <a href="/r">Submit a request</a></div></footer>
			<section class="article-relatives"><h3>Related articles</h3><ul><li><a href="/2">How do refunds work?</a></li></ul></section></article></main>`, []string{"How do I pay? = By card.\nFees\nNone."}},
		"page, questions answered elsewhere": {"a.html", `<h3>1. 如何退货？</h3><p>找客服。</p><p>以上内容是否有帮助？ 有 没有</p><div>热门问题<ul><li><a href="/2">如何改密码？</a></li><li><a href="/3">如何开发票？</a></li></ul></div><p>京ICP备12345号</p>`, []string{"如何退货？ = 找客服。"}},
	} {
		got := Bytes(c.file, []byte(c.text), Into{Base: "b"})
		if len(got.Problems) > 0 || !reflect.DeepEqual(said(got.Entries), c.want) {
			t.Errorf("%s: %q, %v", name, said(got.Entries), got.Problems)
		}
	}
}

// TestListOfQuestions: a list of what else is asked is no question with a question for its answer, and does not refuse the page.
func TestListOfQuestions(t *testing.T) {
	t.Parallel()
	page := `<div class="help"><h3>如何退货？</h3><p>点击申请退货。</p></div><div class="hot">热门问题<ul>%s</ul></div>`
	for _, n := range []int{2, 3, 4} {
		got := Bytes("a.html", []byte(fmt.Sprintf(page, strings.Repeat("<li>如何开发票？</li>", n))), Into{Base: "b"})
		if len(got.Problems) > 0 || len(got.Entries) != 1 || !slices.Equal(notes(got), []string{"furniture", "left"}) {
			t.Errorf("%d questions: %q, %v, %v", n, said(got.Entries), got.Problems, got.Notes)
		}
	}
	got := Bytes("a.md", []byte("# FAQ\n\n## Greeting\n\nHow may I help you?\n\n## Payment\n\nCan I pay by card?\n\nYes.\n"), Into{Base: "b"})
	if len(got.Entries) == 0 || len(got.Problems) > 0 {
		t.Errorf("%q, %v", said(got.Entries), got.Problems)
	}
}
