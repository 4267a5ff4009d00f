package pipeline_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/work"
	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/ttstest"
)

// diary writes down when speech was made, ahead and for a caller.
type diary struct {
	mu    sync.Mutex
	began time.Time
	lines []line
}

type line struct {
	at    time.Duration
	what  string // "ahead", "gave way", "made" or "reply"
	alone bool   // nothing else was being made
	busy  int
}

func (d *diary) write(what string, change int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	busy := 0
	if len(d.lines) > 0 {
		busy = d.lines[len(d.lines)-1].busy
	}
	d.lines = append(d.lines, line{time.Since(d.began), what, busy == 0, busy + change})
}

// make makes a clause that was asked for ahead in three seconds, and one of a reply in a tenth.
func (d *diary) make(ctx context.Context, text string) error {
	what, takes := "reply", 100*time.Millisecond
	if strings.Contains(text, "ahead") {
		what, takes = "ahead", 3*time.Second
	}
	d.write(what, 1)
	select {
	case <-ctx.Done():
		d.write("gave way", -1)
		return context.Cause(ctx)
	case <-time.After(takes):
		d.write("made", -1)
		return nil
	}
}

// TestRenderingAheadKeepsAway has answers made ahead during a call: no more from when the caller speaks until the reply is
// made, neither between two steps to the reply nor while the caller takes a breath; and all of them in the end.
func TestRenderingAheadKeepsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue, d := work.New(1), &diary{began: time.Now()}
		cache, err := tts.OpenCache(t.TempDir(), 0, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		speaker, v := tts.NewSpeaker(&ttstest.Engine{Before: d.make}, cache, queue, nil), tts.Voice{Name: "test", Lang: "en"}
		leg, log := pipelinetest.NewLeg(nil), &memoryLog{}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		b := &pipeline.Bot{
			Recognizer: perfect{leg, 300 * time.Millisecond}, Answerer: scripted{}, Speaker: speaker, Work: queue,
			Redact: func(call.ID) pipeline.Redactor { return open{} },
		}
		var all sync.WaitGroup
		all.Go(func() { // ends with ctx
			_ = b.Serve(ctx, leg, pipeline.Call{
				ID: call.NewID(), Voices: &pipelinetest.Voices{}, Log: log,
				Route: pipeline.Route{Name: "test", Base: "test", Langs: []string{"en"}, Voices: map[string]tts.Voice{"en": v}},
			})
		})
		texts := make([]string, 8)
		rendered := make(chan struct{})
		all.Go(func() { // ends when all is made
			defer close(rendered)
			for i := range texts {
				texts[i] = fmt.Sprintf("Made ahead %d.", i)
				if err := speaker.Render(ctx, texts[i], v, nil); err != nil {
					t.Error(err)
				}
			}
		})
		time.Sleep(4 * time.Second)
		said := time.Since(d.began)
		leg.Say("question of a caller", 2*time.Second)
		<-rendered
		cancel()
		all.Wait()
		d.check(t, said)
		for _, text := range texts {
			if !speaker.Has(text, v) {
				t.Errorf("%q was not made in the end", text)
			}
		}
		if t.Failed() {
			t.Log(log.text())
		}
	})
}

// check reads how a caller who began to speak at a time was served.
func (d *diary) check(t *testing.T, said time.Duration) {
	t.Helper()
	gaveWay, reply, before := false, false, false
	for _, l := range d.lines {
		switch soon := said + 200*time.Millisecond; {
		case l.what == "ahead" && l.at < said:
			before = true
		case l.what == "gave way" && l.at >= said && l.at < soon:
			gaveWay = true
		case l.what == "ahead" && l.at >= soon && !reply:
			t.Errorf("at %v something was made ahead while the caller (from %v) spoke or waited", l.at, said)
		case l.what == "reply" && !l.alone:
			t.Errorf("at %v a reply was made beside something else", l.at)
		case l.what == "reply":
			reply = true
		}
	}
	if !before || !gaveWay || !reply {
		t.Errorf("made ahead before: %v, gave way to the caller: %v, reply made: %v; %+v", before, gaveWay, reply, d.lines)
	}
}
