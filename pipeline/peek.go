package pipeline

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
	"github.com/parley-voice/parley/pipeline/work"
)

// peek is a partial recognition: for captions, and over the bot for a command word.
type peek struct {
	to      time.Duration
	verdict turn.Verdict
}

// peek starts a partial recognition, unless one is under way. It ends with the recognition or ctx; Serve waits for it.
func (v *conversation) peek(ctx context.Context, d turn.Decision) {
	if v.peeking.Swap(true) {
		return
	}
	speaks, dialogue, over, before := v.tongue, v.standing(), v.player.busy(), v.caption
	v.jobs.Go(func() {
		defer v.peeking.Store(false)
		t, _, err := v.recogniseIn(ctx, v.heard, call.Caller, d.From, d.To, work.Partial, speaks.lang, asr.First)
		if err != nil || t.Text == "" {
			return
		}
		full := t
		if t.Start == before.Start { // two readings agree on it: it will stay
			t.Text = stable(before.Text, t.Text)
		} else {
			t.Text = ""
		}
		t.Words = nil
		v.box.post(note{caption: &full})
		if t.Text != "" {
			v.emit.put(v.now(), call.KindPartial, t, false)
		}
		if !over {
			return
		}
		dec, err := v.answer(ctx, full, dialogue, speaks, nil)
		if err == nil && dec.Command != nlu.None {
			v.box.post(note{peeked: &peek{to: d.To, verdict: turn.Command}})
		}
	})
}

// stable is the beginning that two readings share, to the word, case and punctuation aside.
func stable(a, b string) string {
	end, same := 0, 0
	ra := []rune(plain(a))
	for i, r := range b {
		p := plain(string(r))
		if p == "" {
			if same > 0 && unicode.IsSpace(r) {
				end = i
			}
			continue
		}
		if same >= len(ra) || string(ra[same]) != p {
			return strings.TrimSpace(b[:end])
		}
		same++
		if hanzi.IsHan(r) {
			end = i + len(string(r))
		}
	}
	return b
}

func (v *conversation) judgePeek(p *peek) {
	v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision { return m.Judge(at, p.to, p.verdict, true) })
}
