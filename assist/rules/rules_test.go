package rules

import "testing"

func TestCompileEscalation(t *testing.T) {
	s, err := Escalation()
	if err != nil {
		t.Fatal(err)
	}
	se := s.Session()
	for i, x := range []string{"I want to speak to your manager now", "this is ridiculous, third time I call and nobody helps, I'll sue you"} {
		for _, f := range se.Feed(Turn{N: i, Who: "caller", Text: x, Lang: "en"}) {
			t.Log(f)
		}
	}
	if se.Err() != nil {
		t.Error(se.Err())
	}
}
