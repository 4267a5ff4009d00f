package quality

// What a sign says often hangs on another one: that nothing was heard counts for a duty and little for what must not be. Weights add
// signs up one by one; trees on top of them look at several together.

// tree splits answers by their signs and adds to the log odds of one answer.
type tree struct {
	Answer int `json:"answer"` // index of weighed
	// Forks are made one after the other: answers in leaf In with more of Sign than Above go to a new leaf, the one after all there are.
	Forks []fork    `json:"forks"`
	Adds  []float64 `json:"adds"` // of each leaf
}

// fork parts the answers of a leaf.
type fork struct {
	In    int     `json:"in"`
	Sign  string  `json:"sign"`
	Above float64 `json:"above"`
}

// leaf is where answers with these signs end.
func (t tree) leaf(s signs) (at int) {
	for i, x := range t.Forks {
		if at == x.In && s[x.Sign] > x.Above {
			at = i + 1
		}
	}
	return at
}

// answering tells answers by their signs: what each weighs, and trees on top.
type answering struct {
	Weights weights `json:"weights"`
	Trees   []tree  `json:"trees"`
}

// chances are the probabilities of weighed.
func (a answering) chances(s signs) chances {
	z := a.Weights.odds(s)
	for i := range z {
		z[i] *= surely
	}
	for _, t := range a.Trees {
		z[t.Answer] += t.Adds[t.leaf(s)]
	}
	return z.shares()
}

// surely is how much of what weights say is believed before trees are asked: about answers of sets that they were learnt from they are
// surer than about others.
const surely = 0.8
