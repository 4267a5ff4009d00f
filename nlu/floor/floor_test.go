package floor_test

import (
	"context"
	"errors"
	"testing"

	"github.com/parley-voice/parley/nlu/floor"
)

// What words alone must tell, none of it in texts/.
func TestFloorByWords(t *testing.T) {
	t.Parallel()
	j := floor.NewJudge(nil)
	for _, c := range []struct {
		text, lang string
		want       floor.Doing
	}{
		{"", "en", floor.Over},
		{"...", "en", floor.Over},
		{"How do I block a lost card?", "en", floor.Over},
		{"I lost my card.", "en", floor.Over},
		{"what do you need it for", "en", floor.Over},
		{"I want to know about my", "en", floor.Open},
		{"I want to know about my.", "en", floor.Open},
		{"My number is 4 7 1", "en", floor.Open},
		{"it's four seven one", "en", floor.Open},
		{"I lost my card and", "en", floor.Open},
		{"Well, um,", "en", floor.Open},
		{"I lost my card,", "en", floor.Open},
		{"I lost my card...", "en", floor.Open},
		{"hold on let me find my passport", "en", floor.Wait},
		{"how long do I have to wait for it", "en", floor.Over},
		{"退货运费谁出？", "zh", floor.Over},
		{"我要退货", "zh", floor.Over},
		{"我想问一下然后", "zh", floor.Open},
		{"我想咨询一下关于那个", "zh", floor.Open},
		{"我的订单号是三八六", "zh", floor.Open},
		{"等一下我找找护照", "zh", floor.Wait},
		{"我还要等多长时间", "zh", floor.Over},
	} {
		open, wait, err := j.Floor(t.Context(), c.text, c.lang)
		got := floor.Over
		if wait > 0.5 {
			got = floor.Wait
		} else if open > 0.5 {
			got = floor.Open
		}
		if err != nil || got != c.want || open < 0 || wait < 0 || open+wait > 1.000001 {
			t.Errorf("Floor(%q) = %.2f open, %.2f wait, %v: want %d", c.text, open, wait, err, c.want)
		}
	}
}

// reader gives vectors of a width nothing was learnt for, or fails.
type reader struct{ err error }

func (r reader) Pieces(context.Context, string) (whole, rows, weights []float32, err error) {
	return []float32{1}, []float32{1, 1}, []float32{1, 0.02}, r.err
}

func TestReaders(t *testing.T) {
	t.Parallel()
	alone, _, _ := floor.NewJudge(nil).Floor(t.Context(), "I lost my card and", "en")
	if open, _, err := floor.NewJudge(map[string]floor.Reader{"en": reader{}}).Floor(t.Context(), "I lost my card and", "en"); err != nil || open != alone {
		t.Errorf("with another model: %v, %v, by words alone %v", open, err, alone)
	}
	broken := errors.New("broken")
	if _, _, err := floor.NewJudge(map[string]floor.Reader{"en": reader{broken}}).Floor(t.Context(), "I lost my card and", "en"); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func FuzzFloor(f *testing.F) {
	f.Add("hold on 4 7\xff")
	f.Add("等一下…")
	j := floor.NewJudge(nil)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 {
			return
		}
		if open, wait, err := j.Floor(t.Context(), s, "en"); err != nil || !(open >= 0 && wait >= 0 && open+wait < 1.000001) {
			t.Errorf("Floor(%q) = %v, %v, %v", s, open, wait, err)
		}
	})
}

func BenchmarkWords(b *testing.B) {
	j := floor.NewJudge(nil)
	for b.Loop() {
		if _, _, err := j.Floor(b.Context(), "I would like to know whether I can still change the address of my order", "en"); err != nil {
			b.Fatal(err)
		}
	}
}
