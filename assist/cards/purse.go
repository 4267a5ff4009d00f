package cards

import (
	"github.com/parley-voice/parley/pipeline/call"
)

// purse is what may still be spent on cards. It fills with the time of the call, so that the cards of a call keep to a
// pace: a question that comes early or in a hurry is still answered, and what quiet minutes leave is not all spent at once.
type purse struct {
	begun bool
	last  call.Offset
	cards float64
}

// What a purse holds.
const (
	atFirst = 1.5
	atMost  = 4.0
)

// needed is what the purse must hold for the first, second and third card of a turn. The first may be owed in part:
// the next question matters more than a second guess at this one.
var needed = [...]float64{0.5, 1, 1.5}

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

// spend takes a card, the n-th of a turn counted from 0, out of the purse, if there is enough.
func (p *purse) spend(n int) bool {
	if p.cards < needed[min(n, len(needed)-1)] {
		return false
	}
	p.cards--
	return true
}
