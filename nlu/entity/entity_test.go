package entity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-voice/parley/nlu/entity"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"I'd like my £1,250.50 back":                  "money GBP 1250.5",
		"that's one hundred and twenty pounds please": "money GBP 120",
		"we can do Forty-Five dollars":                "money USD 45",
		"退您三百二十块钱":                                    "money CNY 320",
		"一共两万五千元":                                     "money CNY 25000",
		"大概1.5万元":                                     "money CNY 15000",
		"三点五元":                                        "money CNY 3.5",
		"优惠百分之八，":                                     "percent 8",
		"10% off, or fifteen percent":                 "percent 10, percent 15",
		"within three working days":                   "span 72",
		"三个工作日内，24小时":                                 "span 72, span 24",
		"on 12 March, or March 3rd":                   "date , date ",
		"3月5号之前":                                      "date ",
		"order AB-12345 please":                       "reference ",
		"my order is 20260301778":                     "reference ",
		"card [card ••42] and [number]":               "masked , masked ",
		"it's A, B, one, two, three, four":            "reference ",
		"reference sierra tango four four 7":          "reference ",
		"A-B-3-4-5, please":                           "reference ",
		"one two three four five six":                 "reference ",
		"U-E-1-O-7-A.":                                "reference ",
		"G3, Q, X, 5":                                 "reference ",
		"10, 20, 30":                                  "number 10, number 20, number 30",
		"at the hotel, two, three, four":              "",
		"often the weather is tender":                 "",
		"一下，第一，一起":                                    "",
		"room 12":                                     "number 12",
		"":                                            "",
	} {
		var got []string
		for _, f := range entity.Find(text) {
			if text[f.From:f.To] != f.Text {
				t.Errorf("%q: %q is not at %d-%d", text, f.Text, f.From, f.To)
			}
			v := ""
			if f.Value != 0 {
				v = fmt.Sprint(f.Value)
			}
			got = append(got, strings.TrimSpace(string(f.Kind)+" "+f.Unit)+" "+v)
		}
		if g := strings.Join(got, ", "); g != want {
			t.Errorf("%q: got %q, want %q", text, g, want)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, source string
		want         bool
	}{
		{"Refund of £30 promised", "we will give you thirty pounds back", true},
		{"Refund of £300 promised", "we will give you thirty pounds back", false},
		{"Refund of $30", "thirty pounds", false},
		{"退款三百元", "给您退300块", true}, {"退款三百元", "给您退款", false},
		{"no numbers", "", true}, {"in 3 days", "three business days", true}, {"order 88001", "my order is 88001", true}, {"order 88002", "my order is 88001", false},
		{"order AB1234", "it's A, B, one, two, double three, four", false}, {"order AB-1234", "it's A for apple, B, one, two, three, four", true},
		{"card [card ••42]", "it is [card ••42]", true}, {"card [card ••43]", "it is [card ••42]", false},
	} {
		if got := entity.Within(c.text, c.source); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("£12, 三百块 and twenty one hundred thousand")
	f.Fuzz(func(t *testing.T, s string) {
		for _, x := range entity.Find(s) {
			if s[x.From:x.To] != x.Text {
				t.Fatal(x)
			}
		}
		entity.Within(s, s)
	})
}
