package whisper

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// spoken is a word with the segment it belongs to.
type spoken struct {
	text     string
	p        float64
	from, to int // frames of the segment
}

// textOf joins the text tokens; a character may be spread over several of them.
func textOf(pieces []piece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.bytes)
	}
	return strings.ToValidUTF8(b.String(), "")
}

// groupWords makes words of tokens: a new one starts at a space and at every Chinese character; punctuation stays with
// the word before it. A word's probability is the mean over its tokens. fold is applied to each word.
func groupWords(pieces []piece, fold func(string) string) []spoken {
	var words []spoken
	for _, seg := range segments(pieces) {
		for _, w := range seg.words() {
			if w.text = strings.TrimSpace(fold(w.text)); w.text == "" {
				continue
			}
			w.from, w.to = seg.from, seg.to
			if !hasSound(w.text) {
				if n := len(words); n > 0 {
					words[n-1].text += w.text
				}
				continue
			}
			words = append(words, w)
		}
	}
	return words
}

// segment is a run of text tokens between two times that are known: timestamps, and where one would be likely.
type segment struct {
	pieces   []piece
	from, to int // frames; to is -1 when the segment has no end
}

func segments(pieces []piece) []segment {
	known := knownTimes(pieces)
	var out []segment
	cur := segment{to: -1}
	for i, p := range pieces {
		at := p.stamp
		if at < 0 {
			at = known[i]
		}
		if at >= 0 {
			if len(cur.pieces) > 0 {
				cur.to = at
				out = append(out, cur)
			}
			cur = segment{from: at, to: -1}
		}
		if p.stamp < 0 {
			cur.pieces = append(cur.pieces, p)
		}
	}
	if len(cur.pieces) > 0 {
		out = append(out, cur)
	}
	return out
}

// sureTime is the least probability of a timestamp before a token at which the likeliest one is taken for right, and
// sureSecond the same for whole seconds, which whisper prefers when it does not know.
const (
	sureTime   = 0.02
	sureSecond = 0.2
)

// knownTimes gives for each piece that begins a word, or ends one as a mark does, the frame at which it begins, -1 where
// that is not known. The times rise; one that contradicts a surer one is not known.
func knownTimes(pieces []piece) []int {
	sure := make([]float64, len(pieces))
	out := make([]int, len(pieces))
	for i, p := range pieces {
		out[i] = -1
		switch {
		case p.stamp >= 0:
			out[i], sure[i] = p.stamp, 1
		case p.at > 0 && (p.sure >= sureSecond || p.sure >= sureTime && p.at%framesPerSecond != 0) && parted(pieces, i):
			out[i], sure[i] = p.at, p.sure
		}
	}
	for i, p := range pieces {
		for k := range pieces {
			if p.stamp < 0 && out[i] >= 0 && sure[k] > sure[i] && (k < i && out[k] >= out[i] || k > i && out[k] <= out[i]) && out[k] >= 0 {
				out[i] = -1
			}
		}
	}
	for i := len(pieces) - 2; i >= 0; i-- { // where the next word begins is known better than where a mark stands
		if out[i+1] >= 0 && pieces[i].stamp < 0 && !hasSound(pieces[i].bytes) {
			out[i] = -1
		}
	}
	last := -1
	for i, p := range pieces {
		if p.stamp < 0 && out[i] <= last {
			out[i] = -1
		}
		last = max(last, out[i])
	}
	return out
}

// parted reports whether a word begins with piece i, or a mark that ends one.
func parted(pieces []piece, i int) bool {
	begins := func(k int) bool {
		return k >= len(pieces) || pieces[k].stamp >= 0 || strings.HasPrefix(pieces[k].bytes, " ") || wide(firstRune(pieces[k].bytes)) ||
			k > 0 && pieces[k-1].stamp < 0 && wide(lastRune(pieces[k-1].bytes))
	}
	return begins(i) || !hasSound(pieces[i].bytes) && utf8.ValidString(pieces[i].bytes) && begins(i+1)
}

// words splits the segment's text, keeping for each byte the token it came from.
func (s segment) words() []spoken {
	var text []byte
	var from []int
	for i, p := range s.pieces {
		text = append(text, p.bytes...)
		for range len(p.bytes) {
			from = append(from, i)
		}
	}
	var out []spoken
	start := 0
	flush := func(end int) {
		if end > start {
			out = append(out, spoken{text: strings.ToValidUTF8(string(text[start:end]), ""), p: s.mean(from[start], from[end-1])})
		}
		start = end
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == ' ' || wide(r) {
			flush(i)
		}
		i += n
		if wide(r) {
			flush(i)
		}
	}
	flush(len(text))
	return out
}

func (s segment) mean(first, last int) float64 {
	sum := 0.0
	for _, p := range s.pieces[first : last+1] {
		sum += p.p
	}
	return sum / float64(last-first+1)
}

// wide tells whether r is a character that is a word by itself.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func hasSound(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// timeWords gives each word its share of the sound: the words of a segment are laid over its voiced frames in proportion
// to how long they take to say. Offsets count from the start of pcm and stay within it. With broken, words are missing
// behind the last ones, whose place is then anywhere in what is left.
func timeWords(words []spoken, pcm []int16, broken bool) []asr.Word {
	voiced := voicedFrames(pcm)
	out := make([]asr.Word, 0, len(words))
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && words[j].from == words[i].from && words[j].to == words[i].to {
			j++
		}
		out = append(out, laySegment(words[i:j], voiced, broken && words[i].to < 0)...)
		i = j
	}
	end := call.Offset(audio.Duration(len(pcm)))
	for i := range out {
		out[i].Start, out[i].End = min(out[i].Start, end), min(out[i].End, end)
	}
	return out
}

// voicedFrames marks the frames that are loud enough to be part of a word.
func voicedFrames(pcm []int16) []bool {
	levels := make([]float64, 0, len(pcm)/audio.FrameLen+1)
	top := -120.0
	for i := 0; i < len(pcm); i += audio.FrameLen {
		l := audio.Level(pcm[i:min(i+audio.FrameLen, len(pcm))])
		levels = append(levels, l)
		top = max(top, l)
	}
	out := make([]bool, len(levels))
	for i, l := range levels {
		out[i] = l > top-30
	}
	return out
}

// slackShare is which part of its distance to the next known time a reckoned one may be off: how much slower a number is
// read out than the words around it.
const slackShare = 4

func laySegment(words []spoken, voiced []bool, broken bool) []asr.Word {
	from := max(0, min(words[0].from, len(voiced)-1))
	to := words[0].to
	if to <= from || to > len(voiced) {
		to = len(voiced)
	}
	var at []int // the voiced frames of the segment
	for i := from; i < to; i++ {
		if voiced[i] {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		for i := from; i < to; i++ {
			at = append(at, i)
		}
	}
	total := 0
	for _, w := range words {
		total += effort(w.text)
	}
	out := make([]asr.Word, len(words))
	done := 0
	for i, w := range words {
		first := at[min(done*len(at)/total, len(at)-1)]
		done += effort(w.text)
		last := at[max(0, min(done*len(at)/total, len(at))-1)]
		last = max(first, last)
		slack := max(min(first-from, to-first), min(last+1-from, to-last-1)) / slackShare
		if broken {
			slack = to - from
		}
		out[i] = asr.Word{Text: w.text, P: w.p, Start: frameOffset(first), End: frameOffset(last + 1), Slack: frameOffset(max(0, slack))}
	}
	return out
}

// effort is about how long a word takes to say, in letters.
func effort(word string) int {
	n := 0
	for _, r := range word {
		switch {
		case wide(r), unicode.IsDigit(r):
			n += 4
		case unicode.IsLetter(r):
			n++
		}
	}
	return max(1, n)
}

func frameOffset(frame int) call.Offset {
	return call.Offset(time.Duration(frame) * audio.FrameTime)
}
