// Command knowledge searches a corpus that "parley bench knowledge" has written with bleve by words and with chromem-go
// by vectors, one after the other as a program that joins both must, and prints its figures as JSON. It is a module of
// its own so that neither is linked into Parley.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/philippgille/chromem-go"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: knowledge DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type texts struct {
	Dim     int      `json:"dim"`
	Texts   []string `json:"texts"`
	Queries []string `json:"queries"`
}

func run(dir string) error {
	ctx := context.Background()
	var t texts
	raw, err := os.ReadFile(filepath.Join(dir, "texts.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return err
	}
	vectors, err := read(filepath.Join(dir, "vectors.f32"), t.Dim)
	if err != nil {
		return err
	}
	asked, err := read(filepath.Join(dir, "queries.f32"), t.Dim)
	if err != nil {
		return err
	}
	words, err := byWords(t.Texts)
	if err != nil {
		return err
	}
	defer words.Close()
	near, err := byVectors(ctx, t.Texts, vectors)
	if err != nil {
		return err
	}
	var w, v, all []time.Duration
	for i, q := range t.Queries {
		began := time.Now()
		if _, err := words.Search(bleve.NewSearchRequestOptions(bleve.NewMatchQuery(q), 20, 0, false)); err != nil {
			return err
		}
		middle := time.Now()
		if _, err := near.QueryEmbedding(ctx, asked[i], min(20, len(t.Texts)), nil, nil); err != nil {
			return err
		}
		end := time.Now()
		w, v, all = append(w, middle.Sub(began)), append(v, end.Sub(middle)), append(all, end.Sub(began))
	}
	out := map[string]float64{}
	for name, d := range map[string][]time.Duration{"": all, "lexical_": w, "dense_": v} {
		slices.Sort(d)
		out[name+"p50_ms"] = float64(d[len(d)/2].Microseconds()) / 1000
		out[name+"p99_ms"] = float64(d[min(len(d)-1, int(math.Ceil(0.99*float64(len(d))))-1)].Microseconds()) / 1000
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func byWords(texts []string) (bleve.Index, error) {
	ix, err := bleve.NewMemOnly(bleve.NewIndexMapping())
	if err != nil {
		return nil, err
	}
	for from := 0; from < len(texts); from += 1000 {
		b := ix.NewBatch()
		for i := from; i < min(len(texts), from+1000); i++ {
			if err := b.Index(strconv.Itoa(i), map[string]string{"text": texts[i]}); err != nil {
				return nil, err
			}
		}
		if err := ix.Batch(b); err != nil {
			return nil, err
		}
	}
	return ix, nil
}

func byVectors(ctx context.Context, texts []string, vectors [][]float32) (*chromem.Collection, error) {
	c, err := chromem.NewDB().CreateCollection("entries", nil, func(context.Context, string) ([]float32, error) {
		return nil, fmt.Errorf("every text has its vector")
	})
	if err != nil {
		return nil, err
	}
	docs := make([]chromem.Document, len(texts))
	for i, t := range texts {
		docs[i] = chromem.Document{ID: strconv.Itoa(i), Content: t, Embedding: vectors[i]}
	}
	return c, c.AddDocuments(ctx, docs, runtime.NumCPU())
}

func read(path string, dim int) ([][]float32, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := make([][]float32, len(raw)/4/dim)
	for i := range out {
		out[i] = make([]float32, dim)
		for j := range dim {
			out[i][j] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*(i*dim+j):]))
		}
	}
	return out, nil
}
