package whisper

import (
	"context"
	"errors"
	"fmt"

	binding "github.com/ggerganov/whisper.cpp/bindings/go"
)

// Frames are whisper's steps of 20 ms, in which the encoder's context and timestamps are counted.
const (
	framesPerSecond = 50
	frameSamples    = 320
	fullContext     = 1500
	// contextStep is the step of context sizes: attention reads memory in blocks of 256 frames, and anything between
	// would let it see what an earlier utterance left there.
	contextStep = 256
	// shortContext is the smallest context that costs no words: below it whisper base drops some.
	shortContext = 2 * contextStep
	// contextMargin is kept free behind the sound so that the decoder sees it end.
	contextMargin = 25
	// firstStamp is the latest start of the first segment in frames, as in whisper's own decoding.
	firstStamp = 50
	// endSlack is how near to the end of the sound a closing timestamp must be for the decoding to be over.
	endSlack = 15
)

// fitContext returns the encoder context for n samples: small, because its time grows with it, but with a margin.
func fitContext(n, floor int) int {
	frames := (n+frameSamples-1)/frameSamples + contextMargin
	frames = (frames + contextStep - 1) / contextStep * contextStep
	return min(max(frames, floor), fullContext)
}

// piece is one token of the decoded text.
type piece struct {
	id    int
	bytes string
	p     float64
	plog  float64
	stamp int // for a timestamp its frame, else -1
}

// heard is what one decoding gave.
type heard struct {
	lang     int
	langP    float64
	noSpeech float64
	pieces   []piece
	meanLog  float64 // mean log probability over text tokens and the end
	repeated bool    // the decoder had begun to repeat itself; the repetition is cut off
	capped   bool    // the token limit was reached before the end
}

// errAborted means the decoding was given up because the context ended.
var errAborted = errors.New("recognition given up")

// run encodes pcm over frames and decodes it greedily. langs are whisper's language numbers, at least one; with several
// the likeliest is taken. It looks at ctx before the encoder and before every token.
func (s *state) run(ctx context.Context, pcm []float32, frames int, langs []int) (*heard, error) {
	if ctx.Err() != nil {
		return nil, errAborted
	}
	if err := s.encode(pcm, frames); err != nil {
		return nil, err
	}
	h := &heard{}
	prompt, err := s.open(h, langs)
	if err != nil {
		return nil, err
	}
	d := decoding{state: s, heard: h, past: 1 + len(prompt), sound: (len(pcm) + frameSamples - 1) / frameSamples}
	d.limit = min(frames, d.sound+endSlack) + 1
	d.most = min(20+d.sound/framesPerSecond*14, 200)
	if len(prompt) > 0 {
		if err := s.decode(prompt, 1); err != nil {
			return nil, err
		}
	}
	for !d.over {
		if ctx.Err() != nil {
			return nil, errAborted
		}
		if err := d.step(); err != nil {
			return nil, err
		}
	}
	if d.count > 0 {
		h.meanLog = d.sum / float64(d.count)
	}
	return h, nil
}

// open decodes the start token alone, which tells the language and whether anybody speaks, and returns the tokens that
// follow it.
func (s *state) open(h *heard, langs []int) ([]int32, error) {
	c := s.model.ctx
	if err := s.decode([]int32{int32(c.Whisper_token_sot())}, 0); err != nil {
		return nil, err
	}
	h.noSpeech = s.prob(s.model.nosp)
	if !s.model.many {
		return nil, nil
	}
	sum := 0.0
	for _, l := range langs {
		p := s.prob(int(c.Whisper_token_lang(l)))
		sum += p
		if p > h.langP {
			h.lang, h.langP = l, p
		}
	}
	if sum > 0 {
		h.langP /= sum
	}
	return []int32{int32(c.Whisper_token_lang(h.lang)), int32(c.Whisper_token_transcribe())}, nil
}

// decoding is the state of one greedy decoding with timestamps.
type decoding struct {
	*state
	heard       *heard
	past        int // tokens in the decoder's cache
	sound       int // frames of sound
	limit       int // timestamps stay below this frame
	most        int // tokens allowed
	stamp       int // last timestamp
	sum         float64
	count       int
	text        []int // text tokens so far
	over        bool
	last, older bool // the last token, and the one before, was a timestamp
}

// step picks one token and, unless it was the last one, decodes it.
func (d *decoding) step() error {
	among := amongAny
	lo, hi := d.stamp, d.limit
	n := len(d.heard.pieces)
	switch {
	case n == 0:
		among, hi = amongFirst, min(firstStamp, d.limit-1)+1
	case d.last && (d.older || n == 1):
		among = amongText
	case d.last:
		among = amongStamp
	}
	c := d.pick(cInt(among), lo, hi)
	if c.id == int(d.model.vocab.eot) {
		d.sum += c.plog
		d.count++
		d.over = true
		return nil
	}
	d.add(c)
	if d.over {
		return nil
	}
	if err := d.decode([]int32{int32(c.id)}, d.past); err != nil {
		return err
	}
	d.past++
	return nil
}

// add takes a token into the text and sees whether it ends it.
func (d *decoding) add(c choice) {
	p := piece{id: c.id, p: c.p, plog: c.plog, stamp: -1}
	d.older, d.last = d.last, false
	if beg := int(d.model.vocab.beg); c.id >= beg {
		p.stamp = c.id - beg
		d.last = true
		closing := !d.older && len(d.heard.pieces) > 0
		d.stamp = p.stamp
		d.heard.pieces = append(d.heard.pieces, p)
		d.over = closing && p.stamp >= d.sound-endSlack
		return
	}
	p.bytes = d.model.ctx.Whisper_token_to_str(binding.Token(c.id))
	d.heard.pieces = append(d.heard.pieces, p)
	d.text = append(d.text, c.id)
	d.sum += c.plog
	d.count++
	if cut := repetition(d.text); cut > 0 {
		d.heard.drop(cut)
		d.heard.repeated = true
		d.over = true
	}
	if len(d.text) >= d.most {
		d.heard.capped = true
		d.over = true
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

// repetition returns how many tokens at the end of text repeat what stands before them often enough to be the decoder's
// fault and not the speaker's: a single token six times, a short run three or four times, a long one twice.
func repetition(text []int) int {
	for size := 1; size <= len(text)/2; size++ {
		times := 1
		for end := len(text); end-(times+1)*size >= 0; times++ {
			if !equal(text[end-size:], text[end-(times+1)*size:end-times*size]) {
				break
			}
		}
		if times >= allowed(size) {
			return (times - 1) * size
		}
	}
	return 0
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

// languages returns whisper's numbers of codes, or all that the weights know when codes is empty.
func (m *model) languages(codes []string) ([]int, error) {
	if !m.many {
		return []int{0}, nil
	}
	var out []int
	for _, code := range codes {
		id := m.ctx.Whisper_lang_id(code)
		if id < 0 {
			return nil, fmt.Errorf("language %q is not known to whisper; use codes like en, zh", code)
		}
		out = append(out, id)
	}
	for id := 0; len(codes) == 0 && id <= binding.Whisper_lang_max_id(); id++ {
		out = append(out, id)
	}
	return out, nil
}
