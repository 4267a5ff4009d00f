package whisper

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	sure := heard{meanLog: -0.2, noSpeech: 0.05}
	weak := heard{meanLog: -0.9, noSpeech: 0.7}
	for _, c := range []struct {
		text, lang string
		h          heard
		want, why  string
	}{
		{"I lost my card.", "en", sure, "I lost my card.", ""},
		{"", "en", weak, "", ""},
		{"Thank you.", "en", sure, "Thank you.", ""},
		{"Thank you.", "en", heard{meanLog: -0.4, noSpeech: 0.5}, "", rejectPhrase},
		{"Thanks for watching!", "en", sure, "", rejectPhrase},
		{"字幕由Amara.org社区提供", "zh", sure, "", rejectPhrase},
		{"字幕:J Chong", "zh", sure, "", rejectPhrase},
		{"字幕怎么打开？", "zh", sure, "字幕怎么打开？", ""},
		{"谢谢", "zh", sure, "谢谢", ""},
		{"[Music]", "en", sure, "", rejectTag},
		{"(applause) Hello.", "en", sure, "Hello.", ""},
		{"♪♪", "en", sure, "", rejectTag},
		{"...", "en", sure, "", rejectTag},
		{"I want to go there", "en", weak, "", rejectNoSpeech},
		{"anything", "en", heard{meanLog: -2}, "", rejectLogProb},
		{"and then and then and then and then and then and then and then and then and then", "en", sure, "", rejectRepetition},
	} {
		got, why := guard(c.text, c.lang, &c.h)
		if got != c.want || why != c.why {
			t.Errorf("guard(%q) = %q, %q; want %q, %q", c.text, got, why, c.want, c.why)
		}
	}
}

func TestOnlyHot(t *testing.T) {
	t.Parallel()
	hot := []string{"Premier Saver", "退款", "A"}
	for text, want := range map[string]bool{
		"Premier Saver, A.": true, "退款，退款": true, "我要退款": false, "Premier": false, "premier saver": false, "Saver": false,
	} {
		if got := onlyHot(text, hot); got != want {
			t.Errorf("onlyHot(%q) is %v", text, got)
		}
	}
}

// pieces makes text tokens; a number is a timestamp in frames.
func pieces(parts ...any) []piece {
	var out []piece
	for i, p := range parts {
		switch p := p.(type) {
		case int:
			out = append(out, piece{stamp: p, id: 100000})
		case string:
			id := i
			if len(p) == 1 {
				id = int(p[0]) + 1000
			}
			out = append(out, piece{bytes: p, p: 0.5, stamp: -1, id: id})
		}
	}
	return out
}

func TestRepetition(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		cut  int
	}{
		"nothing": {"abcdef", 0}, "five alike": {"xaaaaa", 0}, "six alike": {"xaaaaaa", 5}, "pair thrice": {"abababx", 0},
		"pair four times": {"xabababab", 6}, "three thrice": {"abcabcabc", 6}, "three twice": {"abcabc", 0},
		"a sentence twice": {"xabcdefghabcdefgh", 8}, "a card of one figure": {"x1111111111111111", 0}, "said": {"一、一、一、一、一、一、", 0},
		"figures without end": {"x" + strings.Repeat("12", 32), 24},
	} {
		var parts []any
		for _, r := range c.text {
			parts = append(parts, string(r))
		}
		if got := repetition(pieces(parts...)); got != c.cut {
			t.Errorf("%s: cut %d, want %d", name, got, c.cut)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	same := func(s string) string { return s }
	// The second character of the Chinese is spread over two tokens.
	for name, c := range map[string]struct {
		pieces []piece
		want   []string
	}{
		"english": {pieces(0, " Ask", " n", "ot", ",", " what", " -", 100), []string{"Ask", "not,", "what -"}},
		"chinese": {pieces(0, "你", "\xe5\xa5", "\xbd", "，", "吗", 50), []string{"你", "好，", "吗"}},
		"mixed":   {pieces(0, " WiFi", "密", "码", 50), []string{"WiFi", "密", "码"}},
	} {
		words := timeWords(groupWords(c.pieces, same), audio.Noise(-20, 2*time.Second, 1), false)
		var got []string
		for i, w := range words {
			got = append(got, w.Text)
			if w.End < w.Start || i > 0 && w.Start < words[i-1].Start || w.End.Seconds() > 2 {
				t.Errorf("%s: %q lies at %v to %v", name, w.Text, w.Start.Seconds(), w.End.Seconds())
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] && got[i] != "what-" {
				t.Errorf("%s: word %d is %q, want %q", name, i, got[i], c.want[i])
			}
		}
	}
}

func TestFitContext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ seconds, want int }{{1, 768}, {10, 768}, {14, 768}, {16, 1024}, {20, 1280}, {28, 1500}} {
		if got := fitContext(c.seconds*audio.Rate, shortContext); got != c.want {
			t.Errorf("%d s get %d frames, want %d", c.seconds, got, c.want)
		}
	}
}

// TestKnownTimes gives words the times at which the decoder would have set a timestamp.
func TestKnownTimes(t *testing.T) {
	t.Parallel()
	hint := func(p string, at int, sure float64) piece { return piece{bytes: p, stamp: -1, at: at, sure: sure} }
	got := knownTimes([]piece{
		{stamp: 0}, hint(" my", 0, 0), hint(" pin", 30, 0.01), hint(" is", 50, 0.1), hint(" 4", 61, 0.05), hint("2", 70, 0.5),
		hint(" 7", 40, 0.03), hint(",", 100, 0.5), hint(" and", 121, 0.2), hint(".", 150, 0.5), {stamp: 171},
	})
	want := []int{0, -1, -1, -1, 61, -1, -1, -1, 121, -1, 171} // unsure; a whole second; within a word; backwards; marks before something surer
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestBrokenTextIsPlacedNowhere has the words behind which others are missing lie anywhere in the rest of the sound.
func TestBrokenTextIsPlacedNowhere(t *testing.T) {
	t.Parallel()
	words := timeWords([]spoken{{text: "is", to: 50}, {text: "411", from: 50, to: -1}}, audio.Noise(-20, 4*time.Second, 1), true)
	if s := words[0].Slack.Seconds(); s > 0.3 {
		t.Errorf("a word between two known times may be off by %.2f s", s)
	}
	if s := words[1].Slack.Seconds(); s < 3 {
		t.Errorf("a word of a broken text may be off by %.2f s only", s)
	}
}
