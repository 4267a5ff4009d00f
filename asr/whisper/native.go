package whisper

import (
	"errors"
	"fmt"
	"unsafe"

	binding "github.com/ggerganov/whisper.cpp/bindings/go"
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
	ctx    *binding.Context
	banned *C.uint8_t
	vocab  C.parley_vocab
	many   bool // knows more than English
	nosp   int  // the token that says nobody speaks
}

// state is the memory of one recognition: spectrum, encoder output, decoder cache. One goroutine uses it at a time.
type state struct {
	model   *model
	own     *C.struct_whisper_state // nil: the one that came with the model
	threads int
	logits  []float32 // of the last decoded token; valid until the next decode
}

// cInt is an int as C has it.
type cInt = C.int

// choice is a token with its probability among the ones that were allowed.
type choice struct {
	id   int
	plog float64
	p    float64
}

// Among what a token is chosen.
const (
	amongAny   = int(C.PARLEY_ANY)
	amongText  = int(C.PARLEY_TEXT)
	amongStamp = int(C.PARLEY_STAMP)
	amongFirst = int(C.PARLEY_FIRST)
)

// loadModel reads the weights at path, which blocks for a tenth of a second or more.
func loadModel(path string) (*model, error) {
	C.parley_quiet()
	ctx := binding.Whisper_init(path)
	if ctx == nil {
		return nil, fmt.Errorf("load whisper weights %s: not a ggml whisper model, or damaged; run: parley models verify", path)
	}
	m := &model{ctx: ctx, many: ctx.Whisper_is_multilingual() != 0}
	n := ctx.Whisper_n_vocab()
	m.nosp = int(C.whisper_token_nosp(m.raw()))
	m.banned = (*C.uint8_t)(C.calloc(C.size_t(n), 1))
	m.vocab = C.parley_vocab{
		n_vocab: C.int(n), eot: C.int(ctx.Whisper_token_eot()), beg: C.int(ctx.Whisper_token_beg()), banned: m.banned,
	}
	m.banSpecials()
	return m, nil
}

// banSpecials keeps all tokens that are neither text nor the end from being picked among the text.
func (m *model) banSpecials() {
	for id := int(m.vocab.eot) + 1; id < int(m.vocab.beg); id++ {
		m.ban(id, true)
	}
}

func (m *model) free() {
	C.free(unsafe.Pointer(m.banned))
	m.ctx.Whisper_free()
}

func (m *model) raw() *C.struct_whisper_context {
	return (*C.struct_whisper_context)(unsafe.Pointer(m.ctx))
}

// newState returns a further state, or with first the one the model was loaded with.
func (m *model) newState(first bool, threads int) (*state, error) {
	s := &state{model: m, threads: threads}
	if first {
		return s, nil
	}
	if s.own = C.whisper_init_state(m.raw()); s.own == nil {
		return nil, errors.New("make whisper state: out of memory; use fewer states")
	}
	return s, nil
}

func (s *state) free() {
	if s.own != nil {
		C.whisper_free_state(s.own)
	}
}

// encode computes the spectrum of pcm (16 kHz, -1..1) and runs the encoder over frames of 20 ms. It cannot be
// interrupted.
func (s *state) encode(pcm []float32, frames int) error {
	rc := C.parley_encode(s.model.raw(), s.own, (*C.float)(unsafe.Pointer(&pcm[0])), C.int(len(pcm)), C.int(frames), C.int(s.threads))
	if rc != 0 {
		return fmt.Errorf("encode %d frames: whisper.cpp gave %d", frames, rc)
	}
	return nil
}

// decode runs the decoder over tokens that follow the past ones.
func (s *state) decode(tokens []int32, past int) error {
	rc := C.parley_decode(s.model.raw(), s.own, (*C.int32_t)(unsafe.Pointer(&tokens[0])), C.int(len(tokens)), C.int(past), C.int(s.threads))
	if rc != 0 {
		return fmt.Errorf("decode token %d: whisper.cpp gave %d", past, rc)
	}
	n := int(s.model.vocab.n_vocab)
	all := unsafe.Slice((*float32)(unsafe.Pointer(C.parley_logits(s.model.raw(), s.own))), n*len(tokens))
	s.logits = all[n*(len(tokens)-1):]
	return nil
}

// prob is the probability of token among all.
func (s *state) prob(token int) float64 {
	return float64(C.parley_prob((*C.float)(unsafe.Pointer(&s.logits[0])), s.model.vocab.n_vocab, C.int(token)))
}

// pick chooses the likeliest token; timestamps must lie in [lo, hi) steps of 20 ms.
func (s *state) pick(among cInt, lo, hi int) choice {
	var out C.parley_choice
	C.parley_pick((*C.float)(unsafe.Pointer(&s.logits[0])), &s.model.vocab, among, C.int(lo), C.int(hi), &out)
	return choice{id: int(out.id), plog: float64(out.plog), p: float64(out.p)}
}

// ban excludes a token from being picked, or allows it again.
func (m *model) ban(token int, banned bool) {
	b := unsafe.Slice((*uint8)(unsafe.Pointer(m.banned)), int(m.vocab.n_vocab))
	b[token] = 0
	if banned {
		b[token] = 1
	}
}
