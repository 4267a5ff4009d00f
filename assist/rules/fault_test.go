package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/rules"
)

// TestFaultsHaveCodes: what is wrong with rules is said with a line and, from the part of the file to what is wrong, in codes.
func TestFaultsHaveCodes(t *testing.T) {
	t.Parallel()
	rule := func(rest string) string { return "version: 1\nrules:\n  - {id: x, text_en: a, " + rest + "}\n" }
	for name, c := range map[string]struct{ file, want string }{
		"yaml":     {"version: 1\nrules: [", "not-yaml"},
		"field":    {"version: 1\ncolour: red\n", "2: not-yaml"},
		"version":  {"version: 7\n", "1: version [7]"},
		"variable": {rule("when: said.angr > 0, do: [{tag: {name: a}}]"), "3: rule [x], unknown-name [1 said.angr"},
		"syntax":   {rule("when: 'turn.words >', do: [{tag: {name: a}}]"), "3: rule [x], condition-syntax"},
		"types":    {rule("when: 'turn.words > \"a\"', do: [{tag: {name: a}}]"), "3: rule [x], condition-types [12 >"},
		"result":   {rule("when: turn.words, do: [{tag: {name: a}}]"), "3: rule [x], gives [int bool]"},
		"action":   {rule("when: 'true', do: [{sing: {}}]"), "3: rule [x], action [sing"},
		"pattern":  {"version: 1\nwords:\n  mine: {en: ['~3 x']}\n", "3: words [mine], pattern-gap [~3 x]"},
		"scope":    {"version: 1\ncontext:\n  mine: {scope: page}\n", "3: context [mine], scope [page]"},
	} {
		_, err := rules.Compile([]byte(c.file))
		if err == nil {
			t.Errorf("%s is taken", name)
			continue
		}
		var said []string
		for _, s := range rules.SaidOf(err) {
			said = append(said, strings.TrimSuffix(fmt.Sprint(s.Code, " ", s.Args), " []"))
		}
		got := strings.Join(said, ", ")
		if line := rules.LineOf(err); line > 0 {
			got = fmt.Sprint(line, ": ", got)
		}
		if !strings.HasPrefix(got, c.want) && !strings.HasPrefix(got, "2: "+c.want) {
			t.Errorf("%s: %s (%v), want %s", name, got, err, c.want)
		}
	}
}
