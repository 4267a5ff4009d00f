package insight

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func TestCSV(t *testing.T) {
	t.Parallel()
	facts := anyFacts(rand.New(rand.NewPCG(2, 2)), 80)
	for i := range facts {
		facts[i].Name, facts[i].Agent = "=cmd|' /C calc'!A0", "p1"
	}
	q := month(t)
	q.By = ByAgent
	var b bytes.Buffer
	if err := WriteCSV(&b, Build(q, Data{Facts: facts, Topics: []Topic{{ID: "t1", Lang: "en", Name: "@evil"}}}), "zh"); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
	if err != nil || len(rows) < 30 {
		t.Fatal(len(rows), err)
	}
	seen := ""
	for _, row := range rows {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") {
				t.Errorf("a formula: %q", cell)
			}
		}
		seen += strings.Join(row, "|") + "\n"
	}
	if !strings.Contains(seen, "机器人解决率") || !strings.Contains(seen, "'@evil") {
		t.Errorf("%s", seen)
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	facts := anyFacts(rand.New(rand.NewPCG(3, 3)), 900)
	for i := range facts {
		if facts[i].Reason.Text != "" {
			facts[i].Reason.Text = `<script>alert(1)</script> "lost" card`
		}
	}
	day := noon.Format("2006-01-02")
	for _, lang := range []string{"en", "zh"} {
		q, err := ReportQuery(day, lang, options())
		if err != nil {
			t.Fatal(err)
		}
		v := Build(q, Data{Facts: facts, Topics: []Topic{{ID: "t1", Lang: "en"}, {ID: "t2", Lang: "en", Name: "Refunds & more"}}})
		var b bytes.Buffer
		if err := WriteReport(&b, v, lang, "https://parley.example/"); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		for _, no := range []string{"<script", "<link", "src=", "@import", "url(", "ZgotmplZ", "%!"} {
			if strings.Contains(page, no) {
				t.Errorf("%s: the report has %q", lang, no)
			}
		}
		for _, want := range []string{map[string]string{"en": "Resolved by the bot", "zh": "机器人解决率"}[lang], "Refunds &amp; more", `href="https://parley.example/insights?from=` + day, "&lt;script&gt;"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: no %q", lang, want)
			}
		}
		if dir := os.Getenv("PARLEY_SHOTS"); dir != "" {
			_ = os.WriteFile(dir+"/report-"+lang+".html", b.Bytes(), 0o600)
		}
	}
	q, err := ReportQuery(day, "en", options())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteReport(&b, Build(q, Data{}), "en", ""); err != nil || !strings.Contains(b.String(), "No call ended") || strings.Contains(b.String(), "href") {
		t.Errorf("an empty day: %v", err)
	}
}
