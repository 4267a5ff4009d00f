package quality

import (
	"testing"
)

// What a question is about, its polarity and its condition, in words that forms use.
func TestReading(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		en, zh, want string
		bad          Value
		when         bool
	}{
		{"Did the operator give a name when answering the phone?", "", "ownname", No, false},
		{"Did the agent stay polite even when shouted at?", "", "rude", No, false},
		{"Was the agent rude to the patient?", "", "rude", Yes, false},
		{"Did the clerk threaten the debtor?", "办事员有没有恐吓债务人？", "threat", Yes, false},
		{"Did the agent guarantee things when they have no authority to?", "", "promise", Yes, false},
		{"If the borrower was ill, was a payment plan offered?", "", "helpoffer", No, true},
		{"Was any information given to the customer wrong?", "", "accuracy", Yes, false},
		{"Were policy number and surname taken before anything was changed?", "", "identity", No, false},
		{"Was the announcement that calls may be kept for training read out?", "", "", No, false},
		{"", "接线时有没有自报家门？", "company", No, false},
		{"Was it made sure that nothing was left open before the goodbye?", "", "furtherhelp", No, false},
	} {
		q := Question{TextEn: c.en, TextZh: c.zh, Type: YesNo}
		p := newPlan(&q)
		got := ""
		if len(p.want) > 0 {
			got = p.want[0].name
		}
		if got != c.want || p.failOn() != c.bad || (p.when["en"]+p.when["zh"] != "") != c.when {
			t.Errorf("%s%s: read as %q, bad is %s, condition %q; want %q, %s, %v", c.en, c.zh, got, p.failOn(), p.when, c.want, c.bad, c.when)
		}
	}
}

// A form is left as it is where no Embedder is there.
func TestUnderstandWithoutModels(t *testing.T) {
	t.Parallel()
	f := mustParse(t, oneQuestion("Was the parrot fed?", ""))
	if g, err := New(Options{}).Understand(t.Context(), f); g != f || err != nil {
		t.Errorf("%p instead of %p, %v", g, f, err)
	}
}
