package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestReviewersLists finds calls in every way a reviewer can.
func TestReviewersLists(t *testing.T) { onBoth(t, testReviewersLists) }

func testReviewersLists(t *testing.T, at place) {
	t.Helper()
	s, ctx := openAt(t, at(t, t.TempDir())), t.Context()
	sc := s.Scores()
	id, other := call.NewID(), call.NewID()
	evs := script(id, "alice", "en", "I lost my card and I am angry", true)
	evs = append(evs, call.Event{Call: id, Seq: 6, At: sec(6), Kind: call.KindAlert, Body: []byte(`{"rule":"angry","severity":"critical"}`)},
		call.Event{Call: id, Seq: 7, At: sec(7), Kind: call.KindEnded, Body: []byte(`{"by":"caller","why":"bye","duration_s":7}`)})
	mustRecord(t, s, evs)
	mustRecord(t, s, script(other, "bob", "en", "opening hours please", false))
	half := 50.0
	card := quality.Card{Score: &half, Answers: []quality.Answer{{Question: "thanks", Value: quality.No, By: scoring.Machine}}}
	sheet := func(id call.ID, c quality.Card) scoring.Sheet {
		return scoring.Sheet{Call: id, Form: "f", Version: 1, By: scoring.Machine, At: moment(), Card: c}
	}
	if err := errors.Join(sc.SaveScored(ctx, id, []scoring.Sheet{sheet(id, card)}, []string{"lost", "card"}), sc.SaveScored(ctx, other, []scoring.Sheet{sheet(other, quality.Card{})}, []string{"card"}),
		s.People().AddTaken(ctx, id, "amy", moment())); err != nil {
		t.Fatal(err)
	}
	if _, err := sc.Correct(ctx, id, "f", 1, "eve", "heard it", func(c quality.Card) (quality.Card, error) {
		c.Answers = []quality.Answer{{Question: "thanks", Value: quality.Yes, By: scoring.Person}}
		return c, nil
	}); err != nil {
		t.Fatal(err)
	}
	low, most := 10.0, 0.9
	for name, c := range map[string]struct {
		f    scoring.Filter
		want int
	}{
		"all":           {scoring.Filter{}, 2},
		"words":         {scoring.Filter{Words: []string{"lost", "card"}}, 1},
		"alerts":        {scoring.Filter{Kind: scoring.KindAlerts}, 1},
		"alert":         {scoring.Filter{Alert: "angry"}, 1},
		"sample":        {scoring.Filter{Kind: scoring.KindSample, Seed: "000000000000", Each: 5}, 2},
		"disagreements": {scoring.Filter{Kind: scoring.KindDisagreements}, 1},
		"agent":         {scoring.Filter{Agent: "amy"}, 1},
		"scores":        {scoring.Filter{ScoreMin: &low, ScoreMax: &half, MoodMax: &most}, 1},
		"times":         {scoring.Filter{From: time.Now().Add(-2 * time.Hour), To: time.Now(), MinS: 6.5, MaxS: 9}, 1},
		"silence":       {scoring.Filter{SilenceMin: 100}, 0},
		"limited":       {scoring.Filter{Limited: true, Person: "amy", Routes: []string{"none"}}, 1},
		"intent":        {scoring.Filter{Intent: "none"}, 0},
	} {
		c.f.Limit = 10
		got := must[[]scoring.Item](t)(sc.Find(ctx, c.f))
		if len(got) != c.want {
			t.Errorf("%s: %d calls, want %d", name, len(got), c.want)
		}
		f, calls := c.f, []call.ID{} // whatever part of the list is asked for
		f.Limit, f.Offset = 1, 1
		for _, i := range got {
			calls = append(calls, i.Call)
		}
		if all := must[[]call.ID](t)(sc.Found(ctx, f)); !slices.Equal(all, calls) {
			t.Errorf("%s: all of them are %v, the list has %v", name, all, calls)
		}
		if name == "all" && len(got) == 2 && (got[0].Call != id || got[1].Call != other) { // a critical alert weighs more than no score
			t.Errorf("the order is %s, %s", got[0].Call, got[1].Call)
		}
	}
	if checks := must[[]scoring.Check](t)(sc.Checks(ctx, time.Time{})); len(checks) != 1 || checks[0].Machine != quality.No {
		t.Errorf("%+v", checks)
	}
	if agents := must[[]string](t)(sc.Agents(ctx, id)); len(agents) != 1 {
		t.Errorf("%v", agents)
	}
}

// TestRiskiestFirst lists calls in the order of the risk they are shown with, whatever makes it, also after an answer was
// changed.
func TestRiskiestFirst(t *testing.T) { onBoth(t, testRiskiestFirst) }

func testRiskiestFirst(t *testing.T, at place) {
	t.Helper()
	s, ctx := openAt(t, at(t, t.TempDir())), t.Context()
	sc, zero, fine := s.Scores(), 0.0, 90.0
	add := func(said, severity string, c quality.Card) call.ID {
		t.Helper()
		id := call.NewID()
		evs := script(id, "alice", "en", said, true)
		if severity != "" {
			evs = append(evs, call.Event{Call: id, Seq: 6, At: sec(6), Kind: call.KindAlert, Body: []byte(`{"rule":"angry","severity":"` + severity + `"}`)})
		}
		mustRecord(t, s, evs)
		if err := sc.SaveScored(ctx, id, []scoring.Sheet{{Call: id, Form: "f", Version: 1, By: scoring.Machine, At: moment(), Card: c}}, nil); err != nil {
			t.Fatal(err)
		}
		return id
	}
	asked := add("opening hours please", "", quality.Card{Open: 3})
	alerted := add("opening hours please", "critical", quality.Card{Score: &fine, Open: 4})
	low := add("opening hours please", "", quality.Card{Score: &zero})
	failed := add("opening hours please", "", quality.Card{Score: &zero, Fail: true, Fails: []string{"rude"}})
	worst := add("This is ridiculous, I am really angry!", "warning", quality.Card{Score: &zero, Fail: true, Fails: []string{"rude"}})
	order := func(want ...call.ID) {
		t.Helper()
		var got []call.ID
		last := 101.0
		for _, i := range must[[]scoring.Item](t)(sc.Find(ctx, scoring.Filter{Limit: 10})) {
			if got = append(got, i.Call); i.Risk > last {
				t.Errorf("a call of risk %v stands after one of %v", i.Risk, last)
			}
			last = i.Risk
		}
		if !slices.Equal(got, want) {
			t.Errorf("the order is %v, want %v", got, want)
		}
	}
	order(worst, failed, alerted, low, asked)
	if _, err := sc.Correct(ctx, failed, "f", 1, "eve", "heard it", func(quality.Card) (quality.Card, error) { return quality.Card{Score: &fine}, nil }); err != nil {
		t.Fatal(err)
	}
	order(worst, alerted, low, asked, failed)
}

// TestNearlyFailed has a call that nearly failed found before one that scored lower, until a person has answered.
func TestNearlyFailed(t *testing.T) { onBoth(t, testNearlyFailed) }

func testNearlyFailed(t *testing.T, at place) {
	t.Helper()
	s, ctx := openAt(t, at(t, t.TempDir())), t.Context()
	sc, fine, poor, odds := s.Scores(), call.NewID(), call.NewID(), -1.0
	full, half := 100.0, 50.0
	for id, card := range map[call.ID]quality.Card{
		fine: {Score: &full, Answers: []quality.Answer{{Question: "promise", Value: quality.No, Confidence: 0.62, FailOdds: &odds, Beside: 9}}},
		poor: {Score: &half, Answers: []quality.Answer{{Question: "promise", Value: quality.No, Confidence: 0.99, FailOdds: &odds, Beside: 9}}},
	} {
		mustRecord(t, s, script(id, "alice", "en", "I lost my card", false))
		if err := sc.SaveScored(ctx, id, []scoring.Sheet{{Call: id, Form: "f", Version: 1, By: scoring.Machine, At: moment(), Card: card}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	first := func(want call.ID) scoring.Item {
		t.Helper()
		got := must[[]scoring.Item](t)(sc.Find(ctx, scoring.Filter{Limit: 10}))
		if len(got) != 2 || got[0].Call != want {
			t.Fatalf("%+v, want %s first", got, want)
		}
		return got[0]
	}
	if it := first(fine); len(it.Near) != 1 || !slices.Contains(it.Why, "near_fail") {
		t.Errorf("%+v", it)
	}
	if _, err := sc.Correct(ctx, fine, "f", 1, "eve", "heard it", func(c quality.Card) (quality.Card, error) {
		c.Answers = []quality.Answer{{Question: "promise", Value: quality.No, Confidence: 1, By: scoring.Person, FailOdds: &odds, Beside: 9}}
		return c, nil
	}); err != nil {
		t.Fatal(err)
	}
	first(poor)
}

func TestCalibrations(t *testing.T) { onBoth(t, testCalibrations) }

func TestCalibrationPages(t *testing.T) { onBoth(t, testCalibrationPages) }

// testCalibrationPages reads calibrations, some of which began at the same moment, a few at a time: each comes once, in order.
func testCalibrationPages(t *testing.T, at place) {
	t.Helper()
	s, ctx := openAt(t, at(t, t.TempDir())), t.Context()
	sc, began := s.Scores(), moment()
	var want []string
	for i := range 7 {
		k := scoring.Calibration{ID: fmt.Sprintf("k%d", i), Name: "n", Form: "f", Version: 1, By: "eve", At: began.Add(-time.Duration(i/3) * time.Minute)}
		want = append(want, k.ID)
		var votes []scoring.Vote
		for range 3 { // several rows each
			votes = append(votes, scoring.Vote{Call: call.NewID(), Question: "q", By: scoring.Machine, Answer: quality.Yes})
		}
		if err := sc.AddCalibration(ctx, k, votes); err != nil {
			t.Fatal(err)
		}
	}
	q := scoring.Standings{Person: "ann", Limit: 2}
	for _, n := range []int{2, 2, 2, 1, 0} {
		all := must[[]scoring.Standing](t)(sc.Standings(ctx, q))
		if len(all) != n {
			t.Fatalf("%d, want %d: %+v", len(all), n, all)
		}
		for _, k := range all {
			if k.ID != want[0] || len(k.Calls) != 3 {
				t.Errorf("%s of %v, want %s", k.ID, k.Calls, want[0])
			}
			want = want[1:]
			q.After = &k.Calibration
		}
	}
}

func testCalibrations(t *testing.T, at place) {
	t.Helper()
	s, ctx := openAt(t, at(t, t.TempDir())), t.Context()
	sc, id := s.Scores(), call.NewID()
	k := scoring.Calibration{ID: "1", Name: "n", Form: "f", Version: 1, Calls: []call.ID{id}, By: "eve", At: moment()}
	say := func(who string, answers ...string) (out []scoring.Vote) {
		for _, q := range answers {
			out = append(out, scoring.Vote{Call: id, Question: q, By: who, Answer: quality.Yes})
		}
		return out
	}
	if err := errors.Join(sc.AddCalibration(ctx, k, say(scoring.Machine, "q", "r")), sc.Vote(ctx, "1", "ann", say("ann", "q")), sc.Vote(ctx, "1", "ann", say("ann", "q", "r")),
		sc.Vote(ctx, "1", "bob", say("bob", "q")), sc.LeaveCalibration(ctx, "1", "bob"), sc.Vote(ctx, "1", "cy", say("cy", "q"))); err != nil {
		t.Fatal(err)
	}
	final := func(why, who string) {
		t.Helper()
		if err := sc.Vote(ctx, "1", who, say(who, "q")); !errors.Is(err, scoring.ErrState) {
			t.Errorf("%s answers: %v", why, err)
		}
		if err := sc.LeaveCalibration(ctx, "1", who); !errors.Is(err, scoring.ErrState) {
			t.Errorf("%s leaves: %v", why, err)
		}
	}
	final("who has seen the result", "ann")
	final("who does not take part", "bob")
	one := func(q scoring.Standings, want scoring.Standing) {
		t.Helper()
		want.Calibration = k
		if all := must[[]scoring.Standing](t)(sc.Standings(ctx, q)); len(all) != 1 || !reflect.DeepEqual(all[0], want) {
			t.Errorf("%+v: %+v", q, all)
		}
	}
	one(scoring.Standings{Person: "cy", Open: true, Call: id}, scoring.Standing{Answered: 1, Asked: 2})
	one(scoring.Standings{Person: "bob", ID: "1"}, scoring.Standing{Asked: 2, Away: true})
	for _, q := range []scoring.Standings{{ID: "2"}, {Call: "other"}, {Scope: &record.Scope{Routes: []string{"elsewhere"}}}} {
		if all := must[[]scoring.Standing](t)(sc.Standings(ctx, q)); len(all) != 0 {
			t.Errorf("%+v: %+v", q, all)
		}
	}
	if err := sc.CloseCalibration(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	k.Closed = true
	final("after the end, somebody", "cy")
	one(scoring.Standings{Person: "ann"}, scoring.Standing{Answered: 2, Asked: 2})
	if votes := must[[]scoring.Vote](t)(sc.Votes(ctx, "1")); len(votes) != 5 {
		t.Errorf("%+v", votes)
	}
	if _, err := s.Keeping(func(a, b string) bool { return a == b }).Erase(ctx, retain.Traces{Calls: []call.ID{id}}); err != nil {
		t.Fatal(err)
	}
	k.Calls = []call.ID{}
	one(scoring.Standings{Person: "ann"}, scoring.Standing{})
	for _, l := range must[[]retain.Look](t)(s.Keeping(func(a, b string) bool { return a == b }).Look(ctx, retain.Traces{Calls: []call.ID{id}})) {
		if strings.Contains(l.What, "calibrations") && l.Found > 0 {
			t.Errorf("an erased call is still named: %+v", l)
		}
	}
	clip := scoring.Clip{ID: "c", Agent: "amy", Call: id, FromS: 1.5, ToS: 3, Text: "listen", By: "eve", At: moment()}
	if err := errors.Join(sc.AddClip(ctx, clip), sc.DoneClip(ctx, "amy", "c"), sc.SaveSearch(ctx, "eve", scoring.Search{Name: "s", Query: "q"})); err != nil {
		t.Fatal(err)
	}
	for _, agent := range []string{"", "amy"} {
		if clips := must[[]scoring.Clip](t)(sc.Clips(ctx, agent)); len(clips) != 1 || !clips[0].Done || clips[0].FromS != 1.5 {
			t.Errorf("%+v", clips)
		}
	}
	if found := must[[]scoring.Search](t)(sc.Searches(ctx, "eve")); len(found) != 1 {
		t.Errorf("%+v", found)
	}
	if err := errors.Join(sc.DeleteClip(ctx, "c"), sc.DeleteSearch(ctx, "eve", "s")); err != nil {
		t.Error(err)
	}
}

// TestErase removes a caller from every table and looks for what is left.
func TestErase(t *testing.T) { onBoth(t, testErase) }

func testErase(t *testing.T, at place) {
	t.Helper()
	s, ctx := openAt(t, at(t, t.TempDir())), t.Context()
	k := s.Keeping(nil)
	id, other := call.NewID(), call.NewID()
	mustRecord(t, s, script(id, "+4420", "en", "my secret is a blue whale", false))
	mustRecord(t, s, script(other, "+4421", "en", "something else altogether", false))
	now := moment()
	if _, _, err := s.Tickets().AddTicket(ctx, "key", ticket.Ticket{ID: "t", Form: "f", Fields: map[string]string{"a": "blue whale"}, Status: ticket.Open, Due: now, Call: id, Created: now, Updated: now, Version: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Imports().Save(ctx, record.Import{Sound: "hash", Call: id, Path: "x.wav", At: now, Body: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if i := must[record.Import](t)(s.Imports().Of(ctx, id)); i.Sound != "hash" {
		t.Errorf("%+v", i)
	}
	traces, already, err := k.Traces(ctx, retain.Subject{Caller: "+4420", Customer: true})
	if err != nil || len(already) != 0 || len(traces.Calls) != 1 || len(traces.Words) == 0 {
		t.Fatalf("%+v %v %v", traces, already, err)
	}
	found := func() (n int) {
		for _, l := range must[[]retain.Look](t)(k.Look(ctx, traces)) {
			n += l.Found
		}
		return n
	}
	if found() == 0 {
		t.Fatal("nothing is found before")
	}
	if err := k.Erased(ctx, traces); err != nil {
		t.Fatal(err)
	}
	if counts := must[[]retain.Count](t)(k.Erase(ctx, traces)); len(counts) < 5 {
		t.Errorf("%+v", counts)
	}
	if err := k.Tidy(ctx, true); err != nil {
		t.Fatal(err)
	}
	if n := found(); n != 0 {
		t.Errorf("%d traces are left: %+v", n, must[[]retain.Look](t)(k.Look(ctx, traces)))
	}
	mustRecord(t, s, script(id, "+4420", "en", "my secret is a blue whale", false)) // the bus repeats it
	if _, err := s.Get(ctx, id); !errors.Is(err, record.ErrUnknown) {
		t.Errorf("an erased call came back: %v", err)
	}
	if d := must[record.Detail](t)(s.Get(ctx, other)); len(d.Turns) != 2 {
		t.Errorf("another call was touched: %+v", d)
	}
	if err := k.Forget(ctx, retain.Text, []call.ID{other}); err != nil {
		t.Fatal(err)
	}
	gone, done, err := k.Over(ctx, []call.ID{id, other, call.NewID()})
	if err != nil || len(gone) != 1 || gone[0] != id || len(done[retain.Text]) != 1 || len(done[retain.Audio]) != 0 {
		t.Errorf("%v %v %v", gone, done, err)
	}
	if again := must[int](t)(k.Return(ctx)); again != 0 {
		t.Errorf("%d rows came back", again)
	}
	if err := k.Backed(ctx, filepath.Join(t.TempDir(), "b"), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if copies := must[[]retain.Copy](t)(k.Copies(ctx, traces)); len(copies) != 0 { // made after it was erased
		t.Errorf("%+v", copies)
	}
}
