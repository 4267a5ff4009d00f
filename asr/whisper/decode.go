package whisper

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Frames are whisper's steps of 20 ms, in which the encoder's context and timestamps are counted.
const (
	framesPerSecond = 50
	frameSamples    = audio.Rate / framesPerSecond
	fullContext     = 1500
	// contextStep is the step of context sizes: attention reads memory in blocks of 256 frames, and anything between
	// would let it see what an earlier utterance left there.
	contextStep = 256
	// shortContext is the smallest context that costs no words: below it whisper base drops some, and mistakes more.
	shortContext = 3 * contextStep
	// few and crowd are how many others must wait for the smallest context to be two steps, as it is for captions, which are
	// soon replaced, or one, which makes half as many mistakes again in English.
	few, crowd = 2, 4
	// contextMargin is kept free behind the sound so that the decoder sees it end.
	contextMargin = 25
	// endSlack is how near to the end of the sound, in frames, a segment must end for the decoding to be over.
	endSlack = 15
)

// fitContext returns the encoder context for n samples: small, because its time grows with it, but with a margin.
func fitContext(n, floor int) int {
	frames := (n+frameSamples-1)/frameSamples + contextMargin
	frames = (frames + contextStep - 1) / contextStep * contextStep
	return min(max(frames, floor), fullContext)
}

// tokenCap is more tokens than anybody says in a number of frames of sound.
func tokenCap(sound int) int { return min(24+sound*14/framesPerSecond, 200) }

// piece is one token of the decoded text.
type piece struct {
	id    int
	bytes string
	p     float64
	plog  float64
	stamp int // for a timestamp its frame, else -1
	// at is the frame at which the token begins by the likeliest timestamp there, 0 when there is none, and sure how likely
	// it is that a timestamp, whichever, stands there.
	at   int
	sure float64
}

// heard is what one decoding gave.
type heard struct {
	lang     int
	langP    float64
	noSpeech float64
	pieces   []piece
	meanLog  float64 // mean log probability over text tokens
	rank     float64 // how good the text is beside others of the same sound
	minP     float64 // probability of the least sure text token
	repeated bool    // the decoder had begun to repeat itself; the repetition is cut off
	capped   bool    // the token limit was reached before the end
}

// astray tells whether the decoder lost its way, which a longer context mends.
func (h *heard) astray() bool { return h.repeated || h.capped }

// errAborted means the decoding was given up because the context ended.
var errAborted = errors.New("recognition given up")

// listen decodes sound, whose first n samples are not padding, in the language expected first and, if another of langs
// turns out to be likelier, in that one.
func (s *state) listen(ctx context.Context, pcm []float32, n, frames, beams, threads int, langs []int, prompt string) (*heard, error) {
	t := task{lang: langs[0], beams: beams, threads: threads, frames: frames, sound: (n + frameSamples - 1) / frameSamples, prompt: prompt}
	t.most = tokenCap(t.sound)
	pieces, err := s.run(ctx, pcm, t)
	if err != nil {
		return nil, err
	}
	h := &heard{}
	if h.noSpeech, h.lang, h.langP, err = s.opening(threads, langs); err != nil {
		return nil, err
	}
	if h.lang != t.lang {
		t.lang = h.lang
		if pieces, err = s.run(ctx, pcm, t); err != nil {
			return nil, err
		}
	}
	h.take(pieces, t.most)
	h.rank = rank(h.pieces, s.model.chinese(h.lang))
	return h, nil
}

// take puts the decoded pieces in order and says what is wrong with them.
func (h *heard) take(pieces []piece, most int) {
	h.pieces = pieces
	h.capped = len(pieces) >= most
	if cut := repetition(pieces); cut > 0 {
		h.drop(cut)
		h.repeated = true
	}
	sum, count := 0.0, 0
	h.minP = 1
	for _, p := range h.pieces {
		if p.stamp < 0 {
			sum += p.plog
			h.minP = min(h.minP, p.p)
			count++
		}
	}
	if count > 0 {
		h.meanLog = sum / float64(count)
	}
}

// drop removes the last n text tokens and the timestamps among and behind them.
func (h *heard) drop(n int) {
	for n > 0 && len(h.pieces) > 0 {
		if h.pieces[len(h.pieces)-1].stamp < 0 {
			n--
		}
		h.pieces = h.pieces[:len(h.pieces)-1]
	}
}

// repetition returns how many text tokens at the end repeat what stands before them often enough to be the decoder's
// fault and not the speaker's: a single token six times, a short run three or four times, a long one twice. In a number
// the same figures do come again and again: it takes longestNumber tokens there, and so many stay. The decoder is stopped
// by the same rule.
func repetition(pieces []piece) int {
	var text []int
	var said []string
	for _, p := range pieces {
		if p.stamp < 0 {
			text, said = append(text, p.id), append(said, p.bytes)
		}
	}
	for size := 1; size <= len(text)/2; size++ {
		times := 1
		for end := len(text); end-(times+1)*size >= 0; times++ {
			if !equal(text[end-size:], text[end-(times+1)*size:end-times*size]) {
				break
			}
		}
		switch {
		case times < allowed(size):
		case !ofNumber(said[len(said)-size:]):
			return (times - 1) * size
		case times*size >= longestNumber:
			return max(size, times*size-longestNumber)
		}
	}
	return 0
}

// longestNumber is how many tokens of figures, and what stands between them, may repeat themselves: a card number of one
// figure has 31.
const longestNumber = 40

var partOfNumber = regexp.MustCompile(`^ *(?:[-0-9,. ]*|zero|oh|one|two|three|four|five|six|seven|eight|nine|[oO零幺一二三四五六七八九，、])$`)

// ofNumber tells whether all of tokens are parts of a number that is read out.
func ofNumber(tokens []string) bool {
	return !slices.ContainsFunc(tokens, func(s string) bool { return !partOfNumber.MatchString(s) })
}

// allowed is the number of times at which a run of size tokens counts as a repetition.
func allowed(size int) int {
	switch {
	case size == 1:
		return 6
	case size == 2:
		return 4
	case size < 8:
		return 3
	default:
		return 2
	}
}

func equal(a, b []int) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
