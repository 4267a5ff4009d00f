package keeping

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/parley-voice/parley/assist/backup"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

const (
	whyAside      = "remove the folder when it is not needed any more"
	whyUnread     = "not all of it can be read; " + whyAside
	whyAsideIndex = "an event store that is not used any more names the call in its index"
)

// Aside is what a restore is about to put aside. It is searched as it is, and not changed.
type Aside struct {
	Home string        // data folder
	URL  string        // database, "" = the record is in Home, or is not put aside
	Gone []retain.Gone // what must not be there either, beside what is erased
}

// lookAside searches the data folders that restores have put aside in home, and a; nil is none.
func lookAside(ctx context.Context, home string, a *Aside, t retain.Traces) ([]retain.Look, error) {
	dirs, _ := filepath.Glob(filepath.Join(home, backup.ReplacedPrefix+"*")) // the pattern is constant
	if a != nil {
		more, _ := filepath.Glob(filepath.Join(a.Home, backup.ReplacedPrefix+"*"))
		dirs = append(append(dirs, a.Home), more...)
		t = a.with(t)
	}
	sum := retain.Look{Place: "data folder", What: "folders that restores put aside"}
	for _, dir := range dirs {
		if err := lookFolder(ctx, dir, t, &sum); err != nil {
			return nil, err
		}
	}
	var out []retain.Look
	if sum.Size > 0 || sum.Found > 0 {
		out = append(out, sum)
	}
	if a == nil || a.URL == "" {
		return out, nil
	}
	tables, err := store.LookDatabase(ctx, a.URL, t)
	return append(out, tables), err
}

// with adds what must not be there either.
func (a *Aside) with(t retain.Traces) retain.Traces {
	for _, g := range a.Gone {
		if g.What == retain.GoneCustomer {
			t.Customers = append(slices.Clip(t.Customers), g.ID)
		} else if id := call.ID(g.ID); !slices.Contains(t.Calls, id) {
			t.Calls = append(slices.Clip(t.Calls), id)
		}
	}
	return t
}

// lookFolder adds to sum what is found in one folder: its bytes, the rows of its record and of copies of it, and the files of
// calls. A folder that cannot be read counts as a trace: a disk that fails must not keep a backup from coming back.
func lookFolder(ctx context.Context, dir string, t retain.Traces, sum *retain.Look) error {
	why := whyAside
	s, err := read(ctx, dir, t)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		sum.Found, why = sum.Found+1, whyUnread
	}
	sum.Size += s.all.Size
	sum.Found += s.all.Found
	if s.index.Kept > 0 {
		sum.Kept, sum.Why = sum.Kept+s.index.Kept, whyAsideIndex
	}
	looks, err := filePlace{dir}.Look(ctx, t)
	if err != nil {
		return err
	}
	files := copyPlace{dir}.files()
	if path := store.Path(dir); exists(path) {
		files = append(files, path)
	}
	for _, f := range files {
		rows, err := store.LookFile(ctx, f, t)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			sum.Found++
			why = whyUnread
		}
		looks = append(looks, rows...)
	}
	for _, l := range looks {
		sum.Found += l.Found
	}
	if sum.Found > 0 {
		sum.Why = why
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
