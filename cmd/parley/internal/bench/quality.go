package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/pipeline/call"
)

func newQuality(env *cli.Env) *cobra.Command {
	var calls int
	cmd := &cobra.Command{
		Use:   "quality",
		Short: "How fast calls are scored, found and scored again",
		Long: "Fills a store in a temporary folder with made-up calls, then scores a ten-minute call from its transcript, looks for\n" +
			"words among the calls, and replays a form over a part of them. score_10min_call_ms and replay_calls_per_minute are by\n" +
			"wording and meaning as in a running node, with the vectors of what was said that were kept when the calls were scored\n" +
			"first; ..._first_... are without them, ..._wording_... without the embedding models. All judging is on one core.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if calls < 100 {
				return cli.Usagef("bench quality: --calls must be at least 100")
			}
			return runQuality(cmd.Context(), env, calls)
		},
	}
	cmd.Flags().IntVar(&calls, "calls", 10000, "calls in the store")
	return cmd
}

func runQuality(ctx context.Context, env *cli.Env, calls int) (err error) {
	home, err := os.MkdirTemp("", "parley-bench-*")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	s, err := store.Open(ctx, home, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	packs, err := scoring.Packs()
	if err != nil {
		return err
	}
	form, err := quality.Parse([]byte(packs[0].YAML))
	if err != nil {
		return err
	}
	embedders, err := knowledgecmd.OpenEmbedders(env, "en", "zh")
	if err != nil {
		env.Infof("without the embedding models: %v", err)
		embedders = nil
	}
	defer func() { err = errors.Join(err, embedders.Close()) }()
	out := outcome{Ours: figures{}, Peers: map[string]figures{}, Machine: machine()}
	scorer := judging.Scorer(embedders, nil)
	if err := out.tenMinutes(ctx, scorer, form); err != nil {
		return err
	}
	if err := fill(ctx, s, packs[0].ID, calls); err != nil {
		return err
	}
	if err := out.search(ctx, s.Scores()); err != nil {
		return err
	}
	old, err := s.Scores().Scored(ctx, packs[0].ID, time.Time{}, min(calls, 500))
	if err != nil {
		return err
	}
	if err := out.replays(ctx, s, scorer, packs[0].YAML, old); err != nil {
		return err
	}
	return env.Print(out, func(w io.Writer) {
		for _, name := range slices.Sorted(maps.Keys(out.Ours)) {
			_, _ = fmt.Fprintf(w, "%s: %v\n", name, out.Ours[name])
		}
		_, _ = fmt.Fprintln(w, out.Machine)
	})
}

// tenMinutes times the judging of one long call: as it ended, again from what was kept, and by wording alone.
func (o *outcome) tenMinutes(ctx context.Context, s *quality.Scorer, form *quality.Form) error {
	form, err := s.Understand(ctx, form)
	if err != nil {
		return err
	}
	c := longCall(600)
	kept := &quality.Vectors{Model: s.Model(c)}
	for _, one := range []struct {
		name string
		by   *quality.Scorer
	}{{"score_10min_call_first_ms", s}, {"score_10min_call_ms", s}, {"score_10min_call_wording_ms", s.ByWording()}} {
		began := time.Now()
		if _, err := one.by.Begin(form, c, kept).Finish(ctx); err != nil {
			return err
		}
		o.Ours[one.name] = ms(time.Since(began))
	}
	return nil
}

// replays times a replay of a form over old calls: the first by meaning, the next, and one by wording alone.
func (o *outcome) replays(ctx context.Context, s *store.Store, scorer *quality.Scorer, yaml string, old []scoring.Sheet) error {
	for _, one := range []struct {
		name string
		by   *quality.Scorer
	}{{"replay_first_calls_per_minute", scorer}, {"replay_calls_per_minute", scorer}, {"replay_wording_calls_per_minute", scorer.ByWording()}} {
		k := &scoring.Keeper{Calls: s, Store: s.Scores(), Vectors: s.Scores(), Scorer: one.by, Patience: time.Hour}
		f, err := k.Read(ctx, yaml)
		if err != nil {
			return err
		}
		began := time.Now()
		r, err := k.Replay(ctx, scoring.Trial{Form: f, Old: old})
		if err != nil {
			return err
		}
		o.Ours[one.name] = float64(int(float64(r.Calls) / time.Since(began).Minutes()))
	}
	return nil
}

// search times the inbox with words of both languages, rare and common.
func (o *outcome) search(ctx context.Context, sc *store.Scores) error {
	var took []time.Duration
	for i := range 100 {
		words := []string{"card", "lost card", fmt.Sprintf("word%d", i*37), "银行卡", "balance please"}[i%5]
		began := time.Now()
		if _, err := sc.Find(ctx, scoring.Filter{Words: scoring.Query(words), Limit: 50}); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	o.Ours["search_10k_p95_ms"] = ms(percentile(took, 0.95))
	return nil
}

// sayings are what the made-up calls consist of, caller and agent in turn.
var sayings = []string{
	"Hello, I lost my card yesterday and I am quite worried.", "Good morning, Northwind Bank, this is Mia. I am sorry to hear that.",
	"What is my balance please?", "Could you tell me your date of birth first?", "我的银行卡丢了。", "您好，请先报一下身份证后四位。",
	"How long does it take?", "A new card takes five working days and costs 10 pounds.", "Okay, thank you.", "Is there anything else I can help with?",
}

func longCall(seconds float64) quality.Call {
	c := quality.Call{ID: "long", Lang: "en"}
	for at, i := 0.0, 0; at < seconds; at, i = at+4, i+1 {
		text := fmt.Sprintf("%s Item %d.", sayings[i%len(sayings)], i) // nothing is read twice
		c.Turns = append(c.Turns, quality.Turn{Who: []string{quality.Caller, quality.Agent}[i%2], Text: text, StartS: at, EndS: at + 3.5})
	}
	return c
}

// fill stores n short scored calls.
func fill(ctx context.Context, s *store.Store, form string, n int) error {
	const batch = 1000
	var evs []call.Event
	var ids []call.ID
	for i := range n {
		id := call.NewID()
		ids = append(ids, id)
		var seq uint64
		add := func(at time.Duration, kind call.Kind, body any) error {
			raw, err := json.Marshal(body)
			seq++
			evs = append(evs, call.Event{V: 1, Call: id, Seq: seq, At: call.Offset(at), Kind: kind, Body: raw})
			return err
		}
		err := add(0, call.KindStarted, call.Started{From: "bench", Route: "bank", Base: "bank", Langs: []string{"en"}, Codec: "PCMA", At: time.Now().Add(-time.Hour)})
		for t := range 10 {
			text := fmt.Sprintf("%s word%d", sayings[(i+t)%len(sayings)], (i*10+t)%4000)
			start := time.Duration(t) * 4 * time.Second
			who := call.Caller
			if t%2 == 1 {
				who = call.Bot
			}
			err = errors.Join(err, add(start, call.KindTurn, call.Turn{N: t + 1, Who: who, Text: text, Lang: "en", Start: call.Offset(start), End: call.Offset(start + 3*time.Second)}))
		}
		if err = errors.Join(err, add(time.Minute, call.KindEnded, call.Ended{By: call.Caller, Duration: call.Offset(time.Minute).Seconds()})); err != nil {
			return fmt.Errorf("make a call: %w", err)
		}
		if len(ids) < batch && i < n-1 {
			continue
		}
		if _, err := s.Record(ctx, evs); err != nil {
			return err
		}
		if err := index(ctx, s, form, ids); err != nil {
			return err
		}
		evs, ids = nil, nil
	}
	return nil
}

func index(ctx context.Context, s *store.Store, form string, ids []call.ID) error {
	made := make([]store.Made, 0, len(ids))
	for i, id := range ids {
		d, err := s.Get(ctx, id)
		if err != nil {
			return err
		}
		score := float64(i % 100)
		sheet := scoring.Sheet{Call: id, Form: form, Version: 1, By: scoring.Machine, At: time.Now(), Card: quality.Card{Call: string(id), Form: form, Score: &score}}
		made = append(made, store.Made{Call: id, Sheets: []scoring.Sheet{sheet}, Words: scoring.Words(scoring.Call(d))})
	}
	return s.Scores().SaveMany(ctx, made)
}
