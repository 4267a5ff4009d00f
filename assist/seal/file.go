package seal

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// The layout of a sealed file: a head of one block, then blocks of plain text, each on its own: nonce, cipher text, tag.
// A block is what disks write at once, so that a power cut tears none. The last one may be shorter.
const (
	magic     = "PARLEYSEAL1\n"
	blockLen  = 4096
	nonceLen  = 12
	tagLen    = 16
	plainLen  = blockLen - nonceLen - tagLen
	fileIDLen = 16
	wrapLen   = keyLen + tagLen

	atKeyID  = len(magic)
	atNonce  = atKeyID + idLen
	atWrap   = atNonce + nonceLen
	atFileID = atWrap + wrapLen
	headUsed = atFileID + fileIDLen
)

// File is a sealed file, read and written as if it were not. One goroutine at a time may write; readers of the same file
// open it themselves.
type File struct {
	mu   sync.Mutex
	f    *os.File
	aead cipher.AEAD
	id   [fileIDLen]byte
	off  int64 // of Read and Seek
}

// Create makes a sealed file at path, replacing what is there, readable by the owner only.
func (r *Ring) Create(path string) (*File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create sealed file: %w", err)
	}
	key := make([]byte, keyLen)
	_, _ = rand.Read(key) // never fails
	s := &File{f: f, aead: gcm(key)}
	_, _ = rand.Read(s.id[:])
	if _, err := f.WriteAt(r.head(key, s.id), 0); err != nil {
		return nil, errors.Join(fmt.Errorf("create sealed file: %w", err), f.Close())
	}
	return s, nil
}

// head is the first block of a file whose key is key.
func (r *Ring) head(key []byte, id [fileIDLen]byte) []byte {
	m := r.keys[0]
	b := make([]byte, 0, blockLen)
	b = append(append(b, magic...), m.id[:]...)
	nonce := make([]byte, nonceLen)
	_, _ = rand.Read(nonce)
	b = append(b, nonce...)
	b = m.aead.Seal(b, nonce, key, append([]byte(magic), id[:]...))
	b = append(b, id[:]...)
	return b[:blockLen]
}

// unwrap reads the head of a file and returns its key and the name of the key that sealed it.
func (r *Ring) unwrap(head []byte) (key []byte, id [fileIDLen]byte, by keyID, err error) {
	copy(by[:], head[atKeyID:])
	copy(id[:], head[atFileID:])
	if r == nil {
		return nil, id, by, fmt.Errorf("%w: it was sealed with %s: %s", ErrKey, by, giveKeys)
	}
	for _, m := range r.keys {
		if m.id != by {
			continue
		}
		key, err = m.aead.Open(nil, head[atNonce:atWrap], head[atWrap:atFileID], append([]byte(magic), id[:]...))
		if err != nil {
			return nil, id, by, fmt.Errorf("%w: its head", ErrDamaged)
		}
		return key, id, by, nil
	}
	return nil, id, by, fmt.Errorf("%w: it was sealed with %s: %s", ErrKey, by, addKey)
}

// Sealed reports whether f is a sealed file.
func Sealed(f io.ReaderAt) (bool, error) {
	b := make([]byte, len(magic))
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fmt.Errorf("read file: %w", err)
	}
	return string(b[:n]) == magic, nil
}

// FileSealedBy names the master key that seals f, as Ring.IDs does; "" when f is not sealed, or too short to tell.
func FileSealedBy(f io.ReaderAt) (string, error) {
	b := make([]byte, atNonce)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read file: %w", err)
	}
	if n < len(b) || string(b[:len(magic)]) != magic {
		return "", nil
	}
	return keyID(b[atKeyID:]).String(), nil
}

// Over reads and, where f was opened for it, writes the sealed file f, which it takes over. The error may be ErrKey or
// ErrDamaged; f is closed then.
func (r *Ring) Over(f *os.File) (*File, error) {
	head := make([]byte, headUsed)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: its head is cut off: %w", ErrDamaged, err), f.Close())
	}
	key, id, _, err := r.unwrap(head)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &File{f: f, aead: gcm(key), id: id}, nil
}

// Size is how long the plain text is now.
func (s *File) Size() (int64, error) {
	info, err := s.f.Stat()
	if err != nil {
		return 0, fmt.Errorf("look at sealed file: %w", err)
	}
	return plainSize(info.Size()), nil
}

func plainSize(onDisk int64) int64 {
	body := max(0, onDisk-blockLen)
	rest := max(0, body%blockLen-nonceLen-tagLen)
	return body/blockLen*plainLen + rest
}

// info is a file as its readers see it.
type info struct {
	fs.FileInfo

	size int64
}

func (i info) Size() int64 { return i.size }

// Stat describes the file with the size of its plain text.
func (s *File) Stat() (fs.FileInfo, error) {
	i, err := s.f.Stat()
	if err != nil {
		return nil, fmt.Errorf("look at sealed file: %w", err)
	}
	return info{i, plainSize(i.Size())}, nil
}

// block opens block n, whose plain text is put into dst; what lies beyond the end is io.EOF.
func (s *File) block(n int64, dst []byte) ([]byte, error) {
	raw := make([]byte, blockLen)
	for range 3 { // the last block may be written while it is read
		got, err := s.f.ReadAt(raw, (n+1)*blockLen)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read sealed file: %w", err)
		}
		if got <= nonceLen+tagLen {
			return nil, io.EOF
		}
		plain, err := s.aead.Open(dst[:0], raw[:nonceLen], raw[nonceLen:got], s.aad(n))
		if err == nil {
			return plain, nil
		}
	}
	return nil, fmt.Errorf("%w: block %d", ErrDamaged, n)
}

func (s *File) aad(n int64) []byte {
	return binary.BigEndian.AppendUint64(s.id[:len(s.id):len(s.id)], uint64(n))
}

// ReadAt reads plain text as io.ReaderAt says.
func (s *File) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("read sealed file: %d is before its start", off) //nolint:err113 // a mistake of the caller
	}
	done := 0
	buf := make([]byte, 0, plainLen)
	for done < len(p) {
		at := off + int64(done)
		plain, err := s.block(at/plainLen, buf)
		if err != nil {
			return done, err
		}
		from := int(at % plainLen)
		if from >= len(plain) {
			return done, io.EOF
		}
		done += copy(p[done:], plain[from:])
	}
	return done, nil
}

// WriteAt writes plain text; a gap behind the end is filled with zeros. All blocks it touches go to the disk in one write.
func (s *File) WriteAt(p []byte, off int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	size, err := s.Size()
	if err != nil {
		return 0, err
	}
	if off > size {
		p = append(make([]byte, off-size), p...)
		n, err := s.write(p, size)
		return max(0, n-int(off-size)), err
	}
	return s.write(p, off)
}

func (s *File) write(p []byte, off int64) (int, error) {
	first, last := off/plainLen, (off+int64(len(p))-1)/plainLen
	var out []byte
	for n := first; n <= last; n++ {
		plain, err := s.block(n, make([]byte, 0, plainLen))
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		start := n * plainLen
		from, to := max(off, start)-start, min(off+int64(len(p)), start+plainLen)-start
		for int64(len(plain)) < to {
			plain = append(plain, 0)
		}
		copy(plain[from:to], p[start+from-off:])
		nonce := make([]byte, nonceLen)
		_, _ = rand.Read(nonce) // never fails
		out = s.aead.Seal(append(out, nonce...), nonce, plain, s.aad(n))
	}
	if _, err := s.f.WriteAt(out, (first+1)*blockLen); err != nil {
		return 0, fmt.Errorf("write sealed file: %w", err)
	}
	return len(p), nil
}

// Read reads on from the last place.
func (s *File) Read(p []byte) (int, error) {
	n, err := s.ReadAt(p, s.off)
	s.off += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Seek sets the place of the next Read.
func (s *File) Seek(off int64, whence int) (int64, error) {
	size, err := s.Size()
	if err != nil {
		return 0, err
	}
	switch whence {
	case io.SeekCurrent:
		off += s.off
	case io.SeekEnd:
		off += size
	}
	if off < 0 {
		return 0, fmt.Errorf("seek in sealed file: %d is before its start", off) //nolint:err113 // a mistake of the caller
	}
	s.off = off
	return off, nil
}

// Mend cuts off a last block that a crash left torn, and reports whether it did.
func (s *File) Mend() (bool, error) {
	info, err := s.f.Stat()
	if err != nil {
		return false, fmt.Errorf("mend sealed file: %w", err)
	}
	body := info.Size() - blockLen
	if body <= 0 {
		return false, nil
	}
	last := (body - 1) / blockLen
	_, err = s.block(last, make([]byte, 0, plainLen))
	if !errors.Is(err, ErrDamaged) && !errors.Is(err, io.EOF) {
		return false, err
	}
	if err := s.f.Truncate((last + 1) * blockLen); err != nil {
		return false, fmt.Errorf("mend sealed file: %w", err)
	}
	return true, nil
}

// Close closes the file.
func (s *File) Close() error { return s.f.Close() }
