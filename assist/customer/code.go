package customer

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors of a code that a caller keyed in.
var (
	// ErrCode means that the code is not theirs.
	ErrCode = errors.New("customer: the code is wrong")
	// ErrLocked means that too many wrong ones were keyed in; whether this one is right is not said.
	ErrLocked = errors.New("customer: too many wrong codes, locked for a while")
	// ErrNoCode means that the customer has none, or that codes are not kept here.
	ErrNoCode = errors.New("customer: there is no code to check against")
)

// Bounds of codes.
const (
	MinCode    = 4  // digits
	MaxCode    = 12 // digits
	MinCodeKey = 32 // bytes of Book.CodeKey
	// MostWrong wrong codes in a row lock a customer's for LockedFor, over all their calls.
	MostWrong = 5
	LockedFor = time.Hour
)

// Codes keeps what customers prove with who they are: never the code, only its mark.
type Codes interface {
	// PutCodes stores marks by customer; "" takes one away.
	PutCodes(ctx context.Context, marks map[string]string) error
	// Code is the mark of a customer's code, "" when there is none, and until when it is locked.
	Code(ctx context.Context, customer string) (mark string, locked time.Time, err error)
	// Tried counts a wrong code, or with ok forgets those before. At MostWrong it locks until LockedFor after now.
	Tried(ctx context.Context, customer string, ok bool, now time.Time) error
}

// mark is what is kept of a code: without the key, which is not in the database, it cannot be guessed from.
func (b *Book) mark(ref, digits string) string {
	m := hmac.New(sha256.New, b.CodeKey)
	_, _ = m.Write([]byte(ref + "\x00" + digits)) // never fails
	return hex.EncodeToString(m.Sum(nil))
}

func (b *Book) keepsCodes() bool { return b.Codes != nil && len(b.CodeKey) >= MinCodeKey }

// HasCode reports whether at least one of some customers has a code.
func (b *Book) HasCode(ctx context.Context, ids []string) bool {
	if !b.keepsCodes() {
		return false
	}
	for _, id := range ids {
		if mark, _, err := b.Codes.Code(ctx, id); err == nil && mark != "" {
			return true
		}
	}
	return false
}

// Prove says which of the customers a caller may be has the code they keyed in: ErrCode when none has, or more than one;
// ErrLocked when only locked ones are left, ErrNoCode when none has a code. A wrong code counts for all of them.
func (b *Book) Prove(ctx context.Context, ids []string, digits string) (string, error) {
	if !b.keepsCodes() {
		return "", ErrNoCode
	}
	now, why := b.now(), ErrNoCode
	var open, right []string
	for _, id := range ids {
		mark, locked, err := b.Codes.Code(ctx, id)
		switch {
		case err != nil:
			return "", err
		case mark == "":
			continue
		case now.Before(locked):
			if errors.Is(why, ErrNoCode) {
				why = ErrLocked
			}
			continue
		}
		c, err := b.Store.Customer(ctx, id)
		if err != nil {
			return "", err
		}
		open, why = append(open, id), ErrCode
		if hmac.Equal([]byte(mark), []byte(b.mark(c.Ref, digits))) {
			right = append(right, id)
		}
	}
	if len(right) == 1 {
		return right[0], b.Codes.Tried(ctx, right[0], true, now)
	}
	for _, id := range open {
		if err := b.Codes.Tried(ctx, id, false, now); err != nil {
			return "", err
		}
	}
	return "", why
}

// readCode reads the code of a row, "" for none.
func (b *Book) readCode(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return "", nil
	case !b.keepsCodes():
		return "", fmt.Errorf("%w: codes are not kept without customers.code_key", ErrInvalid)
	case len(s) < MinCode || len(s) > MaxCode || strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }):
		return "", fmt.Errorf("%w: a code has %d to %d digits", ErrInvalid, MinCode, MaxCode) // without the code
	}
	return s, nil
}
