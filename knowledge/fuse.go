package knowledge

// answerShare is the part the answer's cosine has in the dense score of an entry that has a question, too.
const answerShare = 0.2

// mix is how the rankings are weighed in one base.
type mix struct {
	lexical, pinyin float32
}

func (ix *Index) newMix() mix { return mix{lexical: 0.2, pinyin: 0.1} }

// fuse fills s.fused.
func (ix *Index) fuse(s *scores) {
	for i := range s.fused {
		s.fused[i] = s.dense[i] + ix.mix.lexical*s.lexical[i]
		if s.pinyin != nil {
			s.fused[i] += ix.mix.pinyin * s.pinyin[i]
		}
	}
}
