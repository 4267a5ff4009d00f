package node

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/listen"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/pipeline/call"
)

// followRules is how often the rule files are looked at.
const followRules = 2 * time.Second

// openRules compiles the built-in escalation rules, the packs and the files of the configuration, and readies the judge of meaning.
func (n *Node) openRules() error {
	live, err := rules.NewLive(builtIn(n.cfg.Packs()), n.cfg.Desk.Rules...)
	if err != nil {
		return fmt.Errorf("rules of the desk (desk.rules): %w", err)
	}
	n.rules = live
	n.meaning = n.brain.Store.Embedders().Concern()
	return knownPacks(n.cfg, live.Set())
}

// builtIn are the built-in escalation rules and those of the packs that are built in.
func builtIn(packs []string) [][]byte {
	base := [][]byte{rules.EscalationFile()}
	for _, name := range packs {
		if pack, ok := rules.Pack(name); ok {
			base = append(base, pack)
		}
	}
	return base
}

// knownPacks looks that the packs of cfg are built in or in a file of set.
func knownPacks(cfg *config.Config, set *rules.Set) error {
	known := append(rules.Packs(), set.Packs()...)
	for _, name := range cfg.Packs() {
		if !slices.Contains(known, name) {
			return fmt.Errorf("routes[].packs, desk.packs: there is no pack %q; there are %v, and those that files of desk.rules name with pack:", name, rules.Packs())
		}
	}
	return nil
}

// rulesOf are the rules of a route's calls.
func (n *Node) rulesOf(route string) *rules.Set { return n.rules.Set().For(n.packsOf(route)...) }

func (n *Node) packsOf(route string) []string {
	if r, ok := n.routeNamed(route); ok {
		return r.Packs
	}
	return n.conf().Desk.Packs
}

// runRules follows the rule files beside the calls.
func (n *Node) runRules(ctx context.Context, g *errgroup.Group) {
	if len(n.cfg.Desk.Rules) == 0 {
		return
	}
	g.Go(func() error { // ends with ctx
		n.rules.Watch(ctx, followRules, func(err error) {
			if err != nil {
				n.env.Log.Error("changed rules are not used, the ones before them are", "err", err)
				return
			}
			n.env.Log.Info("rules were read again: calls that begin now have them", "rules", len(n.rules.Set().Rules()))
		})
		return nil
	})
}

// rulebook shows the rules in use and tries others on the calls on record.
type rulebook struct{ n *Node }

// Rules implements httpapi.Rulebook.
func (b rulebook) Rules() httpapi.RuleState {
	names := []string{"escalation"}
	for _, name := range b.n.conf().Packs() {
		if _, ok := rules.Pack(name); ok {
			names = append(names, name)
		}
	}
	own := len(names)
	for _, path := range b.n.cfg.Desk.Rules {
		names = append(names, filepath.Base(path))
	}
	set := b.n.rules.Set()
	out := httpapi.RuleState{Rules: set.Rules(), Texts: set.Texts()}
	for i, raw := range b.n.rules.Sources() {
		out.Files = append(out.Files, httpapi.RuleFile{Name: names[i], Text: string(raw), BuiltIn: i < own})
	}
	if err := b.n.rules.Err(); err != nil {
		out.Trouble = err.Error()
		if f := httpapi.FaultOf(err); len(f.Said) > 0 {
			out.Fault = &f
		}
	}
	return out
}

// Try implements httpapi.Rulebook.
func (b rulebook) Try(ctx context.Context, file int, text string, calls int) (rules.Change, error) {
	after, err := b.n.rules.Try(file, []byte(text))
	if err != nil {
		return rules.Change{}, fmt.Errorf("%w: %w", httpapi.ErrRules, err)
	}
	page, err := b.n.store.List(ctx, record.Query{State: record.Ended, Limit: calls})
	if err != nil {
		return rules.Change{}, fmt.Errorf("find the last calls: %w", err)
	}
	return rules.Diff(ctx, b.n.rules.Set(), after, func(yield func(rules.Call, error) bool) {
		for _, c := range page.Calls {
			if !yield(b.n.recorded(ctx, c.ID)) {
				return
			}
		}
	})
}

// recorded is a call on record as the rules saw it when it ran: meaning is judged again, where no caller waits for it.
func (n *Node) recorded(ctx context.Context, id call.ID) (rules.Call, error) {
	d, err := n.store.Get(ctx, id)
	if err != nil {
		return rules.Call{}, fmt.Errorf("read call %s: %w", id, err)
	}
	out := rules.Call{ID: id, Packs: append([]string{}, n.packsOf(d.Route)...)}
	if v, err := n.store.Customers().Visit(ctx, id); err == nil && v.Customer != "" {
		if c, err := n.store.Customers().Customer(ctx, v.Customer); err == nil {
			out.Customer = rules.Customer{Known: true, Tier: c.Tier, Value: valueOf(c.Tier)}
		}
	}
	hear := listen.New(nil, n.meaning)
	for _, t := range d.Turns {
		turn := rules.FromCall(t)
		turn.Lang = cmp.Or(turn.Lang, d.Lang)
		err = judging.Idly(n.queue)(ctx, func(ctx context.Context) error {
			if err := hear.Turn(ctx, &turn); err != nil && ctx.Err() == nil {
				n.env.Log.Warn("meaning is not judged, words decide alone", "call", string(id), "err", err)
			}
			return ctx.Err() // a turn that had to give way to a caller is judged again
		})
		if err != nil {
			return rules.Call{}, fmt.Errorf("understand call %s: %w", id, err)
		}
		out.Turns = append(out.Turns, turn)
	}
	return out, nil
}
