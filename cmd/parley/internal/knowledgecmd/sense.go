package knowledgecmd

import (
	"fmt"

	"github.com/parley-voice/parley/nlu/redact"
)

// Sense is what helps the rules of masking with these models; parts are what was learnt for their languages in place of what
// redact has, and may be nil. The models are opened for it once more, which takes a moment. Close e after its last use. It
// is nil where nothing was learnt for any of the models.
func (e Embedders) Sense(parts map[string][]byte) (*redact.Sense, error) {
	taggers := map[string]redact.Tagger{}
	for lang, em := range e {
		part := parts[lang]
		if part == nil {
			part = redact.Part(em.Hash())
		}
		if part == nil {
			continue
		}
		t := em.Tagger(part, redact.Looks)
		if err := t.Warm(); err != nil {
			return nil, fmt.Errorf("open what masks in %q: %w", lang, err)
		}
		taggers[lang] = t
	}
	if len(taggers) == 0 {
		return nil, nil //nolint:nilnil // the rules alone
	}
	return redact.NewSense(taggers), nil
}
