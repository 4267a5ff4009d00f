package pipeline

import (
	"slices"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/call"
)

// tongue is the language of a conversation, and what speaks for another one.
type tongue struct {
	lang  string
	met   bool // the caller has spoken: lang is no longer what the route expects
	other string
	votes int // utterances in other, one after another
}

// From these on a language that the recogniser names is beyond doubt. Of 288 recordings of English, a quarter of them by
// learners whose language is Mandarin, and of Mandarin, one was named wrongly with that probability, by such a learner.
const (
	surelyHeard = 0.95
	longHeard   = call.Offset(800 * time.Millisecond)
)

// after is the tongue once u was heard: two utterances that agree change it to another of those spoken. The first that a
// caller says does so by itself where it is beyond doubt: nothing but the route has said what they speak.
func (t tongue) after(u asr.Transcript, spoken []string) tongue {
	first, heard := !t.met, u.Lang
	t.met = true
	switch {
	case heard == t.lang || !slices.Contains(spoken, heard):
		t.votes = 0
	case heard == t.other && t.votes > 0, first && u.LangP >= surelyHeard && u.End-u.Start >= longHeard:
		return tongue{lang: heard, met: true}
	default:
		t.other, t.votes = heard, 1
	}
	return t
}
