package quality

import "testing"

// The case of a question, what it has to come before and the part of the call that it is about, where lists, cases of a part,
// exceptions and headings are in the way.
func TestCases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		en, when, before string
		part             part
	}{
		{"Where a parcel was soaked, repacked or lost, was the sender told?", "a parcel was soaked, repacked or lost", "", anywhere},
		{"Wherever a lift was stopped, was the engineer called?", "a lift was stopped", "", anywhere},
		{"Upon news of loss, delay or damage, was regret voiced?", "news of loss, delay or damage", "", anywhere},
		{"In the event of a leak, was the valve named?", "a leak", "", anywhere},
		{"All amounts were right and, where still unknown, were named as estimates.", "", "", anywhere},
		{"The price was told and, where a deposit was due, its return; not applicable unless something was hired.", "something was hired", "", anywhere},
		{"Save where nobody complained, was regret voiced?", "complained", "", anywhere},
		{"Was the weight asked for, save where the caller had given it already?", "", "", anywhere},
		{"Was a reason given for the wait? (Not applicable in the absence of any wait.)", "any wait", "", anywhere},
		{"Evidence of consent: was leave asked for?", "", "", anywhere},
		{"Parcel lost: was leave asked for?", "parcel lost", "", anywhere},
		{"Did the agent name the signs that should make the caller ring again?", "", "", anywhere},
		{"Before sealing, posting or returning anything, did the agent ask for the receipt?", "", "sealing, posting or returning anything", anywhere},
		{"Did the agent ask for the receipt before any seal, stamp or label was put on?", "", "any seal, stamp or label was put on", anywhere},
		{"Before anything was sealed, did the agent ask for the receipt or the box?", "", "anything was sealed", anywhere},
		{"Did the agent ask permission first?", "", "", anywhere},
		{"Were the ways open to the caller named?", "", "", anywhere},
		{"Was the name given first?", "", "", opening},
	} {
		q := Question{TextEn: c.en, Type: YesNo}
		if p := newPlan(&q); p.when["en"] != c.when || p.before != c.before || p.part != c.part {
			t.Errorf("%s: case %q, before %q, part %d; want %q, %q, %d", c.en, p.when["en"], p.before, p.part, c.when, c.before, c.part)
		}
	}
}
