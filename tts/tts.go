// Package tts is speech output as the rest of Parley sees it: text goes in, 16 kHz sound comes out, clause by clause.
// It holds what every voice needs (text normalised for speaking, cutting into clauses, the cache); the voices are in
// tts/kokoro and tts/openai, and tts/ttstest has the scripted one and the conformance suite.
package tts

import "errors"

// Voice names a voice of an engine, such as "kokoro:af_heart".
type Voice struct {
	Name  string  // as the catalogue or the server knows it
	Lang  string  // "en" or "zh": decides how text is normalised
	Speed float64 // 1 is the voice's own speed; 0 means 1; 0.5..2
}

// ErrVoice means the voice is unknown to the engine.
var ErrVoice = errors.New("tts: unknown voice")
