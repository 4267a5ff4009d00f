package sheet_test

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/sheet"
)

func TestCell(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "plain": "plain", "-0.5": "-0.5", "3": "3", "=A1": "'=A1", " =A1": "' =A1", "+86 10": "'+86 10", "+8610": "'+8610", "-A1": "'-A1", "@x": "'@x",
		"\tx": "'\tx", "\rx": "'\rx", "＝A1": "'＝A1", "a=b": "a=b", "你好": "你好", "\ufeff=A1": "'\ufeff=A1", "|cmd": "'|cmd",
		"=HYPERLINK(\"http://x\")": "'=HYPERLINK(\"http://x\")", "-1+2": "'-1+2", "@SUM(A1)": "'@SUM(A1)", " \t=1": "' \t=1", "\u3000=1": "'\u3000=1",
	} {
		if got := sheet.Cell(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// FuzzCell: whatever a caller says, no cell begins like a formula, also behind spaces, and nothing is lost.
func FuzzCell(f *testing.F) {
	f.Add("=1")
	f.Add("\u3000+x")
	f.Add("\r\n+cmd|' /C calc'!A0")
	f.Fuzz(func(t *testing.T, in string) {
		got := sheet.Cell(in)
		if !strings.HasSuffix(got, in) {
			t.Fatalf("%q became %q", in, got)
		}
		if first := strings.TrimLeft(got, " \u00a0\u3000\ufeff"); first != "" && strings.ContainsRune("=+@\t\r", rune(first[0])) {
			t.Fatalf("%q stayed a formula: %q", in, got)
		}
	})
}
