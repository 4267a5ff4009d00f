package node

import (
	"context"
	"fmt"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

// till is what agents may offer to make good, and what they did.
type till struct{ n *Node }

// caseOf is what the policy needs to know of a call.
func caseOf(v desk.View) allow.Case {
	k := allow.Known{Tier: v.Caller.Tier, Reason: v.Intent, Verified: v.Caller.Identity.State == "verified", Causes: v.Tags}
	for _, s := range v.Sentiment {
		k.Anger = append(k.Anger, max(0, -s))
	}
	return allow.Case{Call: v.Call, Customer: v.Caller.ID, Queue: v.Queue, Known: k}
}

// ceiling is how far the agent of a call may go now; nil without a policy.
func (n *Node) ceiling(v desk.View) *desk.Ceiling {
	l := n.business.Ledger
	if l == nil {
		return nil
	}
	d := l.Now(caseOf(v))
	out := &desk.Ceiling{Amount: d.Ceiling, WithMore: d.WithMore, Currency: d.Currency, Why: []string{}, Due: v.Intent != "" && (d.Named || v.Intent == nlu.IntentComplaint)}
	for _, r := range d.Why {
		out.Why = append(out.Why, r.Explain(v.Lang, d.Currency))
		out.WhyEn, out.WhyZh = append(out.WhyEn, r.Explain("en", d.Currency)), append(out.WhyZh, r.Explain("zh", d.Currency))
	}
	return out
}

// Offer implements httpapi.Compensations.
func (t till) Offer(ctx context.Context, id call.ID, agent string, amount float64, note string) (allow.Grant, error) {
	v, err := t.n.desk.Mine(id, agent)
	if err != nil {
		return allow.Grant{}, err
	}
	g, err := t.n.business.Ledger.Offer(ctx, caseOf(v), agent, amount, note)
	if err == nil {
		t.n.desk.Grant(g)
	}
	return g, err
}

// Decide implements httpapi.Compensations.
func (t till) Decide(ctx context.Context, id, supervisor string, yes bool, answer string) (allow.Grant, error) {
	for _, g := range t.Asked() {
		if g.ID != id {
			continue
		}
		v, err := t.n.desk.Call(g.Call)
		if err != nil {
			return allow.Grant{}, allow.ErrUnknown
		}
		got, err := t.n.business.Ledger.Decide(ctx, id, caseOf(v), supervisor, yes, answer)
		if err == nil {
			t.n.desk.Grant(got)
		}
		return got, err
	}
	return allow.Grant{}, allow.ErrUnknown
}

// Asked implements httpapi.Compensations.
func (t till) Asked() []allow.Grant { return t.n.business.Ledger.Asked() }

// compensations is nil without a policy.
func (n *Node) compensations() httpapi.Compensations {
	if n.business.Ledger == nil {
		return nil
	}
	return till{n}
}

// asked are the requests for supervisors.
func (n *Node) asked() []allow.Grant {
	if n.business.Ledger == nil {
		return nil
	}
	return n.business.Ledger.Asked()
}

// withdraw withdraws what was asked for in a call that has ended.
func (n *Node) withdraw(ctx context.Context, id call.ID) {
	if l := n.business.Ledger; l != nil {
		if err := l.Over(ctx, id); err != nil {
			n.env.Log.Error("a request for compensation was not withdrawn", "call", string(id), "err", err)
		}
	}
}

// promise adds what was granted in a call to what was promised in it, before everything else: it is on record.
func (n *Node) promise(ctx context.Context, v desk.View, s *wrapup.Summary) ([]allow.Grant, error) {
	out := []allow.Grant{}
	if n.business.Ledger == nil {
		return out, nil
	}
	all, err := n.store.Grants().GrantsOf(ctx, v.Call)
	if err != nil {
		return out, fmt.Errorf("read what was granted: %w", err)
	}
	var lines []wrapup.Line
	for _, g := range all {
		out = append(out, g)
		if g.State != allow.Granted {
			continue
		}
		text := fmt.Sprintf("Compensation granted: %s %g.", g.Currency, g.Amount)
		if v.Lang == "zh" {
			text = fmt.Sprintf("已给予补偿：%s %g。", g.Currency, g.Amount)
		}
		lines = append(lines, wrapup.Line{Text: text})
	}
	s.Promised = append(lines, s.Promised...)
	return out, nil
}
