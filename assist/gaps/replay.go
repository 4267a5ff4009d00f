package gaps

import (
	"context"
	"fmt"

	"github.com/parley-voice/parley/assist/answer"
)

// Moment is one thing a caller said, or a key, in a call that is over, and what the bot did with it.
type Moment struct {
	Query answer.Query
	Was   Outcome
}

// Replay says to a bot what a caller said, in this order and as one conversation, and tells where it does otherwise than
// was done then. Once it does, the caller might have gone on differently: what comes after the first change is a guess. It
// blocks and ends with ctx.
func Replay(ctx context.Context, now Answerer, moments []Moment) ([]Change, error) {
	out := []Change{}
	var d answer.Dialogue
	for _, m := range moments {
		dec, err := now.Answer(ctx, d, m.Query)
		if err != nil {
			return out, fmt.Errorf("ask %q: %w", m.Query.Text, err)
		}
		d = dec.Next
		if c, differs := compared(Probe{Query: dec.Query, Lang: m.Query.Lang}, m.Was, outcomeOf(dec)); differs {
			out = append(out, c)
		}
	}
	return out, nil
}
