package node

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/tts"
)

// The tests of faults are real calls on real parts in the middle of which a part is killed, frozen or cut off. Each takes
// half a minute or more, so they run with PARLEY_FAULTS=1 only (make test-faults).
func faulty(t *testing.T) {
	t.Helper()
	if os.Getenv("PARLEY_FAULTS") == "" {
		t.Skip("set PARLEY_FAULTS=1")
	}
}

const (
	abroad = "What does a transfer abroad cost?"
	blocks = "Call us at any hour and we block the card at once."
	costs  = "A transfer abroad costs five pounds."
)

// under makes a call that says lines one after the other; faults happen before the line with that number, counted from 0, or
// before it hangs up. The caller waits for them, in silence.
func (r *rig) under(line string, faults map[int]func(), lines ...softphone.Line) softphone.Result {
	r.t.Helper()
	var wg sync.WaitGroup
	done := map[int]chan struct{}{}
	script := softphone.Script{Patience: 40 * time.Second, Linger: 2 * time.Second, Lines: lines}
	script.May = func(line int) bool {
		f := faults[line]
		if f == nil {
			return true
		}
		if done[line] == nil {
			over := make(chan struct{})
			done[line] = over
			wg.Go(func() { defer close(over); f() }) // ends with the fault
		}
		select {
		case <-done[line]:
			return true
		default:
			return false
		}
	}
	defer wg.Wait()
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Minute)
	defer cancel()
	res := r.phone.Call(ctx, "sip:"+line+"@"+r.SIP(), script)
	if res.Err != nil || len(res.Said) != len(lines) {
		r.t.Fatalf("said %d of %d, %v", len(res.Said), len(lines), res.Err)
	}
	return res
}

// missing is what /readyz says does not work, and whether the node takes calls.
func (r *rig) missing() (parts []string, ready bool) {
	r.t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	res, err := client.Get("http://" + r.Web() + "/readyz") //nolint:noctx // bounded by the client
	if err != nil {
		r.t.Error(err)
		return nil, false
	}
	defer res.Body.Close()
	var body struct {
		Ready  bool              `json:"ready"`
		Checks map[string]string `json:"checks"`
	}
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		r.t.Error(err)
	}
	for part, state := range body.Checks {
		if state != "ok" {
			parts = append(parts, part)
		}
	}
	slices.Sort(parts)
	return parts, body.Ready
}

// says waits until /readyz names a part, or names it no more.
func (r *rig) says(part string, down bool) {
	r.t.Helper()
	var parts []string
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(250 * time.Millisecond) { // polling another goroutine's state
		if parts, _ = r.missing(); slices.Contains(parts, part) == down {
			return
		}
	}
	r.t.Errorf("%s missing: want %v, /readyz says %v", part, down, parts)
}

// sound tells that a record is whole: no turn is missing, none is there twice, it ended.
func (r *rig) sound(d record.Detail) {
	r.t.Helper()
	for i, u := range d.Turns {
		if u.N != i+1 {
			r.t.Errorf("turn %d is number %d: %+v", i+1, u.N, d.Turns)
			break
		}
	}
	if d.State != record.Ended || d.EndedBy == "" {
		r.t.Errorf("ended as %s by %q", d.State, d.EndedBy)
	}
}

// heard counts the bot's turns that begin so.
func heard(d record.Detail, text string) int {
	n := 0
	for _, u := range d.Turns {
		if u.Who == call.Bot && strings.Contains(u.Text, text) {
			n++
		}
	}
	return n
}

// troubles are the parts a call was told to go on without.
func (r *rig) troubles(id call.ID) []string {
	r.t.Helper()
	evs, _, err := r.store.Events(r.t.Context(), id, 0, 10_000)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, e := range evs {
		var b call.Trouble
		if e.Kind == call.KindTrouble && json.Unmarshal(e.Body, &b) == nil {
			out = append(out, b.Part)
		}
	}
	return out
}

// callersVoice renders what callers say, whatever the node itself speaks with.
func callersVoice(t *testing.T, env *cli.Env, texts ...string) []softphone.Line {
	t.Helper()
	m, err := mouth.Open(t.Context(), env, config.Default().TTS, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	var out []softphone.Line
	for _, text := range texts {
		pcm, err := m.Say(t.Context(), text, tts.Voice{Name: "kokoro:am_michael", Lang: "en"})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, softphone.Line{Text: text, Lang: "en", PCM: pcm})
	}
	return out
}
