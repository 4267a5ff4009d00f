package pipeline

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/turn"
	"github.com/parley-voice/parley/pipeline/work"
)

// preparation is a reply made ready before it is sure that the turn has ended. The job writes its results before it
// posts the note; the conversation loop reads them after.
type preparation struct {
	from, to  time.Duration
	cancel    context.CancelFunc
	dialogue  answer.Dialogue // before the turn, as far as the caller had heard it
	speaks    tongue          // before the turn
	committed chan struct{}   // closed by commit: the rest of the reply may be made
	asking    atomic.Bool     // a language model words the reply to transcript, which is understood as meant
	meant     nlu.Understanding

	transcript asr.Transcript
	secret     []Stretch // where masked words were said
	decision   answer.Decision
	reply      *reply
	early      turn.Verdict // by the words alone, while a language model is asked
	verdict    turn.Verdict
	err        error
	lastVoice  call.Offset
	textAt     call.Offset
	answeredAt call.Offset

	// conversation loop only
	done  bool        // the note has arrived
	ended call.Offset // the turn has ended, zero while it has not
	told  bool        // the caller was told that the reply takes a moment
	keyed bool        // a key was pressed after it: what is said now is not heard together with it
	why   string
}

// recogniseTime and answerTime bound what one utterance may take.
const (
	recogniseTime = 20 * time.Second
	answerTime    = 10 * time.Second
)

// prepare starts the job for [from,to). It ends with the reply complete, or when retract or a cut cancels it.
func (v *conversation) prepare(ctx context.Context, from, to time.Duration, final bool) {
	if v.leaving {
		return
	}
	jctx, cancel := context.WithCancel(ctx)
	p := &preparation{
		from: from, to: to, cancel: cancel, dialogue: v.standing(), speaks: v.tongue, committed: make(chan struct{}),
		lastVoice: call.Offset(v.lastVoice.Load()),
	}
	v.joinOwed(p)
	v.prep = p
	class := work.Speculative
	if final {
		class = work.Final
	}
	saying := ""
	if v.saying != nil {
		saying = v.saying.whole()
	}
	// Ends when the reply is complete or cancelled; Serve waits for it.
	v.jobs.Go(func() { v.runPreparation(jctx, p, class, saying) })
}

func (v *conversation) runPreparation(ctx context.Context, p *preparation, class work.Class, saying string) {
	defer v.Work.Hold()()
	answered := v.understand(ctx, p, class)
	p.textAt = v.now()
	if ctx.Err() != nil {
		return
	}
	if p.err == nil && p.transcript.Text != "" {
		if !answered {
			p.decision, p.err = v.answer(ctx, p.transcript, p.dialogue, p.speaks, func(meant nlu.Understanding) {
				p.decision.Understanding, p.meant = meant, meant
				p.early = verdictOf(p, saying)
				p.asking.Store(true)
				v.box.post(note{asking: p})
			})
		}
		p.answeredAt = v.now()
	}
	if ctx.Err() != nil {
		return
	}
	if p.err != nil {
		p.decision = v.apology(p.dialogue, p.speaks.lang, p.err)
	}
	p.verdict = verdictOf(p, saying)
	r := v.newReply(p.decision.Text, p.decision.Lang)
	r.entry, r.decision, r.stop = p.decision.Entry, p.decision.Decision, p.cancel
	p.reply = r
	v.box.post(note{prepared: p})
	if r.text != "" {
		v.feed(ctx, r, class, p.committed, p.decision.More)
	}
}

// knownWell is the probability of an answer from which it matters no more that the recogniser was unsure of a word.
const knownWell = 0.9

// understand turns what the caller said into masked text, and notes in p where the masked words were said. Where the
// recogniser is unsure after its first try, the second is made unless the first is answered by an entry all the same: the
// second takes longer than the whole reply otherwise does. It reports whether that answer is in p already.
func (v *conversation) understand(ctx context.Context, p *preparation, class work.Class) (answered bool) {
	try := asr.First
	if v.redact.Private(call.Caller) {
		try = asr.AsNeeded
	}
	p.transcript, p.secret, p.err = v.recogniseIn(ctx, v.heard, call.Caller, p.from, p.to, class, p.speaks.lang, try)
	if p.err != nil || !p.transcript.Unsure {
		return false
	}
	if p.transcript.Text != "" {
		known, err := v.answer(ctx, p.transcript, p.dialogue, p.speaks, nil)
		if err == nil && known.Decision == answer.Known && known.PRight >= knownWell {
			p.decision = known
			return true
		}
	}
	again, secret, err := v.recogniseIn(ctx, v.heard, call.Caller, p.from, p.to, class, p.speaks.lang, asr.Second)
	if err != nil && p.transcript.Text != "" { // what was heard first is better than asking the caller to say it again
		if ctx.Err() == nil { // else nobody wants it any more: the caller has gone on speaking
			v.log.Warn("second try at an utterance failed", "err", err)
		}
		return false
	}
	if p.transcript.Text == "" || again.Text != "" && again.Confidence >= p.transcript.Confidence {
		p.transcript, p.secret, p.err = again, secret, err
	}
	return false
}

// aroundUnheard is silenced before and after an utterance that was not understood where something private was asked for.
const aroundUnheard = call.Offset(200 * time.Millisecond)

// recogniseIn turns what who said in [from,to) of s into masked text, and tells where the masked words were said.
func (v *conversation) recogniseIn(ctx context.Context, s *sound, who call.Party, from, to time.Duration, class work.Class, lang string, try asr.Try) (asr.Transcript, []Stretch, error) {
	limited, cancel := context.WithTimeout(ctx, recogniseTime)
	defer cancel()
	u := asr.Utterance{
		Party: who, PCM: s.cut(from, to), Start: call.Offset(from),
		Class: class, Langs: inFront(v.Route.Langs, lang), Hot: v.Route.Hot, Try: try,
	}
	var t asr.Transcript
	err := v.Work.Do(limited, class, string(v.ID), func(ctx context.Context) error {
		if u.Others = work.Crowd(ctx); u.Others > 0 {
			u.Threads = 1
		}
		var err error
		t, err = v.Recognizer.Recognize(ctx, u)
		return err
	})
	if errors.Is(err, asr.ErrEmpty) {
		err = nil
	}
	t.Final = class != work.Partial
	t.Party = who
	if level := audio.SpeechLevel(u.PCM); t.Final && level > audio.Quietest {
		t.Loudness = level
	}
	if t.Final && t.Text == "" && ctx.Err() == nil && v.redact.Private(who) { // it was asked for and not understood: it may be there all the same
		v.unrecord(who, []Stretch{{max(0, call.Offset(from)-aroundUnheard), call.Offset(to) + aroundUnheard}})
	}
	masked, secret := v.redact.Mask(t)
	return masked, secret, err
}

// answer asks for the decision, of commands and known questions alone without asking. With asking, which is told when a language model is asked, its reply may still be in the
// making until ctx ends.
func (v *conversation) answer(ctx context.Context, t asr.Transcript, d answer.Dialogue, speaks tongue, asking func(nlu.Understanding)) (answer.Decision, error) {
	ctx, cancel := context.WithCancel(ctx)
	late := time.AfterFunc(answerTime, cancel)
	defer func() {
		if late.Stop(); asking == nil {
			cancel()
		}
	}()
	dec, err := v.Answerer.Answer(ctx, d, answer.Query{
		Text: t.Text, Lang: t.Lang, Reply: speaks.after(t, v.Route.Langs).lang, Base: v.Route.Base, Queue: v.Route.Name, Confidence: t.Confidence, Spoken: true,
		Quick: asking == nil, Stream: asking != nil, Asking: asking,
	})
	return v.unlessClosed(dec), err
}

// apology is the reply when a part failed: say so, keep the caller.
func (v *conversation) apology(d answer.Dialogue, lang string, err error) answer.Decision {
	v.trouble("understanding", err, "the caller was asked to say it again")
	return answer.Decision{Decision: "clarify", Text: answer.Say(answer.SayAgain, lang), Lang: lang, Next: d}
}

// feed makes the sound of r. Until committed is closed only the first clause is made.
func (v *conversation) feed(ctx context.Context, r *reply, class work.Class, committed <-chan struct{}, more iter.Seq[string]) {
	err := v.feedText(ctx, r, r.text, class, committed)
	if more != nil && err == nil {
		for text := range more {
			if r.lang != "zh" {
				text = " " + text
			}
			r.extend(text)
			if err = v.feedText(ctx, r, text, work.Speculative, nil); err != nil || ctx.Err() != nil {
				break
			}
		}
	}
	r.close(err)
}

// feedText makes the sound of one text of r.
func (v *conversation) feedText(ctx context.Context, r *reply, text string, class work.Class, committed <-chan struct{}) error {
	first := true
	for clip, err := range v.Speaker.Speak(ctx, text, v.Route.Voices[r.lang], class) {
		if err != nil {
			return err
		}
		if clip.Rescue != nil && !v.poor.Swap(true) {
			v.trouble("tts", clip.Rescue, "a plainer voice speaks")
		}
		r.add(clip.Text, clip.PCM, v.now())
		if first && committed != nil {
			first = false
			select {
			case <-committed:
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil
}

// verdictOf says what was heard, for the turn machine. Words that the bot is just saying are an echo.
func verdictOf(p *preparation, saying string) turn.Verdict {
	text, dec := p.transcript.Text, p.decision
	switch {
	case p.err != nil:
		return turn.Likely
	case text == "" || echoes(text, saying):
		return turn.Nothing
	case dec.Command != nlu.None:
		return turn.Command
	case dec.Understanding.Backchannel:
		return turn.Backchannel
	}
	v := wordsOf(dec.Understanding)
	if dec.Decision == answer.Known {
		return v + 1 // what can be answered needs less silence: open -> unsure -> likely -> sure
	}
	return v
}

// sureOpen is how likely somebody has more to say from which on they get all the time there is.
const sureOpen = 0.8

// wordsOf says of words whether they look finished.
func wordsOf(meant nlu.Understanding) turn.Verdict {
	switch {
	case meant.Open >= sureOpen:
		return turn.Open
	case meant.GoesOn():
		return turn.Unsure
	}
	return turn.Likely
}

// echoes reports whether text, of two words at least, is part of what the bot is saying.
func echoes(text, saying string) bool {
	t, s := plain(text), plain(saying)
	return len(t) >= 6 && strings.Contains(s, t)
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" ,.?!，。？！、", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// judge takes a finished preparation.
func (v *conversation) judge(p *preparation) {
	if v.prep != p && v.owed != p {
		return // out of date
	}
	p.done = true
	if p.verdict != turn.Nothing {
		v.lively, v.asked = v.now(), false
	}
	if p.ended > 0 {
		v.commit(p)
		return
	}
	v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision { return m.Judge(at, p.to, p.verdict, false) })
}

// judgeEarly lets a turn end by its words while a language model takes its time over the reply.
func (v *conversation) judgeEarly(p *preparation) {
	if v.prep != p || p.done || p.ended > 0 {
		return
	}
	v.decide(func(m *turn.Machine, at time.Duration) []turn.Decision { return m.Judge(at, p.to, p.early, false) })
}

// retract drops the reply in preparation.
func (v *conversation) retract() {
	if v.prep != nil {
		v.prep.cancel()
		v.prep = nil
	}
}

// inFront returns langs with lang first.
func inFront(langs []string, lang string) []string {
	out := []string{lang}
	for _, l := range langs {
		if l != lang {
			out = append(out, l)
		}
	}
	return out
}
