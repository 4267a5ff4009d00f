package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/pipeline/call"
)

// OriginalsName is the file in the folder of a call with what was masked in it, sealed as recordings are.
const OriginalsName = "originals.sealed"

const (
	mostOriginal  = 16 << 10 // bytes of one line
	mostOriginals = 4 << 20  // of all of a call
)

// KeepOriginal seals what was masked in a turn into the vault of its call. Without a key nothing is kept. One goroutine at a
// time may call it for a call; it blocks on the disk.
func (s *Store) KeepOriginal(id call.ID, o record.Original) error {
	keys := s.keys.Load()
	if keys == nil {
		return nil
	}
	line, err := json.Marshal(o)
	if err != nil || len(line) > mostOriginal {
		return fmt.Errorf("keep original: %d bytes: %w", len(line), errors.Join(err, record.ErrQuery))
	}
	dir, err := Folder(s.home, id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return fmt.Errorf("make the call's folder: %w", err)
	}
	f, err := openVault(keys, filepath.Join(dir, OriginalsName))
	if err != nil {
		return fmt.Errorf("keep original: %w", err)
	}
	size, err := f.Size()
	if err == nil && size < mostOriginals {
		_, err = f.WriteAt(append(line, '\n'), size)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keep original: %w", err)
	}
	return nil
}

func openVault(keys *seal.Ring, path string) (*seal.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return keys.Create(path)
	}
	if err != nil {
		return nil, err
	}
	v, err := keys.Over(f)
	if err != nil {
		return nil, err
	}
	if _, err := v.Mend(); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// hasOriginals reports whether there is a vault of a call on this node.
func (s *Store) hasOriginals(id call.ID) bool {
	dir, err := Folder(s.home, id)
	if err != nil {
		return false
	}
	_, err = os.Lstat(filepath.Join(dir, OriginalsName))
	return err == nil
}

// Originals returns what was masked in a call, in the order in which it was said; none when nothing was, or nothing is kept
// any more. The errors are record.ErrUnknown, and seal.ErrKey when the key is not there.
func (s *Store) Originals(_ context.Context, id call.ID) ([]record.Original, error) {
	if !plainID(id) {
		return nil, record.ErrUnknown
	}
	root, err := os.OpenRoot(filepath.Join(s.home, foldersIn)) // as for recordings
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	defer root.Close()
	f, err := root.Open(string(id) + "/" + OriginalsName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	v, err := s.keys.Load().Over(f)
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	defer v.Close()
	text, err := io.ReadAll(v)
	if err != nil && !errors.Is(err, seal.ErrDamaged) { // a block that a crash tore ends it
		return nil, fmt.Errorf("read the vault: %w", err)
	}
	var out []record.Original
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var o record.Original
		if json.Unmarshal(lines.Bytes(), &o) == nil { // the last one may be cut
			out = append(out, o)
		}
	}
	return out, nil
}
