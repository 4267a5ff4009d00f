package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// A sealed text is its sign, the name of the key of values that sealed it, and nonce, cipher text and tag in base64. A mark
// is its sign, the name of the key and the start of a keyed hash. Neither sign begins what people write.
const (
	sealedSign = "\x02"
	markSign   = "\x03"
	valueIDLen = 6 // bytes; 8 characters
	valueName  = 8
	markLen    = 16
	valueAAD   = "parley value key\x00"
)

// Wrapped is a key of values as it is kept beside them: sealed by a master key.
type Wrapped struct {
	ID  string
	Key string
}

// SealedBy names the master key that sealed it, as Ring.IDs does.
func (w Wrapped) SealedBy() string {
	by, _, _ := strings.Cut(w.Key, ".")
	return by
}

// Values seals single texts, such as columns of a database, each with a key of its own place, and makes marks: equal for
// equal texts in a column, and telling nothing to whoever lacks the key, so that a column can be searched for a value. The
// first key seals, all open. All methods may be called from any goroutine. A nil Values opens only what is not sealed.
type Values struct{ keys []valueKey }

type valueKey struct {
	id         string
	seal, mark []byte
}

// NewValueKey makes a key of values, sealed by the current master key.
func (r *Ring) NewValueKey() Wrapped {
	id, key := make([]byte, valueIDLen), make([]byte, keyLen)
	_, _ = rand.Read(id) // never fails
	_, _ = rand.Read(key)
	name := base64.RawURLEncoding.EncodeToString(id)
	return Wrapped{name, r.wrapValueKey(name, key)}
}

func (r *Ring) wrapValueKey(id string, key []byte) string {
	m := r.keys[0]
	nonce := make([]byte, nonceLen)
	_, _ = rand.Read(nonce)
	return m.id.String() + "." + base64.RawURLEncoding.EncodeToString(m.aead.Seal(nonce, nonce, key, []byte(valueAAD+id)))
}

func (r *Ring) unwrapValueKey(w Wrapped) ([]byte, error) {
	by, text, _ := strings.Cut(w.Key, ".")
	if r == nil {
		return nil, fmt.Errorf("%w: the record is sealed with %s: %s", ErrKey, by, giveKeys)
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= nonceLen {
		return nil, fmt.Errorf("%w: the key of values %s", ErrDamaged, w.ID)
	}
	for _, m := range r.keys {
		if m.id.String() != by {
			continue
		}
		key, err := m.aead.Open(nil, raw[:nonceLen], raw[nonceLen:], []byte(valueAAD+w.ID))
		if err != nil || len(key) != keyLen || len(w.ID) != valueName {
			return nil, fmt.Errorf("%w: the key of values %s", ErrDamaged, w.ID)
		}
		return key, nil
	}
	return nil, fmt.Errorf("%w: the record is sealed with %s: %s", ErrKey, by, addKey)
}

// RewrapValueKey seals a key of values with the current master key, when another one did, and reports whether it had to.
func (r *Ring) RewrapValueKey(w Wrapped) (Wrapped, bool, error) {
	key, err := r.unwrapValueKey(w)
	if err != nil || strings.HasPrefix(w.Key, r.Current()+".") {
		return w, false, err
	}
	return Wrapped{w.ID, r.wrapValueKey(w.ID, key)}, true, nil
}

// Values opens keys of values, the one that seals first. The error may be ErrKey or ErrDamaged.
func (r *Ring) Values(all []Wrapped) (*Values, error) {
	v := &Values{}
	for _, w := range all {
		key, err := r.unwrapValueKey(w)
		if err != nil {
			return nil, err
		}
		v.keys = append(v.keys, valueKey{w.ID, keyed(key, "seal"), keyed(key, "mark")})
	}
	return v, nil
}

// keyed is a keyed hash of parts, none of which can pass for a part of another.
func keyed(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// at is the cipher of a place. A key for each place keeps the number of texts under one key far below what random nonces
// allow, and a text that is moved to another place is not opened.
func (k valueKey) at(place []string) cipher.AEAD { return gcm(keyed(k.seal, place...)) }

// Current names the key that seals.
func (v *Values) Current() string { return v.keys[0].id }

// Seal seals a text for a place: what names the table, the column and the row. The empty text stays empty.
func (v *Values) Seal(text string, place ...string) string {
	if text == "" {
		return ""
	}
	k := v.keys[0]
	return sealedSign + k.id + base64.RawURLEncoding.EncodeToString(k.sealed(nil, []byte(text), place))
}

// SealBytes seals data for a place as Seal does a text, without base64.
func (v *Values) SealBytes(data []byte, place ...string) []byte {
	k := v.keys[0]
	return k.sealed([]byte(sealedSign+k.id), data, place)
}

// sealed appends nonce, cipher text and tag to head.
func (k valueKey) sealed(head, plain []byte, place []string) []byte {
	nonce := make([]byte, nonceLen)
	_, _ = rand.Read(nonce) // never fails
	out := make([]byte, 0, len(head)+nonceLen+len(plain)+tagLen)
	return k.at(place).Seal(append(append(out, head...), nonce...), nonce, plain, nil)
}

// Open opens what was sealed for a place; a text that is not sealed is returned as it is. The errors are ErrKey and
// ErrDamaged, also for what was sealed for another place.
func (v *Values) Open(text string, place ...string) (string, error) {
	by := SealedBy(text)
	if by == "" {
		return text, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text[len(sealedSign)+valueName:])
	if err != nil && v != nil {
		return "", fmt.Errorf("%w: a value of %s", ErrDamaged, strings.Join(place, " "))
	}
	plain, err := v.opened(by, raw, place)
	return string(plain), err
}

// OpenBytes opens what SealBytes sealed for a place; what is not sealed is returned as it is. The errors are those of Open.
func (v *Values) OpenBytes(data []byte, place ...string) ([]byte, error) {
	const head = len(sealedSign) + valueName
	if !bytes.HasPrefix(data, []byte(sealedSign)) {
		return data, nil
	}
	if len(data) < head {
		return nil, fmt.Errorf("%w: a value of %s", ErrDamaged, strings.Join(place, " "))
	}
	return v.opened(string(data[len(sealedSign):head]), data[head:], place)
}

// opened opens nonce, cipher text and tag with the key of a name.
func (v *Values) opened(by string, raw []byte, place []string) ([]byte, error) {
	if v == nil {
		return nil, fmt.Errorf("%w: %s", ErrKey, giveKeys)
	}
	for _, k := range v.keys {
		if k.id != by {
			continue
		}
		if len(raw) < nonceLen+tagLen {
			return nil, fmt.Errorf("%w: a value of %s", ErrDamaged, strings.Join(place, " "))
		}
		plain, err := k.at(place).Open(nil, raw[:nonceLen], raw[nonceLen:], nil)
		if err != nil {
			return nil, fmt.Errorf("%w: a value of %s", ErrDamaged, strings.Join(place, " "))
		}
		return plain, nil
	}
	return nil, fmt.Errorf("%w: a value was sealed with %s", ErrKey, by)
}

// SealedBy names the key of values that sealed a text, "" when none did.
func SealedBy(text string) string {
	if !strings.HasPrefix(text, sealedSign) || len(text) < len(sealedSign)+valueName {
		return ""
	}
	return text[len(sealedSign) : len(sealedSign)+valueName]
}

// SealedLike is what sealed texts look like to LIKE.
const SealedLike = sealedSign + "%"

// Mark is the mark of a text in a column, made with the current key. The empty text has the empty mark.
func (v *Values) Mark(text, column string) string { return v.keys[0].markOf(text, column) }

func (k valueKey) markOf(text, column string) string {
	if text == "" {
		return ""
	}
	return markSign + k.id + hex.EncodeToString(keyed(k.mark, column, text)[:markLen])
}

// Marks are all that may stand for a text in a column: the text itself and its mark by each key.
func (v *Values) Marks(text, column string) []string {
	out := []string{Plain(text)}
	if v != nil {
		for _, k := range v.keys {
			out = append(out, k.markOf(text, column))
		}
	}
	return out
}

// MarkedBy names the key of a mark, "" when text is none.
func MarkedBy(text string) string {
	if !strings.HasPrefix(text, markSign) || len(text) != len(markSign)+valueName+2*markLen {
		return ""
	}
	return text[len(markSign) : len(markSign)+valueName]
}

// Plain is a text as it is kept in the clear: one that begins as sealed texts or marks do loses that sign, so that nobody
// can write what passes for either.
func Plain(text string) string {
	if strings.HasPrefix(text, sealedSign) || strings.HasPrefix(text, markSign) {
		return "\uFFFD" + text[1:]
	}
	return text
}

// ErrLocked means that something is to be sealed and the keys are not there.
var ErrLocked = errors.New("seal: the record is sealed and its key is not here: " + giveKeys)

// What people can do about a key that is not there.
const (
	giveKeys = "give the configuration that names the key file (--config FILE), or the key file itself in PARLEY_KEY_FILE"
	addKey   = "the keys given lack it: add its line from the copy of the key file of that time below those in the present one"
)
