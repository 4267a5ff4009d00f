package node

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// spoken records a call that ended and in which one thing was said.
func spoken(t *testing.T, s *store.Store, at time.Time, from, said string) call.ID {
	t.Helper()
	id, evs := oneTurn(t, at, from, said)
	if _, err := s.Record(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
	return id
}

// oneTurn is a call of one turn, at a time, from a number.
func oneTurn(t *testing.T, at time.Time, from, said string) (id call.ID, evs []call.Event) {
	t.Helper()
	id = call.NewID()
	for i, b := range []any{
		call.Started{From: from, To: "english", Route: "english", Langs: []string{"en"}, At: at.UTC()},
		call.Turn{N: 1, Who: call.Caller, Text: said, Lang: "en"}, call.Ended{By: call.Caller, Why: "bye", Duration: 9},
	} {
		raw, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		evs = append(evs, call.Event{V: call.Version, Call: id, Seq: uint64(i + 1), Kind: []call.Kind{call.KindStarted, call.KindTurn, call.KindEnded}[i], Body: raw})
	}
	return id, evs
}

// leftBehind puts a call into the event store of a folder that nobody has recorded, as a killed process leaves it.
func leftBehind(t *testing.T, home, said string) call.ID {
	t.Helper()
	bus, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(home, "events")})
	if err != nil {
		t.Fatal(err)
	}
	id, evs := oneTurn(t, time.Now().Add(-time.Minute), "+442079460124", said)
	for _, e := range evs {
		if err := bus.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestRetentionTakesTheVault forgets recordings, and texts, of a sealed record with a vault by their days.
func TestRetentionTakesTheVault(t *testing.T) {
	t.Parallel()
	for thing, days := range map[retain.Thing][2]int{retain.Audio: {10, 0}, retain.Text: {0, 10}} {
		n := vaulted(t)
		if err := n.store.SealRecord(t.Context(), n.keys.Load(), true); err != nil {
			t.Fatal(err)
		}
		cfg := *n.cfg
		cfg.Retention.Audio, cfg.Retention.Text = days[0], days[1]
		n.live.Store(&cfg)
		old, fresh := spoken(t, n.store, time.Now().AddDate(0, 0, -11), "+442079460123", "my heliotrope"), spoken(t, n.store, time.Now().AddDate(0, 0, -9), "+442079460123", "my wheelbarrow")
		for _, id := range []call.ID{old, fresh} {
			if err := n.store.KeepOriginal(id, record.Original{Who: call.Caller, Masked: "[name]", Text: "Ada"}); err != nil {
				t.Fatal(err)
			}
		}
		if done, err := n.forgetter(n.store.Keeping(n.same())).Round(t.Context()); err != nil || done != 1 {
			t.Errorf("%s: %d calls, %v", thing, done, err)
		}
		for id, want := range map[call.ID]int{old: 0, fresh: 1} {
			all, err := n.store.Originals(t.Context(), id)
			if err != nil || len(all) != want {
				t.Errorf("%s: originals %+v, %v", thing, all, err)
			}
			d, err := n.store.Get(t.Context(), id)
			if err != nil || d.Originals != (want > 0) || (d.From == "" && len(d.Turns) == 0) != (thing == retain.Text && id == old) {
				t.Errorf("%s: %+v, %v", thing, d, err)
			}
		}
	}
}

// holding lists the files of a data folder in which a pattern stands. A process of its own reads them: closing the database
// here would let go of the node's locks.
func holding(t *testing.T, home, pattern string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "grep", "-rliE", pattern, home).Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// saysInSecret makes a call in which something is said, and looks for words of it in the data folder while the call runs
// and when it is recorded.
func (r *rig) saysInSecret(text, words string) {
	r.t.Helper()
	script := patient
	script.Lines = []softphone.Line{r.line(text)}
	last, err := r.bus.Last(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	made := make(chan softphone.Result, 1)
	go func() { made <- r.phone.Call(r.t.Context(), "sip:english@"+r.SIP(), script) }() // ends with the call
	match := regexp.MustCompile("(?i)" + words)
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	for e, err := range r.bus.WatchAll(ctx, last) {
		if err != nil {
			r.t.Fatal("the words do not come: ", err)
		}
		if e.Kind == call.KindTurn && match.Match(e.Body) {
			break
		}
	}
	for range 3 { // before it is recorded, and after that
		if left := holding(r.t, r.env.Home, words); len(left) > 0 {
			r.t.Errorf("while the call runs its words are in the clear in %v", left)
		}
	}
	res := <-made
	if res.Err != nil {
		r.t.Fatal("call:", res.Err)
	}
	d := r.recorded(res.CallID)
	if !slices.ContainsFunc(d.Turns, func(t call.Turn) bool { return match.MatchString(t.Text) }) {
		r.t.Errorf("not recorded: %+v", d.Turns)
	}
	if left := holding(r.t, r.env.Home, words); len(left) > 0 {
		r.t.Errorf("of the recorded call, words are in the clear in %v", left)
	}
}

// TestSealedNode starts a node whose configuration says that the record is to be sealed over one that is in the clear, with
// a call in the event store that is not recorded yet; then somebody calls.
func TestSealedNode(t *testing.T) {
	besideAnother(t)
	env := environment(t)
	s, err := store.Open(t.Context(), env.Home, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := spoken(t, s, time.Now().Add(-time.Hour), "+442079460123", "my heliotrope wheelbarrow")
	if err := errors.Join(s.Export(t.Context(), id), s.Close()); err != nil {
		t.Fatal(err)
	}
	late := leftBehind(t, env.Home, "my ultramarine harpsichord")
	keys := filepath.Join(t.TempDir(), "keys")
	if _, err := seal.AddKey(keys); err != nil {
		t.Fatal(err)
	}
	clear := func() []string {
		t.Helper()
		return holding(t, env.Home, "heliotrope|79460123|ultramarine|7946012[34]")
	}
	if before := strings.Join(clear(), " "); !strings.Contains(before, "calls.db") || !strings.Contains(before, "/events/") {
		t.Fatalf("only in %v before: this test could not fail", before)
	}
	cfg := settings("")
	cfg.Security.KeyFile, cfg.Security.SealRecords = keys, true
	log := &quiet{}
	env.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	r := startIn(t, env, cfg)
	for began := time.Now(); len(clear()) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("still in the clear in %v", clear())
		}
	}
	for path, want := range map[string]string{"/api/calls/" + string(late): "my ultramarine harpsichord", "/api/calls/" + string(id): "my heliotrope wheelbarrow", "/api/calls?q=Heliotrope": "+442079460123", "/api/calls/" + string(id) + "/transcript.txt": "wheelbarrow"} {
		res, err := http.Get("http://" + r.Web() + path) //nolint:noctx // bounded by the test
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %s, %v", path, res.StatusCode, body, err)
		}
	}
	r.saysInSecret("I would like to buy a purple wheelbarrow for my garden.", "wheelbarrow|garden")
	r.stop()
	if left := holding(t, env.Home, "wheelbarrow|garden|ultramarine"); len(left) > 0 {
		t.Errorf("after the end it is in the clear in %v", left)
	}
	lines := log.text()
	if said := regexp.MustCompile(`.*(heliotrope|wheelbarrow|garden|ultramarine|7946012).*`).FindAllString(lines, -1); len(said) > 0 || !strings.Contains(lines, "level=INFO") {
		t.Errorf("the log holds what was said or who called, or nothing: %q", said)
	}
	if err := os.Remove(keys); err != nil {
		t.Fatal(err)
	}
	cfg.Security.KeyFile, cfg.Security.SealRecords = "", false
	if _, err := Open(t.Context(), env, cfg); !errors.Is(err, seal.ErrKey) {
		t.Errorf("started without the key: %v", err)
	}
}
