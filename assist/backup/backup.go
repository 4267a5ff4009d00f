// Package backup copies a data folder into one file while calls go on, and brings it back. The file is a tar archive,
// gzip-compressed when its name ends in .gz: a head that names the format, the files, and last a manifest with the size
// and SHA-256 of each, so that what was cut off or changed is noticed before anything is replaced. It knows nothing of
// what is in the files but that databases, in the data folder or elsewhere, have to be copied by what writes them.
package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Errors callers branch on.
var (
	// ErrNewer means the backup was written by a newer Parley.
	ErrNewer = errors.New("backup: it was written by a newer Parley: upgrade this one")
	// ErrDamaged means the backup is not whole or was changed.
	ErrDamaged = errors.New("backup: it is damaged")
)

// Format is the version of the layout. The second one may hold a database that is not in the data folder.
const Format = 2

const (
	headName     = "parley-backup.json"
	manifestName = "manifest.json"
	// DataDir, DatabaseDir (of one that is not in the data folder) and ConfigDir are the folders in the archive.
	DataDir     = "data"
	DatabaseDir = "database"
	ConfigDir   = "config"
)

// Head is the first file of a backup.
type Head struct {
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the program
	Made    time.Time `json:"made"`
	Node    string    `json:"node,omitempty"` // whose data folder it is, of several on one database
}

// File is one file of a backup.
type File struct {
	Name   string `json:"name"` // with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Manifest is the last file of a backup.
type Manifest struct {
	Head

	Files []File `json:"files"`
}

// Size is how many bytes the files have.
func (m Manifest) Size() int64 {
	var n int64
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// Source is what is backed up.
type Source struct {
	Home    string
	Version string
	// Snapshot writes a whole copy of a database that is in use to a new file.
	Snapshot func(ctx context.Context, from, to string) error
	// Database writes a copy of the database that is not in Home into files in an empty folder; nil: there is none.
	Database func(ctx context.Context, dir string) error
	Node     string // which of several on that database has Home, "" without one
	// Config are files outside of Home, by their name in the archive's folder of the configuration.
	Config map[string]string
	Now    time.Time
}

// skipped reports whether a file or folder of the data folder stays out of backups: what can be made again (weights,
// spoken prompts), what is on its way (the event store; the record has it), and leftovers.
func skipped(rel string) bool {
	first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
	base := path.Base(filepath.ToSlash(rel))
	switch {
	case slices.Contains([]string{"models", "cache", "events", "lost+found", "restored-config"}, first), strings.HasPrefix(first, ReplacedPrefix), strings.HasPrefix(first, "."):
		return true
	}
	return strings.HasPrefix(base, ".") || strings.HasSuffix(base, ".bak") || strings.HasSuffix(base, "-wal") || strings.HasSuffix(base, "-shm") ||
		strings.HasSuffix(base, "-journal") || strings.HasSuffix(base, ".rejected")
}

// writer writes entries and remembers their checksums.
type writer struct {
	t *tar.Writer
	m Manifest
}

// Write writes a backup of s to w. Databases come first, so that a recording without a call may be in it but no call
// without its recording. scratch is a folder for copies of databases; it must have room for the largest one.
func Write(ctx context.Context, w io.Writer, s Source, scratch string) (Manifest, error) {
	out := &writer{t: tar.NewWriter(w), m: Manifest{Head: Head{Format: Format, Version: s.Version, Made: s.Now.UTC(), Node: s.Node}}}
	if err := out.json(headName, out.m.Head); err != nil {
		return out.m, err
	}
	if s.Database != nil {
		if err := out.elsewhere(ctx, s, scratch); err != nil {
			return out.m, err
		}
	}
	databases, files, err := list(s.Home)
	if err != nil {
		return out.m, err
	}
	for _, name := range databases {
		if err := out.database(ctx, s, name, scratch); err != nil {
			return out.m, err
		}
	}
	for _, name := range files {
		if ctx.Err() != nil {
			return out.m, context.Cause(ctx)
		}
		err := out.file(DataDir+"/"+filepath.ToSlash(name), filepath.Join(s.Home, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // forgotten in the meantime
			return out.m, err
		}
	}
	for _, name := range slices.Sorted(mapKeys(s.Config)) {
		if err := out.file(ConfigDir+"/"+name, s.Config[name]); err != nil {
			return out.m, err
		}
	}
	if err := out.json(manifestName, out.m); err != nil {
		return out.m, err
	}
	if err := out.t.Close(); err != nil {
		return out.m, fmt.Errorf("finish backup: %w", err)
	}
	return out.m, nil
}

func mapKeys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// list returns the databases and the other files of a data folder, by their path in it.
func list(home string) (databases, files []string, err error) {
	err = filepath.WalkDir(home, func(p string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && p != home {
			return nil
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(home, p)
		if err != nil || rel == "." {
			return err
		}
		switch {
		case skipped(rel) && d.IsDir():
			return fs.SkipDir
		case skipped(rel) || !d.Type().IsRegular():
			return nil
		case strings.HasSuffix(rel, ".db"): // told by the name: opening and closing it would drop SQLite's locks in this process
			databases = append(databases, rel)
		default:
			files = append(files, rel)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read the data folder: %w", err)
	}
	return databases, files, nil
}

func (w *writer) database(ctx context.Context, s Source, name, scratch string) error {
	dir, err := os.MkdirTemp(scratch, ".parley-backup-*")
	if err != nil {
		return fmt.Errorf("copy databases: %w", err)
	}
	defer os.RemoveAll(dir)
	to := filepath.Join(dir, "copy.db")
	if err := s.Snapshot(ctx, filepath.Join(s.Home, name), to); err != nil {
		return err
	}
	return w.file(DataDir+"/"+filepath.ToSlash(name), to)
}

// elsewhere adds the database that is not in the data folder.
func (w *writer) elsewhere(ctx context.Context, s Source, scratch string) error {
	dir, err := os.MkdirTemp(scratch, ".parley-backup-*")
	if err != nil {
		return fmt.Errorf("copy databases: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := s.Database(ctx, dir); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("copy databases: %w", err)
	}
	for _, f := range files {
		if err := w.file(DatabaseDir+"/"+f.Name(), filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// file adds a file as long as it is now; a recording that grows is as whole as after a crash.
func (w *writer) file(name, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return w.entry(name, info.Size(), info.ModTime(), f)
}

func (w *writer) entry(name string, size int64, at time.Time, r io.Reader) error {
	if err := w.t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: at, Format: tar.FormatPAX}); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(w.t, sum), io.LimitReader(r, size))
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if n < size {
		return fmt.Errorf("write backup: %s became shorter while it was read", name) //nolint:err113 // told to people
	}
	w.m.Files = append(w.m.Files, File{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

func (w *writer) json(name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := w.t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(b)), Mode: 0o600, ModTime: w.m.Made}); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if _, err := w.t.Write(b); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// Save writes a backup to a new file at name, which appears when it is whole and is for its owner only.
func Save(ctx context.Context, name string, s Source) (m Manifest, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".parley-backup-*")
	if err != nil {
		return m, fmt.Errorf("write backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(tmp.Close()), os.Remove(tmp.Name()))
		}
	}()
	var w io.Writer = tmp
	finish := func() error { return nil }
	if strings.HasSuffix(name, ".gz") {
		z, _ := gzip.NewWriterLevel(tmp, gzip.BestSpeed) // a constant level is never wrong
		w, finish = z, z.Close
	}
	if m, err = Write(ctx, w, s, filepath.Dir(name)); err != nil {
		return m, err
	}
	if err = errors.Join(finish(), tmp.Sync(), tmp.Close()); err != nil {
		return m, fmt.Errorf("write backup: %w: check free disk space", err)
	}
	if err = os.Link(tmp.Name(), name); err != nil { // unlike a rename, it never replaces a file
		return m, fmt.Errorf("write backup: %w", err)
	}
	return m, os.Remove(tmp.Name())
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

var gzipMagic = []byte{0x1f, 0x8b} //nolint:gochecknoglobals // a constant

// unpacked returns a reader of the archive in r, compressed or not.
func unpacked(r io.Reader) (io.Reader, error) {
	head := make([]byte, len(gzipMagic))
	n, err := io.ReadFull(r, head)
	r = io.MultiReader(bytes.NewReader(head[:n]), r)
	if err != nil || !bytes.Equal(head, gzipMagic) {
		return r, nil //nolint:nilerr // too short for anything: the archive says so
	}
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return z, nil
}
