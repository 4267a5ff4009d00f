package curate

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/watch"
)

func newWatch(env *cli.Env) *cobra.Command {
	var apply string
	cmd := &cobra.Command{
		Use: "watch", Short: "Look at the watched folders now: what they would bring, and what is wrong with them",
		Long: `Reads the folders under knowledge.watch of the configuration (--config) as they are now and tells what they would
change and what is wrong with them; nothing is stored. With --apply BASE the folders of that base are imported, also when
so much would change that a running server waits for a person. Exit 3 when a folder is not right.`,
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(env.Config)
			if err != nil {
				return err
			}
			var folders []watch.Folder
			for _, f := range cfg.Knowledge.Watch {
				if apply == "" || f.Base == apply {
					folders = append(folders, watch.Folder{Path: f.Folder, Base: f.Base, Zone: cfg.InsightsZone(), Most: 1})
				}
			}
			if apply != "" && len(folders) == 0 {
				return cli.Usagef("--apply %s: no folder of that base is under knowledge.watch", apply)
			}
			return lookAt(cmd.Context(), env, folders, apply != "")
		},
	}
	cmd.Flags().StringVar(&apply, "apply", "", "import the folders of this base")
	return cmd
}

// importer is what folders are imported into; only says that nothing is stored.
type importer struct {
	watch.Importer

	only bool
}

func (i importer) Import(ctx context.Context, entries []knowledge.Entry, opt knowledge.ImportOptions) (knowledge.Change, error) {
	opt.DryRun = opt.DryRun || i.only
	return i.Importer.Import(ctx, entries, opt)
}

func lookAt(ctx context.Context, env *cli.Env, folders []watch.Folder, apply bool) error {
	run := func(st watch.Importer) ([]watch.State, error) {
		w := watch.New(folders, importer{st, !apply}, 0, env.Log)
		w.Look(ctx)
		w.Look(ctx) // files count when they are as they were at the last look
		return w.States(), ctx.Err()
	}
	var states []watch.State
	var err error
	if apply { // what is imported needs vectors
		var st *knowledgecmd.Store
		if st, err = knowledgecmd.OpenStore(ctx, env, knowledgecmd.Progress(env.Err, "reading for meaning")); err != nil {
			return err
		}
		defer st.Close()
		states, err = run(st)
	} else {
		err = withLibrary(ctx, env, func(lib *knowledgecmd.Plain) (err error) {
			states, err = run(lib)
			return err
		})
	}
	if err != nil {
		return err
	}
	if err := env.Print(map[string]any{"folders": states, "applied": apply}, func(w io.Writer) { printFolders(w, states, apply) }); err != nil {
		return err
	}
	for _, s := range states {
		if s.State == watch.Failed {
			return cli.Checkf("folder %s: %s", s.Folder, s.Why)
		}
	}
	return nil
}

func printFolders(w io.Writer, all []watch.State, applied bool) {
	if len(all) == 0 {
		fmt.Fprintln(w, "no folder is watched: name them under knowledge.watch in the configuration and give it with --config")
	}
	verb := "would bring"
	if applied {
		verb = "brought"
	}
	for _, s := range all {
		if s.State == watch.Failed {
			fmt.Fprintf(w, "%s -> %s: failed: %s\n", s.Folder, s.Base, s.Why)
		} else {
			fmt.Fprintf(w, "%s -> %s: %s %d new, %d changed, %d the same\n", s.Folder, s.Base, verb, s.New, s.Changed, s.Same)
		}
		for _, p := range s.Problems {
			fmt.Fprintf(w, "  %s: %s\n", p.Where, p.Why)
		}
		for _, n := range s.Report {
			fmt.Fprintf(w, "  %s: %s: %s\n", n.Where, n.Kind, n.Text)
		}
	}
}
