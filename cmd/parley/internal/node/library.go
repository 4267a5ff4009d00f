package node

import (
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/httpapi"
)

// library is what the page of the knowledge works with: the store the bot itself searches, so that what is published is
// answered from the next question on.
func (n *Node) library() httpapi.KnowledgeOptions {
	bar := n.cfg.Answer.Bar
	if bar == 0 {
		bar = answer.DefaultBar
	}
	return httpapi.KnowledgeOptions{Store: n.brain.Store, Bot: n.engine, Gaps: n.store, Bar: bar}
}
