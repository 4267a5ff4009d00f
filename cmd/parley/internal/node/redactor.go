package node

import (
	"context"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
)

// redactor masks one call.
type redactor struct {
	redact.Session

	vault *vault // nil: what is masked is gone
}

// redactorOf returns the redactor of a call that begins.
func (n *Node) redactorOf(id call.ID) pipeline.Redactor {
	r := &redactor{}
	r.Sense = n.sense
	if v, ok := n.vaults.Load(id); ok {
		r.vault = v.(*vault) //nolint:forcetypeassert // nothing else is stored
	}
	return r
}

// Mask implements pipeline.Redactor.
func (r *redactor) Mask(t asr.Transcript) (asr.Transcript, []pipeline.Stretch) {
	masked := r.Transcript(t)
	var out []pipeline.Stretch
	for _, s := range redact.Times(t, masked) {
		out = append(out, pipeline.Stretch{Start: s[0], End: s[1]})
	}
	if r.vault != nil && masked.Text != t.Text {
		_, spans := r.Text(t.Party, t.Text)
		r.vault.transcript(t, masked, spans)
	}
	return masked, out
}

// Heard implements pipeline.Redactor.
func (r *redactor) Heard(who call.Party, text string) {
	r.Session.Heard(who, text)
	if r.vault != nil {
		r.vault.turn(who, text)
	}
}

// openSense helps the rules with the embedding models that knowledge is searched with. Without them the rules are alone.
func (n *Node) openSense(context.Context) error {
	s, err := n.brain.Store.Embedders().Sense(nil)
	if err != nil {
		n.env.Log.Warn("masking by the rules alone", "err", err)
	}
	n.sense = s
	return nil
}
