package transcribe

import (
	"context"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/cmd/parley/internal/ear"
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
	Call     call.ID                `json:"call,omitempty"` // the call it was kept as
	Analysis *analysis              `json:"analysis,omitempty"`
	Warnings []string               `json:"warnings,omitempty"`
}

// worker turns recordings into files.
type worker struct {
	ear   *ear.Ear
	judge *judge // nil without --analyse
	langs []string
}

// transcribe writes down one recording and, with a judge, analyses it. step is told the samples done: each twice. change,
// unless nil, may change the turns before they are judged.
func (w *worker) transcribe(ctx context.Context, r *recording, step func(n int), change func([]turn)) (*file, error) {
	out := &file{Path: r.path, Other: r.other}
	began := time.Now()
	if err := r.survey(ctx, w.ear, step); err != nil {
		return nil, err
	}
	voices := time.Since(began)
	began = time.Now()
	langs, other := w.langs, ""
	if w.judge != nil {
		var err error
		if other, err = r.foreign(ctx, w.ear, langs); err != nil {
			return nil, err
		}
		if other != "" {
			langs = []string{other}
		}
	}
	var err error
	if out.Turns, err = r.recognise(ctx, w.ear, langs, step); err != nil {
		return nil, err
	}
	if change != nil {
		change(out.Turns)
	}
	words := time.Since(began)
	out.Lang, out.Warnings = mainLang(out.Turns, langs[0]), r.warnings
	f := talk.Measure(r.duration(), r.voices())
	out.Duration, out.Silence, out.Overlap, out.Share = f.Duration, f.Silence, f.Overlap, f.Share
	if w.judge == nil {
		return out, nil
	}
	if out.Analysis, err = w.judge.analyse(ctx, out, f, r.known(), other); err != nil {
		return nil, err
	}
	out.Analysis.Took.Voice, out.Analysis.Took.Words = voices.Seconds(), words.Seconds()
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
