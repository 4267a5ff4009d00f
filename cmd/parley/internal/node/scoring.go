package node

import (
	"context"
	"math"
	"time"

	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
)

// keeper scores ended calls, by wording and meaning, where no caller waits for it. It is the same one at every call.
func (n *Node) keeper() *scoring.Keeper {
	n.scoring.Do(func() {
		var model quality.Model
		var embedders knowledgecmd.Embedders
		if n.brain != nil {
			embedders = n.brain.Store.Embedders()
			if n.brain.Writer != nil {
				model = n.brain.Writer
			}
		}
		if len(embedders) == 0 {
			n.env.Log.Warn("calls are scored by wording alone: the embedding models are not here; run parley models pull")
		}
		sc := n.store.Scores()
		n.scores = &scoring.Keeper{
			Calls: n.store, Store: sc, Vectors: sc, Scorer: judging.Scorer(embedders, model), Log: n.env.Log,
			Do: judging.Idly(n.queue),
		}
	})
	return n.scores
}

// unjudged is how many calls could not be judged, of all nodes; NaN while the record cannot be read. It blocks up to two seconds.
func (n *Node) unjudged() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, all, err := n.store.Scores().Failures(ctx, nil, 0)
	if err != nil {
		return math.NaN()
	}
	return float64(all)
}

// exports reads calls for other systems.
func (n *Node) exports() *export.Gatherer {
	return &export.Gatherer{Records: n.store, Scores: n.store.Scores(), Imports: n.store.Imports()}
}
