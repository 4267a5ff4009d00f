package curate

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/tts"
)

// useView is what became of an entry, as it is printed.
type useView struct {
	Base     string `json:"base"`
	ID       string `json:"id"`
	Question string `json:"question"`
	gaps.Use
}

func newUses(env *cli.Env) *cobra.Command {
	var base string
	var days int
	cmd := &cobra.Command{
		Use: "uses", Short: "Shown, used, resolved: what became of entries in calls",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkDays(days); err != nil {
				return err
			}
			return withDesk(cmd.Context(), env, false, func(d desk) error {
				out, err := usesOf(cmd.Context(), d, base, days)
				if err != nil {
					return err
				}
				return env.Print(map[string]any{"uses": out}, func(w io.Writer) {
					for _, u := range out {
						fmt.Fprintf(w, "%5d shown %5d used %5d resolved %5d rejected  %s (%s %s)\n", u.Shown, u.Used, u.Resolved, u.Rejected, u.Question, u.Base, u.ID)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "knowledge base (default: all of them)")
	cmd.Flags().IntVar(&days, "days", 90, "how many days back, 1 to 365")
	return cmd
}

func usesOf(ctx context.Context, d desk, base string, days int) ([]useView, error) {
	out := []useView{}
	if d.s == nil {
		return out, nil
	}
	steps, err := d.s.Learning().Steps(ctx, base, time.Now().AddDate(0, 0, -days), gaps.MostSteps)
	if err != nil {
		return nil, err
	}
	all, err := d.lib.Entries(ctx, base)
	if err != nil {
		return nil, err
	}
	uses := gaps.Uses(steps)
	for _, e := range all {
		if u, ok := uses[[2]string{e.Base, e.ID}]; ok {
			out = append(out, useView{e.Base, e.ID, e.Question, u})
		}
	}
	slices.SortStableFunc(out, func(x, y useView) int { return cmp.Compare(y.Shown, x.Shown) })
	return out, nil
}

// dated is an entry that begins or ends.
type dated struct {
	At       time.Time       `json:"at"`
	What     string          `json:"what"` // begins or ends
	Base     string          `json:"base"`
	ID       string          `json:"id"`
	Question string          `json:"question"`
	State    knowledge.State `json:"state"`
}

func newCalendar(env *cli.Env) *cobra.Command {
	var base string
	var days int
	cmd := &cobra.Command{
		Use: "calendar", Short: "What comes into force and what ends, in order",
		Args: cli.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 1 || days > 3650 {
				return cli.Usagef("--days %d: give 1 to 3650", days)
			}
			return withLibrary(cmd.Context(), env, func(lib *knowledgecmd.Plain) error {
				all, err := lib.Entries(cmd.Context(), base)
				if err != nil {
					return err
				}
				out := calendar(all, time.Now(), days)
				return env.Print(map[string]any{"items": out}, func(w io.Writer) {
					for _, x := range out {
						fmt.Fprintf(w, "%s  %-6s  %s (%s %s, %s)\n", stamp(x.At), x.What, x.Question, x.Base, x.ID, x.State)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&base, "base", "", "knowledge base (default: all of them)")
	cmd.Flags().IntVar(&days, "days", 31, "how many days ahead, 1 to 3650")
	return cmd
}

func calendar(all []knowledge.Entry, now time.Time, days int) []dated {
	out, to := []dated{}, now.AddDate(0, 0, days)
	for _, e := range all {
		for what, at := range map[string]*time.Time{"begins": e.From, "ends": e.Until} {
			if at != nil && !at.Before(now) && at.Before(to) {
				out = append(out, dated{*at, what, e.Base, e.ID, e.Question, e.StateAt(now)})
			}
		}
	}
	slices.SortFunc(out, func(x, y dated) int {
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.Base, y.Base), cmp.Compare(x.ID, y.ID), cmp.Compare(x.What, y.What))
	})
	return out
}

func newSpeak(env *cli.Env) *cobra.Command {
	var voice, out, text string
	cmd := &cobra.Command{
		Use: "speak BASE ID --out FILE.wav", Short: "The answer of an entry as callers hear it, a WAV file",
		Args: cli.Args(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return cli.Usagef("parley knowledge speak: give --out FILE.wav")
			}
			return speak(cmd.Context(), env, args[0], args[1], text, voice, out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write")
	cmd.Flags().StringVar(&voice, "voice", "", "voice, such as kokoro:af_heart (default: the one of the line that answers from the base)")
	cmd.Flags().StringVar(&text, "text", "", "say this in place of the answer")
	return cmd
}

func speak(ctx context.Context, env *cli.Env, base, id, text, voice, out string) error {
	var e knowledge.Entry
	err := withLibrary(ctx, env, func(lib *knowledgecmd.Plain) error {
		var ok bool
		var err error
		if e, ok, err = lib.Entry(ctx, base, id); err == nil && !ok {
			err = knowledge.ErrUnknown
		}
		if err != nil {
			return unknown(err, []string{base, id})
		}
		return nil
	})
	if err != nil {
		return err
	}
	cfg, err := config.Load(env.Config)
	if err != nil {
		return err
	}
	if voice == "" {
		voice = voiceOf(cfg, base, e.Lang)
	}
	m, err := mouth.Open(ctx, env, cfg.TTS, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	pcm, err := m.Say(ctx, orElse(text, e.Answer), tts.Voice{Name: voice, Lang: e.Lang})
	if err != nil {
		return err
	}
	wav, err := audio.WAV(audio.Rate, 1, pcm)
	if err != nil {
		return err
	}
	if err := os.WriteFile(out, wav, 0o600); err != nil {
		return fmt.Errorf("write sound: %w: check the path", err)
	}
	seconds := float64(len(pcm)) / audio.Rate
	return said(env, map[string]any{"file": out, "seconds": seconds, "voice": voice, "lang": e.Lang}, "%.1f s in %s, written to %s", seconds, voice, out)
}

// voiceOf is the voice of the line that answers from a base, or of the first one that speaks the language.
func voiceOf(cfg *config.Config, base, lang string) string {
	name := ""
	for _, r := range cfg.Routes {
		if v := r.Voices[lang]; v != "" && (name == "" || r.Base == base) {
			if name = v; r.Base == base {
				break
			}
		}
	}
	return name
}
