package source

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Copy writes one member of a fetched package to w and returns its length. archive is a file ending in .whl, .jar, .zip,
// .tgz, .tar.gz, .tar.zst or .tzst, or a folder. A member "outer!inner" is the member inner of the archive outer inside.
// At most limit bytes are written: a longer member gives ErrTooLong.
func Copy(w io.Writer, archive, member string, limit int64, seen Seen) (int64, error) {
	outer, inner, nested := strings.Cut(member, "!")
	var n int64
	err := open(archive, outer, func(r io.Reader) error {
		var err error
		if nested {
			return eachTar(outer, r, inner, func(r io.Reader) error {
				n, err = copyMost(w, r, limit, seen)
				return err
			})
		}
		n, err = copyMost(w, r, limit, seen)
		return err
	})
	if err != nil {
		return n, fmt.Errorf("take %s out of %s: %w", member, filepath.Base(archive), err)
	}
	return n, nil
}

func copyMost(w io.Writer, r io.Reader, limit int64, seen Seen) (int64, error) {
	n, err := io.Copy(&counter{w: w, seen: seen}, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = ErrTooLong
	}
	return n, err
}

// open hands the member of archive to f.
func open(archive, member string, f func(io.Reader) error) error {
	info, err := os.Stat(archive)
	if err != nil {
		return err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(archive) // a member cannot lead out of the folder
		if err != nil {
			return err
		}
		defer root.Close()
		file, err := root.Open(member)
		if err != nil {
			return err
		}
		defer file.Close()
		return f(file)
	}
	switch filepath.Ext(archive) {
	case ".whl", ".jar", ".zip":
		z, err := zip.OpenReader(archive)
		if err != nil {
			return err
		}
		defer z.Close()
		for _, m := range z.File {
			if path.Clean(m.Name) == member {
				return unzip(m, f)
			}
		}
		return errNoMember
	}
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	return eachTar(archive, file, member, f)
}

var errNoMember = errors.New("not in the archive")

func unzip(m *zip.File, f func(io.Reader) error) error {
	r, err := m.Open()
	if err != nil {
		return err
	}
	return errors.Join(f(r), r.Close())
}

// eachTar hands the member of the compressed tar r to f.
func eachTar(name string, r io.Reader, member string, f func(io.Reader) error) error {
	switch {
	case strings.HasSuffix(name, ".tgz"), strings.HasSuffix(name, ".tar.gz"):
		z, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		defer z.Close()
		r = z
	case strings.HasSuffix(name, ".tzst"), strings.HasSuffix(name, ".tar.zst"):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return err
		}
		defer z.Close()
		r = z
	default:
		return fmt.Errorf("%s is no archive that is known here", filepath.Base(name))
	}
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return errNoMember
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeReg && path.Clean(h.Name) == member {
			return f(t)
		}
	}
}
