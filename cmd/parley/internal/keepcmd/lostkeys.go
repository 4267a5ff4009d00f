package keepcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
)

// unlock has the record that is brought back read with the keys that are configured. A key that is not among them, for the
// record or a recording, is refused while nothing has been changed; without any key all is brought back, and read once they
// are there.
func (r *restoring) unlock(ctx context.Context, s *store.Store, keys func(context.Context) (*seal.Ring, error)) error {
	var err error
	if r.out.Keys, err = r.sealedBy(ctx, s); err != nil || len(r.out.Keys) == 0 || keys == nil {
		return err
	}
	ring, err := keys(ctx)
	if err != nil {
		return err
	}
	if ring != nil {
		have := ring.IDs()
		lack := slices.DeleteFunc(slices.Clone(r.out.Keys), func(id string) bool { return slices.Contains(have, id) })
		if len(lack) > 0 {
			return fmt.Errorf("%w: %s holds what was sealed with %s, and security.key_file has %s: nothing was changed. Add the lines of the key file of that time below those in it and run this again; without a key (no --config, no PARLEY_KEY_FILE) it is brought back as it is, to be read once they are there",
				seal.ErrKey, r.path, strings.Join(lack, ", "), strings.Join(have, ", "))
		}
	}
	r.opened = ring != nil
	return s.Unlock(ctx, func(context.Context) (*seal.Ring, error) { return ring, nil })
}

// sealedBy names the master keys that the record s, and the recordings and vaults that are brought back, are sealed with.
func (r *restoring) sealedBy(ctx context.Context, s *store.Store) ([]string, error) {
	out, err := s.MasterKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{store.AudioName, store.OriginalsName} {
		files, _ := filepath.Glob(filepath.Join(r.data(), "calls", "*", name)) // constant patterns
		for _, path := range files {
			by, err := keyOf(path)
			if err != nil {
				return nil, err
			}
			if by != "" && !slices.Contains(out, by) {
				out = append(out, by)
			}
		}
	}
	return append([]string{}, out...), nil
}

// keyOf names the master key that seals a file, "" for none.
func keyOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("look for keys: %w", err)
	}
	by, err := seal.FileSealedBy(f)
	return by, errors.Join(err, f.Close())
}
