package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
	"github.com/parley-voice/parley/tts"
)

// memoryTape is a recording.
type memoryTape struct {
	mu        sync.Mutex
	frames    int
	discarded bool
	after     int // frames written after it was discarded
}

func (m *memoryTape) Write(_, _ []int16) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.frames++; m.discarded {
		m.after++
	}
	return nil
}

func (m *memoryTape) Mute(bool, int64, int64) error { return nil }

func (m *memoryTape) Close() error { return nil }

func (m *memoryTape) Discard() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.discarded = true
	return nil
}

func (m *memoryTape) state() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.discarded && m.after == 0:
		return "discarded"
	case m.discarded:
		return "written after it was discarded"
	case m.frames > 0:
		return "running"
	}
	return "empty"
}

// memoryLog keeps events.
type memoryLog struct {
	mu     sync.Mutex
	events []call.Event
}

func (l *memoryLog) Emit(_ context.Context, at call.Offset, kind call.Kind, body any, _ bool) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, call.Event{Seq: uint64(len(l.events) + 1), At: at, Kind: kind, Body: data})
	return nil
}

func (l *memoryLog) turns(who call.Party) []call.Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []call.Turn
	for _, e := range l.events {
		var t call.Turn
		if e.Kind == call.KindTurn && json.Unmarshal(e.Body, &t) == nil && t.Who == who {
			out = append(out, t)
		}
	}
	return out
}

func (l *memoryLog) finals(who call.Party) []asr.Transcript {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []asr.Transcript
	for _, e := range l.events {
		var t asr.Transcript
		if e.Kind == call.KindFinal && json.Unmarshal(e.Body, &t) == nil && t.Party == who {
			out = append(out, t)
		}
	}
	return out
}

func (l *memoryLog) count(kind call.Kind) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func (l *memoryLog) has(kind call.Kind, word string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e.Kind == kind && strings.Contains(string(e.Body), word) {
			return true
		}
	}
	return false
}

func (l *memoryLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for _, e := range l.events {
		fmt.Fprintf(&b, "%7.2f %-14s %s\n", e.At.Seconds(), e.Kind, e.Body)
	}
	return b.String()
}

// perfect hears every word of a pipelinetest.Leg, some time late. At "mumble" it fails.
type perfect struct {
	leg  *pipelinetest.Leg
	late time.Duration
}

func (p perfect) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	select {
	case <-time.After(p.late):
	case <-ctx.Done():
		return asr.Transcript{}, context.Cause(ctx)
	}
	from := time.Duration(u.Start)
	var words []string
	for _, s := range p.leg.Spoken(from, from+audio.Duration(len(u.PCM))) {
		if s.Text != "" {
			words = append(words, s.Text)
		}
	}
	if slices.Contains(words, "mumble") {
		return asr.Transcript{}, errors.New("the recogniser is broken")
	}
	return asr.Transcript{Party: u.Party, Text: strings.Join(words, " "), Lang: nlu.Language(strings.Join(words, " "), u.Langs[0]), LangP: 1, Start: u.Start, End: u.Start + call.Offset(audio.Duration(len(u.PCM))), Confidence: 0.9}, nil
}

// scripted answers by the first word. Whether a sentence goes on, and whether the bot is to wait, it is told by the words.
type scripted struct{}

func (scripted) Answer(ctx context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error) {
	word, _, _ := strings.Cut(strings.ToLower(q.Text), " ")
	if q.Key != 0 {
		word = string(q.Key)
	}
	dec := answer.Decision{Query: q.Text, Lang: q.Reply, Next: d}
	var err error
	if dec.Understanding, err = words.Understand(ctx, nlu.Turn{Text: q.Text, Lang: q.Lang}); err != nil {
		return answer.Decision{}, err
	}
	switch word {
	case "question":
		dec.PRight = 0.95
		dec.Decision, dec.Entry, dec.Text = answer.Known, "e1", "The first sentence of the answer is this one. The second sentence follows it and is longer than the first."
	case "stream":
		dec.Decision, dec.Text = answer.Known, "This sentence comes first."
		dec.More = func(yield func(string) bool) {
			for _, s := range []string{"The second one is made meanwhile.", "And the third one ends it."} {
				if time.Sleep(300 * time.Millisecond); !yield(s) {
					return
				}
			}
		}
	case "slow":
		if q.Asking != nil {
			q.Asking(dec.Understanding)
		}
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
		dec.Decision, dec.Text = answer.Known, "It took a while."
	case "which", "yes":
		if len(d.Offered) > 0 {
			dec.Decision, dec.Text, dec.Next.Offered = answer.Known, "That is the one you took.", nil
			break
		}
		dec.Decision, dec.Text = answer.Clarify, "Do you mean this?"
		dec.Next.Offered = []answer.Choice{{Entry: "e1", Question: "this"}}
	case "6":
		dec.Decision, dec.Text = answer.Clarify, "That key means nothing."
	case "human", "0":
		dec.Decision, dec.Command, dec.Text = answer.Obey, nlu.Person, "One moment, I put you through."
	case "stop":
		dec.Decision, dec.Command = answer.Obey, nlu.Stop
	case "bye":
		dec.Decision, dec.Command, dec.Text = answer.Obey, nlu.Goodbye, "Goodbye."
	case "你好", "你们":
		dec.Decision, dec.Text = answer.Known, map[string]string{"en": "That is a language I know.", "zh": "您说得对。"}[q.Reply]
	case "chinese":
		dec.Decision, dec.Command, dec.Switch, dec.Lang, dec.Text = answer.Obey, nlu.Chinese, "zh", "zh", "好的。"
	case "mhm":
		dec.Understanding.Backchannel = true
		dec.Decision, dec.Text = answer.Clarify, "Yes?"
	default:
		if dec.Understanding.Command == nlu.Stop {
			dec.Decision, dec.Command = answer.Obey, nlu.Stop
			break
		}
		dec.Decision, dec.Text = answer.Offer, "I do not know that. Shall I connect you to a person?"
	}
	return dec, nil
}

// tones speaks 80 ms of tone a word, sentence by sentence, after some time.
type tones time.Duration

func (late tones) Speak(ctx context.Context, text string, _ tts.Voice, _ work.Class) iter.Seq2[tts.Clip, error] {
	return func(yield func(tts.Clip, error) bool) {
		if late > 0 {
			select {
			case <-time.After(time.Duration(late)):
			case <-ctx.Done():
				return
			}
		}
		for _, s := range strings.SplitAfter(text, ". ") {
			n := max(len(strings.Fields(s)), len([]rune(s))/8)
			if !yield(tts.Clip{Text: s, PCM: audio.Sine(300+float64(len(s)), -20, time.Duration(n)*160*time.Millisecond)}, nil) {
				return
			}
		}
	}
}

// open masks nothing.
type open struct{}

func (open) Mask(t asr.Transcript) (asr.Transcript, []pipeline.Stretch) { return t, nil }

func (open) Heard(call.Party, string) {}

func (open) Private(call.Party) bool { return false }
