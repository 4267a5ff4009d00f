// Package tts is speech output as the rest of Parley sees it: text goes in, 16 kHz sound comes out, clause by clause.
// It holds what every voice needs (text normalised for speaking, cutting into clauses, the cache); the voices are in
// tts/kokoro, tts/openai and tts/espeak, and tts/ttstest has the scripted one and the conformance suite.
package tts

import (
	"errors"
	"strings"
)

// Voice names a voice of an engine, such as "kokoro:af_heart".
type Voice struct {
	Name  string  // as the catalogue or the server knows it
	Lang  string  // "en" or "zh": decides how text is normalised
	Speed float64 // 1 is the voice's own speed; 0 means 1; 0.5..2
}

// Clip is a piece of speech together with the text it speaks.
type Clip struct {
	Text   string  // as it stood in the text given to Speak
	PCM    []int16 // 16 kHz mono, with the pause that follows it; read only, it may be shared
	Cached bool    // it was on disk or in memory and cost nothing
	Rescue error   // why the engine of last resort spoke it, nil: it did not
}

// ErrVoice means the voice is unknown to the engine.
var ErrVoice = errors.New("tts: unknown voice")

// Rate returns the voice's speed with its default and limits applied.
func (v Voice) Rate() float64 {
	if v.Speed == 0 {
		return 1
	}
	return min(max(v.Speed, 0.5), 2)
}

// Bare returns the voice's name without the engine in front of it: "af_heart" for "kokoro:af_heart".
func (v Voice) Bare() string {
	if _, name, ok := strings.Cut(v.Name, ":"); ok {
		return name
	}
	return v.Name
}

func isChinese(lang string) bool {
	return strings.HasPrefix(lang, "zh") || strings.HasPrefix(lang, "cmn")
}
