package allow_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/allow"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const text = `
currency: GBP
zone: Europe/London
daily: 500
approval: 60
unverified: 10
percent: 15
claims: {days: 30, amount: 120, count: 4}
anger: {causes: [repeat_contact, failed_answers]}
rows:
  - {tier: [gold], reason: [delivery, fault], calm: 30, upset: 60, angry: 100}
  - {tier: [gold], calm: 20, upset: 30, angry: 40}
  - {reason: [delivery], calm: 10, upset: 15, angry: 25}
  - {calm: 0, upset: 5, angry: 10}
`

func policy(t *testing.T) *allow.Policy {
	t.Helper()
	p, err := allow.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	p := policy(t)
	angry := []float64{0.1, 0.8, 0.9, 0.8}
	cause := []string{"repeat_contact"}
	gold := allow.Known{Tier: "Gold", Reason: "delivery", Verified: true}
	with := func(change func(*allow.Known)) allow.Known { k := gold; change(&k); return k }
	for name, c := range map[string]struct {
		k             allow.Known
		ceiling, more float64
		why           string
	}{
		"calm":                   {gold, 30, 30, "table"},
		"angry with a cause":     {with(func(k *allow.Known) { k.Anger, k.Causes = angry, cause }), 60, 100, "table approval"},
		"anger stays":            {with(func(k *allow.Known) { k.Anger, k.Causes = append(angry, 0, 0, 0, 0), cause }), 60, 100, "table approval"},
		"fake anger: no cause":   {with(func(k *allow.Known) { k.Anger = angry }), 30, 30, "anger_without_cause table"},
		"fake anger: words only": {with(func(k *allow.Known) { k.Anger, k.Causes = angry, []string{"caller_says_so"} }), 30, 30, "anger_without_cause table"},
		"one outburst":           {with(func(k *allow.Known) { k.Anger, k.Causes = []float64{0, 1, 0, 1, 0}, cause }), 30, 30, "anger_short table"},
		"upset":                  {with(func(k *allow.Known) { k.Anger, k.Causes = []float64{0.5, 0.9, 0.5}, cause }), 60, 60, "table"},
		"not verified":           {with(func(k *allow.Known) { k.Verified = false }), 10, 10, "table unverified"},
		"claimed before":         {with(func(k *allow.Known) { k.Claimed = []float64{60, 50} }), 10, 10, "table claims"},
		"claimed it all":         {with(func(k *allow.Known) { k.Claimed = []float64{60, 70} }), 0, 0, "table claims"},
		"many small claims":      {with(func(k *allow.Known) { k.Claimed = []float64{1, 1, 1, 1} }), 0, 30, "table claims_many"},
		"a negative claim":       {with(func(k *allow.Known) { k.Claimed = []float64{110, -500} }), 10, 10, "table claims"},
		"budget nearly gone":     {with(func(k *allow.Known) { k.Spent = 495 }), 5, 5, "table budget"},
		"budget gone":            {with(func(k *allow.Known) { k.Spent = 700 }), 0, 0, "table budget"},
		"tier not known":         {allow.Known{Reason: "delivery", Verified: true}, 10, 10, "table"},
		"nothing known":          {allow.Known{}, 0, 0, "table"},
	} {
		d := p.Decide(c.k)
		var codes []string
		for _, w := range d.Why {
			codes = append(codes, w.Code)
			for _, lang := range []string{"en", "zh"} {
				if s := w.Explain(lang, d.Currency); s == "" || strings.Contains(s, "%!") {
					t.Errorf("%s in %s: %q", w.Code, lang, s)
				}
			}
		}
		if d.Ceiling != c.ceiling || d.WithMore != c.more || strings.Join(codes, " ") != c.why {
			t.Errorf("%s: %g (%g) %v, want %g (%g) %s", name, d.Ceiling, d.WithMore, codes, c.ceiling, c.more, c.why)
		}
	}
}

func TestNoRow(t *testing.T) {
	t.Parallel()
	p, err := allow.Parse([]byte("currency: CNY\nrows: [{tier: [vip], calm: 1, upset: 1, angry: 1}]"))
	if err != nil {
		t.Fatal(err)
	}
	if d := p.Decide(allow.Known{Verified: true}); d.Ceiling != 0 || d.Why[0].Code != "no_row" {
		t.Error(d)
	}
}

func TestOffersAboveTheCeiling(t *testing.T) {
	t.Parallel()
	p := policy(t)
	d := allow.Decision{Ceiling: 30, Currency: "GBP"}
	for said, want := range map[string]string{
		"I can offer you fifty pounds as a gesture of goodwill":            "fifty pounds",
		"I'll send you a voucher for £30":                                  "",
		"I'll send you a voucher for £30.50":                               "£30.50",
		"I can't offer you fifty pounds":                                   "",
		"we will refund the £80 you paid":                                  "",
		"a refund of £80, and a £20 voucher":                               "",
		"a refund of £80, and a £45 voucher for the trouble":               "£45",
		"it costs 900 pounds":                                              "",
		"you'll get 20% off your next order":                               "20%",
		"you'll get 10% off your next order":                               "",
		"I could give you 20, no, 60 pounds credit to your account, okay?": "60 pounds",
		"": "",
	} {
		got, ok := p.Check(said, d)
		if ok != (want != "") || got.Text != want {
			t.Errorf("%q: %+v", said, got)
		}
	}
	zh, err := allow.Parse([]byte("currency: CNY\nrows: [{calm: 1, upset: 1, angry: 1}]"))
	if err != nil {
		t.Fatal(err)
	}
	d = allow.Decision{Ceiling: 50, Currency: "CNY"}
	for said, want := range map[string]string{
		"给您补偿一百元优惠券": "一百元", "给您补偿五十元": "", "我们无法补偿一百元": "", "您付了三百元": "", "退款三百元，再送您八十块的券": "八十块",
	} {
		if got, ok := zh.Check(said, d); ok != (want != "") || got.Text != want {
			t.Errorf("%q: %+v", said, got)
		}
	}
}

func TestTheBudgetsDay(t *testing.T) {
	t.Parallel()
	p := policy(t)
	if d := p.Day(time.Date(2026, 6, 1, 23, 30, 0, 0, time.UTC)); d != "2026-06-02" {
		t.Error(d)
	}
}

func TestPoliciesSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	row := "\nrows: [{calm: 1, upset: 1, angry: 1}]"
	for in, want := range map[string]string{
		"currency: pounds" + row: "currency", "currency: GBP": "rows", "currency: GBP\nrows: [{calm: 5, upset: 1, angry: 9}]": "rows[0]", "currency: GBP\ndaily: -1" + row: "daily",
		"currency: GBP\ndayly: 1" + row: "dayly", "currency: GBP\nzone: Mars" + row: "zone", "currency: GBP\nanger: {upset: 2}" + row: "anger", "currency: GBP\ndaily: .nan" + row: "daily",
		"currency: GBP\nrows: [{calm: .nan, upset: 1, angry: 1}]": "rows[0]", "[": "",
	} {
		if _, err := allow.Parse([]byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", in, err)
		}
	}
	path := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := allow.Load(path); err != nil {
		t.Error(err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("I can offer you £50, 给您补偿一百元")
	p, err := allow.Parse([]byte(text))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if over, ok := p.Check(s, allow.Decision{Ceiling: 10}); ok && over.Amount <= over.Ceiling {
			t.Fatal(over)
		}
	})
}
