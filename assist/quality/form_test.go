package quality

import (
	"os"
	"strings"
	"testing"
)

func TestParseProblems(t *testing.T) {
	t.Parallel()
	const head = "form: t\nversion: 1\nlanguages: [en]\nquestions:\n"
	for _, c := range []struct{ form, want string }{
		{"", "one form per file"},
		{"form: [", "line"},
		{"- a\n", "must be a list of KEY: VALUE"},
		{"form: t\n", "no questions"},
		{"form: t\nlanguages: [fr]\nquestions: []\n", `language "fr"`},
		{head + "  - id: a b\n    text_en: x\n", "line 5: question id"},
		{head + "  - id: a\n", "line 5: question a has no text"},
		{head + "  - id: a\n    text_zh: 是否问好\n", "line 5: question a has no text_en"},
		{head + "  - id: a\n    text_en: x\n    weight: heavy\n", "line 7: weight must be a number"},
		{head + "  - id: a\n    text_en: x\n    weight: -1\n", "line 7: weight -1"},
		{head + "  - id: a\n    text_en: x\n    weight: .nan\n", "line 7"},
		{head + "  - id: a\n    text_en: x\n    auto_fail: perhaps\n", "line 7: auto_fail must be true or false"},
		{head + "  - id: a\n    text_en: x\n    type: stars\n", "give yes_no, scale or several"},
		{head + "  - id: a\n    text_en: x\n    colour: red\n", `line 7: a question: "colour" is not known`},
		{head + "  - id: a\n    text_en: x\n    section: s\n", `section "s", which the form lacks`},
		{head + "  - id: a\n    text_en: x\n  - id: a\n    text_en: y\n", "line 7: question a is there twice"},
		{head + "  - id: a\n    text_en: x\n    weight: 0\n", "all weights are 0"},
		{head + "  - id: a\n    text_en: x\n    hints: [a]\n", "line 7: hints"},
		{head + "  - id: a\n    text_en: x\n    fail_on: na\n", "fail_on"},
		{strings.Repeat("#", maxForm+1), "split it"},
	} {
		if _, err := Parse([]byte(c.form)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want one with %q", c.form[:min(len(c.form), 200)], err, c.want)
		}
	}
	if _, unknown, err := ParseKnown([]byte(head + "  - id: a\n    text_en: x\n    colour: red\n")); err != nil || len(unknown) != 1 || unknown[0].Line != 7 {
		t.Errorf("unknown keys: %v, %v", unknown, err)
	}
}

func TestParseLabels(t *testing.T) {
	t.Parallel()
	got, err := ParseLabels([]byte("\ufeffrater\tcall\tanswer\tquestion\r\nx\tc1\tN/A\tq\r\n\r\ny\tc1\tcannot tell\tq\r\n"))
	if err != nil || len(got) != 2 || got[0] != (Label{"c1", "q", NA, "x", 2}) || got[1].Answer != CannotTell {
		t.Errorf("got %v, %v", got, err)
	}
}

func FuzzForm(f *testing.F) {
	for _, g := range golden {
		raw, err := os.ReadFile("testdata/" + g.dir + "/form.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, "Did you say 5 pounds?")
	}
	f.Add([]byte(oneQuestion("If x before y, did the agent z?", "如果甲，在乙之前是否丙")), "三点五元，百分之八")
	f.Add([]byte("a: &a [*a]\n<<: 1\n"), "\xff\xfe’…")
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		form, _, err := ParseKnown(raw)
		if err != nil {
			return
		}
		c := dialogue("A: "+text, "C: "+text, "A: yes", "F: "+text)
		card, err := New(Options{}).Judge(t.Context(), form, c)
		if err != nil || len(card.Answers) != len(form.Questions) {
			t.Fatalf("%v", err)
		}
		checkEvidence(t, c, card)
	})
}
