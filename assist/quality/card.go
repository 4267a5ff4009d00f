package quality

import "slices"

// Card is a scored call.
type Card struct {
	Call    string   `json:"call"`
	Form    string   `json:"form"`
	Version string   `json:"version"`
	Answers []Answer `json:"answers"`
	// Score is 0..100 over the questions that have an answer, nil when there is none. It is 0 after an automatic fail.
	Score *float64 `json:"score"`
	Fail  bool     `json:"fail"`  // an automatic fail
	Fails []string `json:"fails"` // ids of the questions that failed the call
	Band  string   `json:"band,omitempty"`
	// Open counts the questions that a person has to answer.
	Open int `json:"open"`
	// Meaning names the language and weights of the embedding model that meaning was judged with; "" when wording alone was.
	Meaning string `json:"meaning"`
}

// Again adds other answers about the same call up.
func (c Card) Again(f *Form, answers []Answer) Card {
	n := NewCard(f, c.Call, answers)
	n.Meaning = c.Meaning
	return n
}

// NewCard adds up answers, which may be a machine's or a person's. Answers to questions that the form lacks are left out of the sum.
func NewCard(f *Form, id string, answers []Answer) Card {
	card := Card{Call: id, Form: f.Name, Version: f.Version, Answers: answers, Fails: []string{}}
	type sum struct{ got, of float64 }
	sections := map[string]*sum{}
	for _, a := range answers {
		q := f.Question(a.Question)
		if q == nil {
			continue
		}
		if a.Value == CannotTell {
			card.Open++
		}
		share, fails, counts := q.credit(a.Value)
		if !counts {
			continue
		}
		s := sections[q.Section]
		if s == nil {
			s = &sum{}
			sections[q.Section] = s
		}
		s.of += q.Weight
		s.got += share * q.Weight
		if fails {
			card.Fail = true
			card.Fails = append(card.Fails, q.ID)
		}
	}
	var all sum
	for name, s := range sections {
		w := f.sectionWeight(name)
		if w == 0 { // sections without a weight count by their questions
			all.got, all.of = all.got+s.got, all.of+s.of
		} else if s.of > 0 {
			all.got, all.of = all.got+w*s.got/s.of, all.of+w
		}
	}
	if all.of > 0 {
		score := 100 * all.got / all.of
		if card.Fail {
			score = 0
		}
		card.Score = &score
		card.Band = f.band(score)
	}
	return card
}

func (f *Form) sectionWeight(id string) float64 {
	for _, s := range f.Sections {
		if s.ID == id {
			return s.Weight
		}
	}
	return 0
}

// band is the name of the highest band that score reaches.
func (f *Form) band(score float64) string {
	bands := slices.SortedFunc(slices.Values(f.Bands), func(a, b Band) int {
		switch {
		case a.From > b.From:
			return -1
		case a.From < b.From:
			return 1
		}
		return 0
	})
	for _, b := range bands {
		if score >= b.From {
			return b.Name
		}
	}
	return ""
}
