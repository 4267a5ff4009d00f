package quality

// wanted joins the outcomes of the concepts of a question.
func (j *judge) wanted(q *Question, window []sentence) (outcome, error) {
	var all outcome
	for i, c := range q.plan.want {
		o, err := j.concept(q, c, window)
		if err != nil {
			return outcome{}, err
		}
		if i == 0 {
			all = o
			continue
		}
		all = merge(all, o, q.plan.anyOf)
	}
	return all, nil
}

// merge joins two parts of a question: both must hold, or one.
func merge(a, b outcome, either bool) outcome {
	first, second := No, Yes
	if either {
		first, second = Yes, No
	}
	for _, v := range []Value{first, CannotTell, second} {
		if a.value == v && b.value == v && v == second {
			a.ev, a.conf, a.turns = append(a.ev, b.ev...), min(a.conf, b.conf), append(a.turns, b.turns...)
			return a
		}
		if a.value == v {
			return a
		}
		if b.value == v {
			return b
		}
	}
	return a
}

func (j *judge) concept(q *Question, c concept, window []sentence) (outcome, error) {
	if c.kind == forbidden {
		return j.prohibited(q, c, window)
	}
	if c.kind == special {
		switch c.name {
		case "company", "ownname":
			return j.name(q, c, window), nil
		case "identity":
			return j.identity()
		case "disclosure":
			return j.disclosure(q, window)
		case "need", "recap":
			return j.need(q, window)
		case "fee":
			if o, err := j.allDue(q, window); err != nil || o != nil {
				return value(o), err
			}
			return j.fee(q, window), nil
		case "timeframe":
			return j.timeframe(q, window)
		case "hold":
			return j.hold(q)
		case "interrupt":
			return j.interrupt(q), nil
		case "accuracy":
			return j.accuracy(q), nil
		default:
			return j.resolved(window), nil
		}
	}
	return j.stated(q, c, window)
}

// stated looks for a statement: by its usual words, by the hints, by meaning.
func (j *judge) stated(q *Question, c concept, window []sentence) (outcome, error) {
	for _, s := range window {
		if m := j.hit(c, s); m != nil {
			o := j.found(s, m, 0.9, "wording", "the words for it were said")
			if wrong := j.wrongValue(c, s); wrong {
				o.value, o.by, o.why, o.conf = No, "facts", "it was said with a value that the facts contradict", 0.75
			}
			return o, nil
		}
	}
	hints := q.Hints[j.lang]
	if len(q.plan.want) > 1 {
		hints = nil
		for _, h := range q.Hints[j.lang] {
			if c.said.in(fold(h)) {
				hints = append(hints, h)
			}
		}
	}
	for _, s := range window {
		if m := hinted(hints, s); m != nil && (c.plain || !negated(s.text, m[0])) && !c.refuse.in(s.text) && !(c.states && s.asks) {
			return j.found(s, m, 0.75, "wording", "a phrase of the hints was said"), nil
		}
	}
	if s, sim, err := j.nearest(hints, window); err != nil {
		return outcome{}, err
	} else if sim >= j.near() && !(c.states && s.asks) && (c.plain || !denies.MatchString(s.text)) && !c.refuse.in(s.text) {
		return j.found(s, nil, 0.6, "meaning", "something close to a hint was said"), nil
	}
	if c.states {
		if o, err := j.allDue(q, window); err != nil || o != nil && o.value == Yes {
			return value(o), err
		}
	}
	if o, err := j.does(c.name, window, func(s sentence) bool { return !c.refuse.in(s.text) }); err != nil || o != nil {
		return value(o), err
	}
	return absent("nothing like it was said in this part of the call"), nil
}
