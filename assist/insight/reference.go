package insight

import (
	"fmt"
	"strings"
)

// Reference is the table of all figures in Markdown, for the documentation.
func Reference() string {
	var b strings.Builder
	b.WriteString("| figure | what it is | formula |\n|---|---|---|\n")
	for _, d := range Definitions() {
		mark := ""
		if d.Machine {
			mark = " *"
		}
		fmt.Fprintf(&b, "| **%s**%s `%s`<br>%s | %s<br>%s | %s |\n", d.NameEn, mark, d.ID, d.NameZh, d.En, d.Zh, d.Formula)
	}
	return b.String()
}
