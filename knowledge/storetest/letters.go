package storetest

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"strings"
	"sync"
)

// Letters is an embedder that needs no weights: the vector of a text counts its pairs of letters.
type Letters struct {
	Name string // its hash
	Most int    // texts it embeds before it fails; 0 is no limit
	// Gate holds whatever embeds several texts back until it is closed; nil holds nothing. A query, which is one text, is
	// embedded at once.
	Gate chan struct{}

	mu   sync.Mutex
	seen int
}

// Hash names the embedder.
func (l *Letters) Hash() string { return l.Name }

// Seen is the number of texts it has embedded.
func (l *Letters) Seen() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen
}

// Embed returns vectors of length one with 64 numbers.
func (l *Letters) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.Gate != nil && len(texts) > 1 {
		select {
		case <-l.Gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	l.mu.Lock()
	l.seen += len(texts)
	over := l.Most > 0 && l.seen > l.Most
	l.mu.Unlock()
	if over {
		return nil, errMost
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		v := make([]float32, 64)
		rs := []rune(strings.ToLower(" " + t))
		for k := 1; k < len(rs); k++ {
			h := fnv.New32a()
			_, _ = h.Write([]byte(string(rs[k-1 : k+1]))) // a hash cannot fail
			v[h.Sum32()%64]++
		}
		var sum float64
		for _, x := range v {
			sum += float64(x * x)
		}
		for k := range v {
			v[k] /= float32(math.Sqrt(max(1, sum)))
		}
		out[i] = v
	}
	return out, nil
}

// errMost is how Letters fails.
var errMost = errors.New("no more texts")
