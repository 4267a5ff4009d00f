package quality

// Reading is which answer to a question of yes and no counts against the agent, and how that is known: for whoever writes a
// form, before calls are judged by it.
type Reading struct {
	ID     string  `json:"id"`
	FailOn Value   `json:"fail_on" enum:"yes,no" doc:"The bad answer"`
	Stated bool    `json:"stated,omitempty" doc:"It stands in the form; otherwise it was read from the question"`
	Asks   Asked   `json:"asks" enum:"done,skipped,avoided,happened" doc:"What the question was read to ask about"`
	Doubts []Doubt `json:"doubts,omitempty" enum:"stated,languages,meaning,unknown" doc:"Why the author had better look; none when it is sure"`
}

// Asked is what kind of thing a question asks about.
type Asked string

// What a question asks about: that a duty was done or skipped, that something bad was avoided or happened.
const (
	AskedDone     Asked = "done"
	AskedSkipped  Asked = "skipped"
	AskedAvoided  Asked = "avoided"
	AskedHappened Asked = "happened"
)

// Doubt is a reason to be unsure of a reading.
type Doubt string

// Reasons to be unsure: the form states the other answer than its words would give, its two languages differ, the words
// alone say something else than the meaning and the hints, and nothing in the question says which answer is the good one.
const (
	DoubtStated    Doubt = "stated"
	DoubtLanguages Doubt = "languages"
	DoubtMeaning   Doubt = "meaning"
	DoubtUnknown   Doubt = "unknown"
)

// Readings are those of the questions of yes and no, in the order of the form. After Understand they are the ones that calls
// are judged by.
func (f *Form) Readings() []Reading {
	out := []Reading{}
	for i := range f.Questions {
		if q := &f.Questions[i]; q.Kind() == YesNo {
			out = append(out, q.reading())
		}
	}
	return out
}

func (q *Question) reading() Reading {
	p := q.plan
	r := Reading{ID: q.ID, FailOn: q.FailOn, Stated: q.failOn, Asks: p.asked()}
	if q.failOn {
		if q.By == "" && p.failOn() != q.FailOn && !p.unknown() { // a rule, a model or a person does not answer by the words
			r.Doubts = []Doubt{DoubtStated}
		}
		return r
	}
	if q.in("en", p).failOn() != q.in("zh", p).failOn() {
		r.Doubts = append(r.Doubts, DoubtLanguages)
	}
	if words := newPlan(q); words.failOn() != p.failOn() {
		r.Doubts = append(r.Doubts, DoubtMeaning)
	}
	if p.unknown() {
		r.Doubts = append(r.Doubts, DoubtUnknown)
	}
	return r
}

// asked is what p was read to ask about.
func (p plan) asked() Asked {
	switch {
	case p.bad:
		return AskedSkipped
	case p.failOn() == Yes:
		return AskedHappened
	case p.sense != nil && p.sense.surest() == avoided, p.sense == nil && p.good && (p.settled || p.want[0].kind == forbidden):
		return AskedAvoided
	}
	return AskedDone
}

// unknown reports whether nothing that p knows stands in the question: yes is taken for the good answer then, as it mostly is.
func (p plan) unknown() bool {
	return len(p.want) == 0 && len(p.quote) == 0 && !p.good && p.failOn() == No
}

// in is what the question asks as its text in one language says it, about the same things as p; p where it has no such text.
func (q *Question) in(lang string, p plan) plan {
	if q.reads(lang) == "" {
		return p
	}
	one := *q
	one.read, one.notes = map[string]string{lang: q.reads(lang)}, map[string][]remark{lang: q.remarks(lang)}
	names := []string{other}
	if len(p.want) > 0 {
		names = names[:0]
		for _, c := range p.want {
			names = append(names, c.name)
		}
	}
	return newPlan(&one, names...)
}
