// Package asr is speech recognition as the rest of Parley sees it: an Utterance goes in, a Transcript comes out. The
// engines are in asr/whisper (whisper.cpp) and asr/openai (any OpenAI-compatible server); asr/asrtest has the scripted
// one and the conformance suite that all of them pass.
package asr

import (
	"errors"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/work"
)

// Utterance is one party's speech as cut by voice activity. The engine does not keep PCM after it returns.
type Utterance struct {
	Party call.Party
	PCM   []int16     // 16 kHz mono; at most 30 s is recognised in one piece, longer input is cut at pauses
	Start call.Offset // offset of the first sample from the start of the call
	Class work.Class
	// Langs are the languages that may have been spoken ("en", "zh"), the expected one first. One language means no
	// detection. Empty means any that the weights know.
	Langs []string
	// Threads is how many processor threads this recognition may use; 0 leaves it to the engine.
	Threads int
	// Others is how many others are recognised or wait just now: an engine may hear less exactly to be done sooner.
	Others int
	// Try says what is done where an engine would try an unsure utterance again.
	Try Try
	// Hot are words the speaker is likely to say (names, products). An engine may ignore them.
	Hot []string
}

// Try is which of an engine's tries at an utterance are made.
type Try int

// The tries.
const (
	AsNeeded Try = iota // the first, and the second where the first was unsure
	First               // the first alone; Transcript.Unsure tells whether the second would have been made
	Second              // the second at once, after a First that was unsure, or where nobody waits
)

// Word is a word, or in Chinese a character or a short run of them, with its place in the call.
type Word struct {
	Text  string      `json:"text"`
	Start call.Offset `json:"start_s"`
	End   call.Offset `json:"end_s"`
	P     float64     `json:"p"` // 0..1
	// Slack is by how much Start and End may be wrong beyond the usual fifth of a second, where the engine could only
	// reckon when the word was said.
	Slack call.Offset `json:"slack_s,omitempty"`
}

// Transcript is what was heard.
type Transcript struct {
	Party      call.Party  `json:"who"`
	By         string      `json:"by,omitempty"` // id of the person, where a party is several; set by who listens
	Text       string      `json:"text"`         // Simplified where Chinese; empty when nothing was said
	Lang       string      `json:"lang"`         // "en", "zh", ...
	LangP      float64     `json:"lang_p,omitempty"`
	Start      call.Offset `json:"start_s"`
	End        call.Offset `json:"end_s"`
	Confidence float64     `json:"confidence"` // 0..1, the mean of the words' probabilities
	NoSpeech   float64     `json:"no_speech,omitempty"`
	Words      []Word      `json:"words,omitempty"`
	Loudness   float64     `json:"loudness_db,omitempty"` // of the speech, in dBFS (below 0); 0 when it was not measured
	Final      bool        `json:"final"`
	// Unsure is set where the engine would have tried again, had it not been asked for the First alone.
	Unsure bool `json:"unsure,omitempty"`
	// Rejected names the guard that emptied Text (no_speech, logprob, repetition, phrase, tag), if one did.
	Rejected string `json:"rejected,omitempty"`
}

// Errors callers branch on.
var (
	// ErrEmpty means there was no sound to recognise.
	ErrEmpty = errors.New("asr: no audio")
	// ErrEngine means the engine failed on this utterance (crash, time-out, bad answer); the next may succeed.
	ErrEngine = errors.New("asr: engine failed")
)
