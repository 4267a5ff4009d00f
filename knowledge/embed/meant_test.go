package embed

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestMeant holds that there is a vector of what is meant in English, nearer to the entry than that of the text, and that
// everything else about a question is as without it.
func TestMeant(t *testing.T) {
	e := open(t, "bge-small-en")
	const asked, entry = "the thing won't turn on and I only got it at Easter, who do I shout at", "How is a repair under guarantee arranged?"
	meant, whole, rows, weights, err := e.MeantPieces(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if n := math.Sqrt(dot(meant, meant)); len(meant) != e.Dim() || math.Abs(n-1) > 1e-5 {
		t.Fatalf("%d numbers, length %f", len(meant), n)
	}
	again, _, _, _, err := e.MeantPieces(t.Context(), asked)
	if err != nil || !slices.Equal(meant, again) {
		t.Errorf("another vector the second time (%v)", err)
	}
	plainWhole, plainRows, plainWeights, err := e.Pieces(t.Context(), asked)
	if err != nil || dot(whole, plainWhole) < 0.9999 || len(rows) != len(plainRows) || !slices.Equal(weights, plainWeights) {
		t.Errorf("text and pieces differ from those of Pieces: %f (%v)", dot(whole, plainWhole), err)
	}
	vecs, err := e.Embed(t.Context(), []string{entry, "When is the museum open?"})
	if err != nil {
		t.Fatal(err)
	}
	if now, before := dot(meant, vecs[0])-dot(meant, vecs[1]), dot(whole, vecs[0])-dot(whole, vecs[1]); now <= before {
		t.Errorf("the entry leads by %f, without what was learnt by %f", now, before)
	}
}

func TestMeantElsewhere(t *testing.T) {
	e := open(t, "bge-small-zh")
	meant, whole, _, _, err := e.MeantPieces(t.Context(), "卡丢了怎么办")
	if err != nil || meant != nil || len(whole) != e.Dim() {
		t.Errorf("%d and %d numbers, %v", len(meant), len(whole), err)
	}
}

func TestMeantEnds(t *testing.T) {
	e := open(t, "bge-small-en")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, _, err := e.MeantPieces(ctx, "never asked"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestBadPart(t *testing.T) {
	_ = open(t, "bge-small-en") // starts the runtime, or skips
	e, err := OpenWith(filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-en"), []byte("no part"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, _, _, _, err := e.MeantPieces(t.Context(), "a question"); err == nil {
		t.Error("a part that is none was taken")
	}
	if _, err := e.Embed(t.Context(), []string{"a text"}); err != nil {
		t.Errorf("entries cannot be embedded any more: %v", err)
	}
}
