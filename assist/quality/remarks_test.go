package quality

import (
	"slices"
	"testing"
)

// TestRemarks takes off a question what it says of how it is answered.
func TestRemarks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, rest string
		told       []remark
	}{
		{"was the caller calmed? (not applicable if nobody was upset.)", "was the caller calmed?", []remark{{NA, "nobody was upset", false}}},
		{"leak: how much and since when - both known. na - nothing reported", "leak: how much and since when - both known.", []remark{{NA, "nothing reported", false}}},
		{"was a van recommended after asking? this is not applicable where the agent recommended no size.", "was a van recommended after asking?", []remark{{NA, "the agent recommended no size", false}}},
		{"was it checked (id, phone)? n/a unless an account was opened.", "was it checked (id, phone)?", []remark{{NA, "an account was opened", true}}},
		{"exact spot said back, caller agrees. road name alone - no", "exact spot said back, caller agrees.", []remark{{No, "road name alone", false}}},
		{"did they keep calm? answer no only if they shouted.", "did they keep calm?", []remark{{No, "they shouted", false}}},
		{"hold: consent asked beforehand? not applicable without a hold.", "hold: consent asked beforehand?", []remark{{NA, "a hold", true}}},
		{"was the day repeated? (not applicable otherwise.)", "was the day repeated?", []remark{{NA, "", false}}},
		{"the agent shall not guess; where no guess was made, the answer is yes.", "the agent shall not guess;", []remark{{Yes, "where no guess was made", false}}},
		{"did people come first? a call without danger isn't rated.", "did people come first?", []remark{{NA, "a call without danger", false}}},
		{"was it read back so that a slip could be caught? (leave out if nothing was jotted.)", "was it read back so that a slip could be caught?", []remark{{NA, "nothing was jotted", false}}},
		{"was it read back? nothing taken: not rated.", "was it read back?", []remark{{NA, "nothing taken", false}}},
		{"来电人要的给不了,有没有别的办法?要啥都给得了的不评。", "来电人要的给不了,有没有别的办法?", []remark{{NA, "要啥都给得了", false}}},
		{"was it agreed - in words, is that so?", "was it agreed - in words, is that so?", nil},
		{"没往外说吧?没说就算是，只有真漏出去了才判否。", "没往外说吧?", []remark{{Yes, "没说", false}, {No, "真漏出去了", false}}},
		{"己方差错:认下+道歉;没差错不评", "己方差错:认下+道歉;", []remark{{NA, "没差错", false}}},
		{"是否安抚?没有情绪的,不适用。", "是否安抚?", []remark{{NA, "没有情绪", false}}},
		{"报漏:水量多大。没有报漏=不适用", "报漏:水量多大。", []remark{{NA, "没有报漏", false}}},
		{"有没有保证?(作为预估说出的不算;没有作保证即答是)", "有没有保证?(作为预估说出的不算)", []remark{{Yes, "没有作保证", false}}},
		{"有没有透露?只有主动透露才判否。", "有没有透露?", []remark{{No, "主动透露", false}}},
		{"was the caller told yes or no?", "was the caller told yes or no?", nil},
		{"客户说是,坐席是否答应?", "客户说是,坐席是否答应?", nil},
	} {
		rest, told := unremarked(c.text)
		if rest != c.rest || !slices.Equal(told, c.told) {
			t.Errorf("%q: %q, %+v", c.text, rest, told)
		}
	}
}

// TestAppliesWhen turns the case in which a question does not apply into the one in which it does.
func TestAppliesWhen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Was the caller calmed? (Not applicable if nobody was upset.)": "was upset",
		"Was it checked? N/A unless an account was opened.":            "an account was opened",
		"Was it shut off? na - street, verge, road":                    "",
		"Was the caller calmed?":                                       "",
	} {
		if got := (&Question{TextEn: text}).appliesWhen("en"); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	if got := (&Question{TextZh: "转接前是否先问过？没有转接的，不适用。"}).appliesWhen("zh"); got != "转接" {
		t.Errorf("%q", got)
	}
}
