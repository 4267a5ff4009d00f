package pipeline

import (
	"context"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu"
)

// A far side that is a machine says the same again and again, and so does a caller whom the bot cannot help. Either would go on
// until the longest time of a call, so after some rounds the bot does what it does for one it cannot help.

const (
	maxRounds  = 6   // turns in a row with nearly the same words that brought the same reply
	sameWords  = 0.8 // share of letters that nearly the same words have in common
	longestCmp = 200 // letters that are compared: a turn of 28 seconds has few more
)

// rounds counts turns that brought nothing new.
type rounds struct {
	text  []rune // of the last turn
	reply string
	n     int
	tried bool // a person was sought because of it
}

// push takes a turn with its reply and reports whether there were too many like it.
func (r *rounds) push(text string, dec answer.Decision) bool {
	said := []rune(plain(text))
	said = said[:min(len(said), longestCmp)]
	if dec.Command != nlu.None || dec.Text == "" || dec.Text != r.reply || !nearly(r.text, said) {
		r.n = 0
	}
	r.n++
	r.text, r.reply = said, dec.Text
	if r.n < maxRounds {
		return false
	}
	r.n = 0
	return dec.Command == nlu.None && dec.Text != ""
}

// nearly reports whether two texts differ in few letters.
func nearly(a, b []rune) bool {
	longer := max(len(a), len(b))
	row := make([]int, len(b)+1) // changes from the letters of a so far to the first ones of b
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		corner := row[0]
		row[0] = i + 1
		for j, y := range b {
			change := corner
			if x != y {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, corner+1)
		}
	}
	return longer > 0 && float64(longer-row[len(b)]) >= sameWords*float64(longer)
}

// breakOff ends a conversation that goes round in circles: a person takes the caller on, or, where there is none, they are told
// so and the call ends.
func (v *conversation) breakOff(ctx context.Context) {
	const why = "nothing new was said"
	closed := v.Route.Closed[v.lang]
	switch {
	case v.leaving:
	case closed != "":
		v.sayLast(ctx, closed, why)
	case v.rounds.tried:
		v.sayLast(ctx, answer.Say(answer.SayNoHelp, v.lang), why)
	case v.Desk != nil && v.Route.Desk:
		v.rounds.tried = true
		v.handOver(ctx, why, Aim{})
	case v.Route.Transfer != "":
		v.rounds.tried = true
		v.silence()
		v.leaving = true
		v.sayNow(ctx, answer.Say(answer.SayTransfer, v.lang), "hand-off", afterReply{transfer: true, sure: true})
	default:
		v.sayLast(ctx, answer.Say(answer.SayNoHelp, v.lang), why)
	}
}

// breakOffSoon drops the reply to a turn that was one too many, and breaks off.
func (v *conversation) breakOffSoon(p *preparation) {
	p.cancel()
	v.answered = nil
	v.flushPending()
	v.log.Info("the caller says nearly the same again and again; the bot breaks off")
	v.box.post(note{do: func(ctx context.Context) error { v.breakOff(ctx); return nil }})
}
