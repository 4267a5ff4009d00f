package keepcmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/pipeline/call"
)

// listGone prints what was erased, a line for each: what it was, its ID and when. Kept apart from the machine, restore takes
// the list.
func (f *folder) listGone(ctx context.Context) error {
	all, err := f.keep.Gone(ctx, time.Time{})
	if err != nil {
		return err
	}
	return f.env.Print(map[string]any{"erased": append([]retain.Gone{}, all...)}, func(w io.Writer) {
		for _, g := range all {
			fmt.Fprintln(w, g.What, g.ID, g.At.Format(time.RFC3339Nano))
		}
	})
}

// readGone reads what listGone printed for people.
func readGone(path string) ([]retain.Gone, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: check the path", err)
	}
	defer in.Close()
	var out []retain.Gone
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		parts := strings.Fields(lines.Text())
		if len(parts) == 0 {
			continue
		}
		g, ok := goneOf(parts)
		if !ok {
			return nil, cli.Usagef("%s:%d: it is no line of parley erase --list", path, n)
		}
		out = append(out, g)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return out, nil
}

var idLike = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func goneOf(parts []string) (g retain.Gone, ok bool) {
	if len(parts) != 3 || parts[0] != retain.GoneCall && parts[0] != retain.GoneCustomer || !idLike.MatchString(parts[1]) {
		return g, false
	}
	at, err := time.Parse(time.RFC3339Nano, parts[2])
	return retain.Gone{What: parts[0], ID: parts[1], At: at}, err == nil
}

// showReport prints what an erasure did once more.
func (f *folder) showReport(ctx context.Context, id string) error {
	r, err := f.keep.Report(ctx, id)
	if errors.Is(err, retain.ErrUnknown) {
		r, err = f.reportOf(ctx, call.ID(id), err)
	}
	if err != nil {
		return err
	}
	return f.env.Print(r, func(w io.Writer) { report(w, r.Report) })
}

// reportOf is the last report that names a call, none the error when there is none.
func (f *folder) reportOf(ctx context.Context, id call.ID, none error) (retain.Filed, error) {
	for before := int64(0); ; {
		some, err := f.keep.Reports(ctx, before, reportsAtOnce)
		if err != nil {
			return retain.Filed{}, err
		}
		for _, r := range some {
			if slices.Contains(r.Report.Calls, id) {
				return r, nil
			}
		}
		if len(some) < reportsAtOnce {
			return retain.Filed{}, none
		}
		before = some[len(some)-1].N
	}
}

// reportsAtOnce is how many reports are read at a time.
const reportsAtOnce = 100

// unknown are those of gone that are not in known, each once.
func unknown(gone, known []retain.Gone) []retain.Gone {
	seen := map[string]bool{}
	for _, g := range known {
		seen[g.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(gone), func(g retain.Gone) bool {
		old := seen[g.ID]
		seen[g.ID] = true
		return old
	})
}

// aside is what this restore puts aside, where nothing of what is gone must be left either.
func (r *restoring) aside(gone []retain.Gone) *keeping.Aside {
	a := &keeping.Aside{Home: r.env.Home, Gone: gone}
	if r.copied != nil && !r.folder {
		a.URL = r.env.Database
	}
	return a
}

// eraseAgain removes from what is brought back what was erased once, drafts of answers with the callers' words included, and
// searches that and what is put aside.
func (r *restoring) eraseAgain(ctx context.Context, there *cli.Env, p keeping.Parts, gone []retain.Gone) (err error) {
	keep := p.Store.Keeping(nil)
	t, err := keep.Returned(ctx, gone, r.out.Made)
	if errors.Is(err, seal.ErrKey) {
		return fmt.Errorf("calls in the backup were erased since; to find what was drafted from them the key is needed (--config, PARLEY_KEY_FILE): %w", err)
	}
	if err != nil {
		return err
	}
	if r.knowledge() {
		lib, failed := knowledgecmd.OpenPlain(ctx, there)
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, lib.Close()) }()
		p.Library = lib
	}
	e, s := keeping.Eraser(p), retain.Subject{By: "console", Name: "Console of the server", Reason: "again, after a restore"}
	report, err := e.Again(ctx, s, t)
	if err != nil {
		return err
	}
	r.out.Again, r.out.Erased = &report, append(r.out.Erased, t.Calls...)
	filed := retain.Filed{ID: uuid.NewString(), Report: report}
	if err := keep.File(ctx, []retain.Filed{filed}); err != nil {
		return err
	}
	return e.Trail.NoteReport(ctx, s, filed.ID, report)
}
