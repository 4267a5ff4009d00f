// Package whisper recognises speech with whisper.cpp on this machine's processor, on most of them with the encoder in
// ONNX Runtime (see encoder). Engine runs it in this process; Worker runs the same engine in a child process of the same
// binary, so that a crash of the library costs one utterance.
//
// The encoder is run over a context fitted to the utterance instead of whisper's 30 s, once, for the choice of the
// language too. The decoder stops when its timestamps reach the end of the sound and is watched for repetition. What is
// doubtful is decoded again, at a longer context and with beams; what looks invented is dropped (see guard).
package whisper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/asr/whisper/encoder"
	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/work"
)

// Options tune an engine. The zero value is good. A child process is given them as JSON, all but the last two.
type Options struct {
	Threads int // processor threads of one recognition, 0 = 2
	States  int // recognitions at the same time over the one copy of the weights, 0 = 1; each takes about 200 MB
	// MinContext is the smallest encoder context in frames of 20 ms, 0 = 768. A multiple of 256; 1500 is whisper's own.
	MinContext int
	Beams      int // texts the decoder weighs against each other when it is unsure of one, 1 to 8, else 8
	// Encoder computes the encoder: ONNX, GGML, or Auto, which "" is too, for the one that is quicker on this processor.
	Encoder string
	Runtime string // path of the ONNX Runtime library, "" = beside the program
	// Fold rewrites Chinese text; nil writes it in Simplified characters.
	Fold func(string) string `json:"-"`
	Log  *slog.Logger        `json:"-"` // nil = silent
}

func (o Options) withDefaults() Options {
	if o.Threads <= 0 {
		o.Threads = 2
	}
	if o.States <= 0 {
		o.States = 1
	}
	if o.MinContext <= 0 {
		o.MinContext = shortContext
	}
	if o.Beams <= 0 || o.Beams > mostBeams {
		o.Beams = mostBeams
	}
	if o.Fold == nil {
		o.Fold = hanzi.Simplify
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Engine is whisper.cpp in this process. Its methods may be called from any goroutine; Close only once, last.
type Engine struct {
	opt     Options
	model   *model
	encoder *encoder.Encoder // nil: whisper.cpp's
	pool    chan *state
}

// Open loads the ggml weights at path, which takes a tenth of a second or more. The caller closes the engine.
func Open(path string, opt Options) (*Engine, error) {
	opt = opt.withDefaults()
	m, err := loadModel(path)
	if err != nil {
		return nil, err
	}
	e := &Engine{opt: opt, model: m, pool: make(chan *state, opt.States)}
	if e.encoder, err = openEncoder(path, opt); err != nil {
		return nil, errors.Join(err, e.closeStates(0))
	}
	for i := range opt.States {
		s, err := m.newState(i == 0)
		if err != nil {
			return nil, errors.Join(err, e.closeStates(i))
		}
		if e.encoder != nil {
			s.use(e.encoder)
		}
		e.pool <- s
	}
	return e, nil
}

// Close waits for running recognitions and frees the weights.
func (e *Engine) Close() error { return e.closeStates(e.opt.States) }

func (e *Engine) closeStates(n int) error {
	for range n {
		(<-e.pool).free()
	}
	e.model.free()
	if e.encoder == nil {
		return nil
	}
	return e.encoder.Close()
}

// Lengths of sound, in samples.
const (
	minSound   = audio.Rate               // shorter sound is padded with silence
	maxSound   = 28 * audio.Rate          // longer sound is cut at a pause
	searchFrom = 18 * audio.Rate          // the pause is looked for from here to maxSound
	quietest   = -60.0                    // dBFS: below it nobody speaks
	tiny       = 50 * audio.SamplesPerMS  // below it there is nothing to hear
	pauseLen   = 200 * audio.SamplesPerMS // length of the quietest stretch looked for
	pauseStep  = 50 * audio.SamplesPerMS  // step of the search
)

// Recognize returns what was said in u. It waits for a free state, then computes for about a tenth of the sound's
// length. When ctx ends it returns ctx's error, a few milliseconds later. No
// sound gives asr.ErrEmpty, a failure of the library asr.ErrEngine. Text without evidence of speech is emptied and
// Rejected says why.
func (e *Engine) Recognize(ctx context.Context, u asr.Utterance) (asr.Transcript, error) {
	t := asr.Transcript{Party: u.Party, Start: u.Start, End: u.Start + call.Offset(audio.Duration(len(u.PCM))), Final: true}
	if len(u.PCM) == 0 {
		return t, asr.ErrEmpty
	}
	langs, err := e.model.languages(u.Langs)
	if err != nil {
		return t, err
	}
	if len(u.Langs) > 0 {
		t.Lang = u.Langs[0]
	}
	if len(u.PCM) < tiny || audio.Level(u.PCM) < quietest {
		t.Rejected = rejectSilence
		return t, nil
	}
	var s *state
	select {
	case s = <-e.pool:
	case <-ctx.Done():
		return t, context.Cause(ctx)
	}
	defer func() { e.pool <- s }()
	began := time.Now()
	for from := 0; from < len(u.PCM); {
		to := nextCut(u.PCM, from)
		part, err := e.piece(ctx, s, u.PCM[from:to], langs, u)
		if err != nil {
			if errors.Is(err, errAborted) {
				return t, context.Cause(ctx)
			}
			return t, fmt.Errorf("%w: %w", asr.ErrEngine, err)
		}
		join(&t, part, u.Start+call.Offset(audio.Duration(from)), to-from)
		from = to
	}
	finish(&t)
	e.opt.Log.DebugContext(ctx, "recognised", "seconds", audio.Duration(len(u.PCM)).Seconds(),
		"took", time.Since(began), "text", t.Text, "rejected", t.Rejected)
	return t, nil
}

// nextCut returns where the piece that starts at from ends: at the end of pcm, or in the quietest place of its last
// third.
func nextCut(pcm []int16, from int) int {
	if len(pcm)-from <= maxSound {
		return len(pcm)
	}
	best, at := 1.0, from+maxSound
	for i := from + searchFrom; i+pauseLen <= from+maxSound; i += pauseStep {
		if l := audio.Level(pcm[i : i+pauseLen]); l < best {
			best, at = l, i+pauseLen/2
		}
	}
	return at
}

// result is what was heard in one piece of sound, offsets from its start.
type result struct {
	text     string
	lang     string
	langP    float64
	noSpeech float64
	words    []asr.Word
	rejected string
	unsure   bool // another try might hear more
}

// piece recognises at most maxSound samples.
func (e *Engine) piece(ctx context.Context, s *state, pcm []int16, langs []int, u asr.Utterance) (result, error) {
	class, prompt, threads := u.Class, promptOf(u.Hot), e.opt.Threads
	if u.Threads > 0 {
		threads = u.Threads
	}
	sound := floats(pcm)
	floor := e.opt.MinContext
	switch {
	case u.Others >= crowd:
		floor = min(floor, contextStep)
	case u.Others >= few, class == work.Partial:
		floor = min(floor, 2*contextStep)
	}
	frames := fitContext(len(pcm), floor)
	beams := 1
	if u.Try == asr.Second {
		frames, beams = min(frames+contextStep, fullContext), e.opt.Beams
	}
	defer s.forget()
	h, err := s.listen(ctx, sound, len(pcm), frames, beams, threads, langs, prompt)
	if err != nil {
		return result{}, err
	}
	longer := frames
	if class != work.Partial {
		longer = e.doubt(h, frames, u.Try == asr.Second)
	}
	unsure := longer > frames && u.Try != asr.AsNeeded && !h.astray()
	if longer > frames && !unsure {
		e.opt.Log.DebugContext(ctx, "decoding again", "frames", longer, "repeated", h.repeated, "log_p", h.meanLog)
		beams = e.opt.Beams
		again, err := s.listen(ctx, sound, len(pcm), longer, beams, threads, langs, prompt)
		if err != nil {
			return result{}, err
		}
		if better(again, h) {
			h = again
		}
	}
	r := e.result(h, pcm)
	if prompt != "" && r.text != "" && (h.noSpeech > promptNoSpeech || onlyHot(r.text, u.Hot)) {
		if r, err = e.unprompted(ctx, s, sound, pcm, h, r, beams, threads); err != nil {
			return result{}, err
		}
	}
	r.unsure = unsure && u.Try == asr.First
	return r, nil
}

// doubt returns the context at which h deserves another try with beams, frames if it does not: where it is unsure of a
// word the next size, or with patient, where nobody waits, the full one, as where it went astray. Beams over the same
// context find no more. Chinese, where whisper chooses among many homophones, is doubted sooner.
func (e *Engine) doubt(h *heard, frames int, patient bool) int {
	leastLog, leastP := doubtLog, doubtP
	if e.model.chinese(h.lang) {
		leastLog, leastP = doubtLogZh, doubtPZh
	}
	switch {
	case h.astray():
		return fullContext
	case len(h.pieces) == 0 || h.noSpeech >= maxNoSpeech || h.meanLog >= leastLog && h.minP >= leastP:
		return frames
	case patient:
		return fullContext
	default:
		return min(frames+contextStep, fullContext)
	}
}

// better tells whether a replaces b: it must be whole and not worse.
func better(a, b *heard) bool {
	if a.astray() != b.astray() {
		return b.astray()
	}
	return a.rank >= b.rank
}

func (e *Engine) result(h *heard, pcm []int16) result {
	r := result{lang: "en", langP: h.langP, noSpeech: h.noSpeech}
	if e.model.many {
		r.lang = langCode(h.lang)
	}
	fold := func(s string) string { return s }
	if r.lang == "zh" {
		fold = e.opt.Fold
	}
	r.text = strings.TrimSpace(fold(textOf(h.pieces)))
	r.text, r.rejected = guard(r.text, r.lang, h)
	if r.rejected == "" && r.text != "" {
		r.words = timeWords(groupWords(h.pieces, fold), pcm, h.astray())
	}
	return r
}

// join appends a piece that starts at start and has n samples.
func join(t *asr.Transcript, r result, start call.Offset, n int) {
	if r.text != "" && t.Text != "" && !(wide(lastRune(t.Text)) || wide(firstRune(r.text))) {
		t.Text += " "
	}
	t.Text += r.text
	if r.text != "" || t.Lang == "" || n == 0 || t.Text == "" {
		t.Lang, t.LangP = r.lang, r.langP
	}
	t.NoSpeech = max(t.NoSpeech, r.noSpeech)
	t.Unsure = t.Unsure || r.unsure
	if r.rejected != "" {
		t.Rejected = r.rejected
	}
	for _, w := range r.words {
		w.Start += start
		w.End += start
		t.Words = append(t.Words, w)
	}
}

// finish derives the whole from the words.
func finish(t *asr.Transcript) {
	if t.Text != "" {
		t.Rejected = ""
	}
	for _, w := range t.Words {
		t.Confidence += w.P / float64(len(t.Words))
	}
}

// floats converts to -1..1 and pads short sound with silence.
func floats(pcm []int16) []float32 {
	out := make([]float32, max(len(pcm), minSound))
	for i, v := range pcm {
		out[i] = float32(v) / 32768
	}
	return out
}
