package knowledgecmd

import "github.com/parley-voice/parley/assist/concern"

// Concern judges what is said in calls with those of the models for which something was learnt. Each is opened for it once more when
// it first reads. Close e after the last use.
func (e Embedders) Concern() *concern.Judge {
	readers := map[string]concern.Reader{}
	for lang, em := range e {
		if part := concern.Part(em.Hash()); part != nil {
			readers[lang] = em.Reader(part)
		}
	}
	return concern.NewJudge(readers)
}
