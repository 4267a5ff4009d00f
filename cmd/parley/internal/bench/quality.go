package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/call"
)

func newQuality(env *cli.Env) *cobra.Command {
	var calls int
	cmd := &cobra.Command{
		Use:   "quality",
		Short: "How fast calls are scored, found and scored again",
		Long: "Fills a store in a temporary folder with made-up calls, then scores a ten-minute call from its transcript, looks for\n" +
			"words among the calls, and replays a form over a part of them. By wording alone, without the embedding models.",
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
	scorer := quality.New(quality.Options{})
	out := outcome{Ours: figures{}, Peers: map[string]figures{}, Machine: machine()}
	began := time.Now()
	if _, err := scorer.Judge(ctx, form, longCall(600)); err != nil {
		return err
	}
	out.Ours["score_10min_call_ms"] = ms(time.Since(began))
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
	k := &scoring.Keeper{Calls: s, Store: s.Scores(), Scorer: scorer}
	began = time.Now()
	r, err := k.Replay(ctx, form, old)
	if err != nil {
		return err
	}
	out.Ours["replay_calls_per_minute"] = float64(int(float64(r.Calls) / time.Since(began).Minutes()))
	return env.Print(out, func(w io.Writer) {
		for _, name := range []string{"score_10min_call_ms", "search_10k_p95_ms", "replay_calls_per_minute"} {
			_, _ = fmt.Fprintf(w, "%s: %v\n", name, out.Ours[name])
		}
		_, _ = fmt.Fprintln(w, out.Machine)
	})
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
		c.Turns = append(c.Turns, quality.Turn{Who: []string{quality.Caller, quality.Agent}[i%2], Text: sayings[i%len(sayings)], StartS: at, EndS: at + 3.5})
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
