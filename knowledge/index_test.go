package knowledge

import (
	"slices"
	"strings"
	"testing"
)

func items(lang string, pairs ...string) []Item {
	var out []Item
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Item{Entry: Entry{ID: pairs[i], Question: pairs[i], Answer: pairs[i+1], Lang: lang}})
	}
	return out
}

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ lang, text, want string }{
		{"en", "hi um I was wondering whether you could tell me how long a card takes please", "how long a card takes"},
		{"en", "Hello, good morning, can you please tell me what your opening hours are?", "what your opening hours are?"},
		{"en", "I lost my card", "I lost my card"},
		{"en", "uh, well, I'd like to know about the fees, thanks a lot", "the fees"},
		{"en", "hello", "hello"},
		{"en", "um", "um"},
		{"en", "", ""},
		{"en", "I have a question about loans", "loans"},
		{"en", "there is a charge I don't recognise", "there is a charge I don't recognise"},
		{"zh", "喂你好我想问一下多久能发货啊谢谢", "多久能发货"},
		{"zh", "你好，我想咨询一下，怎么退货呢？", "怎么退货"},
		{"zh", "嗯…那个，请问运费怎么算", "运费怎么算"},
		{"zh", "你好", "你好"},
		{"zh", "我要退貨", "我要退货"},
	} {
		if got := Clean(c.text, c.lang); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("hi um could you tell me please", "en")
	f.Add("你好请问一下谢谢", "zh")
	f.Add("\xff \x00", "")
	f.Fuzz(func(t *testing.T, text, lang string) {
		got := Clean(text, lang)
		if strings.TrimSpace(text) != "" && strings.TrimSpace(got) == "" {
			t.Fatalf("%q: nothing left", text)
		}
		Terms(got, lang)
		Sounds(got)
	})
}

func TestTerms(t *testing.T) {
	t.Parallel()
	if got := Terms("What's the charge for transferring money? Transfers!", "en"); !slices.Equal(got, []string{"charg", "transfer", "money", "transfer"}) {
		t.Errorf("English: %q", got)
	}
	got := Terms("怎么退貨", "zh")
	if !slices.Contains(got, "退货") || slices.Contains(got, "怎么") || !slices.Contains(got, "+退货") {
		t.Errorf("Chinese: %q", got)
	}
	if a, b := Sounds("致电人工"), Sounds("制电人公"); !slices.Equal(a, b) || len(a) != 3 {
		t.Errorf("sounds: %q and %q", a, b)
	}
}

func TestSearchByWords(t *testing.T) {
	t.Parallel()
	ix := NewIndex(items("en",
		"How do I report a lost card?", "Call us at any hour.", "What are your opening hours?", "Nine to five.",
		"How do I close my account?", "In the app."), "en")
	hits := ix.Search(Query{Text: "my card is lost"}, 5)
	if len(hits) == 0 || hits[0].ID != "How do I report a lost card?" || hits[0].Ranks.Lexical != 1 || hits[0].Ranks.Dense != 0 {
		t.Fatalf("%+v", hits)
	}
	for i, h := range hits {
		if h.PRight < 0 || h.PRight > 1 || i > 0 && (h.Score > hits[i-1].Score || h.PRight > hits[i-1].PRight) {
			t.Errorf("hit %d: %+v", i, h)
		}
	}
	if hits := ix.Search(Query{Text: "pizza"}, 5); len(hits) != 0 {
		t.Errorf("pizza: %+v", hits)
	}
	if hits := ix.Search(Query{}, 5); len(hits) != 0 {
		t.Errorf("nothing: %+v", hits)
	}
	if hits := ix.Search(Query{Text: "card hours account"}, 2); len(hits) != 2 {
		t.Errorf("two: %+v", hits)
	}
}

func TestSearchBySound(t *testing.T) {
	t.Parallel()
	ix := NewIndex(items("zh", "怎么开发票", "在订单里申请。", "怎么退货", "在订单里点退货。", "多久发货", "当天。"), "zh")
	// 法票 sounds like 发票.
	if hits := ix.Search(Query{Text: "我要法票"}, 3); len(hits) == 0 || hits[0].ID != "怎么开发票" || hits[0].Ranks.Pinyin != 1 {
		t.Errorf("%+v", hits)
	}
}

func TestSmallIndexes(t *testing.T) {
	t.Parallel()
	if hits := NewIndex(nil, "en").Search(Query{Text: "card", Vector: []float32{1, 0}}, 3); len(hits) != 0 {
		t.Errorf("no entries: %+v", hits)
	}
	one := items("en", "How do I close my account?", "In the app.")
	one[0].Question, one[0].Entry.Similar = []float32{1, 0}, []string{"leave the bank"}
	one[0].Similar, one[0].Answer = [][]float32{{0, 1}}, []float32{0.6, 0.8}
	ix := NewIndex(one, "en")
	if hits := ix.Search(Query{Text: "x", Vector: []float32{0, 1}}, 3); len(hits) != 1 || hits[0].Ranks.Dense != 1 {
		t.Errorf("one entry: %+v", hits)
	}
	if hits := ix.Search(Query{Text: "close", Vector: []float32{1, 0, 0}}, 3); len(hits) != 1 || hits[0].Ranks.Dense != 0 {
		t.Errorf("a vector of another model: %+v", hits)
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	hit := func(answer string, p float64) Hit { return Hit{Entry: Entry{Answer: answer}, PRight: p} }
	for _, c := range []struct {
		name string
		hits []Hit
		want int
	}{
		{"nothing found", nil, 0},
		{"nothing fits", []Hit{hit("a", 0.03), hit("b", 0.03)}, 0},
		{"one", []Hit{hit("a", 0.5), hit("b", 0.004)}, 1},
		{"the same said twice", []Hit{hit("a", 0.5), hit("a", 0.5), hit("b", 0.2)}, 2},
		{"at most three", []Hit{hit("a", 0.3), hit("b", 0.2), hit("c", 0.2), hit("d", 0.2)}, 3},
	} {
		if got := Choices(c.hits); len(got) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"how do I pay": "en", "怎么付款": "zh", "iPhone 怎么退货": "zh", "": "en", "the word 你好 means hello to you": "en"} {
		if got := Language(text); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	set := sampleSet(b, "bank", "en")
	ix, queries := build(b, set)
	for n := 0; b.Loop(); n++ {
		ix.Search(queries[n%len(queries)], 5)
	}
}

func TestSameWordsLead(t *testing.T) {
	near := []float32{1, 0}
	items := []Item{
		{Entry: Entry{ID: "a", Question: "What is gate 41?", Answer: "A."}, Question: near},
		{Entry: Entry{ID: "b", Question: "What is gate 3?", Answer: "B."}, Question: near},
	}
	ix := NewIndex(items, "en")
	for _, text := range []string{"What is gate 3?", "what is  GATE 3", "what is gate 3!"} {
		hits := ix.Search(Query{Text: text, Vector: near}, 2)
		if len(hits) != 2 || hits[0].ID != "b" {
			t.Errorf("%q finds %+v first", text, hits)
		}
	}
}
