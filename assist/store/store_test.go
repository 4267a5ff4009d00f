package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

func TestMain(m *testing.M) { os.Exit(pgtest.MainWithoutLeaks(m)) }

func open(t *testing.T, home string) *store.Store {
	t.Helper()
	return openAt(t, store.Options{Home: home})
}

func openAt(t *testing.T, o store.Options) *store.Store {
	t.Helper()
	s, err := store.OpenAt(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if o.Keys != nil { // everything is to work the same in a record that is sealed
		r, err := o.Keys(t.Context())
		if err == nil {
			err = s.SealRecord(t.Context(), r, true)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// place says where the record of a data folder is.
type place func(t *testing.T, home string) store.Options

// onBoth runs a test on a file and on PostgreSQL, with records in the clear and sealed. The places of one run that have the same folder are the same.
func onBoth(t *testing.T, test func(t *testing.T, at place)) {
	t.Parallel()
	on(t, "", nil, test)
	on(t, " sealed", masterKeys, test)
}

// on runs a test on a file and on PostgreSQL, with keys when records are to be sealed.
func on(t *testing.T, name string, keys func(context.Context) (*seal.Ring, error), test func(t *testing.T, at place)) {
	t.Helper()
	t.Run("sqlite"+name, func(t *testing.T) {
		t.Parallel()
		test(t, func(_ *testing.T, home string) store.Options { return store.Options{Home: home, Keys: keys} })
	})
	t.Run("postgres"+name, func(t *testing.T) {
		t.Parallel()
		urls := map[string]string{}
		test(t, func(t *testing.T, home string) store.Options {
			t.Helper()
			if urls[home] == "" {
				urls[home] = pgtest.Database(t)
			}
			return store.Options{Home: home, URL: urls[home], Node: "n1", Source: "bus", Keys: keys}
		})
	})
}

// masterKeys are the keys of the records that tests seal.
func masterKeys(context.Context) (*seal.Ring, error) {
	return seal.Parse([]byte("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"))
}

// script returns the events of a short call; without an end when cut.
func script(id call.ID, from, lang, said string, cut bool) []call.Event {
	var evs []call.Event
	add := func(at float64, kind call.Kind, body any) {
		b, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		evs = append(evs, call.Event{V: 1, Call: id, Seq: uint64(len(evs) + 1), At: sec(at), Kind: kind, Body: b})
	}
	add(0, call.KindStarted, call.Started{From: from, To: "bank", Route: "bank-" + lang, Base: "bank", Langs: []string{lang}, Codec: "PCMA", At: time.Now().Add(-time.Hour), Node: "n1"})
	add(3, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: said, Lang: lang, Start: sec(1), End: sec(3)})
	add(3.1, call.KindAnswered, map[string]any{"query": said, "decision": "answer", "entry": "e1", "text": "Like this.", "p_right": 0.93, "ms": 12.5})
	add(5, call.KindTurn, call.Turn{N: 2, Who: call.Bot, Text: "Like <this> & that.", Lang: lang, Start: sec(3.7), End: sec(5), Cut: true})
	add(5, call.KindWaterfall, call.Waterfall{Turn: 2, LastVoice: sec(3), FirstVoice: sec(3.7)})
	if !cut {
		add(6, call.KindEnded, call.Ended{By: call.Caller, Why: "bye", Duration: 6})
	}
	return evs
}

func sec(s float64) call.Offset { return call.Offset(time.Duration(s * float64(time.Second))) }

func mustRecord(t *testing.T, s *store.Store, evs []call.Event) {
	t.Helper()
	if _, err := s.Record(t.Context(), evs); err != nil {
		t.Fatal(err)
	}
}

func TestRecordIsIdempotent(t *testing.T) { onBoth(t, testRecordIsIdempotent) }

func testRecordIsIdempotent(t *testing.T, at place) {
	t.Helper()
	home := t.TempDir()
	s, other := openAt(t, at(t, home)), openAt(t, at(t, home))
	id := call.NewID()
	evs := script(id, "alice", "en", "I lost my card", false)
	mustRecord(t, s, evs[:3])
	if d, err := other.Get(t.Context(), id); err != nil || d.State != record.Running || d.Duration != 3.1 {
		t.Errorf("a second reader sees %+v, %v", d.Call, err)
	}
	mustRecord(t, s, evs)
	mustRecord(t, s, evs[2:])
	d, err := other.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if d.State != record.Ended || d.Duration != 6 || d.From != "alice" || d.TurnCount != 2 || d.LastWho != call.Bot || d.GapP50 != 700 || d.EndedBy != call.Caller {
		t.Errorf("call: %+v", d.Call)
	}
	if len(d.Turns) != 2 || d.Turns[0].Text != "I lost my card" || !d.Turns[1].Cut {
		t.Errorf("turns: %+v", d.Turns)
	}
	if len(d.Waterfalls) != 1 || d.Waterfalls[0].GapMS != 700 || len(d.Answers) != 1 || d.Answers[0].PRight != 0.93 || d.Answers[0].Seq != 3 {
		t.Errorf("waterfalls %+v, answers %+v", d.Waterfalls, d.Answers)
	}
	got, ended, err := other.Events(t.Context(), id, 2, 100)
	if err != nil || !ended || len(got) != 4 || got[0].Seq != 3 || got[0].At != sec(3.1) {
		t.Errorf("events after 2: %v, ended %v, %v", got, ended, err)
	}
	if _, err := s.Get(t.Context(), call.NewID()); !errors.Is(err, record.ErrUnknown) {
		t.Errorf("unknown call: %v", err)
	}
}

func TestList(t *testing.T) { onBoth(t, testList) }

func testList(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	if p, err := s.List(t.Context(), record.Query{}); err != nil || p.Calls == nil || len(p.Calls) != 0 {
		t.Fatalf("empty store: %+v, %v", p, err)
	}
	for i := range 7 {
		lang, said := "en", "my card is 100% lost"
		if i%2 == 1 {
			lang, said = "zh", "怎么退货"
		}
		mustRecord(t, s, script(call.NewID(), fmt.Sprint("caller", i), lang, said, i == 6))
	}
	for name, c := range map[string]struct {
		q    record.Query
		want int
	}{
		"all":      {record.Query{}, 7},
		"lang":     {record.Query{Lang: "zh"}, 3},
		"route":    {record.Query{Route: "bank-en"}, 4},
		"running":  {record.Query{State: record.Running}, 1},
		"chinese":  {record.Query{Text: "退货"}, 3},
		"case":     {record.Query{Text: "MY CARD"}, 4},
		"percent":  {record.Query{Text: "0%"}, 4},
		"wildcard": {record.Query{Text: "c_rd"}, 0},
		"quote":    {record.Query{Text: `'); DROP TABLE calls; --`}, 0},
		"caller":   {record.Query{Text: "caller3"}, 1},
		"since":    {record.Query{From: time.Now()}, 0},
		"until":    {record.Query{To: time.Now()}, 7},
	} {
		p, err := s.List(t.Context(), c.q)
		if err != nil || len(p.Calls) != c.want {
			t.Errorf("%s: %d calls, %v, want %d", name, len(p.Calls), err, c.want)
		}
	}
	seen := map[call.ID]bool{}
	q := record.Query{Limit: 3}
	for pages := 0; ; pages++ {
		p, err := s.List(t.Context(), q)
		if err != nil || pages > 3 {
			t.Fatal(err, pages)
		}
		for _, c := range p.Calls {
			seen[c.ID] = true
		}
		if q.After = p.Next; q.After == "" {
			break
		}
	}
	if len(seen) != 7 {
		t.Errorf("paging showed %d calls, want 7", len(seen))
	}
	for _, q := range []record.Query{{Limit: -1}, {Limit: 1000}, {After: "x"}} {
		if _, err := s.List(t.Context(), q); !errors.Is(err, record.ErrQuery) {
			t.Errorf("%+v: got %v, want ErrQuery", q, err)
		}
	}
}

func TestBadEventsDoNotHoldUpTheRecord(t *testing.T) { onBoth(t, testBadEventsDoNotHoldUpTheRecord) }

func testBadEventsDoNotHoldUpTheRecord(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	id := call.NewID()
	mustRecord(t, s, []call.Event{
		{Call: id, Seq: 1, Kind: call.KindTurn, Body: []byte(`{"n":"one"}`), Pos: 1},
		{Call: id, Seq: 2, Kind: call.KindStarted, Body: []byte(`[]`), Pos: 2},
		{Call: id, Seq: 3, Kind: "later.kind", Pos: 3},
		{Call: "../../etc", Seq: 1, Kind: call.KindTurn, Pos: 4},
		{Call: id, Kind: call.KindPartial},
	})
	if p, err := s.Position(t.Context()); err != nil || p != 4 {
		t.Errorf("position %d, %v, want 4", p, err)
	}
	evs, _, err := s.Events(t.Context(), id, 0, 10)
	if err != nil || len(evs) != 3 {
		t.Errorf("%d events, %v, want 3", len(evs), err)
	}
	if err := s.Export(t.Context(), "../../etc"); err == nil {
		t.Error("a path was taken for a call")
	}
}

// TestRecorderGoesOnAfterADeath kills nothing but does what a killed process leaves: events on the bus that were not
// recorded, and calls without an end.
func TestRecorderGoesOnAfterADeath(t *testing.T) { onBoth(t, testRecorderGoesOnAfterADeath) }

func testRecorderGoesOnAfterADeath(t *testing.T, at place) {
	t.Helper()
	home := t.TempDir()
	bus, err := events.Open(t.Context(), events.Options{Dir: filepath.Join(home, "events")})
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	s := openAt(t, at(t, home))
	whole, half := script(call.NewID(), "a", "en", "hello", false), script(call.NewID(), "b", "zh", "你好", true)
	publish(t, bus, append(append([]call.Event{}, whole[:4]...), half...))

	run(t, s, bus, func() {})
	d, err := s.Get(t.Context(), half[0].Call)
	if err != nil || d.State != record.Cut || d.Duration != 5 || d.Why != "cut" || d.EndedAt == nil {
		t.Errorf("cut call: %+v, %v", d.Call, err)
	}
	evs, ended, err := s.Events(t.Context(), half[0].Call, 0, 100)
	if err != nil || !ended || evs[len(evs)-1].Kind != call.KindEnded || evs[len(evs)-1].Seq != 6 {
		t.Errorf("events of the cut call: %v, %v, %v", evs, ended, err)
	}
	vtt, err := os.ReadFile(filepath.Join(home, "calls", string(half[0].Call), "transcript.vtt"))
	if s.Sealed() != errors.Is(err, fs.ErrNotExist) || !s.Sealed() && !strings.Contains(string(vtt), "00:00:03.700 --> 00:00:05.000\n<v bot>Like &lt;this&gt; &amp; that.") {
		t.Errorf("vtt: %s, %v", vtt, err)
	}

	fresh := script(call.NewID(), "c", "en", "new", false)
	run(t, s, bus, func() { publish(t, bus, fresh) })
	if d, err := s.Get(t.Context(), fresh[0].Call); err != nil || d.State != record.Ended {
		t.Errorf("new call: %+v, %v", d.Call, err)
	}
	for _, f := range record.Formats() {
		if _, err := os.Stat(filepath.Join(home, "calls", string(fresh[0].Call), "transcript."+string(f))); s.Sealed() != errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	last, err := bus.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if pos, err := s.Position(t.Context()); err != nil || pos != last {
		t.Errorf("position %d, %v, want %d", pos, err, last)
	}
}

// run runs a recorder until it is ready and during has been done.
func run(t *testing.T, s *store.Store, bus store.Source, during func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := store.NewRecorder(s, nil)
	done := make(chan error, 1)
	// Ends when ctx is cancelled below.
	go func() { done <- r.Run(ctx, bus) }()
	select {
	case <-r.Ready():
	case <-time.After(time.Minute):
		t.Error("the recorder did not become ready")
	}
	during()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func publish(t *testing.T, bus *events.Bus, evs []call.Event) {
	t.Helper()
	for _, e := range evs {
		if err := bus.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewerFileIsRefused(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := open(t, home).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", store.Path(home))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), home, nil); !errors.Is(err, store.ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
}

func TestDamagedFileIsAnErrorNotACrash(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if err := os.WriteFile(store.Path(home), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Open(t.Context(), home, nil); err == nil {
		t.Error("opened", s.Close())
	}
}

func TestAudio(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := open(t, home)
	id := call.NewID()
	if _, err := s.Audio(t.Context(), id); !errors.Is(err, record.ErrNoAudio) {
		t.Errorf("no recording: %v", err)
	}
	dir, err := store.Folder(home, id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "audio.wav")); err != nil {
		t.Fatal(err)
	}
	if f, err := s.Audio(t.Context(), id); err == nil {
		t.Error("a link led out of the data folder", f.Close())
	}
	for _, bad := range []call.ID{"", ".", "..", "../x", "a/b", `a\b`, "a\x00", "a%2e"} {
		if _, err := s.Audio(t.Context(), bad); !errors.Is(err, record.ErrUnknown) {
			t.Errorf("%q: got %v, want ErrUnknown", bad, err)
		}
	}
}
