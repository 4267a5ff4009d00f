package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/nlu/intent/intenttest"
	"github.com/parley-voice/parley/pipeline/call"
)

func counting(s *store.Store) *insight.Keeper {
	return &insight.Keeper{
		Calls: s.Insights(), Groups: s.Insights(), Embedders: map[string]insight.Embedder{"en": intenttest.NewNgrams(64), "zh": intenttest.NewNgrams(64)},
		Who: func(ctx context.Context, c record.Call) (string, error) {
			return insight.WhoCalled(ctx, s.Customers(), c, []string{"GB"})
		},
	}
}

func view(t *testing.T, s *store.Store, scope *record.Scope) insight.View {
	t.Helper()
	now := time.Now()
	p, err := insight.ParsePeriod("", "", now, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	q := insight.Query{Period: p, By: insight.ByQueue, Options: insight.Options{Now: now, Zone: time.UTC, RepeatDays: 3, Service: 20 * time.Second}}
	v, err := insight.Read(t.Context(), s.Insights(), scope, q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestInsights(t *testing.T) { onBoth(t, testInsights) }

func testInsights(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	ctx := t.Context()
	var ids []call.ID
	for i := range 40 { // recorded before anything was counted
		id := call.NewID()
		ids = append(ids, id)
		lang, text := "en", []string{"I lost my card", "my card is lost", "I have lost the card", "the card got lost"}[i%4]
		if i%2 == 1 {
			lang, text = "zh", []string{"我的银行卡丢了", "银行卡丢了怎么办", "卡丢了想挂失银行卡"}[i%3]
		}
		mustRecord(t, s, script(id, fmt.Sprintf("020 7946 %04d", i/4), lang, text, false))
	}
	running := call.NewID()
	mustRecord(t, s, script(running, "x", "en", "still talking", true))
	if v := view(t, s, nil); v.Missing != 40 || v.Figures[0].N != 0 {
		t.Errorf("before: %d missing, %d counted", v.Missing, v.Figures[0].N)
	}
	k := counting(s)
	total := 0
	for {
		n, err := k.Pass(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if total += n; n == 0 {
			break
		}
	}
	if total != 40 {
		t.Fatalf("%d counted", total)
	}
	if err := k.Regroup(ctx); err != nil {
		t.Fatal(err)
	}
	v := view(t, s, nil)
	if v.Missing != 0 || v.Figures[0].N != 40 || len(v.Series) != 2 || v.Series[0].Calls != 20 || len(v.Topics) < 2 {
		t.Fatalf("%d missing, %d counted, %d groups, %d topics", v.Missing, v.Figures[0].N, len(v.Series), len(v.Topics))
	}
	for _, f := range v.Figures {
		if f.ID == "repeat" && (f.N != 40 || *f.Value.Value != 0.75) { // ten callers with four calls each
			t.Errorf("repeat: %+v", f.Value)
		}
		if f.ID == "barge_in" && (f.N != 40 || *f.Value.Value != 1) {
			t.Errorf("barge_in: %+v", f.Value)
		}
	}
	// A reviewer of one queue sees nothing of the other, not even in the names of topics.
	zh := view(t, s, &record.Scope{Routes: []string{"bank-zh"}})
	if zh.Figures[0].N != 20 || len(zh.Queues) != 1 {
		t.Errorf("%d calls of %v", zh.Figures[0].N, zh.Queues)
	}
	for _, tp := range zh.Topics {
		if tp.Lang != "zh" || strings.Contains(tp.Name, "card") {
			t.Errorf("%+v", tp)
		}
	}
	if none := view(t, s, &record.Scope{Person: "p1"}); none.Figures[0].N != 0 || len(none.Topics) != 0 {
		t.Errorf("without a queue: %+v", none.Figures[0])
	}
	topics(t, s, k, v)
	// What an agent writes down later counts.
	if err := s.Wrapups().SaveEdit(ctx, ids[0], wrapup.Summary{Disposition: "follow_up"}, "", "p1", time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	k.Now = func() time.Time { return time.Now().Add(2 * time.Second) }
	if n, err := k.Pass(ctx); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := k.Pass(ctx); n != 0 || err != nil {
		t.Fatalf("again: %d, %v", n, err)
	}
	for _, o := range view(t, s, nil).Outcomes {
		if o.ID == insight.Open && (o.N != 1 || o.Judged != 1) {
			t.Errorf("%+v", o)
		}
	}
}

// topics names one and looks whether it stays.
func topics(t *testing.T, s *store.Store, k *insight.Keeper, v insight.View) {
	t.Helper()
	ctx := t.Context()
	if err := s.Insights().NameTopic(ctx, v.Topics[0].ID, "Lost cards", "eve"); err != nil {
		t.Fatal(err)
	}
	if err := s.Insights().NameTopic(ctx, "no such", "x", "eve"); !errors.Is(err, insight.ErrUnknown) {
		t.Errorf("%v", err)
	}
	until := time.Now().Add(time.Hour).Truncate(time.Millisecond).UTC()
	if err := s.Insights().QuietTopic(ctx, v.Topics[0].ID, until); err != nil {
		t.Fatal(err)
	}
	if err := k.Regroup(ctx); err != nil {
		t.Fatal(err)
	}
	again := view(t, s, nil)
	if len(again.Topics) != len(v.Topics) {
		t.Errorf("%d topics, then %d", len(v.Topics), len(again.Topics))
	}
	found := false
	for _, tp := range again.Topics {
		if tp.ID == v.Topics[0].ID {
			found = tp.Name == "Lost cards" && tp.Edited && tp.N == v.Topics[0].N && tp.Quiet != nil && tp.Quiet.Equal(until)
		}
	}
	if !found {
		t.Errorf("the name was lost: %+v", again.Topics)
	}
	a := insight.Alert{ID: "x", Topic: v.Topics[0].ID, Level: "warning"}
	for i, want := range []bool{true, false} {
		if news, err := s.Insights().NewAlert(ctx, a, time.Now()); err != nil || news != want {
			t.Errorf("alert %d: %v, %v", i, news, err)
		}
	}
	a.ID, a.Level = "y", "critical"
	if news, err := s.Insights().NewAlert(ctx, a, time.Now()); err != nil || !news {
		t.Errorf("a more serious one: %v, %v", news, err)
	}
}

// BenchmarkInsights10000 makes a view of four weeks with 10,000 calls, with as many in the weeks before.
func BenchmarkInsights10000(b *testing.B) {
	s, err := store.Open(b.Context(), b.TempDir(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	vec := make([]float32, 384)
	var all []insight.Drawn
	for i := range 20000 {
		id := call.NewID()
		text := fmt.Sprintf("I lost my card number word%d and word%d", i%700, i%90)
		for d := range vec {
			vec[d] = float32((i*31+d*17)%97) - 48
		}
		q := insight.Question{Call: id, Turn: 2, Lang: "en", Text: text, Words: insight.Words(text, "en"), Reason: true, Answered: i%5 > 0, Vector: vec}
		f := insight.Fact{
			Call: id, At: now.Add(-time.Duration(i) * 4 * time.Minute), Queue: fmt.Sprint("q", i%5), Lang: "en", Channel: "phone", Who: fmt.Sprint("number:", i%7000), Outcome: insight.Outcomes()[i%5],
			Topic: fmt.Sprint("t", i%60), LengthS: 100, Timed: true, CallerS: 30, CompanyS: 40, BaseS: 100, SilenceS: 30, Asked: 2, Reason: q,
		}
		all = append(all, insight.Drawn{Fact: f, Questions: []insight.Question{q}})
	}
	if err := s.Insights().SaveDrawn(b.Context(), insight.Version, now, all); err != nil {
		b.Fatal(err)
	}
	p, err := insight.ParsePeriod("", "", now, time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	before, err := p.Earlier("previous")
	if err != nil {
		b.Fatal(err)
	}
	q := insight.Query{Period: p, Before: before, By: insight.ByTopic, Options: insight.Options{Now: now, Zone: time.UTC, RepeatDays: 3, Service: 20 * time.Second}}
	for b.Loop() {
		if _, err := insight.Read(b.Context(), s.Insights(), nil, q); err != nil {
			b.Fatal(err)
		}
	}
}

func TestUncountedCallsAreLast(t *testing.T) { onBoth(t, testUncountedCallsAreLast) }

// testUncountedCallsAreLast: what could not be counted is on record: given out after its time, alone, until it is counted.
func testUncountedCallsAreLast(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	i, ctx, now := s.Insights(), t.Context(), time.Now()
	torn, other := call.NewID(), call.NewID()
	mustRecord(t, s, script(torn, "020 7946 0001", "en", "I lost my card", false))
	for range 2 {
		if err := i.Failed(ctx, torn, now); err != nil {
			t.Fatal(err)
		}
	}
	due := func(at time.Time, want ...call.ID) {
		t.Helper()
		ids, again, err := i.Due(ctx, insight.Version, at, 10)
		if err != nil || !slices.Equal(ids, want) || len(ids) > 0 && again != (ids[0] == torn) {
			t.Errorf("due %v (again %v), want %v: %v", ids, again, want, err)
		}
	}
	due(now.Add(insight.RetryIn(1)))
	due(now.Add(insight.RetryIn(2)), torn)
	mustRecord(t, s, script(other, "020 7946 0002", "en", "I lost my card", false))
	due(now.Add(insight.RetryIn(2)), other)
	k := counting(s)
	if n, err := k.Pass(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	k.Now = func() time.Time { return now.Add(insight.RetryIn(2)) }
	if n, err := k.Pass(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	due(now.Add(24 * time.Hour))
}

func TestWrittenWhileCounted(t *testing.T) { onBoth(t, testWrittenWhileCounted) }

// testWrittenWhileCounted: what a person writes down of a call while its facts are drawn is counted next.
func testWrittenWhileCounted(t *testing.T, at place) {
	t.Helper()
	s := openAt(t, at(t, t.TempDir()))
	id, ctx, now := call.NewID(), t.Context(), time.Now()
	mustRecord(t, s, script(id, "020 7946 0001", "en", "I lost my card", false))
	k := counting(s)
	k.Now = func() time.Time { now = now.Add(time.Second); return now }
	k.Who = func(ctx context.Context, c record.Call) (string, error) { // after the summary was read
		k.Who = nil
		return "", s.Wrapups().SaveEdit(ctx, c.ID, wrapup.Summary{Disposition: "card"}, "", "ann", k.Now())
	}
	for i, want := range []int{1, 1, 0} {
		if n, err := k.Pass(ctx); n != want || err != nil {
			t.Errorf("pass %d counted %d, want %d: %v", i+1, n, want, err)
		}
	}
}

func TestCutCallsGoOn(t *testing.T) { onBoth(t, testCutCallsGoOn) }

// testCutCallsGoOn: a call that was judged and counted when its node seemed dead is so again once it has really ended.
func testCutCallsGoOn(t *testing.T, at place) {
	t.Helper()
	home := t.TempDir()
	s := openAt(t, at(t, home))
	ctx, evs := t.Context(), script(call.NewID(), "alice", "en", "I lost my card", true)
	mustRecord(t, s, evs)
	if ids, err := s.MarkCut(ctx, time.Now().Add(time.Hour)); err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	passes := func(when string, want int) {
		t.Helper()
		judge := &scoring.Keeper{Calls: s, Store: s.Scores(), Scorer: quality.New(quality.Options{})}
		for name, pass := range map[string]func(context.Context) (int, error){"judged": judge.Pass, "counted": counting(s).Pass} {
			if n, err := pass(ctx); n != want || err != nil {
				t.Errorf("%s %d calls are %s, want %d: %v", when, n, name, want, err)
			}
		}
	}
	passes("cut,", 1)
	last := evs[len(evs)-1].Seq
	mustRecord(t, s, []call.Event{{Call: evs[0].Call, Seq: last + 1, At: sec(9), Kind: call.KindTurn, Body: []byte(`{"n":3,"who":"caller","text":"Hello?","lang":"en","start_s":8,"end_s":9}`)}})
	passes("going on,", 0)
	mustRecord(t, s, []call.Event{{Call: evs[0].Call, Seq: last + 2, At: sec(10), Kind: call.KindEnded, Body: []byte(`{"by":"caller","why":"bye","duration_s":10}`)}})
	s = openAt(t, at(t, home)) // another process finds nothing that says that it is done
	passes("ended,", 1)
	passes("after that,", 0)
}
