package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/pipeline/call"
)

// cardTimes sets cards against the final texts of the turns they are about, by the times of their events.
type cardTimes struct {
	final           map[call.Party]call.Offset
	turn            map[int]call.Offset
	shown           map[string]bool
	rules, passages []time.Duration
}

func newCardTimes() *cardTimes {
	return &cardTimes{final: map[call.Party]call.Offset{}, turn: map[int]call.Offset{}, shown: map[string]bool{}}
}

// follow takes the events of one call in order until they end, which ctx makes them.
func (c *cardTimes) follow(ctx context.Context, events iter.Seq2[call.Event, error]) error {
	for e, err := range events {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("follow the call: %w", err)
		}
		if err := c.take(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *cardTimes) take(e call.Event) error {
	switch e.Kind {
	case call.KindFinal:
		var t asr.Transcript
		if err := json.Unmarshal(e.Body, &t); err != nil {
			return fmt.Errorf("read a final text: %w", err)
		}
		c.final[t.Party] = e.At
	case call.KindTurn:
		var t call.Turn
		if err := json.Unmarshal(e.Body, &t); err != nil {
			return fmt.Errorf("read a turn: %w", err)
		}
		if at, ok := c.final[t.Who]; ok {
			c.turn[t.N] = at
		}
	case call.KindCard:
		var card desk.Card
		if err := json.Unmarshal(e.Body, &card); err != nil {
			return fmt.Errorf("read a card: %w", err)
		}
		final, ok := c.turn[card.Turn]
		if !ok || c.shown[card.ID] {
			return nil
		}
		c.shown[card.ID] = true
		if took := max(0, time.Duration(e.At-final)); card.Source != nil {
			c.passages = append(c.passages, took)
		} else {
			c.rules = append(c.rules, took)
		}
	}
	return nil
}

// add puts the figures of cards there are to the others.
func (c *cardTimes) add(to figures) {
	for name, took := range map[string][]time.Duration{"rule_card": c.rules, "knowledge_card": c.passages} {
		to[name+"s"] = float64(len(took))
		if len(took) > 0 {
			to[name+"_p50_ms"], to[name+"_p95_ms"] = ms(percentile(took, 0.5)), ms(percentile(took, 0.95))
		}
	}
}
