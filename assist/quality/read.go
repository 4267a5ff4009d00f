package quality

import (
	"math"

	"github.com/parley-voice/parley/assist/quality/reads"
)

// mostRead is how many turns of a call are read: of a longer one the first and the last. mostFacts is how many facts are.
const (
	mostRead  = 128
	mostFacts = 32
)

// readSigns adds to out what was learnt to read from whole calls says of q; nothing where no reader was learnt for the models.
func (j *judge) readSigns(q *Question, out signs) error {
	m, r := j.scorer.reader(j.lang)
	if m == nil || r == nil {
		return nil
	}
	said, err := j.readCall(m, r)
	if err != nil {
		return err
	}
	asked := reads.Question{Fails: q.AutoFail}
	if asked.Text, err = j.vector(map[string]string{"en": q.TextEn, "zh": q.TextZh}[j.lang], true); err != nil {
		return err
	}
	for _, hint := range q.Hints[j.lang] {
		v, err := j.vector(hint, true)
		if err != nil {
			return err
		}
		asked.Hints = append(asked.Hints, v)
	}
	out.read(m.Answer(asked, said), q.plan.sense)
	return nil
}

// read adds what a reader answers to a question that is likely to ask in sense.
func (s signs) read(a reads.Answer, sense *leanings) {
	if a == (reads.Answer{}) {
		return
	}
	done := sense[done] + sense[happened]
	for name, p := range map[Value]float64{Yes: done*a.Done + sense[avoided]*a.Not, No: done*a.Not + sense[avoided]*a.Done, NA: a.NA} {
		s.add("reader "+string(name), math.Log(max(p, leastSure)))
	}
}

// leastSure is the least that a reader's word counts.
const leastSure = 0.01

// reader is what was learnt to read calls in a language with the model in use, nil for nothing.
func (s *Scorer) reader(lang string) (*reads.Model, reads.Reader) {
	h, ok := s.opt.Embedders[lang].(interface{ Hash() string })
	if !ok {
		return nil, nil
	}
	return reads.For(h.Hash()), s.opt.Readers[lang]
}

// readCall reads the turns and facts of the call, once. What is read of turns is kept with the call's vectors.
func (j *judge) readCall(m *reads.Model, r reads.Reader) ([]reads.Said, error) {
	turns := j.call.Turns
	for n := len(j.readTurns); n < min(len(turns), mostRead); n++ {
		i := n
		if n >= mostRead/2 && len(turns) > mostRead {
			i = len(turns) - mostRead + n
		}
		s := reads.Said{Agent: side(turns[i].Who) == Agent, Nth: i, Of: len(turns), Lasts: turns[i].EndS - turns[i].StartS}
		s.Caller = !s.Agent
		if i > 0 {
			s.After = turns[i].StartS - turns[i-1].EndS
		}
		if i+1 < len(turns) {
			s.Before = turns[i+1].StartS - turns[i].EndS
		}
		var before []string
		for k := max(0, i-beforeTurn); k < i; k++ {
			before = append(before, m.Named(side(turns[k].Who) == Agent, turns[k].Text))
		}
		var err error
		if s.Numbers, err = j.readTurn(r, m.Dims, before, m.Named(s.Agent, turns[i].Text)); err != nil {
			return nil, err
		}
		j.readTurns = append(j.readTurns, s)
	}
	for i := len(j.readFacts); i < min(len(j.call.Facts), mostFacts); i++ {
		v, err := r.Read(j.ctx, nil, j.call.Facts[i])
		if err != nil {
			return nil, err
		}
		j.readFacts = append(j.readFacts, reads.Said{Numbers: roughly(v).vector()})
	}
	return append(j.readTurns[:len(j.readTurns):len(j.readTurns)], j.readFacts...), nil
}

// beforeTurn is how many turns before one are read with it at most: many short ones make up what a reader can hold.
const beforeTurn = 20

// readTurn is what is read of a turn, from what was kept of the call where that has it.
func (j *judge) readTurn(r reads.Reader, dims int, before []string, now string) ([]float32, error) {
	key := "read\x00" + now
	for _, b := range before[max(0, len(before)-2):] {
		key += "\x00" + b
	}
	if v, ok := j.kept.get(key); ok {
		return v, nil
	}
	v, err := r.Read(j.ctx, before, now)
	if err != nil {
		return nil, err
	}
	kept := roughly(v)
	if len(kept.steps) < dims { // all that is kept of a call has one length
		kept.steps = append(kept.steps, make([]int8, dims-len(kept.steps))...)
	}
	j.kept.put(key, kept)
	return kept.vector(), nil
}
