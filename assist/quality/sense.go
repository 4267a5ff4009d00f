package quality

import (
	"context"
	"math"
)

// sense is how a question asks for a thing.
type sense int

const (
	done     sense = iota // it should be done
	avoided               // it must not happen, and yes says that it did not
	happened              // it must not happen, or a duty must not be skipped, and yes says that it was
	senses
)

// senseNames name them in what was learnt, in their order.
var senseNames = [senses]string{string(AskedDone), string(AskedAvoided), string(AskedHappened)}

// leanings are the probabilities of the senses of a question.
type leanings [senses]float64

func (l *leanings) surest() sense {
	best := done
	for s, p := range l {
		if p > l[best] {
			best = sense(s)
		}
	}
	return best
}

// senseOfWords is the sense that the words of a question give it.
func (p plan) senseOfWords() sense {
	switch bad := p.failOn(); {
	case bad == Yes:
		return happened
	case len(p.want) == 0 && p.good, len(p.want) > 0 && p.want[0].kind == forbidden:
		return avoided
	}
	return done
}

// leans weighs the sense that the words of q and its plan p give it against what q and its hints mean. It is nil where
// nothing was learnt for the Embedders.
func (s *Scorer) leans(ctx context.Context, q *Question, p plan) (*leanings, error) {
	signs, err := s.senseSigns(ctx, q)
	if err != nil || signs == nil {
		return nil, err
	}
	if p.noneIsYes {
		return &leanings{avoided: 1}, nil
	}
	p.wordSigns(signs, q.AutoFail)
	learnt, err := opinions()
	if err != nil {
		return nil, err
	}
	l := leanings(learnt.Senses.shares(signs))
	if q.failOn { // as the form states
		if q.FailOn == Yes {
			l[done], l[avoided] = 0, 0
		} else {
			l[happened] = 0
		}
		total := max(l[done]+l[avoided]+l[happened], 1e-9)
		for i := range l {
			l[i] /= total
		}
	}
	return &l, nil
}

// wordSigns adds what the words of a question say of its sense.
func (p plan) wordSigns(s signs, fails bool) {
	words := senseNames[p.worded]
	s.add("words "+words, 1)
	if len(p.want) == 0 {
		s.add("no concept "+words, 1)
	}
	if p.loose {
		s.add("loose "+words, 1)
	}
	if fails {
		s.add("fails "+words, 1)
	}
}

// senseSigns are what the meaning of q and its hints says of its sense, nil where nothing was learnt for the Embedders.
func (s *Scorer) senseSigns(ctx context.Context, q *Question) (signs, error) {
	var logs leanings
	texts, hints, offence := 0.0, 0.0, 0.0
	for _, lang := range []string{"en", "zh"} {
		e, h, err := s.learnt(ctx, lang)
		if err != nil {
			return nil, err
		}
		if h == nil || len(h.Senses) == 0 {
			continue
		}
		if text := q.reads(lang); text != "" {
			v, err := e.Embed(ctx, []string{callers(text)})
			if err != nil {
				return nil, err
			}
			texts++
			p := shares(h.Senses, v[0])
			for i, name := range senseNames {
				logs[i] += math.Log(max(p[name], 0.003))
			}
		}
		worst := -1.0
		for _, hint := range q.Hints[lang] { // one at a time, on one thread
			v, err := e.Embed(ctx, []string{phrase(hint)})
			if err != nil {
				return nil, err
			}
			worst = max(worst, sure(h.Offends, v[0]))
		}
		if worst >= 0 {
			hints++
			offence += math.Log(max(worst, 1e-3) / max(1-worst, 1e-3))
		}
	}
	if texts == 0 {
		return nil, nil
	}
	out := signs{"always": 1}
	for i, name := range senseNames {
		out["means "+name] = logs[i] / texts
	}
	if q.AutoFail {
		out["fails"] = 1
	}
	if hints == 0 {
		out["no hints"] = 1
		return out, nil
	}
	out["offending hint"] = offence / hints
	if q.AutoFail {
		out["offending hint fails"] = offence / hints
	}
	return out, nil
}
