package pipeline

import (
	"context"

	"github.com/parley-voice/parley/assist/answer"
)

// Retire ends the call with a sentence that asks the caller to ring again, whoever is in it: the node is about to stop.
func (c *Control) Retire() {
	c.do(func(ctx context.Context) error {
		c.v.sayLast(ctx, answer.Say(answer.SayService, c.v.lang), "maintenance")
		return nil
	})
}
