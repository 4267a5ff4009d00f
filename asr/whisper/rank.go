package whisper

import (
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

const (
	// mostBeams is whisper.cpp's limit, and worth its time: the best text is the more often among the beams' the more there are.
	mostBeams = 8
	// beamMargin is by how many nats a text may be less likely than the best one and still be followed: one so far behind is
	// not chosen in the end, and where whisper is sure few others are near.
	beamMargin = 4
	// wordWeight is how much the dictionary's word for a Chinese text counts beside the decoder's. Whisper base knows the
	// sounds of Mandarin better than which of many characters that sound alike make a word.
	wordWeight = 0.15
	// foreign is what a letter or digit of another script costs beside Chinese characters, in nats: about as much as one of those.
	foreign = 3.0
)

// rank is how good a decoded text is beside others of the same sound: what a character costs, as the decoder and, where
// Chinese is spoken, a dictionary see it. A mean over tokens, as is usual, prefers rare characters: they are written with
// several tokens, of which all but the first are sure. It serves where nothing was said.
func rank(pieces []piece, chinese bool) float64 {
	text := textOf(pieces)
	han, others := count(text)
	if han+others == 0 {
		sum := 0.0
		for _, p := range pieces {
			sum += p.plog
		}
		return sum / float64(max(1, len(pieces)))
	}
	sum := 0.0
	for _, p := range pieces {
		if p.stamp < 0 {
			sum += p.plog
		}
	}
	if chinese {
		sum -= wordWeight * (hanzi.Cost(hanzi.Simplify(text)) + foreign*float64(others))
	}
	return sum / float64(han+others+1)
}

// count is how many Chinese characters, and how many other letters and digits, s has.
func count(s string) (han, others int) {
	for _, r := range s {
		switch {
		case hanzi.IsHan(r):
			han++
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			others++
		}
	}
	return han, others
}
