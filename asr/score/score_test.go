package score

import "testing"

func TestNormalise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		metric     Metric
		in, spoken string
	}{
		{WER, "Hello, World!", "hello world"},
		{WER, "It's  fine—really", "its fine really"},
		{WER, "I have 42 apples", "i have forty two apples"},
		{WER, "in 1998 and 2005", "in nineteen ninety eight and two thousand five"},
		{WER, "in 2024", "in twenty twenty four"},
		{WER, "1,200 people", "one thousand two hundred people"},
		{WER, "the 21st", "the twenty first"},
		{WER, "the 20th", "the twentieth"},
		{WER, "$5.20 or 8%", "five dollars twenty or eight percent"},
		{WER, "3.5", "three point five"},
		{WER, "10:30 and 9:05", "ten thirty and nine oh five"},
		{WER, "call 007 or 5551234", "call zero zero seven or five five five one two three four"},
		{WER, "the 90s", "the nineties"},
		{WER, "ＡＢＣ", "abc"},
		{CER, "你好，世界！", "你好世界"},
		{CER, "設定30度", "设定三十度"},
		{CER, "Wi Fi 密碼", "wifi密码"},
		{CER, "1399,636,625,239", "一三九九六三六六二五二三九"},
		{CER, "1,200个", "一千二百个"},
		{WER, "555,0199", "five five five zero one nine nine"},
		{WER, "", ""},
	} {
		if got := Normalise(c.metric, c.in); got != c.spoken {
			t.Errorf("Normalise(%s, %q) = %q, want %q", c.metric, c.in, got, c.spoken)
		}
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ref, hyp string
		metric   Metric
		want     Count
	}{
		{"one two three", "one two three", WER, Count{0, 3}},
		{"1 2 3", "one two three", WER, Count{0, 3}},
		{"one two three", "one too three four", WER, Count{2, 3}},
		{"one two three", "", WER, Count{3, 3}},
		{"", "noise", WER, Count{1, 0}},
		{"设定三十度", "設定30度", CER, Count{0, 5}},
		{"设定三十度", "设定四十", CER, Count{2, 5}},
	} {
		if m := MetricOf(c.ref); m != c.metric {
			t.Errorf("MetricOf(%q) = %s, want %s", c.ref, m, c.metric)
		}
		if got := Compare(c.metric, c.ref, c.hyp); got != c.want {
			t.Errorf("Compare(%q, %q) = %+v, want %+v", c.ref, c.hyp, got, c.want)
		}
	}
}

func TestRate(t *testing.T) {
	t.Parallel()
	var c Count
	if c.Rate() != 0 {
		t.Errorf("empty count has rate %g", c.Rate())
	}
	c.Add(Count{1, 4})
	c.Add(Count{1, 4})
	if c.Rate() != 0.25 {
		t.Errorf("rate %g, want 0.25", c.Rate())
	}
	if r := (Count{Errors: 2}).Rate(); r != 1 {
		t.Errorf("rate without reference %g, want 1", r)
	}
}

func FuzzCompare(f *testing.F) {
	for _, s := range []string{"", "1,000,000,000,000,000", "$", "99th", "12:99", "0.0.0", "三百2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c := Compare(MetricOf(s), s, s); c.Errors != 0 {
			t.Errorf("%q differs from itself: %+v", s, c)
		}
	})
}

func TestSpelled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ref, hyp string
		errors   int
	}{
		{"g s b nine eight zero", "GSB980.", 0},
		{"my code is x t five two", "My code is XT-5-2", 0},
		{"x t five two", "XT 53", 1},
		{"it was nine hundred and eighty", "It was 980", 1}, // no spelling: 980 is nine hundred eighty
		{"on b b c one", "on BBC 1", 0},
		{"the uk", "the UK", 0},
	} {
		if got := Compare(WER, c.ref, c.hyp); got.Errors != c.errors {
			t.Errorf("%q heard as %q: %d errors, want %d", c.ref, c.hyp, got.Errors, c.errors)
		}
	}
}
