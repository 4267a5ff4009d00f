// Package curate is what a knowledge manager does from the command line: "parley knowledge export", "restore", "versions",
// "rollback", "gaps", "drafts", "golden", "preview", "uses", "calendar", "watch" and "speak". The commands work on the data
// folder or the database, also while a server runs, which answers with what they changed from the next question on.
package curate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/member"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu/redact"
)

// by is how versions and decisions made here are signed.
const by = "console"

// Add puts the commands under knowledge, which is "parley knowledge", and returns it.
func Add(knowledge *cobra.Command, env *cli.Env) *cobra.Command {
	knowledge.AddCommand(newExport(env), newRestore(env), newVersions(env), newRollback(env), newGaps(env), newDrafts(env), newGolden(env),
		newPreview(env), newUses(env), newCalendar(env), newWatch(env), newSpeak(env))
	return knowledge
}

// withLibrary opens the knowledge for do, without models.
func withLibrary(ctx context.Context, env *cli.Env, do func(*knowledgecmd.Plain) error) error {
	lib, err := knowledgecmd.OpenPlain(ctx, env)
	if err != nil {
		return err
	}
	return errors.Join(do(lib), lib.Close())
}

// withRecord opens what is on record of calls for do. make says to begin a record where there is none; otherwise do gets nil.
func withRecord(ctx context.Context, env *cli.Env, make bool, do func(*store.Store) error) error {
	open := store.Existing
	if make {
		open = store.OpenAt
	}
	s, err := open(ctx, member.Record(env))
	if errors.Is(err, fs.ErrNotExist) {
		return do(nil)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

// desk is what the work on gaps and drafts needs open.
type desk struct {
	lib  *knowledgecmd.Plain
	book gaps.Book
	s    *store.Store // nil: nothing is on record
}

// withDesk opens knowledge and record. meaning says that questions are compared by what they mean, which needs the models.
func withDesk(ctx context.Context, env *cli.Env, meaning bool, do func(desk) error) error {
	return withLibrary(ctx, env, func(lib *knowledgecmd.Plain) error {
		return withRecord(ctx, env, false, func(s *store.Store) (err error) {
			d := desk{lib: lib, s: s, book: gaps.Book{Mask: masked}}
			if s == nil {
				return do(d)
			}
			d.book.Asked, d.book.Records, d.book.Decisions = s, s.Learning(), s.Learning()
			if meaning {
				em, err := knowledgecmd.OpenEmbedders(env, "en", "zh")
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, em.Close()) }()
				d.book.Embedder = knowledgecmd.Vectors(em)
				return do(d)
			}
			return do(d)
		})
	})
}

func masked(text, lang string) string {
	out, _ := redact.Text(text, lang)
	return out
}

// errNoRecord tells where calls are looked for.
func errNoRecord(env *cli.Env) error {
	return fmt.Errorf("there are no calls in %s: set PARLEY_HOME to the data folder of the server", env.Home)
}

// days checks a number of days.
func checkDays(n int) error {
	if n < 1 || n > 365 {
		return cli.Usagef("--days %d: give 1 to 365", n)
	}
	return nil
}

// checkLang checks a language; "" tells it from text.
func checkLang(lang, text string) (string, error) {
	switch lang {
	case "":
		return knowledge.Language(text), nil
	case "en", "zh":
		return lang, nil
	}
	return "", cli.Usagef("--lang %s: give en or zh", lang)
}

// said prints a decision of a person: v as JSON, or a sentence.
func said(env *cli.Env, v any, format string, args ...any) error {
	return env.Print(v, func(w io.Writer) { fmt.Fprintf(w, format+"\n", args...) })
}
