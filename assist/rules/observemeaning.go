package rules

import (
	"math"

	"github.com/parley-voice/parley/pipeline/call"
)

// concernFloor is what everyday talk can come to.
const concernFloor = 0.4

// observeConcern takes what was made of the meaning of the turn observed last.
func (s *Session) observeConcern(concern float64, kind string) {
	st := &s.state
	st.concern += max(0, concern-concernFloor) / (1 - concernFloor)
	s.put("concern.known", concern > 0)
	s.put("concern.now", concern)
	s.put("concern.recent", st.concern)
	s.put("concern.kind", kind)
}

// observeConduct takes what was made of the meaning of the turn observed last.
func (s *Session) observeConduct(t Turn) {
	if t.Who == call.Agent {
		s.state.conduct = fade*s.state.conduct + max(0, t.Conduct-concernFloor)/(1-concernFloor)
	}
	s.put("conduct.now", t.Conduct)
	s.put("conduct.kind", t.ConductKind)
	s.put("conduct.recent", s.state.conduct)
}

// lowestCase is the case from which on it is remembered.
const lowestCase = -3

// observeCase takes the case that the turn observed last makes; later turns are read with it in mind.
func (s *Session) observeCase(c Case) {
	st := &s.state
	st.grave *= fade
	if c.Known {
		st.grave += max(0, odds(c.Said)-concernFloor) / (1 - concernFloor)
	}
	s.putCase(c)
	if c.Known {
		st.highest = max(st.highest, c.Said-lowestCase)
	}
}

// odds is the probability of a logarithm of odds.
func odds(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

func (s *Session) putCase(c Case) {
	s.put("case.known", c.Known)
	s.put("case.said", c.Said)
	s.put("case.highest", s.state.highest)
	s.put("case.sustained", s.state.highest*odds(c.Said))
	s.put("case.recent", s.state.grave)
}
