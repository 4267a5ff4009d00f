package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/samples"
	"github.com/parley-voice/parley/knowledge/vector"
)

const (
	peerName    = "bleve+chromem"
	peerProgram = "parley-knowledge-peer"
)

// corpus is what is searched: texts with vectors, the same for everybody.
type corpus struct {
	dim     int
	texts   []string
	vectors []float32
	queries []string
	asked   []float32 // vectors of the queries
}

// newCorpus makes n texts of the words of the sample FAQ, common ones as common as they are there, each with a few words
// of its own, and queries that take half of their words and their vector from one of the texts. It is always the same.
func newCorpus(n, queries int) *corpus {
	rnd := rand.New(rand.NewPCG(uint64(n), 7))
	real := sampleTexts()
	var words []string
	for _, t := range real {
		words = append(words, strings.Fields(t)...)
	}
	c := &corpus{dim: 384}
	for i := range n {
		if i < len(real) {
			c.texts = append(c.texts, real[i])
			continue
		}
		var b strings.Builder
		for range 8 + rnd.IntN(24) {
			if rnd.IntN(3) == 0 {
				fmt.Fprintf(&b, "item%d ", int(math.Exp(rnd.Float64()*math.Log(50_000)))) // rare ones are many, as in any language
				continue
			}
			b.WriteString(words[rnd.IntN(len(words))] + " ")
		}
		c.texts = append(c.texts, strings.TrimSpace(b.String()))
	}
	centres := make([]float32, 200*c.dim)
	for i := range centres {
		centres[i] = float32(rnd.NormFloat64())
	}
	for range n {
		c.vectors = append(c.vectors, around(rnd, centres[rnd.IntN(200)*c.dim:][:c.dim], 1)...)
	}
	for range queries {
		at := rnd.IntN(n)
		own := strings.Fields(c.texts[at])
		var q []string
		for range 4 {
			q = append(q, own[rnd.IntN(len(own))], words[rnd.IntN(len(words))])
		}
		c.queries = append(c.queries, strings.Join(q, " "))
		c.asked = append(c.asked, around(rnd, c.vectors[at*c.dim:][:c.dim], 0.04)...)
	}
	return c
}

// around returns a vector of length one that is off centre by as much in each number.
func around(rnd *rand.Rand, centre []float32, off float64) []float32 {
	v := make([]float32, len(centre))
	var sum float64
	for i := range v {
		v[i] = centre[i] + float32(off*rnd.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func sampleTexts() []string {
	raw, _ := samples.CSV("bank")
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		return []string{"How do I report a lost card"}
	}
	var out []string
	for _, r := range rows[1:] {
		out = append(out, r[0]+" "+r[1])
	}
	return out
}

func (c *corpus) items() []knowledge.Item {
	out := make([]knowledge.Item, len(c.texts))
	for i, t := range c.texts {
		out[i] = knowledge.Item{Entry: knowledge.Entry{ID: fmt.Sprint(i), Answer: t, Lang: "en"}, Answer: c.vectors[i*c.dim:][:c.dim]}
	}
	return out
}

func (c *corpus) query(i int) []float32 { return c.asked[i*c.dim : (i+1)*c.dim] }

// recall is the share of the ten nearest vectors that hits has.
func (c *corpus) recall(i int, hits []vector.Hit) float64 {
	q := c.query(i)
	scores := make([]float32, len(c.texts))
	for k := range scores {
		scores[k] = vector.Dot(q, c.vectors[k*c.dim:])
	}
	sorted := slices.Sorted(slices.Values(scores))
	want := min(10, len(sorted))
	bar := sorted[len(sorted)-want]
	n := 0
	for _, h := range hits {
		if h.Score >= bar {
			n++
		}
	}
	return float64(min(n, want)) / float64(want)
}

// measurePeer writes c to a folder, has the peer's program search it, and returns its figures by name without size.
func measurePeer(ctx context.Context, c *corpus) (figures, error) {
	program, err := besideUs(peerProgram)
	if err != nil {
		return nil, errNoPeer(err)
	}
	dir, err := os.MkdirTemp("", "parley-bench")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the peer: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	texts, err := json.Marshal(map[string]any{"dim": c.dim, "texts": c.texts, "queries": c.queries})
	if err != nil {
		return nil, fmt.Errorf("write texts for the peer: %w", err)
	}
	for name, data := range map[string][]byte{"texts.json": texts, "vectors.f32": floats(c.vectors), "queries.f32": floats(c.asked)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return nil, fmt.Errorf("write %s for the peer: %w", name, err)
		}
	}
	cmd := exec.CommandContext(ctx, program, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errNoPeer(err)
	}
	got := figures{}
	if err := json.Unmarshal(out, &got); err != nil {
		return nil, errNoPeer(fmt.Errorf("read its figures: %w", err))
	}
	return got, nil
}

func floats(v []float32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}
