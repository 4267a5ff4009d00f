package transcribe

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/audio"
)

// lineEvery is how often a recording in progress gets a line where there is no terminal to draw a bar on.
const lineEvery = 10 * time.Second

// progress tells how far a run is: a bar for each recording on a terminal, lines elsewhere.
type progress struct {
	w           io.Writer
	terminal    bool
	all, at     int
	name        string
	done, total int64
	bar         *progressbar.ProgressBar
	last        time.Time
}

func newProgress(w io.Writer, all int) *progress {
	p := &progress{w: w, all: all}
	if f, ok := w.(*os.File); ok {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	return p
}

// begin tells of the next recording, which has samples to go through.
func (p *progress) begin(name string, samples int64) {
	p.at++
	p.name, p.done, p.total, p.last = name, 0, samples, time.Now()
	if p.terminal {
		p.bar = progressbar.NewOptions64(max(1, samples), progressbar.OptionSetWriter(p.w), progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
			progressbar.OptionSetDescription(fmt.Sprintf("%d/%d %s", p.at, p.all, name)))
	}
}

// step tells of n more samples.
func (p *progress) step(n int) {
	p.done += int64(n)
	switch {
	case p.bar != nil:
		_ = p.bar.Set64(min(p.done, p.total)) // only what is seen of it
	case time.Since(p.last) >= lineEvery && p.total > 0:
		fmt.Fprintf(p.w, "%d/%d %s: %d%%\n", p.at, p.all, p.name, min(100, 100*p.done/p.total))
		p.last = time.Now()
	}
}

// end tells how the recording came out.
func (p *progress) end(how string) {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
	if p.all > 1 || how != "" {
		fmt.Fprintf(p.w, "%d/%d %s%s\n", p.at, p.all, p.name, how)
	}
}

// length writes the duration of samples for people.
func length(samples int64) string { return record.Clock(audio.Duration(int(samples)).Seconds()) }
