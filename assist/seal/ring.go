// Package seal keeps files under a key: recordings are encrypted on the disk and are still written second by second,
// played from any place and mended after a crash. Each file has a key of its own, sealed by a master key that is kept
// elsewhere (Ring); a new master key seals the keys of the files again and leaves the files as they are.
package seal

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Errors callers branch on.
var (
	// ErrKey means the key that sealed a file is not in the ring.
	ErrKey = errors.New("seal: a key is missing")
	// ErrDamaged means a file was changed or is not whole.
	ErrDamaged = errors.New("seal: the file was changed or is damaged")
	// ErrRing means the keys cannot be read; the text says why.
	ErrRing = errors.New("seal: no usable keys")
)

const (
	keyLen = 32 // AES-256
	idLen  = 8
)

type keyID [idLen]byte

func (id keyID) String() string { return hex.EncodeToString(id[:]) }

// master is a key that seals the keys of files.
type master struct {
	id   keyID
	aead cipher.AEAD
}

// Ring is the master keys: the first seals, all open. A nil Ring seals nothing and opens only what is not sealed.
type Ring struct{ keys []master }

// Parse reads keys: one a line, 32 bytes in base64, the one in use first. Empty lines and lines that begin with # count
// for nothing.
func Parse(text []byte) (*Ring, error) {
	r := &Ring{}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(key) != keyLen {
			return nil, fmt.Errorf("%w: line %d is not 32 bytes in base64", ErrRing, i+1)
		}
		sum := sha256.Sum256(append([]byte("parley key\x00"), key...))
		r.keys = append(r.keys, master{keyID(sum[:idLen]), gcm(key)})
	}
	if len(r.keys) == 0 {
		return nil, fmt.Errorf("%w: there is none; make one with parley keys new", ErrRing)
	}
	return r, nil
}

func gcm(key []byte) cipher.AEAD {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the length is constant
	}
	a, err := cipher.NewGCM(b)
	if err != nil {
		panic(err) // the block size is constant
	}
	return a
}

// commandTime bounds how long a command may take to give the keys.
const commandTime = 30 * time.Second

// Load reads the keys from a file that only its owner may read, or from what a command prints; nil when both are empty.
func Load(ctx context.Context, file string, command []string) (*Ring, error) {
	switch {
	case len(command) > 0:
		ctx, cancel := context.WithTimeout(ctx, commandTime)
		defer cancel()
		out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
		if err != nil {
			return nil, fmt.Errorf("%w: security.key_command: %w", ErrRing, err)
		}
		return Parse(out)
	case file != "":
		info, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("%w: security.key_file: %w", ErrRing, err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return nil, fmt.Errorf("%w: security.key_file: others may read %s: chmod 600 it", ErrRing, file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("%w: security.key_file: %w", ErrRing, err)
		}
		return Parse(text)
	}
	return nil, nil
}

// Current names the key that seals, without telling it.
func (r *Ring) Current() string { return r.keys[0].id.String() }

// IDs names all keys, the one that seals first.
func (r *Ring) IDs() []string {
	var out []string
	for _, k := range r.keys {
		out = append(out, k.id.String())
	}
	return out
}

// AddKey puts a fresh key before those in a file, which is made when there is none, and returns its name. The file is
// replaced as a whole: a crash leaves the old or the new one.
func AddKey(file string) (string, error) {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("add key: %w", err)
	}
	key := make([]byte, keyLen)
	_, _ = rand.Read(key) // never fails
	text := fmt.Appendf(nil, "# made %s\n%s\n%s", time.Now().UTC().Format(time.RFC3339), base64.StdEncoding.EncodeToString(key), old)
	r, err := Parse(text)
	if err != nil {
		return "", err
	}
	return r.Current(), replace(file, text)
}

// KeepCurrent removes all keys but the first from a file.
func KeepCurrent(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("drop keys: %w", err)
	}
	for line := range bytes.Lines(text) {
		if l := bytes.TrimSpace(line); len(l) > 0 && l[0] != '#' {
			return replace(file, append(l, '\n'))
		}
	}
	return fmt.Errorf("%w: %s is empty", ErrRing, file)
}

func replace(file string, text []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".keys-*") // for the owner alone
	if err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	if err = os.Rename(tmp.Name(), file); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	return nil
}
