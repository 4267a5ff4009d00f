package seal

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Rewrap seals the key of the file at path with the current key of the ring, when another one did, and reports whether it
// wrote anything. A file that is not sealed is left alone. Readers and a writer of the file are not disturbed: only its
// head changes.
func (r *Ring) Rewrap(path string) (changed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, fmt.Errorf("rotate key: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if yes, err := Sealed(f); err != nil || !yes {
		return false, err
	}
	head := make([]byte, headUsed)
	if _, err := f.ReadAt(head, 0); err != nil {
		return false, fmt.Errorf("%w: its head is cut off: %w", ErrDamaged, err)
	}
	key, id, by, err := r.unwrap(head)
	if err != nil || by == r.keys[0].id {
		return false, err
	}
	if _, err := f.WriteAt(r.head(key, id), 0); err != nil {
		return false, fmt.Errorf("rotate key: %w", err)
	}
	return true, f.Sync()
}

// Seal replaces the plain file at path by a sealed one, as a whole, and reports whether it did; a sealed one is left
// alone. Nobody may be writing the file.
func (r *Ring) Seal(path string) (changed bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("seal file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if yes, err := Sealed(f); err != nil || yes {
		return false, err
	}
	tmp := path + ".sealing"
	s, err := r.Create(tmp)
	if err != nil {
		return false, err
	}
	err = copyTo(s, f)
	if err = errors.Join(err, s.f.Sync(), s.Close()); err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		return false, errors.Join(fmt.Errorf("seal file: %w", err), os.Remove(tmp))
	}
	return true, nil
}

func copyTo(s *File, r io.Reader) error {
	buf := make([]byte, 64*plainLen)
	for off := int64(0); ; {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			if _, err := s.WriteAt(buf[:n], off); err != nil {
				return err
			}
			off += int64(n)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read file: %w", err)
		}
	}
}
