package node

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// engine is the answering engine as the configuration wants it now.
type engine struct{ now atomic.Pointer[answer.Engine] }

// Answer implements pipeline.Answerer.
func (e *engine) Answer(ctx context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error) {
	return e.now.Load().Answer(ctx, d, q)
}

// conf is the configuration as it stands: calls that begin now are answered by it.
func (n *Node) conf() *config.Config { return n.live.Load() }

// errNoConfig means that there is nothing to read again.
var errNoConfig = errors.New("the server was started without --config")

// Reload reads the configuration file again. When anything in it is wrong, nothing changes and the error says what. Calls
// that begin afterwards are answered by it, those that run go on as they began. It returns the keys that differ and only
// count after a restart.
func (n *Node) Reload(ctx context.Context) (restart []string, err error) {
	if n.env.Config == "" {
		return nil, errNoConfig
	}
	cfg, err := config.Load(n.env.Config)
	if err != nil {
		return nil, fmt.Errorf("the configuration stays as it was: %w", err)
	}
	if err := cfg.Use(n.env.Database); err != nil {
		return nil, fmt.Errorf("the configuration stays as it was: %w", err)
	}
	err = knownPacks(cfg, n.rules.Set())
	if err == nil {
		err = n.rules.Rebase(builtIn(cfg.Packs()))
	}
	if err != nil {
		return nil, fmt.Errorf("the configuration stays as it was: %w", err)
	}
	n.engine.now.Store(n.brain.Engine.With(cfg.Answer.Bar))
	n.sip.SetUsers(cfg.SIP.Users)
	n.gate.setLimit(cfg.Limits.Calls)
	n.live.Store(cfg)
	n.refreshKeys(ctx)
	return needsRestart(n.cfg, cfg), nil
}

// needsRestart names what differs from the start and is only read there.
func needsRestart(was, is *config.Config) []string {
	a, b := *was, *is
	// What Reload carries out does not count.
	a.SIP.Users, b.SIP.Users = nil, nil
	if (len(was.SIP.Users) == 0) != (len(is.SIP.Users) == 0) {
		a.SIP.Users, b.SIP.Users = was.SIP.Users, is.SIP.Users
	}
	a.Routes, b.Routes = nil, nil
	a.Answer.Bar, b.Answer.Bar = 0, 0
	a.Retention, b.Retention = config.Retention{}, config.Retention{}
	a.Limits, b.Limits = config.Limits{Wait: was.Limits.Wait}, config.Limits{Wait: is.Limits.Wait}
	for _, c := range []*config.Config{&a, &b} {
		c.Desk.Packs, c.Desk.Patience, c.Desk.WrapUp, c.Desk.Wait, c.Desk.Phones, c.Desk.Queues = nil, 0, 0, false, nil, nil
	}
	return differing("", reflect.ValueOf(a), reflect.ValueOf(b))
}

// differing are the keys under a prefix by which two settings differ, as they are written in the file: sip.udp, not sip. Lists and maps
// are one key each.
func differing(prefix string, x, y reflect.Value) (out []string) {
	for i := range x.NumField() {
		p, q := x.Field(i), y.Field(i)
		if reflect.DeepEqual(p.Interface(), q.Interface()) {
			continue
		}
		key := prefix + x.Type().Field(i).Tag.Get("yaml")
		if keyed(p) {
			out = append(out, differing(key+".", p, q)...)
		} else {
			out = append(out, key)
		}
	}
	return out
}

// keyed tells whether a setting consists of others that have keys of their own.
func keyed(v reflect.Value) bool {
	return v.Kind() == reflect.Struct && v.NumField() > 0 && v.Type().Field(0).Tag.Get("yaml") != ""
}
