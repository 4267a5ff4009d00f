package keeping

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// eventPlace is the event store.
type eventPlace struct{ bus Bus }

// Erase implements retain.Place.
func (p eventPlace) Erase(ctx context.Context, t retain.Traces) ([]retain.Count, error) {
	total := 0
	for _, id := range t.Calls {
		n, err := p.bus.Erase(ctx, id)
		if err != nil {
			return nil, err
		}
		total += n
	}
	return counts("event store", "events", total), nil
}

// Look implements retain.Place.
func (p eventPlace) Look(ctx context.Context, t retain.Traces) ([]retain.Look, error) {
	l := retain.Look{Place: "event store", What: "events of the call"}
	for _, id := range t.Calls {
		n, err := p.bus.Count(ctx, id)
		if err != nil {
			return nil, err
		}
		l.Found += n
	}
	return []retain.Look{l}, nil
}

func counts(place, what string, n int) []retain.Count {
	if n == 0 {
		return nil
	}
	return []retain.Count{{Place: place, What: what, N: n}}
}

// filePlace is the folders of the calls: recordings and transcripts.
type filePlace struct{ home string }

// Erase implements retain.Place.
func (p filePlace) Erase(_ context.Context, t retain.Traces) ([]retain.Count, error) {
	total := 0
	for _, id := range t.Calls {
		dir, err := store.Folder(p.home, id)
		if err != nil {
			return nil, err
		}
		n, err := removeFiles(dir, "*")
		if err != nil {
			return nil, err
		}
		total += n
	}
	return counts("files", "recordings and transcripts", total), nil
}

// Look implements retain.Place.
func (p filePlace) Look(_ context.Context, t retain.Traces) ([]retain.Look, error) {
	l := retain.Look{Place: "files", What: "folder of the call"}
	for _, id := range t.Calls {
		dir, err := store.Folder(p.home, id)
		if err != nil {
			return nil, err
		}
		if _, err := os.Lstat(dir); err == nil {
			l.Found++
		}
	}
	return []retain.Look{l}, nil
}

// removeFiles removes the files in dir whose names match, after overwriting them, and dir when it is empty then. It
// returns how many there were; a folder that does not exist has none. What the disk itself keeps of overwritten blocks (an
// SSD, a file system that copies on writing) is out of reach: recordings under a key are safe from that.
func removeFiles(dir, pattern string) (int, error) {
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		return 0, fmt.Errorf("remove files: %w", err)
	}
	hidden, _ := filepath.Glob(filepath.Join(dir, ".*")) // constant pattern
	if pattern == "*" {
		files = append(files, hidden...)
	}
	n := 0
	for _, f := range files {
		if err := wipe(f); err != nil {
			return n, err
		}
		n++
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) && pattern == "*" {
		return n, fmt.Errorf("remove files: %w", err)
	}
	return n, nil
}

// wipe overwrites a file with zeros and removes it.
func wipe(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove file: %w", err)
	}
	if info.Mode().IsRegular() {
		if err := overwrite(path, info.Size()); err != nil {
			return fmt.Errorf("overwrite file: %w", err)
		}
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

func overwrite(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	zeros := make([]byte, 1<<16)
	for at := int64(0); at < size && err == nil; at += int64(len(zeros)) {
		_, err = f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// libraryPlace is the knowledge: what a caller said may have become the question of a draft.
type libraryPlace struct{ lib Library }

// quoting yields the entries with one of the words in their questions.
func (p libraryPlace) quoting(ctx context.Context, t retain.Traces, f func(knowledge.Entry) error) error {
	if len(t.Words) == 0 {
		return nil
	}
	bases, err := p.lib.Bases(ctx)
	if err != nil {
		return err
	}
	for _, b := range bases {
		entries, err := p.lib.Entries(ctx, b.Name)
		if err != nil {
			return err
		}
		for _, e := range entries {
			texts := append([]string{e.Question, e.Answer}, e.Similar...)
			quotes := slices.ContainsFunc(texts, func(text string) bool {
				return slices.ContainsFunc(t.Words, func(w string) bool { return strings.Contains(text, w) })
			})
			if quotes {
				if err := f(e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Erase implements retain.Place. Only drafts are removed: what somebody has approved is not the caller's any more, and
// Look names it.
func (p libraryPlace) Erase(ctx context.Context, t retain.Traces) ([]retain.Count, error) {
	n := 0
	err := p.quoting(ctx, t, func(e knowledge.Entry) error {
		if e.State != knowledge.Draft {
			return nil
		}
		n++
		return p.lib.Delete(ctx, e.Base, e.ID, 0)
	})
	if err == nil && n > 0 {
		err = p.lib.Tidy(ctx)
	}
	return counts("knowledge", "drafts with the caller's words, and their vectors", n), err
}

// Look implements retain.Place.
func (p libraryPlace) Look(ctx context.Context, t retain.Traces) ([]retain.Look, error) {
	l := retain.Look{Place: "knowledge", What: "questions and answers, for the words"}
	var where []string
	err := p.quoting(ctx, t, func(e knowledge.Entry) error {
		l.Found++
		where = append(where, e.Base+"/"+e.ID)
		return nil
	})
	if l.Found > 0 {
		l.Why = "somebody approved entries that quote the caller; change them: " + strings.Join(where, ", ")
	}
	return []retain.Look{l}, err
}

// copyPlace is the copies of the record, and of the knowledge, that upgrades left in the data folder.
type copyPlace struct{ home string }

func (p copyPlace) files() []string {
	all, _ := filepath.Glob(filepath.Join(p.home, "*.db.*.bak")) // the pattern is constant
	return all
}

// Erase implements retain.Place.
func (p copyPlace) Erase(ctx context.Context, t retain.Traces) ([]retain.Count, error) {
	var out []retain.Count
	for _, f := range p.files() {
		erase := store.EraseFile
		if strings.HasPrefix(filepath.Base(f), "knowledge.db.") {
			erase = dropCopy
		}
		n, err := erase(ctx, f, t)
		if err != nil {
			return nil, err
		}
		out = append(out, n...)
	}
	return out, nil
}

// dropCopy removes a copy of the knowledge that quotes a caller: none of its rows says from which call it is.
func dropCopy(ctx context.Context, path string, t retain.Traces) ([]retain.Count, error) {
	all, err := store.LookFile(ctx, path, t)
	if err != nil || !slices.ContainsFunc(all, func(l retain.Look) bool { return l.Found > 0 }) {
		return nil, err
	}
	if err := wipe(path); err != nil {
		return nil, err
	}
	return []retain.Count{{Place: filepath.Base(path), What: "the copy, which quoted the caller", N: 1}}, nil
}

// Look implements retain.Place.
func (p copyPlace) Look(ctx context.Context, t retain.Traces) ([]retain.Look, error) {
	var out []retain.Look
	for _, f := range p.files() {
		l, err := store.LookFile(ctx, f, t)
		if err != nil {
			return nil, err
		}
		for i := range l {
			if l[i].Found > 0 {
				l[i].Why = "an upgrade left this copy; remove it when all is well"
			}
		}
		out = append(out, l...)
	}
	return out, nil
}

var _ = []retain.Place{eventPlace{}, filePlace{}, libraryPlace{}, copyPlace{}}

// Forget removes what is in files of a call: its recording, or its transcripts.
func Forget(home string, id call.ID, pattern string) error {
	dir, err := store.Folder(home, id)
	if err != nil {
		return err
	}
	_, err = removeFiles(dir, pattern)
	return err
}

// DropTranscripts removes the transcripts that were written as files before the record was sealed; they are made when
// somebody asks for them.
func DropTranscripts(home string) error {
	dirs, err := filepath.Glob(filepath.Join(home, "calls", "*"))
	if err != nil {
		return fmt.Errorf("look for transcripts: %w", err)
	}
	var errs []error
	for _, dir := range dirs {
		_, err := removeFiles(dir, "transcript.*")
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
