package cards

import (
	"math"

	"github.com/parley-voice/parley/pipeline/call"
)

// purse is what may still be spent on cards. It fills with the time of the call, so that the cards of a call keep to a
// pace: a question that comes early or in a hurry is still answered, and what quiet minutes leave is not all spent at once.
type purse struct {
	begun bool
	last  call.Offset
	cards float64
}

// What a purse holds, and what of a card may be owed: the next question is not to find it empty.
const (
	atFirst = 1.75
	atMost  = 4.0
	owed    = 0.5
)

// A card is worth its place when the entry is needed with a probability above the price, which falls as the purse fills: one
// guess in a hurry, two or three when there is time for them. Chosen on all sets of cmd/parley/internal/evalassist, each judged by what
// the others taught, as they are and with three times as much time between questions.
const (
	dearest  = 0.115 // price with an empty purse
	cheapens = 0.7   // logarithm by which each card in the purse lowers it
)

// earn fills the purse up to the end of t.
func (p *purse) earn(t Turn, perMinute float64) {
	if !p.begun {
		p.begun, p.last, p.cards = true, t.Start, atFirst
	}
	if t.End > p.last {
		p.cards = min(atMost, p.cards+(t.End-p.last).Seconds()*perMinute/60)
		p.last = t.End
	}
}

// price is the probability that a card must have now.
func (p *purse) price() float64 { return dearest * math.Exp(-cheapens*max(0, p.cards)) }

// spend takes a card out of the purse, if there is enough.
func (p *purse) spend() bool {
	if p.cards < 1-owed {
		return false
	}
	p.cards--
	return true
}
