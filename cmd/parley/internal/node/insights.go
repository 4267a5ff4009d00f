package node

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/cmd/parley/internal/insightscmd"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
)

// runInsights counts ended calls, looks for what many call about, and writes the morning report, until ctx ends.
func (n *Node) runInsights(ctx context.Context, g *errgroup.Group) {
	k := n.counterOfCalls()
	g.Go(func() error { return k.Run(ctx) })                // ends with ctx
	g.Go(func() error { n.watchTopics(ctx); return nil })   // ends with ctx
	g.Go(func() error { n.morningReport(ctx); return nil }) // ends with ctx
}

// counterOfCalls draws the facts of ended calls where no caller waits for it, and goes on when it had to give way to one.
func (n *Node) counterOfCalls() *insight.Keeper {
	k := insightscmd.Keeper(n.store, n.brain.Store.Embedders(), n.cfg.Customers.Countries, n.env.Log)
	k.Do = judging.Idly(n.queue)
	return k
}

// insights lets people see what calls are about.
func (n *Node) insights() httpapi.InsightsOptions {
	return httpapi.InsightsOptions{Store: n.store.Insights(), Figures: insightscmd.Figures(n.cfg)}
}

const (
	lookForSurges = 10 * time.Minute
	lookForReport = time.Minute
)

// watchTopics tells the programs that want it when many call about the same thing.
func (n *Node) watchTopics(ctx context.Context) {
	tick := time.NewTicker(lookForSurges)
	defer tick.Stop()
	for {
		if err := n.tellOfSurges(ctx, time.Now()); err != nil && ctx.Err() == nil {
			n.env.Log.Warn("topics were not watched", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (n *Node) tellOfSurges(ctx context.Context, now time.Time) error {
	o := insightscmd.Figures(n.cfg)
	o.Now = now
	d := insight.Data{}
	var err error
	if d.Facts, err = n.store.Insights().Facts(ctx, nil, insight.Period{From: now.Add(-insight.AlertsNeed), To: now}); err != nil || len(d.Facts) == 0 {
		return err
	}
	if d.Topics, err = n.store.Insights().Topics(ctx); err != nil {
		return err
	}
	for _, a := range insight.Watch(d, o) {
		news, err := n.store.Insights().NewAlert(ctx, a, now)
		if err != nil {
			return err
		}
		if !news {
			continue
		}
		n.env.Log.Warn("many call about the same thing", "topic", a.Topic, "level", a.Level, "callers", a.Trend.Callers, "hours", a.Hours)
		data, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("tell of a surge: %w", err)
		}
		if err := n.business.Post(ctx, hooks.Event{ID: "surge:" + a.ID + ":" + a.Level, Kind: hooks.OpinionAlert, At: now.UTC(), Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// morningReport writes the report of the day before once its time has come, also when that was while nothing ran.
func (n *Node) morningReport(ctx context.Context) {
	at, ok := n.cfg.Insights.ReportTime()
	if !ok {
		return
	}
	tick := time.NewTicker(lookForReport)
	defer tick.Stop()
	for {
		if err := n.report(ctx, at, time.Now()); err != nil && ctx.Err() == nil {
			n.env.Log.Error("the morning report was not written", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// report writes the reports that are due and not there yet. Calls that are still to be counted hold it up, a while.
func (n *Node) report(ctx context.Context, at int, now time.Time) error {
	o := insightscmd.Figures(n.cfg)
	o.Now = now
	local := now.In(o.Zone)
	minutes := local.Hour()*60 + local.Minute() - at
	if minutes < 0 {
		return nil
	}
	day := local.AddDate(0, 0, -1).Format(time.DateOnly)
	for _, lang := range n.cfg.Insights.ReportLangs {
		if insightscmd.Reported(n.env.Home, day, lang) {
			continue
		}
		v, err := insightscmd.Report(ctx, n.store.Insights(), day, lang, o)
		if err != nil {
			return err
		}
		if v.Missing > 0 && minutes < 60 {
			return nil
		}
		path, err := insightscmd.SaveReport(n.env.Home, v, day, lang, n.public())
		if err != nil {
			return err
		}
		n.env.Log.Info("the morning report was written", "file", path)
	}
	return nil
}
