package quality

// does finds the sentence that most surely does what concept name is about, by what was learnt; nil for none.
func (j *judge) does(name string, window []sentence, fits func(sentence) bool) (*outcome, error) {
	return j.surest(name, "what was said means it", window, func(s sentence, l leaning) bool {
		return l.does() && len([]rune(s.text)) >= 4 && fits(s)
	})
}

// surest finds among the sentences that fit the one that is most surely about name by what was learnt; nil for none. why says
// what that shows.
func (j *judge) surest(name, why string, window []sentence, fits func(sentence, leaning) bool) (*outcome, error) {
	var best *sentence
	most := 0.0
	for i, s := range window {
		l, err := j.leans(name, s)
		if err != nil {
			return nil, err
		}
		if l.known && l.p > most && fits(s, l) {
			most, best = l.p, &window[i]
		}
	}
	if best == nil {
		return nil, nil
	}
	o := j.found(*best, nil, 0.6, "meaning", why)
	return &o, nil
}

func value(o *outcome) outcome {
	if o == nil {
		return outcome{}
	}
	return *o
}
