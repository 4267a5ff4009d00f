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

// What a purse holds.
const (
	atFirst = 1.0
	atMost  = 4.0
	owed    = 0.5 // that a card may leave the purse short of
)

// What a card must be worth, as the probability that it is needed: less where there is much to spend.
const (
	dearest    = 0.25
	cheaper    = 0.7 // for each card in the purse, as a logarithm
	firstShare = 0.3 // of the price, for the first card of a turn
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

// spend takes a card that is needed with probability worth, the n-th of a turn counted from 0, out of the purse, if it is
// worth it and there is enough.
func (p *purse) spend(n int, worth float64) bool {
	price := dearest * math.Exp(-cheaper*p.cards)
	if n == 0 {
		price *= firstShare
	}
	if p.cards-1 < -owed || worth < price {
		return false
	}
	p.cards--
	return true
}
