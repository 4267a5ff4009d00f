package ingest

import (
	"fmt"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"github.com/parley-voice/parley/knowledge"
)

// said are the questions and answers of entries.
func said(entries []knowledge.Entry) (out []string) {
	for _, e := range entries {
		out = append(out, e.Question+" = "+e.Answer)
	}
	return out
}

// notes are the kinds of the notes, each once, in their order.
func notes(r Result) (out []string) {
	for _, n := range r.Notes {
		if !slices.Contains(out, n.Kind) {
			out = append(out, n.Kind)
		}
	}
	return out
}

func western1252(t *testing.T, s string) string {
	t.Helper()
	out, err := charmap.Windows1252.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestAsPeopleKeepThem has files as other programs and their users leave them, and what is to be read of each.
func TestAsPeopleKeepThem(t *testing.T) {
	t.Parallel()
	const card, hours = "How do I pay? = By card.", "When are you open? = Nine to five."
	cell := func(s string) string {
		return "<w:tc>" + para("", s) + "</w:tc>"
	}
	tr := func(cells ...string) string {
		out := "<w:tr>"
		for _, c := range cells {
			out += cell(c)
		}
		return out + "</w:tr>"
	}
	for name, c := range map[string]struct {
		file, text string
		want       []string
		notes      []string
	}{
		"a title above the columns":     {"a.csv", "Customer FAQ,,\n,,\nQuestion,Answer,Owner\nHow do I pay?,By card.,Ann\n", []string{card}, []string{"left"}},
		"two cells above the columns":   {"a.csv", "Exported,2026-01-01\nQuestion,Answer\nHow do I pay?,By card.\n", []string{card}, []string{"left"}},
		"columns that must be filled":   {"a.csv", "问题*,答案（必填）,Similar Questions (optional)\nHow do I pay?,By card.,card\n", []string{card}, nil},
		"the separator in a line":       {"a.csv", "sep=;\r\nquestion;answer\r\nHow do I pay?;By card.\r\n", []string{card}, nil},
		"another separator":             {"a.csv", "sep=^\nquestion^answer\nHow do I pay?^By card.\n", []string{card}, nil},
		"the columns on every page":     {"a.csv", "question,answer\nHow do I pay?,By card.\nquestion,answer\nWhen are you open?,Nine to five.\n", []string{card, hours}, nil},
		"Excel in the West":             {"a.csv", western1252(t, "question,answer\nWhat’s the price?,It’s £5 – or €6.\n"), []string{"What’s the price? = It’s £5 – or €6."}, nil},
		"a table in Word":               {"a.docx", docx(t, para("Title", "Our shop")+"<w:tbl>"+tr("No.", "Question", "Answer")+tr("1", "How do I pay?", "By card.")+tr("2", "When are you open?", "Nine to five.")+"</w:tbl>"), []string{card, hours}, []string{"left"}},
		"a table in Word without names": {"a.docx", docx(t, para("", "Welcome.")+"<w:tbl>"+tr("How do I pay?", "By card.")+tr("When are you open?", "Nine to five.")+"</w:tbl>"), []string{card, hours}, []string{"left"}},
		"Word, cells that go on": {"a.docx", docx(t, "<w:tbl>"+tr("Question", "Answer")+
			`<w:tr><w:tc><w:p><w:r><w:t>How do I pay?</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>`+para("", "By card.")+"</w:tc></w:tr>"+
			`<w:tr><w:tc><w:p><w:r><w:t>Do you take cards?</w:t></w:r></w:p></w:tc><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>`), []string{card, "Do you take cards? = By card."}, nil},
		"Word, two paragraphs in a cell": {"a.docx", docx(t, "<w:tbl>"+tr("Question", "Answer")+"<w:tr>"+cell("How do I pay?")+"<w:tc>"+para("", "By card.")+para("", "Or cash.")+"</w:tc></w:tr></w:tbl>"), []string{"How do I pay? = By card.\nOr cash."}, nil},
		"Word, moved and hidden text": {"a.docx", docx(t, para("Heading2", "How do I pay?")+`<w:p><w:moveFrom><w:r><w:t>Not here.</w:t></w:r></w:moveFrom></w:p>`+para("", "By card.")+
			`<w:p><w:moveTo><w:r><w:t>Here.</w:t></w:r></w:moveTo></w:p><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>Secret.</w:t></w:r></w:p>`), []string{"How do I pay? = By card.\nHere."}, []string{"left"}},
		"Word, a text box": {"a.docx", docx(t, para("Heading2", "How do I pay?")+`<w:p><w:r><w:AlternateContent><w:Choice><w:txbxContent>`+para("", "By card.")+`</w:txbxContent></w:Choice><w:Fallback><w:txbxContent>`+para("", "By card.")+`</w:txbxContent></w:Fallback></w:AlternateContent></w:r></w:p>`), []string{card}, nil},
		"Word, styles called by numbers": {"a.docx", zipped(t, map[string]string{
			"word/styles.xml":   `<w:styles xmlns:w="w"><w:style w:styleId="2"><w:name w:val="heading 1"/></w:style><w:style w:styleId="3"><w:name w:val="heading 2"/></w:style><w:style w:styleId="x"><w:name w:val="House"/><w:basedOn w:val="3"/></w:style><w:style w:styleId="5"><w:name w:val="Normal (Web)"/></w:style></w:styles>`,
			"word/document.xml": `<w:document xmlns:w="w"><w:body>` + para("2", "Our shop") + para("3", "How do I pay?") + para("5", "By card.") + para("x", "When are you open?") + para("5", "Nine to five.") + `</w:body></w:document>`,
		}), []string{card, hours}, nil},
		"Word, chapters of chapters":            {"a.docx", docx(t, para("Title", "All")+para("Heading1", "Shop")+para("Heading2", "How do I pay?")+para("", "By card.")+para("Heading1", "Hours")+para("Heading2", "When are you open?")+para("", "Nine to five.")), []string{card, hours}, nil},
		"a question with parts":                 {"a.html", "<h2>How do I pay?</h2><h3>Online</h3><p>By card.</p><h2>When are you open?</h2><p>Nine to five.</p>", []string{"How do I pay? = Online\nBy card.", hours}, nil},
		"a table of a page":                     {"a.html", "<h1>FAQ</h1><table><tr><th>Question<th>Answer<tr><td>How do I pay?<td rowspan=2>By card.<tr><td>Do you take cards?</table>", []string{card, "Do you take cards? = By card."}, nil},
		"headings within headers of articles":   {"a.html", `<header><h1>Shop</h1></header><div class="site-nav"><h2>Where to?</h2><p>Home</p></div><main><article><header><h2>How do<br>I pay?</h2></header><p>By card.</p></article></main><footer><p>Contact</p></footer>`, []string{card}, nil},
		"navigation by its name":                {"a.html", `<div class="site-nav"><h2>Where to?</h2><p>Home</p></div><div><h2>How do I pay?</h2><p>By card.</p></div><div id="cookie-banner"><p>Is that all right?</p><p>Yes</p></div>`, []string{card}, []string{"furniture"}},
		"names of what a page has":              {"a.html", `<div class="page has-sidebar no-footer"><h2>How do I pay?</h2><p>By card.</p></div>`, []string{card}, nil},
		"answers that open":                     {"a.html", `<button aria-expanded="false" aria-controls="a1">How do I pay?</button><div id="a1" hidden><p>By card.</p></div><h3><button aria-expanded="false" aria-controls="a2">When are you open?</button></h3><div id="a2" style="display: none">Nine to five.</div>`, []string{card, hours}, nil},
		"questions declared for search engines": {"a.html", `<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":["FAQPage"],"mainEntity":[{"@type":"Question","name":"How do I pay?","acceptedAnswer":{"@type":"Answer","text":"<p>By <b>card</b>.</p>"}},{"@type":"Question","name":"When are you open?","acceptedAnswer":[{"text":"Nine to five."}]}]}]}</script><div>tiles</div>`, []string{card, hours}, nil},
		"fewer declared than shown":             {"a.html", `<script type="application/ld+json">{"@type":"FAQPage","mainEntity":{"@type":"Question","name":"How do I pay?","acceptedAnswer":{"text":"Somehow."}}}</script><h2>How do I pay?</h2><p>By card.</p><h2>When are you open?</h2><p>Nine to five.</p>`, []string{card, hours}, nil},
	} {
		got := Bytes(c.file, []byte(c.text), Into{Base: "b"})
		if len(got.Problems) > 0 || !reflect.DeepEqual(said(got.Entries), c.want) {
			t.Errorf("%s: %q, %v", name, said(got.Entries), got.Problems)
		}
		if c.notes != nil && !reflect.DeepEqual(notes(got), c.notes) {
			t.Errorf("%s: notes %+v", name, got.Notes)
		}
	}
}

// para is a paragraph of a Word document.
func para(style, text string) string {
	if style != "" {
		style = `<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`
	}
	return "<w:p>" + style + "<w:r><w:t>" + text + "</w:t></w:r></w:p>"
}

// TestWorkbook reads a workbook as a company keeps it: several sheets, a title over merged cells, one answer for two questions, days as days
// whatever they look like, a hidden sheet and one that is no FAQ.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	defer f.Close()
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	set := func(sheet, cell string, v any) { t.Helper(); do(f.SetCellValue(sheet, cell, v)) }
	do(f.SetSheetName("Sheet1", "Cards"))
	for _, s := range []string{"Shop", "Old", "Notes", "Empty"} {
		_, err := f.NewSheet(s)
		do(err)
	}
	for cell, v := range map[string]any{
		"A1": "Cards of the bank", "A3": "Question", "B3": "Answer", "C3": "Valid until", "D3": "Category",
		"A4": "How do I block a card?", "B4": "Call us.", "C4": time.Date(2031, 5, 4, 0, 0, 0, 0, time.UTC), "D4": "lost",
		"A5": "My card was stolen", "C5": "2031-05-04 18:30", "A6": "How much is it?", "B6": 12.5, "C6": "长期",
	} {
		set("Cards", cell, v)
	}
	do(f.MergeCell("Cards", "A1", "D1"))
	do(f.MergeCell("Cards", "B4", "B5"))
	do(f.MergeCell("Cards", "D4", "D6"))
	american, err := f.NewStyle(&excelize.Style{CustomNumFmt: ptr("m/d/yy")})
	do(err)
	do(f.SetCellStyle("Cards", "C4", "C4", american))
	set("Shop", "A1", "问题")
	set("Shop", "B1", "答案")
	set("Shop", "A2", "怎么退货？")
	set("Shop", "B2", "七天内可以退。")
	set("Old", "A1", "question")
	set("Old", "B1", "answer")
	set("Old", "A2", "Old?")
	set("Old", "B2", "Old.")
	do(f.SetSheetVisible("Old", false))
	set("Notes", "A1", "Ask Ann before you change anything")
	raw, err := f.WriteToBuffer()
	do(err)
	zone := time.FixedZone("there", 8*3600)
	got := Bytes("faq.xlsx", raw.Bytes(), Into{Base: "b", Zone: zone})
	if len(got.Problems) > 0 {
		t.Fatal(got.Problems)
	}
	if want := []string{"How do I block a card? = Call us.", "My card was stolen = Call us.", "How much is it? = 12.5", "怎么退货？ = 七天内可以退。"}; !reflect.DeepEqual(said(got.Entries), want) {
		t.Errorf("%q", said(got.Entries))
	}
	if want := []string{"faq.xlsx sheet Cards row 4", "faq.xlsx sheet Cards row 5", "faq.xlsx sheet Cards row 6", "faq.xlsx sheet Shop row 2"}; !reflect.DeepEqual(got.Places, want) {
		t.Errorf("%q", got.Places)
	}
	e := got.Entries
	if !e[0].Until.Equal(time.Date(2031, 5, 5, 0, 0, 0, 0, zone)) || !e[1].Until.Equal(time.Date(2031, 5, 4, 18, 30, 0, 0, zone)) || !e[2].Until.IsZero() || e[2].Category != "lost" {
		t.Errorf("%+v", e[:3])
	}
	left := ""
	for _, n := range got.Notes {
		left += n.Where + "|" + n.Text + "\n"
	}
	for _, want := range []string{"sheet Cards row 1|above", "sheet Old|the sheet is hidden", "sheet Notes|the sheet names no columns"} {
		if !strings.Contains(left, want) {
			t.Errorf("not told: %s in\n%s", want, left)
		}
	}
}

func ptr[T any](v T) *T { return &v }

// TestInForce reads from when until when an entry is in force, in the zone of whoever imports.
func TestInForce(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("there", 8*3600)
	at := func(y, m, d, h, min int) time.Time { return time.Date(y, time.Month(m), d, h, min, 0, 0, zone) }
	for name, c := range map[string]struct {
		from, until string
		wantFrom    time.Time
		wantUntil   time.Time
		why         string
	}{
		"days":                   {"2031-01-02", "2031-12-31", at(2031, 1, 2, 0, 0), at(2032, 1, 1, 0, 0), ""},
		"days with a time":       {"2031/1/2 9:00", "2031.12.31 18:00", at(2031, 1, 2, 9, 0), at(2031, 12, 31, 18, 0), ""},
		"Chinese days":           {"2031年1月2日", "2031年12月31日 18时00分", at(2031, 1, 2, 0, 0), at(2031, 12, 31, 18, 0), ""},
		"months in words":        {"2 Jan 2031", "December 31, 2031", at(2031, 1, 2, 0, 0), at(2032, 1, 1, 0, 0), ""},
		"a zone of its own":      {"2031-01-02T00:00:00Z", "", time.Date(2031, 1, 2, 0, 0, 0, 0, time.UTC), time.Time{}, ""},
		"a day that must be one": {"", "31/12/2031", time.Time{}, at(2032, 1, 1, 0, 0), ""},
		"none":                   {"", "永久", time.Time{}, time.Time{}, ""},
		"day or month":           {"", "01/02/2031", time.Time{}, time.Time{}, "in more than one way"},
		"no day at all":          {"", "31.2.2031", time.Time{}, time.Time{}, "no day of the calendar"},
		"no date":                {"", "next week", time.Time{}, time.Time{}, "no date"},
		"the end first":          {"2031-12-31", "2031-01-02", time.Time{}, time.Time{}, "before it begins"},
	} {
		quoted := func(s string) string { return `"` + s + `"` }
		for _, text := range []string{
			"question,answer,valid_from,有效期至\nWhat is it?,It is.," + quoted(c.from) + "," + quoted(c.until) + "\n",
			"question\tanswer\teffective from\texpiry date\nWhat is it?\tIt is.\t" + c.from + "\t" + c.until + "\n",
		} {
			got := Bytes("a.csv", []byte(text), Into{Base: "b", Zone: zone})
			if c.why != "" {
				if len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Why, c.why) || got.Problems[0].Where != "a.csv row 2" {
					t.Errorf("%s: %+v", name, got)
				}
				continue
			}
			if len(got.Entries) != 1 || !same(got.Entries[0].From, c.wantFrom) || !same(got.Entries[0].Until, c.wantUntil) {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
	for name, file := range map[string][2]string{
		"JSON lines":         {"a.jsonl", `{"question":"What is it?","answer":"It is.","valid_until":"2031-12-31"}`},
		"what export writes": {"a.jsonl", `{"question":"What is it?","answer":"It is.","until":"2031-12-31T16:00:00Z","version":7}`},
		"Markdown":           {"a.md", "## What is it?\nValid until: 2031-12-31\nIt is.\n"},
	} {
		got := Bytes(file[0], []byte(file[1]), Into{Base: "b", Zone: zone})
		if len(got.Entries) != 1 || !same(got.Entries[0].Until, at(2032, 1, 1, 0, 0)) || got.Entries[0].Answer != "It is." {
			t.Errorf("%s: %+v", name, got)
		}
	}
	got := Bytes("a.csv", []byte("question,answer,expires\nAre you open at Christmas?,No.,2020-12-31\n"), Into{Base: "b"})
	if len(got.Entries) != 1 || !reflect.DeepEqual(notes(got), []string{"dates"}) {
		t.Errorf("ended: %+v", got)
	}
	got = Bytes("a.md", []byte("## 几点可以打电话？\n截止时间：每天17:00。\n"), Into{Base: "b"})
	if len(got.Entries) != 1 || got.Entries[0].Answer != "截止时间：每天17:00。" {
		t.Errorf("an answer that begins like a field: %+v", got)
	}
}

// same reports whether t is the time want; nil and the zero time are none.
func same(t *time.Time, want time.Time) bool {
	return want.IsZero() && !knowledge.IsTime(t) || t != nil && t.Equal(want)
}

func TestErrorsOfFormulas(t *testing.T) {
	t.Parallel()
	got := Bytes("a.csv", []byte("question,answer\nWhat is it?,#REF!\n"), Into{Base: "b"})
	if len(got.Entries) > 0 || len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Why, "error of a formula (#REF!)") {
		t.Errorf("%+v", got)
	}
}

// TestBesideStored notes what a file asks nearly as the base does that it goes into.
func TestBesideStored(t *testing.T) {
	t.Parallel()
	stored := []knowledge.Entry{
		{ID: "1", Base: "b", Question: "How long may I return shoes I bought", Answer: "14 days.", Lang: "en"},
		{ID: "2", Base: "b", Question: "Where is the shop in the old town", Answer: "At the market.", Lang: "en"},
		{ID: "3", Base: "other", Question: "Who pays for parcels that come back", Answer: "You.", Lang: "en"},
	}
	b := Join([]Result{
		Bytes("a.csv", []byte("id,question,answer\n9,How long may I return the shoes I bought,7 days.\n2,Where is the shop in old town,In the station.\n"), Into{Base: "b"}),
		Bytes("b.csv", []byte("id,question,answer\n8,Who pays for parcels that come back,We do.\n7,Who pays for the parcels that come back,You do.\n"), Into{Base: "b"}),
	})
	b.Compare(stored)
	var got []string
	for _, n := range b.Notes {
		got = append(got, n.Kind+" "+n.Where)
	}
	if want := []string{"numbers a.csv row 2", "near b.csv row 3"}; !reflect.DeepEqual(got, want) || !strings.Contains(b.Notes[0].Text, "the base answers 14") {
		t.Errorf("%+v", b.Notes)
	}
}

// TestPDFLayout reads a PDF whose lines are broken, whose pages say who made them, and whose questions are headings.
func TestPDFLayout(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("no pdftotext: apt-get install poppler-utils")
	}
	page := func(lines ...string) []string {
		return append([]string{"Bank of Examples, customer service"}, lines...)
	}
	got := Bytes("a.pdf", []byte(onePage(
		page("How do I change the address that my", "cards are sent to?", "Sign in and open your profile. The new", "address counts from the next day on."),
		page("What does it cost?", "It costs five euros a month."),
		page("When are you open?", "From nine to five on every day."),
	)), Into{Base: "b"})
	want := []string{
		"How do I change the address that my cards are sent to? = Sign in and open your profile. The new address counts from the next day on.",
		"What does it cost? = It costs five euros a month.", "When are you open? = From nine to five on every day.",
	}
	if len(got.Problems) > 0 || !reflect.DeepEqual(said(got.Entries), want) || !reflect.DeepEqual(notes(got), []string{"furniture"}) || got.Places[2] != "a.pdf page 3" {
		t.Errorf("%q, %v, %+v", said(got.Entries), got.Places, got)
	}
}

// twoOf is a page of two columns as pdftotext tells of it when it takes their lines for one: each line is words of the left and of the right column.
func twoOf(rows [][2]string) []byte {
	var b strings.Builder
	b.WriteString(`<html><body><doc><page width="600" height="800"><flow><block>`)
	for i, row := range rows {
		fmt.Fprintf(&b, `<line xMin="50" yMin="%d" xMax="550" yMax="%d">`, 100+20*i, 112+20*i)
		for k, text := range row {
			x := 50 + 270*k
			for _, w := range strings.Fields(text) {
				fmt.Fprintf(&b, `<word xMin="%d" yMin="%d" xMax="%d" yMax="%d">%s</word>`, x, 100+20*i, x+6*len(w), 112+20*i, w)
				x += 6*len(w) + 4
			}
		}
		b.WriteString("</line>")
	}
	b.WriteString(`</block></flow></page></doc></body></html>`)
	return []byte(b.String())
}

func TestColumnsOfPDF(t *testing.T) {
	t.Parallel()
	pages, err := readLayout(twoOf([][2]string{
		{"How do I pay the bill", "When are you open on a day"}, {"that you have sent to me?", "that is a holiday?"},
		{"By card, or at any bank.", "From ten to four, all year."},
	}))
	if err != nil || len(pages) != 1 {
		t.Fatal(pages, err)
	}
	c := &collector{file: "a.pdf", unit: "page", into: Into{Base: "b"}, questions: map[string]int{}, ids: map[string]string{}}
	c.document(paragraphsOf(c.withoutFurniture(pages)))
	want := []string{
		"How do I pay the bill that you have sent to me? = By card, or at any bank.",
		"When are you open on a day that is a holiday? = From ten to four, all year.",
	}
	if len(c.problems) > 0 || !reflect.DeepEqual(said(c.entries), want) {
		t.Errorf("%q, %v", said(c.entries), c.problems)
	}
}

// TestTableOfPDF reads the rows of a table, whose parts pdftotext tells of as lines of their own, and takes out what stands at the edge of both pages.
func TestTableOfPDF(t *testing.T) {
	t.Parallel()
	line := func(x, y int, text string) string {
		return fmt.Sprintf(`<block><line><word xMin="%d" yMin="%d" xMax="%d" yMax="%d">%s</word></line></block>`, x, y, x+6*len(text), y+12, text)
	}
	page := func(lines ...string) string {
		return `<page width="600" height="800"><flow>` + line(50, 20, "Bank-of-Examples") + strings.Join(lines, "") + "</flow></page>"
	}
	pages, err := readLayout([]byte("<doc>" + page(line(50, 100, "Cost?"), line(50, 140, "Plan"), line(200, 140, "Price"), line(50, 160, "Basic"), line(195, 160, "10-euros")) +
		page(line(50, 100, "Hours?"), line(50, 120, "Nine-to-five.")) + "</doc>"))
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{file: "a.pdf", unit: "page", into: Into{Base: "b"}, questions: map[string]int{}, ids: map[string]string{}}
	c.document(paragraphsOf(c.withoutFurniture(pages)))
	if want := []string{"Cost? = Basic, Price: 10-euros", "Hours? = Nine-to-five."}; len(c.problems) > 0 || !reflect.DeepEqual(said(c.entries), want) {
		t.Errorf("%q, %v", said(c.entries), c.problems)
	}
}

// TestBoldInPDF: questions in bold, as large as the answers, are questions; a bold line within a sentence is none.
func TestBoldInPDF(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"pdftotext", "pdftohtml"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip("no " + program + ": apt-get install poppler-utils")
		}
	}
	got := Bytes("a.pdf", []byte(onePage([]string{"**How do I pay?", "By card.", "**Moving home", "Tell us two weeks before you move, so that we", "**can send a technician on the very same day to", "your new address.", "**The router is red", "Restart it."})), Into{Base: "b"})
	want := []string{
		"How do I pay? = By card.", "Moving home = Tell us two weeks before you move, so that we can send a technician on the very same day to your new address.",
		"The router is red = Restart it.",
	}
	if len(got.Problems) > 0 || !reflect.DeepEqual(said(got.Entries), want) {
		t.Errorf("%q, %v", said(got.Entries), got.Problems)
	}
}
