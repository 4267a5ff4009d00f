package sip

import (
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"

	pion "github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"github.com/parley-voice/parley/pipeline/sip/sdp"
)

const (
	replayWindow = 128 // packets that may come late
	maxSSRC      = 64  // sources one key may have: each costs memory
)

// errSuite means that a suite was agreed on that this side cannot do.
var errSuite = errors.New("use keys: the suite is not known")

// errKey means that the far side answered with a key to a way that was not offered.
var errKey = errors.New("use keys: the answer is for a way of encryption that was not offered")

var profiles = map[string]srtp.ProtectionProfile{
	"AES_CM_128_HMAC_SHA1_80": srtp.ProtectionProfileAes128CmHmacSha1_80, "AES_CM_128_HMAC_SHA1_32": srtp.ProtectionProfileAes128CmHmacSha1_32,
	"AES_256_CM_HMAC_SHA1_80": srtp.ProtectionProfileAes256CmHmacSha1_80, "AES_256_CM_HMAC_SHA1_32": srtp.ProtectionProfileAes256CmHmacSha1_32,
	"AEAD_AES_128_GCM": srtp.ProtectionProfileAeadAes128Gcm, "AEAD_AES_256_GCM": srtp.ProtectionProfileAeadAes256Gcm,
}

// newKey makes a key for a suite.
func newKey(tag int, suite string) sdp.Crypto {
	b := make([]byte, sdp.KeyLen(suite))
	_, _ = rand.Read(b) // never fails
	return sdp.Crypto{Tag: tag, Suite: suite, Key: sdp.Secret(b)}
}

// newKeys makes a key for each suite that is offered.
func newKeys() []sdp.Crypto {
	var out []sdp.Crypto
	for i, s := range sdp.Suites() {
		out = append(out, newKey(i+1, s))
	}
	return out
}

// shield encrypts what a leg sends and decrypts what it hears (RFC 3711). It is guarded by the lock of its media.
type shield struct {
	far, own sdp.Crypto
	in, out  *srtp.Context
	before   *srtp.Context // of the key the far side had before, for packets still under way; nil = none
	sources  map[uint32]bool
	scratch  []byte
}

// cryptoContext makes the state of one direction.
func cryptoContext(c sdp.Crypto) (*srtp.Context, error) {
	p, ok := profiles[c.Suite]
	if !ok {
		return nil, errSuite
	}
	n, err := p.KeyLen()
	if err != nil || len(c.Key) != sdp.KeyLen(c.Suite) {
		return nil, errSuite
	}
	opts := []srtp.ContextOption{srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow)}
	if c.MKI != "" {
		opts = append(opts, srtp.MasterKeyIndicator([]byte(c.MKI)))
	}
	ctx, err := srtp.CreateContext([]byte(c.Key[:n]), []byte(c.Key[n:]), p, opts...)
	if err != nil {
		return nil, fmt.Errorf("use keys: %w", err)
	}
	return ctx, nil
}

// protect starts or stops encryption, or takes new keys; what stays the same keeps its state. The lock is held.
func (m *media) protect(far, own sdp.Crypto) error {
	if far.Suite == "" {
		m.shield, m.out.seal = nil, nil
		return nil
	}
	s := m.shield
	if s == nil {
		s = &shield{}
	}
	next := *s
	if far != s.far {
		in, err := cryptoContext(far)
		if err != nil {
			return err
		}
		next.before, next.in, next.far, next.sources = s.in, in, far, map[uint32]bool{}
	}
	if own != s.own {
		out, err := cryptoContext(own)
		if err != nil {
			return err
		}
		next.out, next.own = out, own
		if s.out != nil {
			// A new source, so that nobody has to guess how often the sequence has wrapped around under the new key.
			m.out.ssrc, m.out.seq, m.out.marked = mrand.Uint32(), uint16(mrand.Uint32()>>17), false //nolint:gosec // any value will do
		}
	}
	m.shield = &next
	m.out.seal = next.sealRTP
	return nil
}

// unseal decrypts a packet of sound; it is data itself without encryption. The result is valid until the next call.
func (m *media) unseal(data []byte) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shield == nil {
		return data, true
	}
	return m.shield.openRTP(data)
}

// openRTP decrypts a packet, false when it is not of the far side or was there before. The result is valid until the next
// call.
func (s *shield) openRTP(data []byte) ([]byte, bool) {
	var h pion.Header
	if _, err := h.Unmarshal(data); err != nil || !s.sources[h.SSRC] && len(s.sources) >= maxSSRC {
		return nil, false
	}
	out, err := s.in.DecryptRTP(s.scratch[:0], data, nil)
	if err == nil {
		s.scratch, s.sources[h.SSRC] = out, true
		return out, true
	}
	if s.before == nil {
		return nil, false
	}
	if out, err = s.before.DecryptRTP(s.scratch[:0], data, nil); err != nil {
		return nil, false
	}
	s.scratch = out
	return out, true
}

// openRTCP decrypts a control packet.
func (s *shield) openRTCP(data []byte) ([]byte, bool) {
	out, err := s.in.DecryptRTCP(nil, data, nil)
	return out, err == nil
}

// sealRTP encrypts a packet into memory of its own.
func (s *shield) sealRTP(data []byte) ([]byte, error) {
	out, err := s.out.EncryptRTP(nil, data, nil)
	if err != nil {
		return nil, fmt.Errorf("encrypt sound: %w", err)
	}
	return out, nil
}

// sealRTCP encrypts a control packet into memory of its own.
func (s *shield) sealRTCP(data []byte) ([]byte, error) {
	out, err := s.out.EncryptRTCP(nil, data, nil)
	if err != nil {
		return nil, fmt.Errorf("encrypt report: %w", err)
	}
	return out, nil
}

// ownKey returns the key this side encrypts with: of an answer that which was offered under the same tag; to an offer the
// one in use, or a new one when there is none or the far side has a new one too. The zero value for plain RTP. The leg is
// locked.
func (l *Leg) ownKey(far sdp.Crypto, answer bool) (sdp.Crypto, error) {
	if far.Suite == "" {
		return sdp.Crypto{}, nil
	}
	fresh := l.choice.Crypto.Suite != "" && l.choice.Crypto != far && !answer
	for _, k := range l.local.Keys {
		if k.Tag == far.Tag && k.Suite == far.Suite && !fresh {
			return k, nil
		}
	}
	if answer {
		return sdp.Crypto{}, errKey
	}
	return newKey(far.Tag, far.Suite), nil
}

// security is what an offer of the far side must have: a call that is encrypted stays so.
func (l *Leg) security() sdp.Security {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.choice.Crypto.Suite != "" {
		return sdp.Required
	}
	return l.sec
}

// withoutKeys takes the keys out of the next INVITE when the far side has refused them and plain RTP will do.
func (l *Leg) withoutKeys(status int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sec != sdp.Optional || len(l.local.Keys) == 0 || status != 488 && status != 415 && status != 606 {
		return false
	}
	l.local.Keys = nil
	return true
}

// Cipher names the suite that the sound of the call is encrypted with, "" when it is not.
func (l *Leg) Cipher() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.choice.Crypto.Suite
}
