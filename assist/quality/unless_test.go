package quality

import "testing"

// A question whose condition nobody speaks of does not apply, unless what it asks for was done; one that a fact takes back does
// not apply in any case.
func TestDoneAllTheSame(t *testing.T) {
	t.Parallel()
	f := mustParse(t, oneQuestion("Where the matter was delicate, did the agent give a reference number?", ""))
	said := []string{"A: Hello, Acme Ltd, Ann speaking.", "C: Hi, I have a question.", "A: Your reference number is 4711.", "C: Thanks."}
	left := []string{"A: Hello, Acme Ltd, Ann speaking.", "C: Hi, I have a question.", "A: We open at nine.", "C: Thanks."}
	for _, c := range []struct {
		call Call
		want Value
	}{
		{dialogue(append(said, "F: The shop opens at nine.")...), Yes},
		{dialogue(append(left, "F: The shop opens at nine.")...), NA},
		{dialogue(append(said, "F: No reference number was needed.")...), NA},
		{dialogue(append(left, "F: The matter was delicate.")...), No},
	} {
		card, err := New(Options{}).Judge(t.Context(), f, c.call)
		if err != nil {
			t.Fatal(err)
		}
		if got := card.Answers[0]; got.Value != c.want {
			t.Errorf("%v: %s (%s), want %s", c.call.Facts, got.Value, got.Why, c.want)
		}
	}
}
