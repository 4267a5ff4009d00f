package redact

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// What everybody knows by name is nobody's, unless a person is named or a password asked for.
func TestBrands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked, text, private string
		who                  call.Party
		want                 string
	}{
		{"", "I've got Petplan for him", "Petplan", call.Caller, "I've got Petplan for him"},
		{"", "I've got Petfield for him", "Petfield", call.Caller, "I've got [name] for him"},
		{"", "it's the Kia Picanto", "Kia Picanto", call.Caller, "it's the Kia Picanto"},
		{"", "it's the Bosch KGN33", "Bosch KGN33", call.Caller, "it's the Bosch KGN33"},
		{"", "床垫 慕思的", "慕思的", call.Agent, "床垫 慕思的"},
		{"", "is that Harry Hall or cheaper?", "Harry Hall", call.Caller, "is that Harry Hall or cheaper?"},
		{"", "ask my neighbour Harry Hall", "Harry Hall", call.Caller, "ask my neighbour [name]"},
		{"", "it was our Zara who rang", "Zara", call.Caller, "it was our [name] who rang"},
		{"", "Claire's card has gone missing", "Claire's", call.Caller, "[name] card has gone missing"},
		{"", "那天去的 张爱玲", "张爱玲", call.Caller, "那天去的 [name]"},
		{"", "I bought it at Costa", "Costa", call.Caller, "I bought it at Costa"},
		{"What is your surname?", "Costa", "Costa", call.Caller, "[name]"},
		{"What is your name?", "Harry Hall", "Harry Hall", call.Caller, "[name]"},
		{"What is your password?", "netflix", "netflix", call.Caller, "[secret]"},
	} {
		m := &scripted{private: c.private, sure: 2}
		s := Session{Sense: NewSense(map[string]Tagger{"en": m, "zh": m})}
		if c.asked != "" {
			s.Heard(call.Agent, c.asked)
		}
		if got, _ := s.Text(c.who, c.text); got != c.want {
			t.Errorf("%q, asked %q: %q, want %q", c.text, c.asked, got, c.want)
		}
	}
}

// Each line of the table is a name as texts are looked through for it, once. What is a given name, too, is marked as such.
func TestBrandTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for line := range strings.SplitSeq(brandText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		name, personal := strings.CutPrefix(line, "~")
		if person := strings.TrimSuffix(name, "'s"); !personal && (given()[person] || more()[person]) {
			t.Errorf("%q is a given name", line)
		}
		if name != strings.ToLower(strings.TrimSpace(name)) || len(strings.Fields(name)) > mostBrand || seen[name] {
			t.Errorf("%q", line)
		}
		seen[name] = true
		if is, _ := brandIn(name); !is {
			t.Errorf("%q is not found", name)
		}
	}
}
