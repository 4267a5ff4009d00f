package sentiment_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/nlu/sentiment"
)

func TestScore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		sign int
	}{
		{"This is great, thank you so much!", 1},
		{"I am furious, this is the third time and it is still not working", -1},
		{"that is not good at all", -1},
		{"not bad", 1},
		{"the app is nice but the service is terrible", -1},
		{"what time do you open", 0},
		{"太好了，谢谢你", 1},
		{"你们的服务太差了，我要投诉", -1},
		{"这个质量不好", -1},
		{"还不错", 1},
		{"我想查一下订单", 0},
		{"", 0},
	} {
		got := sentiment.Score(c.text, "")
		sign := 0
		if got > 0.05 {
			sign = 1
		} else if got < -0.05 {
			sign = -1
		}
		if sign != c.sign || got < -1 || got > 1 {
			t.Errorf("Score(%q) = %v, want sign %d", c.text, got, c.sign)
		}
	}
	if a, b := sentiment.Score("good", "en"), sentiment.Score("very good!", "en"); b <= a {
		t.Errorf("intensity is lost: %v, %v", a, b)
	}
}

// TestReviews measures against labelled reviews, where they are at hand.
func TestReviews(t *testing.T) {
	t.Parallel()
	data := os.Getenv("PARLEY_DATA")
	if data == "" {
		t.Skip("PARLEY_DATA is not set: no labelled reviews to measure with")
	}
	for _, set := range []struct {
		file, lang  string
		label, text int
		least       float64
	}{
		{"sst2/dev.tsv", "en", 1, 0, 0.66},
		{"chnsenti_htl/visible.tsv", "zh", 1, 2, 0.74},
		{"online_shopping_10/visible.tsv", "zh", 1, 2, 0.74},
		{"waimai_10k/visible.tsv", "zh", 1, 2, 0.74},
	} {
		f, err := os.Open(filepath.Join(data, "text", set.file))
		if err != nil {
			t.Logf("%s is not there", set.file)
			continue
		}
		right, total, silent := 0, 0, 0
		sc := bufio.NewScanner(f)
		sc.Buffer(nil, 1<<20)
		for sc.Scan() {
			c := strings.Split(sc.Text(), "\t")
			if len(c) <= max(set.label, set.text) || c[set.label] != "0" && c[set.label] != "1" {
				continue
			}
			v := sentiment.Score(c[set.text], set.lang)
			total++
			switch {
			case v == 0:
				silent++
				right += total % 2 // a coin
			case (v > 0) == (c[set.label] == "1"):
				right++
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		acc := float64(right) / float64(total)
		t.Logf("%s: accuracy %.3f of %d, nothing found in %d", set.file, acc, total, silent)
		if acc < set.least {
			t.Errorf("%s: accuracy %.3f, want %.2f", set.file, acc, set.least)
		}
	}
}

func FuzzScore(f *testing.F) {
	f.Add("not very good!!")
	f.Add("不是很好\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 {
			return
		}
		if v := sentiment.Score(s, "zh"); !(v >= -1 && v <= 1) {
			t.Errorf("Score(%q) = %v", s, v)
		}
		if v := sentiment.Score(s, "en"); !(v >= -1 && v <= 1) {
			t.Errorf("Score(%q) = %v", s, v)
		}
	})
}
