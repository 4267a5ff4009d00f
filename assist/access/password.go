package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

const (
	shortest = 10  // characters of a password
	longest  = 256 // bytes

	argonTime   = 2
	argonMemory = 19 << 10 // KiB
	argonLanes  = 1
	saltSize    = 16
	hashSize    = 32
	maxMemory   = 256 << 10 // of a stored hash, so that a forged one cannot take the machine's memory
	maxTime     = 16
)

// HashPassword returns the argon2id hash of a password in PHC form. It takes tens of milliseconds and 19 MiB.
func HashPassword(password string) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey(plain(password), salt, argonTime, argonMemory, argonLanes, hashSize)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b.EncodeToString(salt), b.EncodeToString(sum))
}

// CheckPassword reports whether hash, as HashPassword gives it, belongs to password. A hash it cannot read belongs to none.
func CheckPassword(hash, password string) bool {
	var v, m, t, p int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &v); err != nil || v != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || m < 8 || m > maxMemory || t < 1 || t > maxTime || p < 1 || p > 16 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false
	}
	got := argon2.IDKey(plain(password), salt, uint32(t), uint32(m), uint8(p), uint32(len(want))) //nolint:gosec // bounded above
	return subtle.ConstantTimeCompare(got, want) == 1
}

// plain makes one form of passwords that look the same.
func plain(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

// goodPassword says what is wrong with a new password.
func goodPassword(password, login string) error {
	n := utf8.RuneCountInString(password)
	low := strings.ToLower(password)
	switch {
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: the password is not text", ErrInvalid)
	case n < shortest:
		return fmt.Errorf("%w: the password needs at least %d characters", ErrInvalid, shortest)
	case len(password) > longest:
		return fmt.Errorf("%w: the password is longer than %d bytes", ErrInvalid, longest)
	case strings.Count(low, low[:1]) == len(low), login != "" && strings.Contains(low, login) && n < len(login)+8:
		return fmt.Errorf("%w: the password is too easy to guess", ErrInvalid)
	}
	return nil
}

// hasher bounds how many passwords are hashed at once, since each takes 19 MiB.
type hasher struct {
	room  chan struct{}
	decoy string // checked when there is no such login, so that the time taken says nothing
}

func newHasher() *hasher {
	return &hasher{make(chan struct{}, 2), HashPassword(rand.Text())}
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to check password: %w", ctx.Err())
	}
}

// check waits for its turn. An empty hash takes as long as any other and belongs to no password.
func (h *hasher) check(ctx context.Context, hash, password string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer func() { <-h.room }()
	if len(password) > longest {
		password, hash = "", ""
	}
	if hash == "" {
		CheckPassword(h.decoy, password)
		return false, nil
	}
	return CheckPassword(hash, password), nil
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.room }()
	return HashPassword(password), nil
}

// newToken returns a fresh secret of 256 bits and the hash it is stored under.
func newToken() (string, []byte) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	t := base64.RawURLEncoding.EncodeToString(b)
	return t, hashToken(t)
}

func hashToken(t string) []byte {
	sum := sha256.Sum256([]byte(t))
	return sum[:]
}
