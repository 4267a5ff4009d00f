// Package watch keeps bases in step with folders: when files in a folder change, all of them are read again, what would
// change is worked out first, and then everything is imported or nothing. A change that looks like an accident - too many
// answers at once - is held until a person agrees.
package watch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/ingest"
)

// Importer takes entries: all of them or, on any error, none.
type Importer interface {
	Import(ctx context.Context, entries []knowledge.Entry, opt knowledge.ImportOptions) (knowledge.Change, error)
	Entries(ctx context.Context, base string) ([]knowledge.Entry, error)
}

// Folder is one watched folder. Files in folders below it are not looked at.
type Folder struct {
	Path string
	Base string
	Zone *time.Location // in which days begin that files write without one; nil is UTC
	// Most is the share of the base's entries, 0..1, that may change at once without a person's consent.
	Most float64
}

// How a folder stands.
const (
	Waiting = "waiting" // not looked at yet, or a file is still being written
	Fine    = "fine"    // the base holds what the files say
	Held    = "held"    // a change waits for a person
	Failed  = "failed"  // something is not right; nothing was imported
)

// State is how a folder stands, for people.
type State struct {
	Folder string `json:"folder"`
	Base   string `json:"base"`
	State  string `json:"state" enum:"waiting,fine,held,failed"`
	Why    string `json:"why,omitempty" doc:"Why a change is held, or what failed"`
	ingest.Said
	Looked   time.Time        `json:"looked,omitzero" doc:"The last look"`
	Imported time.Time        `json:"imported,omitzero" doc:"The last import that changed something"`
	ID       string           `json:"id,omitempty" doc:"Of what is held"`
	New      int              `json:"new"`
	Changed  int              `json:"changed"`
	Same     int              `json:"same"`
	Problems []ingest.Problem `json:"problems"`
	Report   []ingest.Note    `json:"report"`
}

// Watcher looks after folders.
type Watcher struct {
	store Importer
	every time.Duration
	log   *slog.Logger

	mu      sync.Mutex // guards what follows, and is not held while files are read or imported
	folders []*watched
}

type watched struct {
	Folder

	state State
	seen  string // what the files looked like at the last look
	done  string // what they looked like when they were read
	held  change
	busy  bool
}

// change is what the files of a folder say, and what was found that it does to the base.
type change struct {
	entries []knowledge.Entry
	outlook knowledge.Outlook
}

// New returns a Watcher that looks every so often. log may be nil.
func New(folders []Folder, store Importer, every time.Duration, log *slog.Logger) *Watcher {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w := &Watcher{store: store, every: every, log: log}
	for _, f := range folders {
		w.folders = append(w.folders, &watched{Folder: f, state: State{Folder: f.Path, Base: f.Base, State: Waiting}})
	}
	return w
}

// Run looks until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		w.Look(ctx)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// States tells how the folders stand, in the order they were given.
func (w *Watcher) States() []State {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]State, len(w.folders))
	for i, f := range w.folders {
		out[i] = f.state
		out[i].Problems, out[i].Report = append([]ingest.Problem{}, f.state.Problems...), append([]ingest.Note{}, f.state.Report...)
	}
	return out
}

// Look looks at every folder once. Files that changed since the last look are read at the next one, when they have
// stayed as they are.
func (w *Watcher) Look(ctx context.Context) {
	for i := range w.folders {
		if ctx.Err() != nil {
			return
		}
		w.look(ctx, w.folders[i])
	}
}

func (w *Watcher) look(ctx context.Context, f *watched) {
	files, print, err := list(f.Path)
	w.mu.Lock()
	f.state.Looked = time.Now().UTC()
	if f.busy {
		w.mu.Unlock()
		return
	}
	if err != nil {
		f.state.State, f.state.Why, f.state.Said, f.seen, f.done, f.held = Failed, err.Error(), ingest.Said{}, "", "", change{}
		f.state.Problems, f.state.Report = nil, nil
		w.mu.Unlock()
		return
	}
	settled := f.seen == print
	f.seen = print
	if print == f.done {
		w.mu.Unlock()
		return
	}
	if !settled {
		f.state.State, f.state.Why, f.state.Said = Waiting, "", ingest.Said{}
		w.mu.Unlock()
		return
	}
	f.busy = true
	w.mu.Unlock()
	next, held := w.read(ctx, f.Folder, files)
	w.mu.Lock()
	defer w.mu.Unlock()
	f.busy = false
	if ctx.Err() != nil {
		return
	}
	next.Looked = f.state.Looked
	if next.Imported.IsZero() {
		next.Imported = f.state.Imported
	}
	if next.State != Fine && (next.State != f.state.State || next.Why != f.state.Why) { // told once, however often it is tried
		w.log.Warn("a watched folder was not imported", "folder", f.Path, "state", next.State, "why", next.Why, "problems", len(next.Problems))
	}
	f.state, f.held, f.done = next, held, print
	if next.State == Failed && (len(next.Problems) == 0 || len(held.entries) > 0) {
		f.done = "" // the files are not to blame: try again
	}
}

// read reads the files and imports what they say, unless that is held. A change that is given back was weighed, and the base has a part in how
// the folder stands.
func (w *Watcher) read(ctx context.Context, f Folder, files []string) (State, change) {
	s := State{Folder: f.Path, Base: f.Base, State: Failed}
	var results []ingest.Result
	for _, name := range files {
		r, err := ingest.File(filepath.Join(f.Path, name), ingest.Into{Base: f.Base, Zone: f.Zone})
		if err != nil {
			r = ingest.Result{Name: name, Problems: []ingest.Problem{ingest.NewProblem(name, "unread-why", "cannot be read: %v", err)}}
		}
		results = append(results, r)
	}
	batch := ingest.Join(results)
	var c change
	if len(batch.Problems) == 0 {
		outlook, err := w.weigh(ctx, f, batch, &s)
		if err != nil {
			s.Why = err.Error()
			return s, change{}
		}
		c = change{batch.Entries, outlook}
	}
	if s.Problems = batch.Problems; len(s.Problems) > 0 {
		s.State, s.ID, s.Report = Failed, "", batch.Notes
		s.Said, s.Why = ingest.Sayf("folder-wrong", "nothing was imported: mend the files")
		return s, c
	}
	if s.State == Held {
		return s, c
	}
	if err := w.apply(ctx, f, c, f.author(), &s); err != nil {
		s.State, s.Why, s.Said = Failed, err.Error(), ingest.Said{}
	}
	return s, change{}
}

// weigh tells in s what a batch would change and whether that is held, and adds to its problems what does not go with the base.
func (w *Watcher) weigh(ctx context.Context, f Folder, batch *ingest.Batch, s *State) (knowledge.Outlook, error) {
	old, err := w.store.Entries(ctx, f.Base)
	if err != nil {
		return knowledge.Outlook{}, fmt.Errorf("work out what would change: %w", err)
	}
	batch.Compare(old)
	s.Report = batch.Notes
	ch, err := w.store.Import(ctx, batch.Entries, knowledge.ImportOptions{DryRun: true})
	if err != nil {
		return knowledge.Outlook{}, fmt.Errorf("work out what would change: %w", err)
	}
	batch.Weigh(ch.Rows)
	s.New, s.Changed, s.Same, s.State = ch.New, ch.Changed, ch.Same, Fine
	s.Report = append(s.Report, f.gone(old, ch.Rows)...)
	share := float64(ch.Changed) / float64(max(1, len(old)))
	var lost []string
	for _, e := range ch.Forgotten {
		lost = append(lost, e.ID)
	}
	switch {
	case len(lost) > 0:
		s.Said, s.Why = ingest.Sayf("folder-lost", "entries would be forgotten with their versions, because a row with the ID of another asks the same: %s", strings.Join(lost, ", "))
	case ch.Changed > 1 && share > f.Most:
		s.Said, s.Why = ingest.Sayf("folder-most", "%d of %d entries would change (%.0f %%); up to %.0f %% are imported without asking", ch.Changed, len(old), math.Round(100*share), math.Round(100*f.Most))
	default:
		return ch.Outlook, nil
	}
	s.State, s.ID = Held, printOf(batch.Entries)
	return ch.Outlook, nil
}

// author is how a version names the folder that it comes from: by its path in quotes, which no other folder's begins with. The person who agreed
// to it may follow.
func (f Folder) author() string { return "watch:" + strconv.Quote(filepath.Clean(f.Path)) }

// gone tells of what the folder brought, nobody has changed since, and no file of it holds any more: it is still said, until a person expires it.
func (f Folder) gone(stored []knowledge.Entry, rows []knowledge.Row) (notes []ingest.Note) {
	kept := map[string]bool{}
	for _, r := range rows {
		for _, e := range []*knowledge.Entry{r.Was, r.Gone} {
			if e != nil {
				kept[e.ID] = true
			}
		}
	}
	for _, e := range stored {
		if strings.HasPrefix(e.By, f.author()) && !kept[e.ID] && e.StateAt(time.Now()) == knowledge.Published {
			notes = append(notes, ingest.NewNote("gone", e.ID, "gone", "in no file any more, but still said: %s", e.Question))
		}
	}
	return notes
}

func (w *Watcher) apply(ctx context.Context, f Folder, c change, by string, s *State) error {
	ch, err := w.store.Import(ctx, c.entries, knowledge.ImportOptions{By: by, Before: c.outlook.Still})
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	s.State, s.Why, s.Said, s.ID = Fine, "", ingest.Said{}, ""
	s.New, s.Changed, s.Same = ch.New, ch.Changed, ch.Same
	if ch.New+ch.Changed > 0 {
		s.Imported = time.Now().UTC()
		w.log.Info("a watched folder was imported", "folder", f.Path, "base", f.Base, "new", ch.New, "changed", ch.Changed)
	}
	return nil
}

// ErrGone means that what was to be imported is not held any more: the files have changed, or the base.
var ErrGone = errors.New("watch: this change is not waiting any more: look again")

// Apply imports what is held under id, on behalf of by.
func (w *Watcher) Apply(ctx context.Context, id, by string) (State, error) {
	w.mu.Lock()
	i := slices.IndexFunc(w.folders, func(f *watched) bool { return id != "" && f.state.ID == id && f.state.State == Held && !f.busy })
	if i < 0 {
		w.mu.Unlock()
		return State{}, ErrGone
	}
	f := w.folders[i]
	f.busy = true
	next, held := f.state, f.held
	w.mu.Unlock()
	err := w.apply(ctx, f.Folder, held, strings.TrimSpace(f.author()+" "+by), &next)
	w.mu.Lock()
	defer w.mu.Unlock()
	f.busy = false
	if errors.Is(err, knowledge.ErrMoved) { // what is held is something else now: the next look tells what
		f.state.State, f.state.Why, f.state.Said, f.state.ID, f.done, f.held = Waiting, "", ingest.Said{}, "", "", change{}
		return f.state, ErrGone
	}
	if err != nil {
		return f.state, err
	}
	f.state, f.held = next, change{}
	return next, nil
}

// list names the files of a folder that can be read, and a print of how they look. Hidden files, links, and what an
// office program leaves beside an open document are passed over.
func list(dir string) (files []string, print string, err error) {
	all, err := os.ReadDir(dir)
	if err != nil {
		return nil, "", fmt.Errorf("the folder cannot be read: %w", err)
	}
	sum := sha256.New()
	for _, d := range all {
		name := d.Name()
		if !d.Type().IsRegular() || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") || !ingest.Reads(strings.ToLower(filepath.Ext(name))) {
			continue
		}
		info, err := d.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("the folder cannot be read: %w", err)
		}
		files = append(files, name)
		fmt.Fprintf(sum, "%s\x00%d\x00%d\n", name, info.Size(), info.ModTime().UnixNano())
	}
	if len(files) == 0 {
		return nil, "", errors.New("the folder holds no file that can be read")
	}
	return files, hex.EncodeToString(sum.Sum(nil)), nil
}

// printOf names a set of entries.
func printOf(entries []knowledge.Entry) string {
	sum := sha256.New()
	for _, e := range entries {
		fmt.Fprintf(sum, "%s\x00%s\x00%s\x00%s\x00%s\n", e.Base, e.ID, e.Question, e.Answer, strings.Join(e.Similar, "\x00"))
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}
