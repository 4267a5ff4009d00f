package ggml

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const magic = 0x67676d6c

// Types of ggml tensors, as written in the file.
const (
	typeF32  = 0
	typeF16  = 1
	typeQ8_0 = 8
)

// FromCTranslate2 converts the CTranslate2 whisper model at src (float16 or float32, any size) to a ggml file of 16 bit
// floats at dst. vocab is the matching vocabulary in tiktoken's format; mel is an .npz file with whisper's mel filters,
// or "" to have them computed. dst appears whole or not at all, replacing what was there. It blocks for a second or so
// per 100 MB and ends early with ctx's error. A damaged or foreign input gives ErrFormat.
func FromCTranslate2(ctx context.Context, dst, src, vocab, mel string) error {
	m, err := openCT(src)
	if err != nil {
		return err
	}
	defer m.file.Close()
	head, err := m.params()
	if err != nil {
		return fmt.Errorf("convert %s: %w", src, err)
	}
	words, err := readVocab(vocab)
	if err != nil {
		return err
	}
	filters, err := melFilters(mel, int(head.Mels))
	if err != nil {
		return err
	}
	return writeWhole(dst, func(w *bufio.Writer) error {
		put(w, uint32(magic), head, uint32(head.Mels), uint32(melBins), filters, uint32(len(words)))
		for _, word := range words {
			put(w, uint32(len(word)), word)
		}
		for _, t := range tensors(int(head.AudioLayers), int(head.TextLayers)) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := m.copyTensor(w, t); err != nil {
				return fmt.Errorf("convert %s: %w", src, err)
			}
		}
		return nil
	})
}

// header is what a ggml whisper file says about the model, in the order of the file.
type header struct {
	Vocab, AudioCtx, AudioState, AudioHeads, AudioLayers int32
	TextCtx, TextState, TextHeads, TextLayers, Mels      int32
	Type                                                 int32
}

func (m *ctModel) params() (header, error) {
	var errs []error
	dim := func(name string, i int) int32 {
		v, err := m.get(name)
		if err == nil && len(v.dims) <= i {
			err = fmt.Errorf("%w: %q has %d dimensions", ErrFormat, name, len(v.dims))
		}
		if err != nil {
			errs = append(errs, err)
			return 0
		}
		return int32(v.dims[i])
	}
	number := func(name string) int32 {
		n, err := m.scalar(name)
		errs = append(errs, err)
		return int32(n)
	}
	h := header{
		Vocab:       dim("decoder/embeddings/weight", 0),
		AudioCtx:    dim("encoder/position_encodings/encodings", 0),
		AudioState:  dim("encoder/position_encodings/encodings", 1),
		AudioHeads:  number("encoder/num_heads"),
		AudioLayers: int32(m.layers("encoder")),
		TextCtx:     dim("decoder/position_encodings/encodings", 0),
		TextState:   dim("decoder/position_encodings/encodings", 1),
		TextHeads:   number("decoder/num_heads"),
		TextLayers:  int32(m.layers("decoder")),
		Mels:        dim("encoder/conv1/weight", 1),
		Type:        typeF16,
	}
	if err := errors.Join(errs...); err != nil {
		return h, err
	}
	if h.Mels != 80 && h.Mels != 128 || h.AudioLayers == 0 || h.TextLayers == 0 || h.AudioHeads <= 0 || h.TextHeads <= 0 {
		return h, fmt.Errorf("%w: impossible shape of a whisper model: %+v", ErrFormat, h)
	}
	return h, nil
}

// tensor names one ggml tensor and where it comes from: rows [part, part+parts) of of equal parts of a variable.
type tensor struct {
	name, from      string
	part, parts, of int
}

// tensors lists all tensors in the order in which the publisher's own file has them.
func tensors(audioLayers, textLayers int) []tensor {
	l := list{}
	l.one("encoder.positional_embedding", "encoder/position_encodings/encodings")
	l.pair("encoder.conv1", "encoder/conv1")
	l.pair("encoder.conv2", "encoder/conv2")
	for i := range audioLayers {
		to, from := fmt.Sprintf("encoder.blocks.%d.", i), fmt.Sprintf("encoder/layer_%d/", i)
		l.self(to+"attn", from+"self_attention")
		l.norm(to+"attn_ln", from+"self_attention/layer_norm")
		l.feed(to, from)
	}
	l.norm("encoder.ln_post", "encoder/layer_norm")
	l.one("decoder.positional_embedding", "decoder/position_encodings/encodings")
	l.one("decoder.token_embedding.weight", "decoder/embeddings/weight")
	for i := range textLayers {
		to, from := fmt.Sprintf("decoder.blocks.%d.", i), fmt.Sprintf("decoder/layer_%d/", i)
		l.self(to+"attn", from+"self_attention")
		l.norm(to+"attn_ln", from+"self_attention/layer_norm")
		l.cross(to+"cross_attn", from+"attention")
		l.norm(to+"cross_attn_ln", from+"attention/layer_norm")
		l.feed(to, from)
	}
	l.norm("decoder.ln", "decoder/layer_norm")
	return l.all
}

type list struct{ all []tensor }

func (l *list) slice(name, from string, part, of int) {
	l.all = append(l.all, tensor{name: name, from: from, part: part, parts: 1, of: of})
}

func (l *list) one(name, from string) { l.slice(name, from, 0, 1) }

func (l *list) pair(name, from string) {
	l.one(name+".weight", from+"/weight")
	l.one(name+".bias", from+"/bias")
}

func (l *list) norm(name, from string) {
	l.one(name+".weight", from+"/gamma")
	l.one(name+".bias", from+"/beta")
}

// self takes query, key and value out of the one matrix they share; the key has no bias.
func (l *list) self(name, from string) {
	l.slice(name+".query.weight", from+"/linear_0/weight", 0, 3)
	l.slice(name+".query.bias", from+"/linear_0/bias", 0, 3)
	l.slice(name+".key.weight", from+"/linear_0/weight", 1, 3)
	l.slice(name+".value.weight", from+"/linear_0/weight", 2, 3)
	l.slice(name+".value.bias", from+"/linear_0/bias", 2, 3)
	l.pair(name+".out", from+"/linear_1")
}

// cross has the query apart, and key and value in one matrix.
func (l *list) cross(name, from string) {
	l.pair(name+".query", from+"/linear_0")
	l.slice(name+".key.weight", from+"/linear_1/weight", 0, 2)
	l.slice(name+".value.weight", from+"/linear_1/weight", 1, 2)
	l.slice(name+".value.bias", from+"/linear_1/bias", 1, 2)
	l.pair(name+".out", from+"/linear_2")
}

func (l *list) feed(to, from string) {
	l.pair(to+"mlp.0", from+"ffn/linear_0")
	l.pair(to+"mlp.2", from+"ffn/linear_1")
	l.norm(to+"mlp_ln", from+"ffn/layer_norm")
}

// widened tells which tensors whisper.cpp wants in 32 bits.
func widened(name string, dims int) bool {
	return dims < 2 || strings.HasSuffix(name, ".positional_embedding")
}

// copyTensor writes t in ggml's layout.
func (m *ctModel) copyTensor(w *bufio.Writer, t tensor) error {
	v, err := m.get(t.from)
	if err != nil {
		return err
	}
	if len(v.dims) == 0 || v.dims[0]%t.of != 0 {
		return fmt.Errorf("%w: %q of shape %v does not split in %d", ErrFormat, t.from, v.dims, t.of)
	}
	dims := append([]int(nil), v.dims...)
	dims[0] /= t.of
	raw := make([]byte, v.bytes/int64(t.of))
	if _, err := m.file.ReadAt(raw, v.offset+int64(t.part)*int64(len(raw))); err != nil {
		return fmt.Errorf("read %q: %w", t.from, err)
	}
	kind := uint32(typeF16)
	wide := widened(t.name, len(dims))
	if wide {
		kind = typeF32
	}
	if t.name == "encoder.conv1.bias" || t.name == "encoder.conv2.bias" {
		dims = append(dims, 1)
	}
	put(w, uint32(len(dims)), uint32(len(t.name)), kind)
	for i := range dims {
		put(w, uint32(dims[len(dims)-1-i]))
	}
	put(w, []byte(t.name), recode(raw, v.kind == ctFloat32, wide))
	return nil
}

// recode turns floats of 16 or 32 bits (wideIn) into floats of 16 or 32 bits (wideOut).
func recode(raw []byte, wideIn, wideOut bool) []byte {
	if wideIn == wideOut {
		return raw
	}
	le := binary.LittleEndian
	if wideOut {
		out := make([]byte, 0, 2*len(raw))
		for i := 0; i+1 < len(raw); i += 2 {
			out = le.AppendUint32(out, math.Float32bits(fromHalf(le.Uint16(raw[i:]))))
		}
		return out
	}
	out := make([]byte, 0, len(raw)/2)
	for i := 0; i+3 < len(raw); i += 4 {
		out = le.AppendUint16(out, toHalf(math.Float32frombits(le.Uint32(raw[i:]))))
	}
	return out
}

// readVocab returns the tokens of a tiktoken file in the order of their numbers.
func readVocab(path string) ([][]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read vocabulary: %w", err)
	}
	var words [][]byte
	for i, line := range strings.Split(strings.TrimRight(string(b), "\n"), "\n") {
		code, rank, ok := strings.Cut(strings.TrimRight(line, "\r"), " ")
		n, err := strconv.Atoi(rank)
		word, bad := base64.RawStdEncoding.DecodeString(strings.TrimRight(code, "="))
		if !ok || err != nil || bad != nil || n != i {
			return nil, fmt.Errorf("%w: %s line %d is not %q", ErrFormat, path, i+1, "<base64> "+strconv.Itoa(i))
		}
		words = append(words, word)
	}
	return words, nil
}

// put writes values in little-endian order; bufio keeps the first error for Flush.
func put(w *bufio.Writer, values ...any) {
	for _, v := range values {
		if b, ok := v.([]byte); ok {
			_, _ = w.Write(b)
			continue
		}
		_ = binary.Write(w, binary.LittleEndian, v)
	}
}

// writeWhole lets write fill a file that replaces dst only when all of it is on disk.
func writeWhole(dst string, write func(*bufio.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(dst), "."+filepath.Base(dst)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", dst, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err = write(w); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = errors.Join(w.Flush(), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", dst, err)
	}
	if err = os.Rename(f.Name(), dst); err != nil {
		return fmt.Errorf("write %s: %w", dst, err)
	}
	return nil
}
