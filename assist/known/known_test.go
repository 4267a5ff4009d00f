package known_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/known"
	"github.com/parley-voice/parley/pipeline/call"
)

// hear tells what is known after a conversation. A line that begins with "> " is the other side's.
func hear(lang string, lines ...string) string {
	var have []known.Slot
	before := ""
	for i, l := range lines {
		if other, ok := strings.CutPrefix(l, "> "); ok {
			before = other
			continue
		}
		have, _ = known.Hear(have, before, call.Turn{N: i + 1, Who: call.Caller, Text: l, Lang: lang})
	}
	out := make([]string, 0, len(have))
	for _, s := range have {
		one := fmt.Sprintf("%s %s @%d", s.Kind, s.Value, s.Turn)
		if s.Heard != "" {
			one += " (" + s.Heard + ")"
		}
		out = append(out, one)
	}
	return strings.Join(out, "; ")
}

func TestHear(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lang string
		said []string
		want string
	}{
		"what was said": {"en", []string{
			"Hello, my order 88412 from the 3rd of March has not come.", "I paid £40, and I was told three working days.", "Can you call back at half past three?",
		}, "order 88412 @1; date the 3rd of March @1; money £40 @2; span three working days @2; time 03:30 @3 (half past three)"},
		"the latest counts":            {"en", []string{"I was charged 40 pounds", "Well, with delivery it is 45 pounds"}, "money 45 pounds @2"},
		"two of a turn stay":           {"en", []string{"it was £40 and £15 for delivery"}, "money £40 @1; money £15 @1"},
		"said again":                   {"en", []string{"it was £40", "yes, £40"}, "money £40 @1"},
		"corrected, month kept":        {"en", []string{"It is booked for March 13", "> March 13, right?", "no, the fourteenth"}, "date March 14 @3 (the fourteenth)"},
		"corrected within a turn":      {"en", []string{"on the thirteenth of March, sorry, the fourteenth"}, "date 14 March @1 (the fourteenth)"},
		"denied and put right":         {"en", []string{"order 88412", "it's not 88412, it's 88421"}, "order 88421 @2"},
		"a short one put right":        {"en", []string{"my order number is 8841", "no, sorry, 8842"}, "order 8842 @2"},
		"a number of nothing":          {"en", []string{"no, sorry, 8842"}, ""},
		"denied":                       {"en", []string{"it was £40", "it was not £40"}, ""},
		"another day instead":          {"en", []string{"tomorrow is fine", "no, wait, Friday morning"}, "day Friday morning @2"},
		"a date instead of a day":      {"en", []string{"come on Monday please", "sorry, I mean 12 March"}, "date 12 March @2"},
		"spelled":                      {"en", []string{"it's the booking A, B, one, two, three, four"}, "booking AB1234 @1 (A, B, one, two, three, four)"},
		"asked for":                    {"en", []string{"> What is your order number, please?", "it's 8841"}, "order 8841 @2"},
		"not asked for":                {"en", []string{"it's 8841"}, ""},
		"masked stays masked":          {"en", []string{"call me on [phone], the card is [card ••42], my order number is [number]. I am [name], [address]"}, "phone [phone] @1; card [card ••42] @1; order [number] @1"},
		"how many":                     {"en", []string{"I need 3 bags in size 42"}, "count 3 bags @1; count size 42 @1"},
		"no day":                       {"en", []string{"No. I was going to get the house done first.", "I wanted it seen to first"}, ""},
		"no piece, no seat":            {"zh", []string{"一块儿进去，第二天才行", "八区十二排，六号"}, ""},
		"no facts":                     {"en", []string{"This is the second time I call, one of your people told me so."}, ""},
		"the other side's are no ones": {"en", []string{"> It costs £40 on 3 March"}, ""},
		"Chinese": {"zh", []string{
			"我三月十三号下的订单，订单号是88412，花了十二块", "> 请问什么时候送？", "不对，是十四号，下午三点半送",
		}, "date 3月14号 @3 (十四号); order 88412 @1; money ¥12 @1 (十二块); time 下午3点半 @3 (下午三点半)"},
		"Chinese, denied":     {"zh", []string{"三月十三号到的", "不是三月十三号，是三月十五号"}, "date 3月15号 @2 (三月十五号)"},
		"Chinese, a question": {"zh", []string{"是不是三月十三号到"}, "date 3月13号 @1 (三月十三号)"},
		"Chinese, asked for":  {"zh", []string{"> 请报一下您的订单号", "尾号8841"}, "order 8841 @2"},
		"Chinese, masked":     {"zh", []string{"我的电话是[phone]，要42码的鞋，下周三来取"}, "phone [phone] @1; count 42码 @1; day 下周三 @1"},
	} {
		if got := hear(c.lang, c.said...); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

// What a caller goes on about does not push the list over its bound.
func TestHearBounded(t *testing.T) {
	t.Parallel()
	var all []string
	for i := range 40 {
		all = append(all, fmt.Sprintf("I need %d thing%c", i+10, 'a'+i%26))
	}
	if got := strings.Count(hear("en", all...), ";"); got != 15 {
		t.Errorf("%d slots", got+1)
	}
}

// What is known is kept apart from what is made of it next.
func TestHearLeavesWhatWas(t *testing.T) {
	t.Parallel()
	one, _ := known.Hear(nil, "", call.Turn{N: 1, Who: call.Caller, Text: "it was £40", Lang: "en"})
	if _, changed := known.Hear(one, "", call.Turn{N: 2, Who: call.Caller, Text: "no, £50", Lang: "en"}); !changed || one[0].Value != "£40" {
		t.Errorf("%v, %+v", changed, one)
	}
	if _, changed := known.Hear(one, "", call.Turn{N: 3, Who: call.Agent, Text: "that is £60", Lang: "en"}); changed {
		t.Error("what an agent says is what the caller said")
	}
}

func FuzzHear(f *testing.F) {
	f.Add("no, the fourteenth of march, order AB-123, [phone] 三月十四号", "What is your order number?")
	f.Fuzz(func(t *testing.T, text, before string) {
		have, _ := known.Hear(nil, before, call.Turn{N: 1, Who: call.Caller, Text: text})
		_, _ = known.Hear(have, before, call.Turn{N: 2, Who: call.Caller, Text: before})
	})
}
