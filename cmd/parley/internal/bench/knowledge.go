package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/vector"
)

func newKnowledge(env *cli.Env) *cobra.Command {
	var peers []string
	var sizes []int
	var queries int
	var database string
	cmd := &cobra.Command{
		Use:   "knowledge",
		Short: "How fast entries are found among 1,000, 10,000 and 100,000, by words, by meaning and by both",
		Long: "Ranks entries made up from the words of the sample FAQs, with vectors that lie around as many centres, and so do the queries.\n" +
			"The recall is that of the scan against comparing every vector in full. p99_ms is that of the whole search with its\n" +
			"probabilities; lexical, dense and fused are its parts. embed is the making of a query's vector, where the model is\n" +
			"installed, which no search here waits for. --peer bleve+chromem searches the same texts and vectors with bleve and\n" +
			"chromem-go, one after the other, in a program of its own (deploy/peers/knowledge). --peer pgvector searches the vectors in\n" +
			"the PostgreSQL at --database, by an HNSW index such as a base beyond memory has there.",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if queries < 10 {
				return cli.Usagef("bench knowledge: --queries must be at least 10")
			}
			for _, n := range sizes {
				if n < 10 || n > 1_000_000 {
					return cli.Usagef("bench knowledge: --sizes %d: give 10 to 1,000,000", n)
				}
			}
			for _, p := range peers {
				if p != peerName && p != pgPeer {
					return cli.Usagef("bench knowledge: peer %q is not known, %s and %s are", p, peerName, pgPeer)
				}
				if p == pgPeer && database == "" {
					return cli.Usagef("bench knowledge: --peer %s needs --database postgres://USER@HOST/NAME, in which it makes a temporary table", pgPeer)
				}
			}
			return runKnowledge(cmd.Context(), env, sizes, queries, map[string]knowledgePeer{
				peerName: measurePeer,
				pgPeer:   func(ctx context.Context, c *corpus) (figures, error) { return measurePGVector(ctx, database, c) },
			}, peers)
		},
	}
	cmd.Flags().StringSliceVar(&peers, "peer", nil, "peers to measure in the same run: "+peerName+", "+pgPeer)
	cmd.Flags().StringVar(&database, "database", "", "PostgreSQL with pgvector for --peer "+pgPeer+", as postgres://USER@HOST/NAME")
	cmd.Flags().IntSliceVar(&sizes, "sizes", []int{1_000, 10_000, 100_000}, "numbers of entries")
	cmd.Flags().IntVar(&queries, "queries", 300, "queries of each kind")
	return cmd
}

// knowledgePeer searches a corpus in its own way and tells its figures by name without size.
type knowledgePeer func(context.Context, *corpus) (figures, error)

func runKnowledge(ctx context.Context, env *cli.Env, sizes []int, queries int, known map[string]knowledgePeer, peers []string) error {
	res := outcome{Ours: figures{}, Peers: map[string]figures{}, Machine: machine() + ", " + vector.Kernel()}
	if err := measureEmbedding(ctx, env, newCorpus(sizes[0], queries).queries, res.Ours); err != nil {
		return err
	}
	for _, n := range sizes {
		c := newCorpus(n, queries)
		env.Log.Info("searching", "entries", n)
		if err := measureOurs(ctx, c, sizeName(n), res.Ours); err != nil {
			return err
		}
		for _, p := range peers {
			got, err := known[p](ctx, c)
			if err != nil {
				return err
			}
			if res.Peers[p] == nil {
				res.Peers[p] = figures{}
			}
			for name, v := range got {
				res.Peers[p][name+"_"+sizeName(n)] = v
			}
		}
	}
	return env.Print(res, func(w io.Writer) { showKnowledge(w, res) })
}

func sizeName(n int) string {
	if n%1000 == 0 {
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprint(n)
}

// measureEmbedding makes the vectors of queries as calls do. Without the model it says so and measures nothing.
func measureEmbedding(ctx context.Context, env *cli.Env, queries []string, into figures) (err error) {
	embedders, err := knowledgecmd.OpenEmbedders(env, "en")
	if err != nil {
		env.Infof("embedding is not timed: %v", err)
		return nil
	}
	defer func() { err = errors.Join(err, embedders.Close()) }()
	var took []time.Duration
	for _, q := range queries {
		began := time.Now()
		if _, err := embedders["en"].Embed(ctx, []string{q}); err != nil {
			return fmt.Errorf("bench knowledge: embed a query: %w", err)
		}
		took = append(took, time.Since(began))
	}
	into["embed_p50_ms"], into["embed_p99_ms"] = fine(percentile(took, 0.5)), fine(percentile(took, 0.99))
	return nil
}

// measureOurs searches c as calls do and in the parts of it.
func measureOurs(ctx context.Context, c *corpus, size string, into figures) error {
	ix := knowledge.NewIndex(c.items(), "en")
	scan := vector.New(c.vectors, c.dim)
	var all, words, dense, both []time.Duration
	var found float64
	took := func(into *[]time.Duration, f func()) {
		began := time.Now()
		f()
		*into = append(*into, time.Since(began))
	}
	for i := range c.queries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		q := knowledge.Query{Text: c.queries[i], Vector: c.query(i)}
		var near []vector.Hit
		took(&all, func() { ix.Search(q, 5) })
		took(&words, func() { ix.Rank(q, knowledge.Lexical, 20) })
		took(&dense, func() { near = scan.Search(q.Vector, 10) })
		took(&both, func() { ix.Rank(q, knowledge.Fused, 20) })
		found += c.recall(i, near)
	}
	for name, d := range map[string][]time.Duration{"": all, "lexical_": words, "dense_": dense, "fused_": both} {
		into[name+"p50_ms_"+size], into[name+"p99_ms_"+size] = fine(percentile(d, 0.5)), fine(percentile(d, 0.99))
	}
	into["recall_at_10_"+size] = found / float64(len(c.queries))
	return nil
}

// fine is d in milliseconds to the microsecond.
func fine(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func showKnowledge(w io.Writer, r outcome) {
	fmt.Fprintln(w, r.Machine)
	for _, name := range slices.Sorted(maps.Keys(r.Ours)) {
		fmt.Fprintf(w, "%-28s %9.3f\n", name, r.Ours[name])
	}
	for peer, f := range r.Peers {
		fmt.Fprintf(w, "\n%s\n", peer)
		for _, name := range slices.Sorted(maps.Keys(f)) {
			fmt.Fprintf(w, "%-28s %9.3f\n", name, f[name])
		}
	}
}

// errNoPeer says how to come by the peer's program.
func errNoPeer(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("bench knowledge: the peer's program is missing; build it beside this one: " +
			"go build -C deploy/peers/knowledge -o \"$PWD/bin/" + peerProgram + "\" .")
	}
	return fmt.Errorf("bench knowledge: run %s: %w", peerName, err)
}
