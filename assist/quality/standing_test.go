package quality

import (
	"fmt"
	"testing"
)

func TestBeside(t *testing.T) {
	t.Parallel()
	f := mustParse(t, "form: t\nversion: 1\nlanguages: [en]\nquestions:\n  - {id: q, text_en: Did the agent promise a refund?, auto_fail: true}\n")
	card := func(id string, odds, alone float64) Card {
		st := &standing{odds: odds, alone: alone, fails: outcome{value: Yes, by: "meaning"}, passes: outcome{value: No, by: "absence"}}
		a := st.decided(alone, failsAlone).answer(&f.Questions[0])
		a.FailOdds, a.standing = &st.odds, st
		c := NewCard(f, id, []Answer{a})
		c.Meaning = "en-x"
		return c
	}
	// How near to a fail an answer is told to be.
	near := func(c Card) (out FailChance) {
		out, ok := c.FailChance(c.Answers[0])
		if !ok || out.Near() != (len(c.Near()) == 1) {
			t.Errorf("%v, near %v and %v", ok, out.Near(), c.Near())
		}
		return out
	}
	others := func(n int, odds float64) (out []Card) {
		for i := range n {
			out = append(out, card(fmt.Sprint(i), odds+0.01*float64(i), 0.1))
		}
		return out
	}
	elsewhere := others(20, -4)
	for i := range elsewhere {
		elsewhere[i].Meaning = "en-y"
	}
	for _, c := range []struct {
		name   string
		odds   float64
		alone  float64
		others []Card
		fail   bool
		near   bool
	}{
		{"stands out", 1.5, 0.8, others(20, -4), true, false},
		{"stands out below even", -0.1, 0.45, others(20, -5), true, false},
		{"one of many", 1.5, 0.1, others(20, 1.5), false, false},
		{"a little apart", -3.6, 0.35, others(20, -4), false, true},
		{"too few others", 1.5, 0.8, others(enough-1, 1.5), true, false},
		{"judged with other weights", -0.1, 0.45, elsewhere, false, true},
		{"far from it", -4, 0.02, others(20, -4), false, false},
	} {
		fresh := card("it", c.odds, c.alone)
		got, err := f.Beside(fresh, append(c.others, fresh))
		if err != nil {
			t.Fatal(err)
		}
		if got.Fail != c.fail || got.Meaning != fresh.Meaning || *got.Answers[0].FailOdds != c.odds {
			t.Errorf("%s: fail %v, want %v: %+v", c.name, got.Fail, c.fail, got)
		}
		if chance := near(got); chance.Fails != c.fail || chance.P >= chance.From != c.fail || chance.Near() != c.near {
			t.Errorf("%s: %+v, want near %v", c.name, chance, c.near)
		}
		if again, err := f.Beside(got, c.others); err != nil || again.Fail != got.Fail {
			t.Errorf("%s: compared again it is %v, %v", c.name, again.Fail, err)
		}
	}
}
