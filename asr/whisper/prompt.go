package whisper

import (
	"context"
	"strings"
)

// longestPrompt bounds, in bytes, how much of a prompt the decoder is given: it costs time and crowds out the sound.
const longestPrompt = 400

// promptOf writes hot words as a line of text such as might have been said just before.
func promptOf(hot []string) string {
	var b strings.Builder
	for _, w := range hot {
		if b.Len()+len(w) > longestPrompt {
			break
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(w)
	}
	return b.String()
}

// promptNoSpeech is the probability that nobody speaks above which a prompt says more than the sound.
const promptNoSpeech = 0.35

// onlyHot tells whether text is made of several hot words and nothing else.
func onlyHot(text string, hot []string) bool {
	left, n := letters(text), 0
	for _, w := range hot {
		if w = letters(w); w != "" {
			n += strings.Count(left, w)
			left = strings.ReplaceAll(left, w, " ")
		}
	}
	return n > 1 && strings.TrimSpace(left) == ""
}

// unprompted hears the sound of the last run without the prompt, with which h and r were heard. Where nobody speaks the
// decoder repeats a prompt, and is as sure of it as of speech: what is heard without one counts there, and hot words alone
// count where something is.
func (e *Engine) unprompted(ctx context.Context, s *state, sound []float32, pcm []int16, h *heard, r result, beams, threads int) (result, error) {
	plain, err := s.listen(ctx, sound, len(pcm), s.kept, beams, threads, []int{h.lang}, "")
	if err != nil {
		return result{}, err
	}
	p := e.result(plain, pcm)
	if p.text != "" && h.noSpeech <= promptNoSpeech {
		return r, nil
	}
	if p.text == "" && p.rejected == "" {
		p.rejected = rejectNoSpeech
	}
	p.langP = r.langP
	return p, nil
}
