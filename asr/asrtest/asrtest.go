// Package asrtest has what tests of recognition need: a scripted engine for the stages above, and the conformance suite
// that every engine passes.
package asrtest

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// Line is what the scripted engine answers with.
type Line struct {
	Text string
	Lang string        // "" = the first language of the utterance, else "en"
	Err  error         // instead of a text
	Took time.Duration // how long it seems to compute
}

// Engine answers with the lines of its script in order, and with nothing once they are used up. Sound below -60 dBFS
// uses up no line. It is safe for concurrent use.
type Engine struct {
	mu     sync.Mutex
	script []Line
	heard  []asr.Utterance
}

// New returns an engine with that script.
func New(script ...Line) *Engine { return &Engine{script: script} }

// Heard returns the utterances so far, without their sound.
func (e *Engine) Heard() []asr.Utterance {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]asr.Utterance(nil), e.heard...)
}

// Recognize is as the engines have it.
func (e *Engine) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	t := asr.Transcript{Party: u.Party, Start: u.Start, End: u.Start + call.Offset(audio.Duration(len(u.PCM))), Final: true}
	if len(u.PCM) == 0 {
		return t, asr.ErrEmpty
	}
	if err := ctx.Err(); err != nil {
		return t, context.Cause(ctx)
	}
	line := e.next(u)
	if line.Took > 0 {
		timer := time.NewTimer(line.Took)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return t, context.Cause(ctx)
		}
	}
	if line.Err != nil {
		return t, line.Err
	}
	t.Text, t.Lang = line.Text, line.Lang
	if t.Lang == "" {
		t.Lang = "en"
		if len(u.Langs) > 0 {
			t.Lang = u.Langs[0]
		}
	}
	t.LangP = 1
	t.Words = words(line.Text, t.Start, t.End)
	if len(t.Words) > 0 {
		t.Confidence = 1
	}
	return t, nil
}

func (e *Engine) next(u asr.Utterance) Line {
	e.mu.Lock()
	defer e.mu.Unlock()
	silent := audio.Level(u.PCM) < -60
	u.PCM = nil
	e.heard = append(e.heard, u)
	if silent || len(e.script) == 0 {
		return Line{}
	}
	line := e.script[0]
	e.script = e.script[1:]
	return line
}

// words spreads the words of text evenly.
func words(text string, start, end call.Offset) []asr.Word {
	fields := strings.Fields(text)
	out := make([]asr.Word, len(fields))
	for i, f := range fields {
		n := call.Offset(len(fields))
		out[i] = asr.Word{Text: f, P: 1, Start: start + (end-start)*call.Offset(i)/n, End: start + (end-start)*call.Offset(i+1)/n}
	}
	return out
}
