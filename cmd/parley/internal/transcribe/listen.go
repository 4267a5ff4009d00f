package transcribe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/vad"
)

const unknown call.Party = "unknown"

var errNoSound = errors.New("holds no sound: check how it was recorded")

// track is one voice of a recording.
type track struct {
	who   call.Party
	probs []float32 // of speech, one a window
	n     int       // samples at audio.Rate
	level meter
}

// source is a file of a recording with the tracks in it. With mix its channels are one voice.
type source struct {
	path   string
	mix    bool
	tracks []*track
}

// recording is what is transcribed. It is read three times at most, a second of it at a time: to find speech, to recognise
// it, and to copy it.
type recording struct {
	job

	sources  []source
	tracks   []*track
	expect   int64 // samples of all sources by their headers
	warnings []string
}

// open looks whether a recording can be read and whose voices it has.
func (j job) open(swap bool) (*recording, error) {
	left, right := call.Caller, call.Agent
	if swap {
		left, right = right, left
	}
	r := &recording{job: j}
	if j.other != "" {
		r.add(j.path, true, left)
		r.add(j.other, true, right)
		return r, r.probe()
	}
	v, err := audio.OpenVoices(j.path, false)
	if err != nil {
		return nil, err
	}
	n := v.Count()
	if err := v.Close(); err != nil {
		return nil, err
	}
	switch n {
	case 1:
		r.add(j.path, true, unknown)
	case 2:
		r.add(j.path, false, left, right)
	default:
		return nil, fmt.Errorf("%s has %d channels: make it mono or stereo first", j.path, n)
	}
	return r, r.probe()
}

func (r *recording) add(path string, mix bool, who ...call.Party) {
	s := source{path: path, mix: mix}
	for _, w := range who {
		s.tracks = append(s.tracks, &track{who: w})
	}
	r.sources, r.tracks = append(r.sources, s), append(r.tracks, s.tracks...)
}

// known reports whether it is known who speaks.
func (r *recording) known() bool { return r.tracks[0].who != unknown }

// errEnough ends the reading of a source early.
var errEnough = errors.New("enough was read")

// probe reads the beginning of every source.
func (r *recording) probe() error {
	for _, s := range r.sources {
		some := false
		err := s.each(context.Background(), func(v *audio.Voices, _ [][]int16) error {
			some = true
			r.expect += v.Length()
			return errEnough
		})
		if err != nil {
			return err
		}
		if !some {
			return fmt.Errorf("%s %w", s.path, errNoSound)
		}
	}
	return nil
}

// each hands over the source piece by piece until it ends, do fails, or ctx ends.
func (s source) each(ctx context.Context, do func(*audio.Voices, [][]int16) error) (err error) {
	v, err := audio.OpenVoices(s.path, s.mix)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		pieces, err := v.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = do(v, pieces)
		}
		if errors.Is(err, errEnough) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// hearer finds speech in sound that comes piece by piece. ear.Ear is one.
type hearer interface{ Stream() *vad.Stream }

// survey finds where each voice speaks. step is told the samples done.
func (r *recording) survey(ctx context.Context, e hearer, step func(n int)) error {
	for _, s := range r.sources {
		watches := make([]watch, len(s.tracks))
		for i := range watches {
			watches[i].stream = e.Stream()
		}
		var promised int64
		err := s.each(ctx, func(v *audio.Voices, pieces [][]int16) error {
			promised = v.Length()
			for i, t := range s.tracks {
				t.probs = watches[i].push(t.probs, pieces[i])
				t.level.push(pieces[i])
				t.n += len(pieces[i])
			}
			step(len(pieces[0]))
			return watches[0].err
		})
		if err != nil {
			return err
		}
		for i, t := range s.tracks {
			t.probs = watches[i].end(t.probs)
			if err := watches[i].err; err != nil {
				return fmt.Errorf("find speech: %w", err)
			}
		}
		if got := int64(s.tracks[0].n); got < promised-audio.Rate/10 {
			r.warnings = append(r.warnings, fmt.Sprintf("%s breaks off or is damaged after %.1f s of %.1f s: what lies before was used",
				s.path, audio.Duration(int(got)).Seconds(), audio.Duration(int(promised)).Seconds()))
		}
	}
	return nil
}

// duration is that of the longest track, in seconds.
func (r *recording) duration() float64 {
	n := 0
	for _, t := range r.tracks {
		n = max(n, t.n)
	}
	return audio.Duration(n).Seconds()
}

// spans are what is recognised of a track: speech with some of the silence around it.
func (t *track) spans() []vad.Span {
	return vad.Cut(t.probs, t.n, vad.SpanOptions{MinSilence: pause, Pad: 200 * time.Millisecond})
}

// cutter takes the spans of a track out of its pieces.
type cutter struct {
	spans []vad.Span
	at    int // samples that went by
	buf   []int16
}

// push takes the next piece and hands over each span that is complete. The samples are valid during the call.
func (c *cutter) push(pcm []int16, take func(vad.Span, []int16) error) error {
	end := c.at + len(pcm)
	for len(c.spans) > 0 && c.spans[0].Start < end {
		s := c.spans[0]
		c.buf = append(c.buf, pcm[max(0, s.Start-c.at):min(s.End, end)-c.at]...)
		if s.End > end {
			break
		}
		if err := take(s, c.buf); err != nil {
			return err
		}
		c.spans, c.buf = c.spans[1:], c.buf[:0]
	}
	c.at = end
	return nil
}

// eachSpan hands over the spans of every track, source by source, in order of their ends. step is told the samples done.
func (r *recording) eachSpan(ctx context.Context, spans func(*track) []vad.Span, step func(n int), take func(*track, vad.Span, []int16) error) error {
	for _, s := range r.sources {
		cutters := make([]cutter, len(s.tracks))
		left := 0
		for i, t := range s.tracks {
			cutters[i].spans = spans(t)
			left += len(cutters[i].spans)
		}
		err := s.each(ctx, func(_ *audio.Voices, pieces [][]int16) error {
			for i, t := range s.tracks {
				err := cutters[i].push(pieces[i], func(sp vad.Span, pcm []int16) error {
					left--
					return take(t, sp, pcm)
				})
				if err != nil {
					return err
				}
			}
			step(len(pieces[0]))
			if left == 0 {
				return errEnough
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recognise hears the speech of all voices. The language last heard from a voice is the one expected next.
func (r *recording) recognise(ctx context.Context, e *ear.Ear, langs []string, step func(n int)) ([]turn, error) {
	expect := map[*track][]string{}
	for _, t := range r.tracks {
		expect[t] = slices.Clone(langs)
	}
	out := []turn{}
	err := r.eachSpan(ctx, (*track).spans, step, func(t *track, sp vad.Span, pcm []int16) error {
		langs := expect[t]
		got, err := e.Recognize(ctx, t.who, pcm, sp.Start, langs)
		if err != nil || got.Text == "" {
			return err
		}
		if i := slices.Index(langs, got.Lang); i > 0 {
			langs[0], langs[i] = langs[i], langs[0]
		}
		out = append(out, turn{
			Who: t.who, Text: got.Text, Lang: got.Lang, Start: got.Start, End: got.End, Confidence: got.Confidence, Words: got.Words,
		})
		return nil
	})
	slices.SortStableFunc(out, func(a, b turn) int { return cmp.Compare(a.Start, b.Start) })
	return out, err
}

// How the language of a whole recording is tried.
const (
	tries     = 3               // stretches of speech
	triedLen  = 2 * time.Second // and more, each
	triedMost = 8 * time.Second // of each is heard
	foreignP  = 0.5             // how sure at least
	foreignP1 = 0.6             // with a single stretch
	homeP     = 0.8             // so sure of an expected language that nothing else is tried
)

// foreign is the code of the language that is spoken when it is none of langs, "" otherwise or when it cannot be told.
func (r *recording) foreign(ctx context.Context, e *ear.Ear, langs []string) (string, error) {
	left, tried, votes, sure, home := tries, 0, map[string]int{}, 0.0, false
	long := func(t *track) []vad.Span {
		all := slices.DeleteFunc(t.spans(), func(s vad.Span) bool { return s.Duration() < triedLen })
		all = all[:min(left, len(all))]
		left -= len(all)
		return all
	}
	err := r.eachSpan(ctx, long, func(int) {}, func(t *track, sp vad.Span, pcm []int16) error {
		if home {
			return nil
		}
		got, err := e.Recognize(ctx, t.who, pcm[:min(len(pcm), audio.Samples(triedMost))], sp.Start, nil)
		if err != nil {
			return err
		}
		tried++
		home = slices.Contains(langs, got.Lang) && got.LangP >= homeP
		if !slices.Contains(langs, got.Lang) && got.LangP >= foreignP && !(got.Lang == "yue" && slices.Contains(langs, "zh")) {
			votes[got.Lang]++
			sure = got.LangP
		}
		return nil
	})
	if err != nil || home {
		return "", err
	}
	for lang, n := range votes {
		if 2*n > tried && (tried > 1 || sure >= foreignP1) {
			return lang, nil
		}
	}
	return "", nil
}

// voices are when each party spoke.
func (r *recording) voices() []talk.Voice {
	var out []talk.Voice
	for _, t := range r.tracks {
		out = append(out, talk.Voice{Who: t.who, Spans: t.speech()})
	}
	return out
}
