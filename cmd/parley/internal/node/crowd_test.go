package node

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
)

// TestCrowd has thirty callers ring at once at a node with four places: four are answered as if they were alone, the others
// are told when to try again, and the places are free after it.
func TestCrowd(t *testing.T) {
	r := start(t, settings(""))
	const callers, places, ask = 30, 4, "When does the branch open?"
	r.ready("en", ask)
	line := r.line(ask)
	var refused atomic.Int64
	until := time.Now().Add(30 * time.Second)
	script := softphone.Script{Linger: patient.Linger, Patience: time.Minute, Lines: []softphone.Line{line}, May: func(int) bool {
		return refused.Load() >= callers-places || time.Now().After(until) // all speak at the same moment
	}}
	results := make([]softphone.Result, callers)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { // ends with the call
			if results[i] = r.phone.Call(t.Context(), "sip:english@"+r.SIP(), script); results[i].Status == 503 {
				refused.Add(1)
			}
		})
	}
	all.Wait()
	c := softphone.CrowdOf(results)
	if c.Answered != places || c.Refused != callers-places || c.Told != c.Refused {
		t.Errorf("%+v, want %d calls answered and the others told when to try again", c, places)
	}
	for _, res := range results {
		if res.Err != nil {
			continue
		}
		d := r.recorded(res.CallID)
		if last := d.Turns[len(d.Turns)-1]; !strings.Contains(last.Text, "nine in the morning") {
			t.Errorf("a caller heard %q", last.Text)
		}
	}
	if _, d := r.call("english", patient, ask); len(d.Turns) < 3 {
		t.Errorf("after the crowd: %+v", d.Turns)
	}
}
