package entity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-voice/parley/nlu/entity"
)

// Days and times are found as they are said; what only sounds alike is not.
func TestWhen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"I ordered on the 3rd of March, around half past three": "date:the 3rd of March, time:half past three",
		"November the twenty-eighth, twenty twenty-six":         "date:November the twenty-eighth, twenty twenty-six",
		"fly on 28 November 2026 at 10:30 am":                   "date:28 November 2026, time:10:30 am",
		"on 14/03/2026 or 2026-03-14":                           "date:14/03/2026, date:2026-03-14",
		"no, the fourteenth":                                    "date:the fourteenth=14",
		"by the 21st please":                                    "date:the 21st=21",
		"next Tuesday afternoon, or tomorrow at 5 pm":           "day:next Tuesday afternoon, day:tomorrow, time:5 pm",
		"at three in the afternoon":                             "time:three in the afternoon",
		"three o'clock on Monday":                               "time:three o'clock, day:Monday",
		"I lost it this morning":                                "day:this morning",
		"the second one, the third floor, my first call":        "",
		"the second may be broken, I may first ask":             "",
		"which one am I, five to ten of them, version 1.2.3.4":  "",
		"it was 12.50, ratio 3:2":                               "",
		"我三月十四号下午三点半到":                                          "date:三月十四号, time:下午三点半",
		"2026年3月14日，今天下午两点":                                     "date:2026年3月14日, time:今天下午两点",
		"不对，是十四号":                                               "date:十四号=14",
		"下周三上午，或者后天晚上":                                          "day:下周三上午, day:后天晚上",
		"十点半之前，20：15":                                           "time:十点半, time:20：15",
		"快一点，第一点，我在三号楼，两周一次":                                    "",
		"": "",
	} {
		var got []string
		for _, f := range entity.When(text) {
			if text[f.From:f.To] != f.Text {
				t.Errorf("%q: %q is not at %d-%d", text, f.Text, f.From, f.To)
			}
			one := string(f.Kind) + ":" + f.Text
			if f.Value != 0 {
				one += fmt.Sprint("=", f.Value)
			}
			got = append(got, one)
		}
		if g := strings.Join(got, ", "); g != want {
			t.Errorf("%q: got %q, want %q", text, g, want)
		}
	}
}

func FuzzWhen(f *testing.F) {
	f.Add("the fourteenth of march at 10:30, 下午三点半 and 十四号")
	f.Fuzz(func(t *testing.T, s string) {
		for _, x := range entity.When(s) {
			if s[x.From:x.To] != x.Text {
				t.Fatal(x)
			}
		}
	})
}
