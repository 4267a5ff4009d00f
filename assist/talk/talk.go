// Package talk tells how the talk of a call was shared: who spoke when, silence, overlap, interruptions and pace. It is
// pure: voices in, figures out.
package talk

import (
	"cmp"
	"slices"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/pipeline/call"
)

// Span is a stretch of time, in seconds from the start of the call.
type Span struct {
	From float64 `json:"from_s"`
	To   float64 `json:"to_s"`
}

// Len is how long the span lasts, in seconds.
func (s Span) Len() float64 { return s.To - s.From }

// Voice is when somebody spoke: spans in order that do not overlap each other.
type Voice struct {
	Who   call.Party `json:"who"`
	Spans []Span     `json:"spans"`
}

// Interruption is somebody beginning to speak while somebody else does.
type Interruption struct {
	By call.Party `json:"by"`
	At float64    `json:"at_s"`
	// Len is for how long both spoke, in seconds.
	Len float64 `json:"len_s"`
}

// Figures say how the talk was shared. Times are in seconds; maps have a key for each voice.
type Figures struct {
	Duration float64                `json:"duration_s"`
	Silence  float64                `json:"silence_s"`  // nobody spoke
	Overlap  float64                `json:"overlap_s"`  // more than one spoke
	Talk     map[call.Party]float64 `json:"talk_s"`     // own speech
	Share    map[call.Party]float64 `json:"talk_share"` // of all speech, 0..1; all 0 when nobody spoke
	Longest  float64                `json:"longest_silence_s"`
	Silences []Span                 `json:"silences"` // of LongSilence and more
	Overlaps []Span                 `json:"overlaps"`
	// Interruptions are overlaps of Barge and more that began while the other side had been speaking for as long.
	Interruptions []Interruption `json:"interruptions"`
	// Pace is words, in Chinese characters, a minute of own speech; see Say. It has no key for who said nothing.
	Pace map[call.Party]float64 `json:"words_per_minute"`
}

// LongSilence is the shortest silence that is listed, Barge the shortest overlap that counts as an interruption: shorter
// ones are mostly "mhm" and the ends of turns. Both are in seconds.
const (
	LongSilence = 3.0
	Barge       = 0.5
)

// edge is a voice that begins or ends.
type edge struct {
	at    float64
	voice int
	on    bool
}

// Measure sums up the voices of a call that lasted duration seconds. What lies outside the call does not count.
func Measure(duration float64, voices []Voice) Figures {
	f := Figures{
		Duration: duration, Talk: map[call.Party]float64{}, Share: map[call.Party]float64{}, Pace: map[call.Party]float64{},
		Silences: []Span{}, Overlaps: []Span{}, Interruptions: []Interruption{},
	}
	var edges []edge
	for i, v := range voices {
		f.Talk[v.Who] += 0
		for _, s := range v.Spans {
			s = Span{max(0, s.From), min(duration, s.To)}
			if s.Len() <= 0 {
				continue
			}
			f.Talk[v.Who] += s.Len()
			edges = append(edges, edge{s.From, i, true}, edge{s.To, i, false})
		}
	}
	slices.SortStableFunc(edges, func(a, b edge) int {
		if c := cmp.Compare(a.at, b.at); c != 0 {
			return c
		}
		if a.on == b.on {
			return 0
		}
		if b.on { // ends come first, so that spans that touch neither overlap nor leave a gap
			return -1
		}
		return 1
	})
	f.sweep(edges, voices)
	all := 0.0
	for _, t := range f.Talk {
		all += t
	}
	for who, t := range f.Talk {
		f.Share[who] = 0
		if all > 0 {
			f.Share[who] = t / all
		}
	}
	return f
}

// sweep goes over the edges in order of time.
func (f *Figures) sweep(edges []edge, voices []Voice) {
	since := make([]float64, len(voices)) // when each voice began, -1 while silent
	for i := range since {
		since[i] = -1
	}
	last, active := 0.0, 0
	quiet := func(to float64) {
		s := Span{last, to}
		f.Silence += s.Len()
		f.Longest = max(f.Longest, s.Len())
		if s.Len() >= LongSilence {
			f.Silences = append(f.Silences, s)
		}
	}
	var barge *Interruption
	for _, e := range edges {
		switch {
		case active == 0 && e.at > last:
			quiet(e.at)
		case active > 1 && e.at > last:
			f.Overlap += e.at - last
			if n := len(f.Overlaps); n > 0 && f.Overlaps[n-1].To == last {
				f.Overlaps[n-1].To = e.at
			} else {
				f.Overlaps = append(f.Overlaps, Span{last, e.at})
			}
		}
		last = e.at
		if e.on {
			if active == 1 {
				for i, s := range since {
					if s >= 0 && i != e.voice && e.at-s >= Barge {
						barge = &Interruption{By: voices[e.voice].Who, At: e.at}
					}
				}
			}
			since[e.voice], active = e.at, active+1
			continue
		}
		since[e.voice], active = -1, active-1
		if barge != nil && active <= 1 {
			if barge.Len = e.at - barge.At; barge.Len >= Barge {
				f.Interruptions = append(f.Interruptions, *barge)
			}
			barge = nil
		}
	}
	if f.Duration > last {
		quiet(f.Duration)
	}
}

// Said is what one party said in one stretch.
type Said struct {
	Who  call.Party
	Text string
}

// Say fills in the pace from what was said.
func (f *Figures) Say(all []Said) {
	words := map[call.Party]int{}
	for _, s := range all {
		words[s.Who] += wordsIn(s.Text)
	}
	for who, n := range words {
		if t := f.Talk[who]; t > 0 && n > 0 {
			f.Pace[who] = float64(n) / t * 60
		}
	}
}

// wordsIn counts the words of s, each Chinese character as one.
func wordsIn(s string) int {
	n, in := 0, false
	for _, r := range s {
		switch {
		case hanzi.IsHan(r):
			n, in = n+1, false
		case unicode.IsLetter(r) || unicode.IsDigit(r) || in && (r == '\'' || r == '’' || r == '-'):
			if !in {
				n++
			}
			in = true
		default:
			in = false
		}
	}
	return n
}

// FromTurns are the voices of a recorded call as its turns tell them, one for each party, in the order of their first
// turns. The bot counts as a party of its own.
func FromTurns(turns []call.Turn) []Voice {
	var out []Voice
	for _, t := range turns {
		if t.End <= t.Start {
			continue
		}
		i := slices.IndexFunc(out, func(v Voice) bool { return v.Who == t.Who })
		if i < 0 {
			i = len(out)
			out = append(out, Voice{Who: t.Who})
		}
		out[i].Spans = append(out[i].Spans, Span{t.Start.Seconds(), t.End.Seconds()})
	}
	for i := range out {
		out[i].Spans = Join(out[i].Spans)
	}
	return out
}

// Join puts spans in order and joins those that touch or overlap.
func Join(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}
