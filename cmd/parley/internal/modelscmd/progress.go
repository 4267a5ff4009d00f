package modelscmd

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/parley-voice/parley/models"
)

// lineEvery is how often one file in progress gets a line where there is no terminal to draw a bar on.
const lineEvery = 10 * time.Second

// progress shows a pull: one bar over all files on a terminal, plain lines elsewhere.
type progress struct {
	w      io.Writer
	bar    *progressbar.ProgressBar // nil without a terminal
	done   map[string]models.Event  // the latest of each file
	notes  map[string]bool          // a host that cannot be reached is told once, not for each of its files
	lines  map[string]time.Time
	now    func() time.Time
	closed bool
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, done: map[string]models.Event{}, notes: map[string]bool{}, lines: map[string]time.Time{}, now: time.Now}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions64(1, progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true),
			progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	}
	return p
}

// event takes one event of a pull; the pull calls it from one goroutine at a time.
func (p *progress) event(e models.Event) {
	name := e.Model + "/" + e.File
	if e.Stage == models.Trouble {
		if !p.notes[e.Note] {
			p.notes[e.Note] = true
			p.say("  %s", e.Note)
		}
		return
	}
	p.done[name] = e
	if p.bar != nil {
		p.draw(e)
	}
	switch e.Stage {
	case models.Ready:
		p.say("  %s ready%s", name, inMB(e.Total))
	case models.Making:
		p.say("  %s is being made", name)
	case models.Fetching:
		if p.bar != nil {
			return
		}
		last, begun := p.lines[name]
		switch {
		case !begun:
			p.say("  %s%s", name, inMB(e.Total))
		case p.now().Sub(last) < lineEvery:
			return
		case e.Total > 0:
			p.say("  %s %d%%", name, 100*e.Done/e.Total)
		default:
			p.say("  %s%s", name, inMB(e.Done))
		}
		p.lines[name] = p.now()
	}
}

// draw moves the bar, whose length grows with the files that have begun.
func (p *progress) draw(e models.Event) {
	var done, total int64
	for _, f := range p.done {
		done += f.Done
		total += max(f.Total, f.Done)
	}
	p.bar.Describe(e.Model + "/" + e.File)
	p.bar.ChangeMax64(max(total, 1))
	_ = p.bar.Set64(done) // only what is seen of it
}

// say prints a line above the bar.
func (p *progress) say(format string, args ...any) {
	if p.bar != nil {
		_ = p.bar.Clear() // drawn again with the next event
	}
	fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *progress) close() {
	if p.bar != nil && !p.closed {
		_ = p.bar.Clear()
	}
	p.closed = true
}

func inMB(n int64) string {
	if n < 1e6 {
		return ""
	}
	return fmt.Sprintf(" (%d MB)", n/1e6)
}
