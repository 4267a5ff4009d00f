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

// TestMeantIsNearer: what callers mean is on the whole further ahead at the right entry than the text is.
func TestMeantIsNearer(t *testing.T) {
	e := open(t, "bge-small-en")
	entries := []string{
		"How do I report a lost or stolen card?", "How is a repair under guarantee arranged?", "What are the opening hours?",
		"How do I cancel my subscription?", "Can I change the delivery address?", "How do I reset my password?",
	}
	vecs, err := e.Embed(t.Context(), entries)
	if err != nil {
		t.Fatal(err)
	}
	lead := func(v []float32, right int) float64 {
		most := -1.0
		for i, w := range vecs {
			if i != right {
				most = max(most, dot(v, w))
			}
		}
		return dot(v, vecs[right]) - most
	}
	var now, before float64
	for right, asked := range []string{
		"my purse got nicked on the bus with everything in it", "the thing has packed up and it's only three months old",
		"if I come round after work will there be anyone about", "I've had enough, stop taking my money every month",
		"I've moved house and my parcel is going to the old place", "it won't let me in, says it's the wrong word",
	} {
		meant, whole, _, _, err := e.MeantPieces(t.Context(), asked)
		if err != nil || len(meant) != e.Dim() {
			t.Fatalf("%d numbers, %v", len(meant), err)
		}
		now, before = now+lead(meant, right), before+lead(whole, right)
	}
	if now <= before {
		t.Errorf("entries that are meant lead by %.3f in all, %.3f by the texts alone", now, before)
	}
}

// TestMeantBeside holds that everything else about a question is as without what is meant.
func TestMeantBeside(t *testing.T) {
	e := open(t, "bge-small-en")
	const asked = "who do I shout at when it won't turn on"
	meant, whole, rows, weights, err := e.MeantPieces(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	if n := math.Sqrt(dot(meant, meant)); math.Abs(n-1) > 1e-5 {
		t.Errorf("length %f", n)
	}
	again, _, _, _, err := e.MeantPieces(t.Context(), asked)
	if err != nil || !slices.Equal(meant, again) {
		t.Errorf("another vector the second time (%v)", err)
	}
	plainWhole, plainRows, plainWeights, err := e.Pieces(t.Context(), asked)
	if err != nil || dot(whole, plainWhole) < 0.9999 || len(rows) != len(plainRows) || !slices.Equal(weights, plainWeights) {
		t.Errorf("text and pieces differ from those of Pieces: %f (%v)", dot(whole, plainWhole), err)
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
	e, err := OpenWith(filepath.Join(os.Getenv("PARLEY_MODELS"), "bge-small-en"), []byte("no part"), nil)
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
