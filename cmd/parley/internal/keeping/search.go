package keeping

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/parley-voice/parley/assist/backup"
	"github.com/parley-voice/parley/assist/retain"
)

const (
	readSize = 1 << 20
	whyIndex = "the event store names the call in its index until it is next written, within three minutes"
)

// scan reads a data folder for traces.
type scan struct {
	ctx        context.Context //nolint:containedctx // lives only as long as search
	home       string
	words      int      // how many of what is looked for were said; the rest are IDs
	said, both *needles // what was said; that and the IDs
	all, index retain.Look
}

// search reads the bytes of the data folder, free space in databases and logs of changes included, for the words; and for
// the IDs of the calls wherever rows have not been searched already. Weights, spoken prompts and the recordings of other
// calls, which hold no text, are left out, and so is what restores have put aside.
func search(ctx context.Context, home string, t retain.Traces) ([]retain.Look, error) {
	s, err := read(ctx, home, t)
	if err != nil || s.index.Kept == 0 {
		return []retain.Look{s.all}, err
	}
	return []retain.Look{s.all, s.index}, nil
}

// read searches the bytes of one data folder.
func read(ctx context.Context, home string, t retain.Traces) (*scan, error) {
	s := &scan{
		ctx: ctx, home: home,
		all:   retain.Look{Place: "data folder", What: "bytes of all files but weights, spoken prompts and recordings"},
		index: retain.Look{Place: "data folder", What: "bytes of the event store, for the ID", Why: whyIndex},
	}
	var texts [][]byte
	for _, w := range t.Words {
		texts = append(texts, forms(w)...)
	}
	s.words, s.said = len(texts), newNeedles(texts)
	for _, id := range t.Calls {
		texts = append(texts, []byte(id))
	}
	s.both = newNeedles(texts)
	if err := filepath.WalkDir(home, s.visit); err != nil {
		return s, fmt.Errorf("search the data folder: %w", err)
	}
	return s, nil
}

// visit reads one file.
func (s *scan) visit(path string, d fs.DirEntry, err error) error {
	if errors.Is(err, fs.ErrNotExist) && path != s.home {
		return nil
	}
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(s.home, path)
	if err != nil {
		return err
	}
	switch {
	case d.IsDir() && (rel == "models" || rel == "cache" || backup.Aside(rel)):
		return fs.SkipDir
	case !d.Type().IsRegular() || strings.HasSuffix(rel, ".wav"):
		return nil
	}
	event := strings.HasPrefix(rel, "events"+string(filepath.Separator))
	look := s.said
	if event || !strings.Contains(filepath.Base(rel), ".db") {
		look = s.both
	}
	found, n, err := find(s.ctx, path, look)
	if err != nil {
		return err
	}
	s.count(rel, event, n, anyOf(found[:s.words]), anyOf(found[s.words:]))
	return nil
}

// count notes what was found in a file: a word that was said, or the ID of a call.
func (s *scan) count(rel string, event bool, size int64, said, named bool) {
	s.all.Size += size
	switch {
	case event && named && !said:
		s.index.Kept++
	case said || named:
		s.all.Found++
		s.all.Why = strings.TrimPrefix(s.all.Why+", "+rel, ", ")
	}
}

func anyOf(found []bool) bool {
	for _, f := range found {
		if f {
			return true
		}
	}
	return false
}

// forms are a text as it may stand in a file: as it is, and in JSON.
func forms(s string) [][]byte {
	out := [][]byte{[]byte(s)}
	if b, err := json.Marshal(s); err == nil {
		if b = b[1 : len(b)-1]; string(b) != s {
			out = append(out, b)
		}
	}
	return out
}

// pinned are databases that were opened to be read byte by byte. They are never closed: closing any descriptor of a file
// lets go of all locks this process has on it, those of SQLite included. There are a handful in a process's life.
var pinned = struct { //nolint:gochecknoglobals // descriptors are the process's
	mu    sync.Mutex
	files map[[2]uint64]*os.File // by device and inode
}{files: map[[2]uint64]*os.File{}}

// openBytes opens a file for reading. done must be called when it has been read.
func openBytes(path string) (f *os.File, done func(), err error) {
	if !strings.Contains(filepath.Base(path), ".db") {
		if f, err = os.Open(path); err != nil {
			return nil, nil, err
		}
		return f, func() { _ = f.Close() }, nil // it was only read
	}
	pinned.mu.Lock()
	defer pinned.mu.Unlock()
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if f = pinned.files[inode(info)]; f == nil {
		if f, err = os.Open(path); err != nil {
			return nil, nil, err
		}
		if info, err = f.Stat(); err != nil {
			return nil, nil, err
		}
		pinned.files[inode(info)] = f
	}
	return f, func() {}, nil
}

func inode(info fs.FileInfo) [2]uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return [2]uint64{uint64(s.Dev), s.Ino}
	}
	return [2]uint64{}
}

// find reads a file once and tells which of the needles are in it, and how much was read. A file that has gone has none.
func find(ctx context.Context, path string, look *needles) ([]bool, int64, error) {
	found, longest := make([]bool, len(look.all)), look.most
	if longest == 0 {
		return found, 0, nil
	}
	f, done, err := openBytes(path)
	if errors.Is(err, fs.ErrNotExist) {
		return found, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer done()
	buf := make([]byte, 0, readSize+longest)
	var size int64
	for {
		if ctx.Err() != nil {
			return nil, size, context.Cause(ctx)
		}
		n, err := f.ReadAt(buf[len(buf):len(buf)+readSize], size) // a pinned file has no place of its own
		size += int64(n)
		buf = buf[:len(buf)+n]
		look.in(buf, found)
		if errors.Is(err, io.EOF) {
			return found, size, nil
		}
		if err != nil {
			return nil, size, err
		}
		keep := min(longest-1, len(buf)) // a needle may lie across two pieces
		copy(buf, buf[len(buf)-keep:])
		buf = buf[:keep]
	}
}
