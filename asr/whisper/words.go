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

// segment is a run of text tokens between timestamps.
type segment struct {
	pieces   []piece
	from, to int // frames; to is -1 when the segment has no end
}

func segments(pieces []piece) []segment {
	var out []segment
	cur := segment{to: -1}
	for _, p := range pieces {
		if p.stamp < 0 {
			cur.pieces = append(cur.pieces, p)
			continue
		}
		if len(cur.pieces) > 0 {
			cur.to = p.stamp
			out = append(out, cur)
		}
		cur = segment{from: p.stamp, to: -1}
	}
	if len(cur.pieces) > 0 {
		out = append(out, cur)
	}
	return out
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
// to how long they take to say. Offsets count from the start of pcm and stay within it.
func timeWords(words []spoken, pcm []int16) []asr.Word {
	voiced := voicedFrames(pcm)
	out := make([]asr.Word, 0, len(words))
	for i := 0; i < len(words); {
		j := i
		for j < len(words) && words[j].from == words[i].from && words[j].to == words[i].to {
			j++
		}
		out = append(out, laySegment(words[i:j], voiced)...)
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

func laySegment(words []spoken, voiced []bool) []asr.Word {
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
		out[i] = asr.Word{Text: w.text, P: w.p, Start: frameOffset(first), End: frameOffset(max(first, last) + 1)}
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
