package quality

// does finds the sentence that most surely does what concept name is about, by what was learnt; nil for none.
func (j *judge) does(name string, window []sentence, fits func(sentence) bool) (*outcome, error) {
	bar := clearly
	if name == "need" { // half of what is said in a call sounds like it
		bar = surely
	}
	return j.surest(name, "what was said means it", bar, window, func(s sentence) bool { return len([]rune(s.text)) >= 4 && fits(s) })
}

// surest finds among the sentences that fit the one that is most surely about name by what was learnt, surer than bar; nil for
// none. why says what that shows.
func (j *judge) surest(name, why string, bar float64, window []sentence, fits func(sentence) bool) (*outcome, error) {
	var best *sentence
	for i, s := range window {
		if !fits(s) {
			continue
		}
		p, known, err := j.leans(name, s)
		if err != nil {
			return nil, err
		}
		if known && p > bar {
			bar, best = p, &window[i]
		}
	}
	if best == nil {
		return nil, nil
	}
	o := j.found(*best, nil, 0.6, "meaning", why)
	return &o, nil
}

// clearly is how sure the meaning of a sentence has to be to count as a statement without the usual words.
const clearly = 0.8

func value(o *outcome) outcome {
	if o == nil {
		return outcome{}
	}
	return *o
}
