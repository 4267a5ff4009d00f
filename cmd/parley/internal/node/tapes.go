package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/keeping"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// keyEvery is how often a running node looks for keys that were added or dropped.
const keyEvery = 5 * time.Second

// refreshKeys reads security.key_file again when it has changed. One that cannot be read changes nothing.
func (n *Node) refreshKeys(ctx context.Context) {
	info, err := os.Stat(n.cfg.Security.KeyFile)
	if n.cfg.Security.KeyFile == "" || err != nil || n.keysAt.Swap(info.ModTime().UnixNano()) == info.ModTime().UnixNano() {
		return
	}
	r, err := seal.Load(ctx, n.cfg.Security.KeyFile, nil)
	if err != nil {
		n.env.Log.Error("the keys of recordings are not read again", "err", err)
		return
	}
	n.keys.Store(r)
	n.store.UseKeys(r)
}

// followKeys does so until ctx ends, and reads the keys of the record again, which another process may have changed.
func (n *Node) followKeys(ctx context.Context) error {
	t := time.NewTicker(keyEvery)
	defer t.Stop()
	told := ""
	for {
		select {
		case <-t.C:
			n.refreshKeys(ctx)
			if err := n.loadSealing(ctx); err != nil && ctx.Err() == nil && told != err.Error() {
				told = err.Error()
				n.env.Log.Error("the keys of the record are not read again", "err", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// tape is the recording of a call.
type tape struct {
	*audio.StereoWriter

	home  string
	id    call.ID
	vault func(call.ID) // closes the vault
}

// Discard implements pipeline.Tape.
func (t tape) Discard() error {
	err := t.Close()
	t.vault(t.id)
	return errors.Join(err, keeping.Forget(t.home, t.id, store.AudioName), keeping.Forget(t.home, t.id, store.OriginalsName))
}

// tape starts the recording of a call, sealed when there is a key.
func (n *Node) tape(id call.ID) (pipeline.Tape, error) {
	w, err := n.startTape(id)
	if err != nil {
		return nil, err
	}
	return tape{w, n.env.Home, id, n.closeVault}, nil
}

func (n *Node) startTape(id call.ID) (*audio.StereoWriter, error) {
	dir, err := store.Folder(n.env.Home, id)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, store.AudioName)
	n.refreshKeys(n.running)
	keys := n.keys.Load()
	if keys == nil {
		return audio.CreateStereo(path)
	}
	f, err := keys.Create(path)
	if err != nil {
		return nil, err
	}
	return audio.NewStereo(f)
}

// repairRecordings mends the headers of recordings that a dead process left behind.
func (n *Node) repairRecordings() {
	files, _ := filepath.Glob(n.home("calls", "*", store.AudioName)) // the pattern is constant
	for _, f := range files {
		fixed, err := n.repair(f)
		if errors.Is(err, seal.ErrKey) { // told once, by who wants to hear it
			continue
		}
		if err != nil {
			n.env.Log.Warn("recording cannot be mended", "file", f, "err", err)
		} else if fixed {
			n.env.Log.Info("recording mended after a crash", "file", f)
		}
	}
}

func (n *Node) repair(path string) (fixed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	yes, err := seal.Sealed(f)
	if err != nil || !yes {
		return plainRepair(path, errors.Join(err, f.Close()))
	}
	s, err := n.keys.Load().Over(f)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	torn, err := s.Mend()
	if err != nil {
		return torn, err
	}
	size, err := s.Size()
	if err != nil {
		return torn, err
	}
	fixed, err = audio.RepairOn(s, size)
	return torn || fixed, err
}

func plainRepair(path string, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	return audio.Repair(path)
}
