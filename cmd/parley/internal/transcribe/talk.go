package transcribe

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// pause ends a turn: a silence this long in one voice.
const pause = 700 * time.Millisecond

// turn is one stretch of speech of one party.
type turn struct {
	Who        call.Party  `json:"who"`
	Text       string      `json:"text"`
	Lang       string      `json:"lang"`
	Start      call.Offset `json:"start_s"`
	End        call.Offset `json:"end_s"`
	Confidence float64     `json:"confidence"`
	Words      []asr.Word  `json:"words"`
}

// file is what was said in one recording. Silence is the time in which nobody speaks, Overlap the time in which both do;
// Share is each party's part of all talking, 0..1.
type file struct {
	Path     string                 `json:"path"`
	Other    string                 `json:"agent_path,omitempty"`
	Lang     string                 `json:"lang"`
	Turns    []turn                 `json:"turns"`
	Duration float64                `json:"duration_s"`
	Silence  float64                `json:"silence_s"`
	Overlap  float64                `json:"overlap_s"`
	Share    map[call.Party]float64 `json:"talk_share"`
}

func transcribe(ctx context.Context, e *ear.Ear, j job, f flags) (*file, error) {
	sides, err := j.load(f.swap)
	if err != nil {
		return nil, err
	}
	out := &file{Path: j.path, Other: j.other, Turns: []turn{}, Share: map[call.Party]float64{}}
	length := 0
	for _, s := range sides {
		length = max(length, len(s.pcm))
		turns, err := hear(ctx, e, s, f.langs())
		if err != nil {
			return nil, err
		}
		out.Turns = append(out.Turns, turns...)
	}
	slices.SortStableFunc(out.Turns, func(a, b turn) int { return cmp.Compare(a.Start, b.Start) })
	out.Lang = mainLang(out.Turns, f.langs()[0])
	out.measure(sides, length)
	return out, nil
}

// hear recognises the speech of one side. The language last heard is the one expected next.
func hear(ctx context.Context, e *ear.Ear, s side, langs []string) ([]turn, error) {
	spans, err := e.Spans(s.pcm, pause)
	if err != nil {
		return nil, err
	}
	langs = slices.Clone(langs)
	var out []turn
	for _, sp := range spans {
		t, err := e.Recognize(ctx, s.who, s.pcm[sp.Start:sp.End], sp.Start, langs)
		if err != nil {
			return nil, err
		}
		if t.Text == "" {
			continue
		}
		if i := slices.Index(langs, t.Lang); i > 0 {
			langs[0], langs[i] = langs[i], langs[0]
		}
		out = append(out, turn{
			Who: s.who, Text: t.Text, Lang: t.Lang, Start: t.Start, End: t.End, Confidence: t.Confidence, Words: t.Words,
		})
	}
	return out, nil
}

// mainLang is the language most time was spent in.
func mainLang(turns []turn, otherwise string) string {
	spent := map[string]call.Offset{}
	best := otherwise
	for _, t := range turns {
		spent[t.Lang] += t.End - t.Start
		if spent[t.Lang] > spent[best] {
			best = t.Lang
		}
	}
	return best
}

// measure fills in how the talk was shared, in steps of one frame.
func (f *file) measure(sides []side, samples int) {
	frames := (samples + audio.FrameLen - 1) / audio.FrameLen
	talking := make([]int, frames)
	own := map[call.Party]int{}
	all := 0
	for _, s := range sides {
		busy := make([]bool, frames)
		for _, t := range f.Turns {
			if t.Who != s.who {
				continue
			}
			for i := frameAt(t.Start); i < min(frameAt(t.End), frames); i++ {
				busy[i] = true
			}
		}
		own[s.who] = 0
		for i, b := range busy {
			if b {
				talking[i]++
				own[s.who]++
				all++
			}
		}
	}
	silent, both := 0, 0
	for _, n := range talking {
		switch {
		case n == 0:
			silent++
		case n > 1:
			both++
		}
	}
	f.Duration = audio.Duration(samples).Seconds()
	f.Silence = min(seconds(silent), f.Duration)
	f.Overlap = seconds(both)
	for who, n := range own {
		f.Share[who] = 0
		if all > 0 {
			f.Share[who] = float64(n) / float64(all)
		}
	}
}

func frameAt(o call.Offset) int { return int(time.Duration(o) / audio.FrameTime) }

func seconds(frames int) float64 { return (time.Duration(frames) * audio.FrameTime).Seconds() }
