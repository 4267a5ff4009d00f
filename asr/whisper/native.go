package whisper

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/cgo"
	"sync/atomic"
	"unsafe"

	binding "github.com/ggerganov/whisper.cpp/bindings/go"

	"github.com/parley-voice/parley/asr/whisper/encoder"
)

/*
#cgo CFLAGS: -O3
#cgo LDFLAGS: -lwhisper -lggml -lggml-cpu -lggml-base -lm -lstdc++ -lpthread
#include <stdlib.h>
#include "native.h"
*/
import "C"

// model is the weights, loaded once and shared by all states.
type model struct {
	ctx  *binding.Context
	beg  int  // the first timestamp token
	eot  int  // the token that ends a text
	nosp int  // the token that says nobody speaks
	many bool // knows more than English
}

// state is the memory of one recognition: spectrum, encoder output, decoder cache. One goroutine uses it at a time.
type state struct {
	model  *model
	own    *C.struct_whisper_state // nil: the one that came with the model
	cancel *C.int32_t              // in C memory: read by the running library, set to end the run

	encoder *encoder.Encoder // nil: whisper.cpp's
	handle  cgo.Handle       // of this state, for the library to call back with
	ctx     context.Context  // of the run under way
	chinese bool             // is what the run under way decodes
	kept    int              // context that the library still has encoded of keptFor, 0 when the last run did not end
	keptFor *float32         // its sound, which may be decoded again at once in another language
}

// loadModel reads the weights at path, which blocks for a tenth of a second or more.
func loadModel(path string) (*model, error) {
	C.parley_quiet()
	ctx := binding.Whisper_init(path)
	if ctx == nil {
		return nil, fmt.Errorf("load whisper weights %s: not a ggml whisper model, or damaged; run: parley models verify", path)
	}
	m := &model{
		ctx: ctx, beg: int(ctx.Whisper_token_beg()), eot: int(ctx.Whisper_token_eot()), many: ctx.Whisper_is_multilingual() != 0,
	}
	m.nosp = int(C.whisper_token_nosp(m.raw()))
	return m, nil
}

func (m *model) free() { m.ctx.Whisper_free() }

func (m *model) raw() *C.struct_whisper_context {
	return (*C.struct_whisper_context)(unsafe.Pointer(m.ctx))
}

// languages returns whisper's numbers of codes, or all that the weights know when codes is empty.
func (m *model) languages(codes []string) ([]int, error) {
	if !m.many {
		return []int{0}, nil
	}
	var out []int
	for _, code := range codes {
		id := m.ctx.Whisper_lang_id(code)
		if id < 0 {
			return nil, fmt.Errorf("language %q is not known to whisper; use codes like en, zh", code)
		}
		out = append(out, id)
	}
	for id := 0; len(codes) == 0 && id <= binding.Whisper_lang_max_id(); id++ {
		out = append(out, id)
	}
	return out, nil
}

// chinese reports whether a language number is that of Chinese.
func (m *model) chinese(lang int) bool { return m.many && langCode(lang) == "zh" }

// langCode is whisper's code of a language number.
func langCode(id int) string { return binding.Whisper_lang_str(id) }

// newState returns a further state, or with first the one the model was loaded with.
func (m *model) newState(first bool) (*state, error) {
	s := &state{model: m}
	if !first {
		if s.own = C.whisper_init_state(m.raw()); s.own == nil {
			return nil, errors.New("make whisper state: out of memory; use fewer states")
		}
	}
	s.cancel = (*C.int32_t)(C.calloc(1, 4))
	s.handle = cgo.NewHandle(s)
	C.parley_set_rank(m.raw(), s.own, C.uintptr_t(s.handle))
	return s, nil
}

// forget lets go of the last run's sound.
func (s *state) forget() { s.kept, s.keptFor = 0, nil }

// use has the encoder computed by e from now on.
func (s *state) use(e *encoder.Encoder) {
	s.encoder = e
	C.parley_set_encoder(s.model.raw(), s.own, C.uintptr_t(s.handle))
}

// parleyEncode is called by the library in the middle of a run, on the run's own thread.
//
//export parleyEncode
func parleyEncode(handle C.uintptr_t, mel *C.float, bands, frames C.int64_t, memory *C.float) C.bool {
	s, ok := cgo.Handle(handle).Value().(*state)
	if !ok {
		return false
	}
	in := unsafe.Slice((*float32)(unsafe.Pointer(mel)), int(bands*frames))
	out := unsafe.Slice((*float32)(unsafe.Pointer(memory)), int(frames/2)*s.encoder.Width())
	return s.encoder.Encode(s.ctx, in, int(frames), out) == nil
}

// parleyRank is called by the library at the end of a run, on the run's own thread, for each text that a beam came to.
//
//export parleyRank
func parleyRank(handle C.uintptr_t, tokens *C.whisper_token_data, n C.int) C.double {
	s, ok := cgo.Handle(handle).Value().(*state)
	if !ok {
		return C.double(math.Inf(-1))
	}
	raw := unsafe.Slice(tokens, int(n))
	pieces := make([]piece, 0, n)
	for _, t := range raw {
		pieces = s.append(pieces, C.parley_token{id: t.id, plog: t.plog})
	}
	return C.double(rank(pieces, s.chinese))
}

func (s *state) free() {
	s.handle.Delete()
	if s.own != nil {
		C.whisper_free_state(s.own)
	}
	C.free(unsafe.Pointer(s.cancel))
}

// task is one run over one window of sound.
type task struct {
	lang, beams, threads int
	frames, sound, most  int
	prompt               string
}

// run recognises pcm (16 kHz, -1..1). It returns errAborted soon after ctx ended.
func (s *state) run(ctx context.Context, pcm []float32, t task) ([]piece, error) {
	if ctx.Err() != nil {
		return nil, errAborted
	}
	s.ctx, s.chinese = ctx, s.model.chinese(t.lang)
	keep := s.keptFor == &pcm[0] && s.kept == t.frames
	s.kept, s.keptFor = 0, &pcm[0]
	flag := (*int32)(unsafe.Pointer(s.cancel))
	atomic.StoreInt32(flag, 0)
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		atomic.StoreInt32(flag, 1)
		close(stopped)
	})
	job := C.parley_job{
		lang: C.int(t.lang), beams: C.int(t.beams), margin: beamMargin, threads: C.int(t.threads), audio_ctx: C.int(t.frames),
		sound: C.int(t.sound), slack: endSlack, most: C.int(t.most), keep: C.bool(keep),
	}
	if t.prompt != "" {
		job.prompt = C.CString(t.prompt)
		defer C.free(unsafe.Pointer(job.prompt))
	}
	rc := C.parley_full(s.model.raw(), s.own, &job, (*C.float)(unsafe.Pointer(&pcm[0])), C.int(len(pcm)), s.cancel)
	if !stop() {
		<-stopped // so that it cannot end the next run
	}
	if ctx.Err() != nil {
		return nil, errAborted
	}
	if rc != 0 {
		return nil, fmt.Errorf("whisper.cpp gave %d", rc)
	}
	s.kept = t.frames
	return s.pieces(t.most), nil
}

func (s *state) pieces(most int) []piece {
	room := 2*most + 16
	raw := make([]C.parley_token, room)
	n := int(C.parley_tokens(s.model.raw(), s.own, &raw[0], C.int(room)))
	out := make([]piece, 0, n)
	for _, t := range raw[:n] {
		out = s.append(out, t)
	}
	return out
}

// append adds a token to out, unless it says nothing: neither text nor a time.
func (s *state) append(out []piece, t C.parley_token) []piece {
	p := piece{id: int(t.id), p: float64(t.p), plog: float64(t.plog), stamp: -1}
	switch {
	case p.id >= s.model.beg:
		p.stamp = p.id - s.model.beg
	case p.id >= s.model.eot:
		return out
	default:
		p.bytes = s.model.ctx.Whisper_token_to_str(binding.Token(p.id))
		if at := int(t.at) - s.model.beg; at > 0 {
			p.at, p.sure = at, float64(t.sure)
		}
	}
	return append(out, p)
}

// opening says, from the encoder's output of the last run, how likely it is that nobody speaks, and which of langs is
// the likeliest with its probability among them.
func (s *state) opening(threads int, langs []int) (noSpeech float64, lang int, p float64, err error) {
	logits := C.parley_start_logits(s.model.raw(), s.own, C.int(threads))
	if logits == nil {
		return 0, 0, 0, errors.New("whisper.cpp could not decode the start")
	}
	n := C.int(s.model.ctx.Whisper_n_vocab())
	prob := func(token int) float64 { return float64(C.parley_prob(logits, n, C.int(token))) }
	noSpeech = prob(s.model.nosp)
	lang = langs[0]
	if !s.model.many || len(langs) == 1 {
		return noSpeech, lang, 1, nil
	}
	sum := 0.0
	for _, l := range langs {
		q := prob(int(s.model.ctx.Whisper_token_lang(l)))
		sum += q
		if q > p {
			lang, p = l, q
		}
	}
	if sum > 0 {
		p /= sum
	}
	return noSpeech, lang, p, nil
}
