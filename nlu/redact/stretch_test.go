package redact

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-voice/parley/pipeline/call"
)

// checkStretches holds what keeps the work of masking from growing faster than a text: each place of it counts once, is read with
// what stands around it, and no more than twice the text is read in parts that are all short.
func checkStretches(t *testing.T, s string) {
	t.Helper()
	at, read, valid := 0, 0, utf8.ValidString(s)
	for _, w := range stretches(s) {
		if w.start != at || w.end < w.start || w.from > w.start || w.to < w.end {
			t.Fatalf("stretch %+v behind %d", w, at)
		}
		if w.end == w.start && w.end < len(s) {
			t.Fatalf("stretch %+v takes nothing", w)
		}
		if w.to-w.from > mostAtOnce {
			t.Fatalf("stretch %+v is too long", w)
		}
		if w.start-w.from < min(edge, w.start) || w.to-w.end < min(edge, len(s)-w.end)-utf8.UTFMax {
			t.Fatalf("stretch %+v is read without what stands around it", w)
		}
		if valid && !utf8.ValidString(s[w.from:w.start]+"|"+s[w.start:w.end]+"|"+s[w.end:w.to]) {
			t.Fatalf("stretch %+v cuts a character", w)
		}
		at, read = w.end, read+w.to-w.from
	}
	if at != len(s) {
		t.Fatalf("%d of %d bytes count", at, len(s))
	}
	if most := mostAtOnce + len(s)*mostAtOnce/(mostAtOnce/2-edge/2); read > most {
		t.Fatalf("%d bytes are read of %d", read, len(s))
	}
}

func TestStretches(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"a", "好", "one two three. ", "一句话，", ".", " ", "\xff", "a.\n" + strings.Repeat("b", 40)} {
		for _, n := range []int{0, 1, 3, 384, 511, 512, 513, 1535, 1536, 1537, 9000} {
			checkStretches(t, strings.Repeat(part, n))
		}
	}
}

// FuzzStretches: the work grows with the length of a text, whatever it is.
func FuzzStretches(f *testing.F) {
	for _, s := range []string{"", "my number is ", "好，", "\xf0\x9f", "!?"} {
		f.Add(s, 700)
	}
	f.Fuzz(func(t *testing.T, part string, times int) {
		if len(part) > 0 {
			times = min(max(times, 1), 1+(64<<10)/len(part))
			checkStretches(t, strings.Repeat(part, times))
		}
	})
}

// What is hidden of a short text is hidden wherever it stands in a long one, and what is nobody's stays.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"We painted the fence on Saturday and it rained at once. ", "My card is 4111 1111 1111 1111, call me on oh seven seven double zero nine double zero one two three, and my name is Annelise Thorburn."},
		{"周六刷了围栏，马上就下雨了。", "我叫顾晓棠，身份证是11010519491231002X，手机号幺三八零零幺三八零零零。"},
		{"we painted it and it rained ", "my card is 4111 1111 1111 1111 and my name is Annelise Thorburn "}, // no sentence ends
	} {
		alone, spans := Text(c[1], "")
		if len(spans) < 2 {
			t.Fatalf("%q is masked as %q", c[1], alone)
		}
		for before := 0; before <= 70; before += 14 {
			got, _ := Text(strings.Repeat(c[0], before)+c[1]+strings.Repeat(c[0], 70-before), "")
			if !strings.Contains(got, alone) {
				t.Errorf("behind %d sentences: %q", before, got)
			}
		}
	}
	order := strings.Repeat("It is the order 4471 9903 2216. ", 90)
	if got, _ := Text(order, ""); got != order {
		t.Errorf("orders are masked: %q", got)
	}
}

// reader reads few words at once, as models do, and holds private what begins with a capital Z.
type reader struct{ most int }

// Tag implements Tagger.
func (r reader) Tag(_ context.Context, _ []string, text string, _ func(i int, at [3]int) uint64) (at [][3]int, logits []float32, err error) {
	for i := 0; i < len(text) && len(at) < r.most; {
		if text[i] == ' ' {
			i++
			continue
		}
		end := i + len(strings.SplitN(text[i:], " ", 2)[0])
		at, logits = append(at, [3]int{i, end, 1}), append(logits, -9)
		if text[i] == 'Z' {
			logits[len(logits)-1] = 9
		}
		i = end
	}
	return at, logits, nil
}

// A model reads a few words at once; all of a long turn is read.
func TestLongTurnIsReadWhole(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("we had it painted over the summer, and then ", 90) + "it went to Zamfirescu of course" + strings.Repeat(", which was late again", 40)
	s := Session{Sense: NewSense(map[string]Tagger{"en": reader{60}})}
	if got, _ := s.Text(call.Caller, text); strings.Contains(got, "Zamf") || strings.Count(got, "[") != 1 {
		t.Errorf("a long turn is masked as %q", got)
	}
}

// A doctor who is spoken of first makes nobody behind a public person.
func TestDoctorFirst(t *testing.T) {
	t.Parallel()
	const text = "Doctor wants it sent to my wife Annelise Thorburn."
	if got, _ := new(Session).Text(call.Caller, text); strings.Contains(got, "Annelise") {
		t.Errorf("masked as %q", got)
	}
}

// A word that is longer than a stretch is hidden to its end.
func TestLongWords(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"my password is " + strings.Repeat("aB3xY9qZ", 900), "write to " + strings.Repeat("abcdefg", 300) + "@example.com", "我的密码是" + strings.Repeat("k3J9", 800) + "，记一下"} {
		if got, _ := Text(text, ""); len(got) > 64 {
			t.Errorf("%d of %d bytes are left: %.80q", len(got), len(text), got)
		}
	}
}
