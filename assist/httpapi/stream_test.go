package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// follow reads a stream up to and including the line until, and returns its lines without beats and blanks.
func (r *rig) follow(t *testing.T, path, lastID, until string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var lines []string
	sc := bufio.NewScanner(res.Body)
	for sc.Scan() {
		l := sc.Text()
		if l != "" && l != "data: {}" && l != "event: beat" && !strings.HasPrefix(l, "retry:") {
			lines = append(lines, l)
		}
		if strings.Contains(l, until) {
			return lines
		}
	}
	t.Fatalf("%s ended before %q: %v %v", path, until, lines, sc.Err())
	return nil
}

func ids(lines []string) (out string) {
	for _, l := range lines {
		if id, ok := strings.CutPrefix(l, "id: "); ok {
			out += id + " "
		}
	}
	return out
}

func TestEventsResume(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	l := say(t, r)
	path := "/api/calls/" + string(l.ID())
	r.eventually(t, path, "I lost my card")
	got := make(chan []string)
	// Ends with the stream, which ends with the call.
	go func() { got <- r.follow(t, path+"/events", "", "event: end") }()
	if first := r.follow(t, path+"/events", "", "id: 2"); ids(first) != "1 2 " {
		t.Errorf("running: %v", first)
	}
	r.follow(t, "/api/events", "", "event: beat")
	for i := range 700 {
		if err := l.Emit(t.Context(), 0, call.KindKey, call.Key{Digit: fmt.Sprint(i % 10)}, i == 699); err != nil {
			t.Fatal(err)
		}
	}
	emit(t, l, call.KindEnded, call.Ended{Why: "bye", Duration: 1})
	all := strings.Fields(ids(<-got))
	if len(all) != 703 || all[702] != "703" {
		t.Errorf("a stream that was there all the time had %d events", len(all))
	}
	r.eventually(t, path, `"state":"ended"`)
	if rest := strings.Fields(ids(r.follow(t, path+"/events", "10", "event: end"))); len(rest) != 693 || rest[0] != "11" {
		t.Errorf("after 10 of the recorded call: %d events", len(rest))
	}
	if rest := ids(r.follow(t, path+"/events?after=702", "", "event: end")); rest != "703 " {
		t.Errorf("after 702: %s", rest)
	}
	if lines := r.follow(t, "/api/events?after=700", "", "id: 703"); ids(lines) != "701 702 703 " {
		t.Errorf("all calls after 700: %v", lines)
	}
}

func TestPartialsAreSentWithoutID(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	l := say(t, r)
	r.eventually(t, "/api/calls/"+string(l.ID()), "I lost my card")
	got := make(chan []string)
	follow := func() { got <- r.follow(t, "/api/events", "", "asr.partial") } // ends when the partial below has come
	go follow()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	overtaken := 0
	for {
		select {
		case lines := <-got:
			if seen := ids(lines); seen != "1 2 " && strings.HasPrefix("1 2 ", seen) && overtaken < 50 { // what is just being said overtook some or all of what was said before
				overtaken++
				go follow()
				continue
			}
			if ids(lines) != "1 2 " || !strings.Contains(lines[len(lines)-1], `"text":"and my"`) {
				t.Errorf("%v", lines)
			}
			return
		case <-tick.C:
			if err := l.Emit(t.Context(), 0, call.KindPartial, map[string]string{"text": "and my"}, false); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestStreamsAreNoSlowAnswers counts every event stream and times none: one that is open for a shift would hide slow answers.
func TestStreamsAreNoSlowAnswers(t *testing.T) {
	r, d, _ := newFloor(t)
	defer d.End("c1", call.Ended{})
	for _, path := range []string{"/api/desk/events", "/api/live/events", "/api/events"} {
		r.follow(t, path, "", "event: ")
		metrics := r.eventually(t, "/metrics", `parley_http_requests_total{code="200",route="GET `+path+`"} 1`)
		if strings.Contains(metrics, `parley_http_request_duration_seconds_count{route="GET `+path) {
			t.Errorf("%s was timed like an answer", path)
		}
	}
}
