package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// ReplacedPrefix begins the folder that keeps what a restore replaced.
	ReplacedPrefix = "replaced-"
	// stagePrefix begins the folder that a restore unpacks into.
	stagePrefix = ".restore-"
	// marker is in a data folder while files are being exchanged.
	marker = ".restoring"
	// mostHead bounds the head and the manifest of a backup.
	mostHead = 256 << 20
)

// Read unpacks a backup into the empty folder dir and checks everything. The errors are ErrNewer and ErrDamaged; what is
// in dir then is of no use.
func Read(ctx context.Context, r io.Reader, dir string) (Manifest, error) {
	var m Manifest
	plain, err := unpacked(r)
	if err != nil {
		return m, err
	}
	t := tar.NewReader(plain)
	h, err := t.Next()
	if err != nil || h.Name != headName {
		return m, fmt.Errorf("%w: it is no backup of Parley", ErrDamaged)
	}
	if err := decode(t, h.Size, &m.Head); err != nil {
		return m, err
	}
	if m.Format > Format {
		return m, fmt.Errorf("%w (its format is %d, this program knows %d; it was made by version %s)", ErrNewer, m.Format, Format, m.Version)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	defer root.Close()
	have := map[string]File{}
	for {
		h, err := t.Next()
		if err != nil {
			return m, fmt.Errorf("%w: it ends before its manifest: %w", ErrDamaged, err)
		}
		if h.Name == manifestName {
			break
		}
		if ctx.Err() != nil {
			return m, context.Cause(ctx)
		}
		f, err := unpack(root, t, h)
		if err != nil {
			return m, err
		}
		have[h.Name] = f
	}
	var told Manifest
	if err := decode(t, -1, &told); err != nil {
		return m, err
	}
	return told, compare(told, m.Head, have)
}

// compare finds what is missing, changed or not listed.
func compare(told Manifest, head Head, have map[string]File) error {
	if told.Head != head && !(told.Format == head.Format && told.Version == head.Version && told.Node == head.Node && told.Made.Equal(head.Made)) {
		return fmt.Errorf("%w: head and manifest do not belong together", ErrDamaged)
	}
	for _, f := range told.Files {
		switch got, ok := have[f.Name]; {
		case !ok:
			return fmt.Errorf("%w: %s is missing", ErrDamaged, f.Name)
		case got != f:
			return fmt.Errorf("%w: %s was changed", ErrDamaged, f.Name)
		}
		delete(have, f.Name)
	}
	for name := range have {
		return fmt.Errorf("%w: %s is not in its manifest", ErrDamaged, name)
	}
	return nil
}

func decode(r io.Reader, size int64, to any) error {
	if size > mostHead {
		return fmt.Errorf("%w: its head is too large", ErrDamaged)
	}
	b, err := io.ReadAll(io.LimitReader(r, mostHead))
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// unpack writes one entry under root.
func unpack(root *os.Root, r io.Reader, h *tar.Header) (f File, err error) {
	name := filepath.FromSlash(h.Name)
	first, _, _ := strings.Cut(h.Name, "/")
	if h.Typeflag != tar.TypeReg || !filepath.IsLocal(name) || !slices.Contains([]string{DataDir, DatabaseDir, ConfigDir}, first) || filepath.ToSlash(filepath.Clean(name)) != h.Name {
		return f, fmt.Errorf("%w: it has an entry %q", ErrDamaged, h.Name)
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return f, fmt.Errorf("restore: %w", err)
	}
	out, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return f, fmt.Errorf("restore: %w", err)
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), r)
	cerr := errors.Join(out.Sync(), out.Close())
	if err != nil {
		return f, fmt.Errorf("%w: %s: %w", ErrDamaged, h.Name, err)
	}
	if cerr != nil {
		return f, fmt.Errorf("restore: %w: check free disk space", cerr)
	}
	return File{h.Name, n, hex.EncodeToString(sum.Sum(nil))}, nil
}

// Holds reports whether a data folder has something that a restore would replace.
func Holds(home string) (bool, error) {
	entries, err := os.ReadDir(home)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look into the data folder: %w", err)
	}
	for _, e := range entries {
		if !stays(e.Name()) && e.Name() != "events" {
			return true, nil
		}
	}
	return false, nil
}

// stays reports whether an entry of a data folder is left alone by a restore.
func stays(name string) bool {
	return name == "models" || name == "cache" || name == "lost+found" || strings.HasPrefix(name, ReplacedPrefix) || strings.HasPrefix(name, ".")
}

// Aside reports whether an entry of a data folder is no part of what is in use: what a restore has replaced, or unpacks.
func Aside(name string) bool {
	return strings.HasPrefix(name, ReplacedPrefix) || strings.HasPrefix(name, stagePrefix)
}

// Stage makes the folder in home to unpack into.
func Stage(home string) (string, error) {
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	dir, err := os.MkdirTemp(home, stagePrefix+"*")
	if err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	return dir, nil
}

// Exchange puts the unpacked files in stage (of Stage) into home and moves what was there to a folder of its own, whose
// path it returns ("" when there was nothing). The event store goes with it: the record has what was in it. Should the
// machine fail in between, Interrupted says so and another restore mends it.
func Exchange(home, stage string, now time.Time) (replaced string, err error) {
	if err := Begin(home); err != nil {
		return "", err
	}
	old, err := os.ReadDir(home)
	if err != nil {
		return "", fmt.Errorf("restore: %w", err)
	}
	keep := filepath.Join(home, ReplacedPrefix+now.UTC().Format("20060102-150405.000"))
	for _, e := range old {
		if stays(e.Name()) {
			continue
		}
		if replaced == "" {
			if err := os.Mkdir(keep, 0o700); err != nil {
				return "", fmt.Errorf("restore: %w", err)
			}
			replaced = keep
		}
		if err := os.Rename(filepath.Join(home, e.Name()), filepath.Join(keep, e.Name())); err != nil {
			return replaced, fmt.Errorf("restore: %w", err)
		}
	}
	fresh, err := os.ReadDir(filepath.Join(stage, DataDir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return replaced, fmt.Errorf("restore: %w", err)
	}
	for _, e := range fresh {
		if err := os.Rename(filepath.Join(stage, DataDir, e.Name()), filepath.Join(home, e.Name())); err != nil {
			return replaced, fmt.Errorf("restore: %w", err)
		}
	}
	if _, err := os.Stat(filepath.Join(stage, ConfigDir)); err == nil {
		if err := os.Rename(filepath.Join(stage, ConfigDir), filepath.Join(home, "restored-config")); err != nil {
			return replaced, fmt.Errorf("restore: %w", err)
		}
	}
	if err := errors.Join(os.RemoveAll(stage), os.Remove(filepath.Join(home, marker))); err != nil {
		return replaced, fmt.Errorf("finish restore: %w", err)
	}
	return replaced, nil
}

// Begin says that a restore into home is under way, until Exchange has finished: for what is brought back before the files.
func Begin(home string) error {
	if err := os.WriteFile(filepath.Join(home, marker), nil, 0o600); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return nil
}

// Interrupted reports whether a restore into home did not finish.
func Interrupted(home string) bool {
	_, err := os.Stat(filepath.Join(home, marker))
	return err == nil
}
