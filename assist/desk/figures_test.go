package desk

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestOutOfHours tells callers so in the queue's own words, and lets those through whom a person sends on.
func TestOutOfHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open9 := func(now time.Time) bool { return now.Hour() == 9 }
		f := open(t, Options{Queue: func(string) Policy {
			return Policy{Name: "q", Wait: true, Open: open9, Bye: true, Closed: func(lang string) string { return map[string]string{"en": "We open at nine."}[lang] }}
		}})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		defer f.ready("ann").Close()
		nobody := (*NobodyError)(nil)
		for lang, want := range map[string]string{"en": "We open at nine.", "zh": say(sayClosed, "zh")} {
			if _, err := f.Seek(t.Context(), Wish{Call: "c", Lang: lang}, func(string) {}); !errors.As(err, &nobody) || nobody.Why != "closed" || nobody.Text != want || !nobody.Bye {
				t.Errorf("%s: %v %+v", lang, err, nobody)
			}
		}
		got := f.seek(t.Context(), Wish{Call: "c", Why: "transfer", Former: "bob"}, func(string) {})
		if f.Board("ann").Offer == nil {
			t.Error("a call sent on by a person does not ring out of hours")
		}
		time.Sleep(10 * time.Minute)
		<-got
	})
}

// TestContained counts a call for which a person is sought once, whoever that is: at the desk, at another telephone, or nobody.
func TestContained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, Options{Queue: func(string) Policy { return Policy{Name: "q"} }})
		defer f.close()
		for _, id := range []call.ID{"quiet", "put-through", "nobody", "desk"} {
			f.begin(id)
			defer f.End(id, call.Ended{})
		}
		f.Event("put-through", 0, call.KindTransfer, call.Transfer{Target: "sip:office@192.0.2.7", State: "asked"})
		f.Event("put-through", 0, call.KindTransfer, call.Transfer{Target: "sip:office@192.0.2.7", State: "refused"})
		f.Event("nobody", 0, call.KindTransfer, call.Transfer{State: "asked"})
		f.Event("desk", 0, call.KindTransfer, call.Transfer{Target: "desk", State: "asked"})
		all := f.Floor(func(string) bool { return true })
		if i := slices.IndexFunc(all.Figures, func(x Figure) bool { return x.ID == "containment" }); i < 0 || all.Figures[i].Value != 0.25 {
			t.Errorf("four calls of which three sought a person: %+v", all.Figures)
		}
		if len(all.Levels) != 0 { // nobody has waited in it
			t.Errorf("levels %+v", all.Levels)
		}
	})
}

// TestLevelOfWhoWaits counts a caller who waits only once they have waited too long.
func TestLevelOfWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := Policy{Name: "bank", Within: time.Minute, Target: 0.8, Wait: true}
		f := open(t, Options{Queue: func(string) Policy { return slow }, Queues: func() []Policy { return []Policy{slow} }})
		defer f.close()
		f.begin("c")
		ctx, stop := context.WithCancel(t.Context())
		got := f.seek(ctx, Wish{Call: "c", Lang: "en"}, func(string) {})
		now := func() (*float64, bool) {
			all := f.Floor(func(string) bool { return true })
			return all.Levels[0].Level, slices.ContainsFunc(all.Figures, func(x Figure) bool { return x.ID == "service_level" })
		}
		time.Sleep(50 * time.Second)
		if level, shown := now(); level != nil || shown {
			t.Errorf("level %v of a caller who waits for less than the target", level)
		}
		time.Sleep(20 * time.Second)
		if level, shown := now(); level == nil || *level != 0 || !shown {
			t.Errorf("level %v of a caller who waited too long", level)
		}
		stop()
		<-got
		f.End("c", call.Ended{})
	})
}

// TestTrendsAndLevels follows the figures over minutes, and each queue by its own target.
func TestTrendsAndLevels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := Policy{Name: "bank", Within: 2 * time.Minute, Target: 0.8, Wait: true}
		f := open(t, Options{Queue: func(string) Policy { return slow }, Queues: func() []Policy { return []Policy{slow, {Name: "shop"}} }})
		defer f.close()
		f.begin("c")
		defer f.End("c", call.Ended{})
		got := f.seek(t.Context(), Wish{Call: "c", Lang: "en"}, func(string) {})
		time.Sleep(90 * time.Second)
		defer f.ready("ann").Close()
		time.Sleep(time.Second)
		b := f.Board("ann")
		if b.Offer == nil {
			t.Fatal("no offer")
		}
		if _, err := f.Accept(b.Offer.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		if err := f.Arrive("c", "ann", 1); err != nil {
			t.Fatal(err)
		}
		<-got
		time.Sleep(time.Minute)
		all := f.Floor(func(string) bool { return true })
		values := map[string]Figure{}
		for _, x := range all.Figures {
			values[x.ID] = x
		}
		if x := values["service_level"]; x.Value != 1 || x.Unit != "share" { // 91 s is within this queue's two minutes
			t.Errorf("service level %+v", x)
		}
		if tr := values["waiting"].Trend; len(tr) < 3 || tr[len(tr)-1] != 0 || tr[1] != 1 {
			t.Errorf("trend of who waits: %v", tr)
		}
		if len(all.Levels) != 2 || all.Levels[0].Queue != "bank" || *all.Levels[0].Level != 1 || all.Levels[0].Target != 0.8 || all.Levels[0].Staff != 1 || all.Levels[0].Ready != 0 || all.Levels[1].Level != nil {
			t.Errorf("levels %+v", all.Levels)
		}
		other := f.Floor(func(q string) bool { return q == "shop" })
		if len(other.Levels) != 1 || other.Levels[0].Queue != "shop" {
			t.Errorf("levels of the shop: %+v", other.Levels)
		}
		for _, x := range other.Figures {
			if x.ID == "service_level" || x.ID == "calls" && x.Value != 0 {
				t.Errorf("somebody of the shop sees the bank's %s", x.ID)
			}
		}
		time.Sleep(3 * time.Hour)
		if tr := f.Floor(func(string) bool { return true }).Figures[0].Trend; len(tr) > trendSteps+1 {
			t.Errorf("a trend of %d values", len(tr))
		}
	})
}
