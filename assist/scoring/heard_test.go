package scoring_test

import (
	"math"
	"slices"
	"testing"

	"github.com/parley-voice/parley/assist/scoring"
)

func TestHowHeard(t *testing.T) {
	t.Parallel()
	turns := []scoring.Read{
		{Call: "a", Route: "shop", Turn: 1, Text: "I want the poly mug in blue"},
		{Call: "a", Route: "shop", Turn: 2, Text: "Of course"},
		{Call: "b", Route: "shop", Turn: 1, Text: "is the polly mug back"},
		{Call: "c", Route: "银行", Turn: 1, Text: "我要制电客服"},
	}
	got := scoring.HowHeard(turns, []scoring.Misheard{
		{Call: "a", Turn: 1, Word: "Poly mug", Meant: "Polymug"},
		{Call: "b", Turn: 1, Word: "polly mug", Meant: "polymug."},
		{Call: "b", Turn: 1, Word: "back", Meant: "the"}, // a word of everyday
		{Call: "c", Turn: 1, Word: "制电", Meant: "致电"},
		{Call: "gone", Turn: 1, Word: "x", Meant: "secret"},
	})
	if len(got) != 2 || got[0].Route != "shop" || got[1].Route != "银行" {
		t.Fatalf("got %+v", got)
	}
	shop := got[0]
	// "I want the Polymug in blue", "Of course", "is the polymug the": 6 + 2 + 4 words, 2 + 0 + 3 of them wrong.
	if shop.Calls != 2 || shop.Turns != 3 || shop.Words != 12 || shop.Errors != 5 || math.Abs(shop.Rate-5.0/12) > 1e-9 {
		t.Errorf("shop: %+v", shop)
	}
	// Nothing is known of how calls differ from one; two of them leave nearly everything open.
	if r := shop.RateRange; r == nil || r.Low > shop.Rate-0.2 || r.High < shop.Rate+0.2 || r.Low < 0 || got[1].RateRange != nil {
		t.Errorf("intervals: %+v, %+v", r, got[1].RateRange)
	}
	if len(shop.Hot) != 1 || shop.Hot[0].Word != "Polymug" || shop.Hot[0].Calls != 2 || !slices.Equal(shop.Hot[0].Heard, []string{"Poly mug", "polly mug"}) {
		t.Errorf("hot words: %+v", shop.Hot)
	}
	if bank := got[1]; bank.Errors != 1 || bank.Words != 6 || len(bank.Hot) != 1 || bank.Hot[0].Word != "致电" {
		t.Errorf("bank: %+v", got[1])
	}
	if got := scoring.HowHeard(nil, nil); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}
