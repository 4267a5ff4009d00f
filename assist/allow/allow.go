// Package allow says how much an agent may offer a customer to make good: a table of tier, reason and anger gives a
// ceiling; a daily budget, earlier claims and who the caller is known to be bound it; above a line somebody else decides.
// Every figure comes with its reasons. It is a pure function of the policy and what is known: whoever wants to raise a
// ceiling must change one of those, and shouting alone does not.
package allow

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// Row is a line of the table; the first that fits counts.
type Row struct {
	Tier   []string `yaml:"tier"`   // empty = any
	Reason []string `yaml:"reason"` // empty = any
	Calm   float64  `yaml:"calm"`   // ceiling by anger, in main units of the currency
	Upset  float64  `yaml:"upset"`
	Angry  float64  `yaml:"angry"`
}

// Policy is what a company allows.
type Policy struct {
	Currency   string  `yaml:"currency"`   // ISO 4217
	Zone       string  `yaml:"zone"`       // of the budget's day; "" = UTC
	Daily      float64 `yaml:"daily"`      // budget of all calls of a day; 0 = none
	Approval   float64 `yaml:"approval"`   // above it a supervisor decides; 0 = never
	Unverified float64 `yaml:"unverified"` // ceiling for callers who are not verified
	Percent    float64 `yaml:"percent"`    // most discount an agent may name, 0 = not checked
	Claims     Claims  `yaml:"claims"`
	Anger      Anger   `yaml:"anger"`
	Rows       []Row   `yaml:"rows"`
	zone       *time.Location
}

// Claims bounds what one customer gets.
type Claims struct {
	Days   int     `yaml:"days"`   // looked back
	Amount float64 `yaml:"amount"` // most within them; 0 = not bounded
	Count  int     `yaml:"count"`  // at so many a supervisor decides; 0 = not counted
}

// Anger says when anger counts. It must last, and there must be a cause that does not come from the caller's own words.
type Anger struct {
	Upset  float64  `yaml:"upset"`  // 0..1, default 0.4
	Angry  float64  `yaml:"angry"`  // default 0.7
	Turns  int      `yaml:"turns"`  // turns it must last, default 3
	Causes []string `yaml:"causes"` // such as repeat_contact, failed_answers, open_ticket; empty = none is needed
}

// Load reads a policy from a YAML file. A mistake is named with its place.
func Load(path string) (*Policy, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read compensation policy: %w", err)
	}
	p, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Parse reads a policy.
func Parse(data []byte) (*Policy, error) {
	p := &Policy{Anger: Anger{Upset: 0.4, Angry: 0.7, Turns: 3}, Claims: Claims{Days: 30}}
	if err := yaml.UnmarshalWithOptions(data, p, yaml.DisallowUnknownField()); err != nil {
		return nil, fmt.Errorf("compensation policy: %w", err)
	}
	var err error
	if p.zone, err = time.LoadLocation(p.Zone); err != nil {
		return nil, fmt.Errorf("compensation policy: zone: %w", err)
	}
	if !regexp.MustCompile(`^[A-Z]{3}$`).MatchString(p.Currency) {
		return nil, fmt.Errorf("compensation policy: currency %q is no code such as GBP or CNY", p.Currency)
	}
	if len(p.Rows) == 0 {
		return nil, fmt.Errorf("compensation policy: rows: there is none")
	}
	for i, r := range p.Rows {
		if !(r.Calm >= 0 && r.Calm <= r.Upset && r.Upset <= r.Angry) || math.IsInf(r.Angry, 0) {
			return nil, fmt.Errorf("compensation policy: rows[%d]: ceilings must not fall from calm over upset to angry", i)
		}
	}
	for name, v := range map[string]float64{"daily": p.Daily, "approval": p.Approval, "unverified": p.Unverified, "percent": p.Percent, "claims.amount": p.Claims.Amount} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("compensation policy: %s must not be negative", name)
		}
	}
	if a := p.Anger; !(a.Upset > 0 && a.Upset <= a.Angry && a.Angry <= 1) || a.Turns < 1 || p.Claims.Days < 1 {
		return nil, fmt.Errorf("compensation policy: anger.upset and anger.angry must be 0..1 and rise, anger.turns and claims.days at least 1")
	}
	return p, nil
}

// Day is the day of the budget a moment belongs to, such as 2026-03-01.
func (p *Policy) Day(at time.Time) string { return at.In(p.zone).Format(time.DateOnly) }

// Known is what is known at a moment of a call.
type Known struct {
	Tier     string
	Reason   string
	Verified bool      // the caller's identity
	Anger    []float64 // of the caller's turns so far, 0..1, oldest first
	Causes   []string  // what the records show, never what the caller says of it
	Claimed  []float64 // what this customer got within Policy.Claims.Days
	Spent    float64   // of today's budget, by all
	Given    float64   // granted in this call already; part of Claimed and Spent too
}

// Decision is how far an agent may go.
type Decision struct {
	Ceiling  float64 // may be offered at once
	WithMore float64 // may be offered when a supervisor agrees; not below Ceiling
	Currency string
	Band     string   // calm, upset or angry
	Named    bool     // the policy names this reason to call: it has something for just that
	Why      []Reason // in the order in which they counted
}

// Reason is one step to a decision.
type Reason struct {
	Code   string  // table, anger_short, anger_without_cause, unverified, given, claims, claims_many, budget, approval, no_row
	Amount float64 // that it came to, or what bounds it
	Detail string
}

// Decide returns the ceiling. Anger that was established once in a call stays, since an agent may have named the ceiling
// by then; budgets and claims bound it at every moment.
func (p *Policy) Decide(k Known) Decision {
	d := Decision{Currency: p.Currency}
	d.Band = p.band(k, &d)
	row := slices.IndexFunc(p.Rows, func(r Row) bool { return fits(r.Tier, k.Tier) && fits(r.Reason, k.Reason) })
	if row < 0 {
		d.Why = append(d.Why, Reason{Code: "no_row"})
		return d
	}
	r := p.Rows[row]
	d.Named = len(r.Reason) > 0
	most := map[string]float64{"calm": r.Calm, "upset": r.Upset, "angry": r.Angry}[d.Band]
	d.Why = append(d.Why, Reason{"table", most, strings.Join([]string{orAny(k.Tier), orAny(k.Reason), d.Band}, ", ")})
	bound := func(code string, at float64, detail string) {
		if at = math.Max(0, at); most > at {
			most = at
			d.Why = append(d.Why, Reason{code, at, detail})
		}
	}
	if k.Given > 0 {
		bound("given", most-k.Given, fmt.Sprintf("%g", k.Given))
	}
	if !k.Verified {
		bound("unverified", p.Unverified-k.Given, "")
	}
	total := 0.0
	for _, c := range k.Claimed {
		total += math.Max(0, c)
	}
	if p.Claims.Amount > 0 {
		bound("claims", p.Claims.Amount-total, fmt.Sprintf("%g in %d days", total, p.Claims.Days))
	}
	if p.Daily > 0 {
		bound("budget", p.Daily-k.Spent, fmt.Sprintf("%g of %g", k.Spent, p.Daily))
	}
	d.Ceiling, d.WithMore = most, most
	if alone := math.Max(0, p.Approval-k.Given); p.Approval > 0 && most > alone {
		d.Ceiling = alone
		d.Why = append(d.Why, Reason{"approval", alone, ""})
	}
	if p.Claims.Count > 0 && len(k.Claimed) >= p.Claims.Count && d.Ceiling > 0 {
		d.Ceiling = 0
		d.Why = append(d.Why, Reason{"claims_many", 0, fmt.Sprintf("%d in %d days", len(k.Claimed), p.Claims.Days)})
	}
	return d
}

func orAny(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// fits reports whether a value is in a list; an empty list fits all, and what is not known fits only that.
func fits(list []string, v string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, v) })
}

// band is the level of anger that counts: the highest that lasted, when there is a cause.
func (p *Policy) band(k Known, d *Decision) string {
	lasted := func(level float64) bool { return longestRun(k.Anger, level) >= p.Anger.Turns }
	band := "calm"
	switch {
	case lasted(p.Anger.Angry):
		band = "angry"
	case lasted(p.Anger.Upset):
		band = "upset"
	case longestRun(k.Anger, p.Anger.Upset) > 0:
		d.Why = append(d.Why, Reason{Code: "anger_short", Detail: fmt.Sprintf("%d of %d turns", longestRun(k.Anger, p.Anger.Upset), p.Anger.Turns)})
	}
	if band != "calm" && len(p.Anger.Causes) > 0 && !slices.ContainsFunc(k.Causes, func(c string) bool { return slices.Contains(p.Anger.Causes, c) }) {
		d.Why = append(d.Why, Reason{Code: "anger_without_cause", Detail: band})
		return "calm"
	}
	return band
}

// longestRun is the most turns in a row at a level or above.
func longestRun(anger []float64, level float64) int {
	best, run := 0, 0
	for _, a := range anger {
		if run++; a < level {
			run = 0
		}
		best = max(best, run)
	}
	return best
}

// Over is an offer beyond what was allowed.
type Over struct {
	Text    string  // the figure as it was said
	Amount  float64 // or percent
	Percent bool
	Ceiling float64
}

var ( //nolint:gochecknoglobals // compiled once, never changed
	offerEN = regexp.MustCompile(`(?i)\b(offer|compensat\w*|goodwill|gesture|credit (you|your|to)|voucher|coupon|gift card|discount|(off|knock off) (your|the|it)|waive|reimburse\w* you|make it up|(give|send|get) you)\b|% off|percent off`)
	offerZH = regexp.MustCompile(`补偿|赔偿|赔您|赔给|优惠券|代金券|红包|减免|抵扣|折扣|送您|给您(再)?(减|免|补|赔|送|发)|便宜`)
	refuse  = regexp.MustCompile(`(?i)\b(can(no|')t|unable|not able|won't|not allowed|refund (of|you|the)|price|costs?|paid|charged|worth)\b|不能|无法|没法|没有办法|不可以|原价|价格|您付|支付了`)
)

// Check looks for an offer of an agent above the ceiling in one turn. Money that is given back, or that somebody paid, is
// no compensation; a sum that is refused is none either.
func (p *Policy) Check(text string, d Decision) (Over, bool) {
	var worst Over
	found := false
	for _, clause := range clauses(text) {
		offer := offerEN
		if hanzi.Share(clause) > 0.5 {
			offer = offerZH
		}
		if !offer.MatchString(clause) || refuse.MatchString(clause) {
			continue
		}
		for _, f := range entity.Find(clause) {
			switch {
			case f.Kind == entity.Money && (f.Unit == p.Currency || f.Unit == "") && f.Value > d.Ceiling && f.Value > worst.Amount:
				worst, found = Over{f.Text, f.Value, false, d.Ceiling}, true
			case f.Kind == entity.Percent && p.Percent > 0 && f.Value > p.Percent && !found:
				worst, found = Over{f.Text, f.Value, true, p.Percent}, true
			}
		}
	}
	return worst, found
}

// clauses cuts a turn at its pauses, but not inside figures.
func clauses(text string) []string {
	var out []string
	rs := []rune(text)
	from := 0
	for i, r := range rs {
		inside := (r == '.' || r == ',') && i+1 < len(rs) && rs[i+1] >= '0' && rs[i+1] <= '9'
		if strings.ContainsRune(".,;!?，。；！？\n", r) && !inside {
			out, from = append(out, string(rs[from:i])), i+1
		}
	}
	return append(out, string(rs[from:]))
}

// Explain says a reason in a language.
func (r Reason) Explain(lang, currency string) string {
	en := map[string]string{
		"table": "The table gives %s %g (%s).", "anger_short": "Anger did not last (%[3]s), so it does not count.",
		"anger_without_cause": "There is no cause on record for the anger, so it does not count.", "unverified": "The caller is not verified: at most %s %g.",
		"given": "What was granted in this call leaves %s %g (%s).", "claims": "Earlier claims leave %s %g (%s).", "claims_many": "Too many claims (%[3]s): a supervisor decides.", "budget": "The budget of the day leaves %s %g (%s).",
		"approval": "Above %s %g a supervisor decides.", "no_row": "The policy has nothing for this case.",
	}
	zh := map[string]string{
		"table": "政策表给出 %s %g（%s）。", "anger_short": "情绪激动持续不够（%[3]s），不计入。", "anger_without_cause": "记录中没有引起不满的原因，情绪不计入。",
		"unverified": "来电人身份未核实：最多 %s %g。", "given": "本次通话已给予（%[3]s），剩余 %[1]s %[2]g。", "claims": "近期已补偿，剩余 %s %g（%s）。", "claims_many": "申请次数过多（%[3]s）：由主管决定。",
		"budget": "当日预算剩余 %s %g（%s）。", "approval": "超过 %s %g 由主管决定。", "no_row": "政策中没有这种情况。",
	}
	form := en[r.Code]
	if lang == "zh" {
		form = zh[r.Code]
	}
	args := []any{currency, r.Amount, r.Detail}
	switch n := strings.Count(form, "%"); {
	case strings.Contains(form, "%["):
	default:
		args = args[:min(n, len(args))]
	}
	return fmt.Sprintf(form, args...)
}
