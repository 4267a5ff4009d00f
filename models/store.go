package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
)

var (
	// ErrMissing is the error of weights that are not installed.
	ErrMissing = errors.New("not installed")
	// ErrWrong is the error of a file that is not what the catalogue says it is.
	ErrWrong = errors.New("wrong checksum")
	// errNoFile is the error of a folder or device where a file should be; it is left where it is.
	errNoFile = errors.New("it is a folder or device, not a file")
)

// Store is a folder of weights together with the catalogue that knows them. It is safe for concurrent use.
type Store struct {
	dir   string
	cat   *Catalogue
	local *local
}

// Open returns the store in dir, which need not exist yet, with the built-in catalogue and what was added by hand there.
func Open(dir string) (*Store, error) {
	cat, err := BuiltIn()
	if err != nil {
		return nil, err
	}
	return openWith(dir, cat)
}

func openWith(dir string, cat *Catalogue) (*Store, error) {
	l, err := readLocal(dir)
	if err != nil {
		return nil, err
	}
	cat, err = l.extend(cat)
	if err != nil {
		return nil, err
	}
	return &Store{dir: dir, cat: cat, local: l}, nil
}

// Dir is the folder of the store.
func (s *Store) Dir() string { return s.dir }

// Catalogue is what the store knows: the built-in catalogue and what was added by hand.
func (s *Store) Catalogue() *Catalogue { return s.cat }

// Locate returns the path of a file of weights after checking it: by its checksum the first time and when the file has
// changed since, by size and time otherwise. file "" means the model's main file, the first in the catalogue. The error says what to do. A file with a wrong checksum is moved aside.
func (s *Store) Locate(name, file string) (string, error) {
	m, err := s.cat.Find(name)
	if err != nil {
		return "", err
	}
	f := &m.Files[0]
	if file != "" {
		if f, err = m.File(file); err != nil {
			return "", err
		}
	}
	if err := s.check(m, f, false); err != nil {
		return "", err
	}
	return s.path(m, f), nil
}

// Folder returns the folder of a model after checking every file in it, like Locate.
func (s *Store) Folder(name string) (string, error) {
	m, err := s.cat.Find(name)
	if err != nil {
		return "", err
	}
	for i := range m.Files {
		if f := &m.Files[i]; !f.Scratch {
			if err := s.check(m, f, false); err != nil {
				return "", err
			}
		}
	}
	return filepath.Join(s.dir, m.Folder), nil
}

// Locate returns the checked path of one file of weights under dir; see Store.Locate.
func Locate(dir, name, file string) (string, error) {
	s, err := Open(dir)
	if err != nil {
		return "", err
	}
	return s.Locate(name, file)
}

// Folder returns the checked folder of one model under dir; see Store.Folder.
func Folder(dir, name string) (string, error) {
	s, err := Open(dir)
	if err != nil {
		return "", err
	}
	return s.Folder(name)
}

// State is how a file stands.
type State string

// The states of a file.
const (
	OK         State = "ok"
	Missing    State = "missing"
	Wrong      State = "wrong"      // it was there with a wrong checksum and was moved aside
	Unverified State = "unverified" // it is there and has not been checked yet
	Unreadable State = "unreadable"
)

// FileState is how one file of a model stands.
type FileState struct {
	Model string `json:"model"`
	File  string `json:"file"`
	Path  string `json:"path"`
	State State  `json:"state"`
	Why   string `json:"why,omitempty"`
}

// States tells how the files of a model stand without reading them.
func (s *Store) States(m *Model) []FileState {
	var all []FileState
	for i := range m.Files {
		f := &m.Files[i]
		if f.Scratch {
			continue
		}
		st := FileState{Model: m.Name, File: f.Path, Path: s.path(m, f), State: Unverified}
		info, err := os.Stat(st.Path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			st.State = Missing
		case err != nil:
			st.State, st.Why = Unreadable, err.Error()
		default:
			if stamp, err := readStamp(s.path(m, f)); err == nil && stamp.matches(info) && f.accepts(stamp) {
				st.State = OK
			}
		}
		all = append(all, st)
	}
	return all
}

// Installed tells whether every file of a model is there; none of them need have been checked.
func (s *Store) Installed(m *Model) bool {
	return !slices.ContainsFunc(s.States(m), func(f FileState) bool { return f.State != OK && f.State != Unverified })
}

// Verify reads every file of a model and compares it with its checksum, whatever was checked before. It blocks for about a
// second per gigabyte and ends early with ctx.
func (s *Store) Verify(ctx context.Context, m *Model) ([]FileState, error) {
	var all []FileState
	for i := range m.Files {
		f := &m.Files[i]
		if f.Scratch {
			continue
		}
		if err := ctx.Err(); err != nil {
			return all, err
		}
		st := FileState{Model: m.Name, File: f.Path, Path: s.path(m, f), State: OK}
		if err := s.check(m, f, true); err != nil {
			st.Why = err.Error()
			switch {
			case errors.Is(err, ErrMissing):
				st.State = Missing
			case errors.Is(err, ErrWrong):
				st.State = Wrong
			default:
				st.State = Unreadable
			}
		}
		all = append(all, st)
	}
	return all, nil
}

func (s *Store) path(m *Model, f *File) string {
	return filepath.Join(s.dir, filepath.FromSlash(path.Join(m.Folder, f.Path)))
}

// check makes sure that f is there and right. thorough reads it even if it has not changed since the last time.
func (s *Store) check(m *Model, f *File, thorough bool) error {
	p := s.path(m, f)
	info, err := os.Stat(p)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s of %s is %w: run: %s", f.Path, m.Name, ErrMissing, m.remedy())
	}
	if err != nil {
		return fmt.Errorf("check %s: %w", m.Name, err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("check %s: %s: %w: remove it, then run: %s", m.Name, p, errNoFile, m.remedy())
	}
	old, oldErr := readStamp(p)
	if !thorough && oldErr == nil && old.matches(info) && f.accepts(old) {
		return nil
	}
	now, err := sum(p)
	if err != nil {
		return fmt.Errorf("check %s: %w", m.Name, err)
	}
	if oldErr == nil && old.SHA256 == now.SHA256 {
		now.Origin = old.Origin
	}
	if f.accepts(now) && (f.Size == 0 || now.Size == f.Size || f.Made) {
		now.write(p) // a folder that cannot be written is read again at the next start: slower, not wrong
		return nil
	}
	return errors.Join(fmt.Errorf("%s: %w (%s, %d bytes): run: %s", p, ErrWrong, now.SHA256, now.Size, m.remedy()), reject(p))
}

// remedy is the command that installs the model.
func (m *Model) remedy() string {
	if m.Pullable() {
		return "parley models pull " + m.Name
	}
	return "parley models add FILE --as " + m.Name
}

// accepts tells whether a file that was found to be st is f.
func (f *File) accepts(st stamp) bool {
	switch {
	case slices.Contains(f.hashes(), st.SHA256):
		return true
	case f.SHA1 != "" && st.SHA1 == f.SHA1:
		return true
	default:
		return f.Made && st.Origin == originMade
	}
}

// reject moves a wrong file aside, where it can be looked at and is never loaded.
func reject(p string) error {
	if err := os.Rename(p, p+".rejected"); err != nil {
		return fmt.Errorf("it could not be moved aside: %w", err)
	}
	_ = os.Remove(stampPath(p)) // it may have none
	return nil
}
