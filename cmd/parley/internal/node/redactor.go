package node

import (
	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline"
)

// redactor masks one call.
type redactor struct{ redact.Session }

// Mask implements pipeline.Redactor.
func (r *redactor) Mask(t asr.Transcript) (asr.Transcript, []pipeline.Stretch) {
	masked := r.Transcript(t)
	var out []pipeline.Stretch
	for _, s := range redact.Times(t, masked) {
		out = append(out, pipeline.Stretch{Start: s[0], End: s[1]})
	}
	return masked, out
}
