// Package embed turns text into vectors with small BERT models (bge-small for English and for Chinese) on ONNX Runtime:
// a WordPiece tokenizer, one run of the model per text on one thread, the first token's output scaled to length one.
// The same text always gives the same vector: texts are never padded or run together, because the activations of the
// 8-bit weights are scaled by whatever else is in the batch.
package embed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// maxTokens is the longest text the models have positions for. Longer texts are cut: what an answer is about is said
// in its first lines, and the time grows with the length.
const maxTokens = 256

// The Hash of the models that something was learnt for.
const (
	bgeSmallEn = "b3ddde66c235c665de63db6e0ef5f8d31010a48ca3d6785a3636605f6c87df06"
	bgeSmallZh = "ec4c567cefb7e3c16344ee960ac1bac83a79a6049b8781eaef8e6ff846aa422b"
)

// recent is how many vectors of recently embedded texts are kept.
const recent = 1024

// recentPieces is how many texts are kept piece by piece, which take some 20 kB each: enough for what is being asked.
const recentPieces = 64

// Embedder holds one model. It is safe for concurrent use.
type Embedder struct {
	tok     *Tokenizer
	session *onnx.Session
	hash    string
	dim     int
	mu      sync.Mutex // guards cache, pieces, asked and fitted
	cache   *lru[[]float32]
	pieces  *lru[pieces]
	asked   *lru[pieces] // of questions, with what is meant

	path   string
	meant  part // what is meant by a question
	fits   part // how well an entry answers one
	fitted *lru[float32]
	owning sync.Mutex // guards parts
	parts  []*part    // of Taggers and Readers

	keep    string     // folder of kept vectors, "" = none
	keeping sync.Mutex // one EmbedKept at a time
}

// Open loads the model in dir (model.onnx and tokenizer.json). onnx.Start must have been called. Close frees it.
func Open(dir string) (*Embedder, error) { return OpenWith(dir, nil, nil) }

// OpenWith is Open with parts of its own for MeantPieces and Fits in place of those that belong to the model, for judging what
// was learnt; nil stands for those.
func OpenWith(dir string, meant, fits []byte) (*Embedder, error) {
	modelPath := filepath.Join(dir, "model.onnx")
	hash, err := hashFile(modelPath)
	if err != nil {
		return nil, fmt.Errorf("open embedding model: %w; run: parley models pull", err)
	}
	tok, err := loadTokenizer(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		return nil, fmt.Errorf("open embedding model: %w", err)
	}
	session, err := onnx.Open(modelPath, onnx.Options{Threads: 1})
	if err != nil {
		return nil, fmt.Errorf("open embedding model %s: %w", modelPath, err)
	}
	e := &Embedder{
		tok: tok, session: session, hash: hash, path: modelPath, fitted: newLRU[float32](recentFits),
		meant: part{graph: meant, output: meantOutput, last: true}, fits: part{graph: fits, output: fitsOutput},
		cache: newLRU[[]float32](recent), pieces: newLRU[pieces](recentPieces), asked: newLRU[pieces](recentPieces),
	}
	if meant == nil {
		e.meant.graph = meantParts[hash]
	}
	if fits == nil {
		e.fits.graph = fitsParts[hash]
	}
	probe, err := e.run(context.Background(), tok.Encode("", maxTokens))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("try embedding model %s: %w", modelPath, err), session.Close())
	}
	e.dim = len(probe)
	return e, nil
}

// Dim is the length of the vectors.
func (e *Embedder) Dim() int { return e.dim }

// Hash identifies weights and method: vectors made under another hash must not be compared with these.
func (e *Embedder) Hash() string { return e.hash }

// Close frees the model. No Embed may be running.
func (e *Embedder) Close() error {
	e.owning.Lock()
	defer e.owning.Unlock()
	err := errors.Join(e.session.Close(), e.meant.close(), e.fits.close())
	for _, p := range e.parts {
		err = errors.Join(err, p.close())
	}
	return err
}

// own has p end with e.
func (e *Embedder) own(p *part) {
	e.owning.Lock()
	defer e.owning.Unlock()
	e.parts = append(e.parts, p)
}

// Embed returns one vector of length one per text, in order. Several texts are spread over the machine's cores. The
// vectors may be shared with later callers and must not be changed. It returns the context's error when ctx ends.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	if len(texts) == 1 {
		v, err := e.one(ctx, texts[0])
		out[0] = v
		return out, err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(onnx.Cores())
	for i, text := range texts {
		// Ends with its one text; Wait below waits for all.
		g.Go(func() error {
			v, err := e.one(ctx, text)
			out[i] = v
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

func (e *Embedder) one(ctx context.Context, text string) ([]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	v, ok := e.cache.get(text)
	e.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := e.run(ctx, e.tok.Encode(text, maxTokens))
	if err != nil {
		return nil, fmt.Errorf("embed text: %w", err)
	}
	e.mu.Lock()
	e.cache.put(text, v)
	e.mu.Unlock()
	return v, nil
}

// scaled returns v at length one.
func scaled(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	out := make([]float32, len(v))
	if sum == 0 {
		return out
	}
	f := 1 / math.Sqrt(sum)
	for i, x := range v {
		out[i] = float32(float64(x) * f)
	}
	return out
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	fmt.Fprintf(h, "cls l2 lower %d", maxTokens)
	return hex.EncodeToString(h.Sum(nil)), nil
}
