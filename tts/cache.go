package tts

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Key names a piece of speech by what it was made from.
type Key [sha256.Size]byte

// KeyOf returns the key of text, already normalised, spoken by voice v of the engine with the given identity (name and
// hash of its weights).
func KeyOf(identity, text string, v Voice) Key {
	var b bytes.Buffer
	for _, s := range []string{identity, v.Bare(), v.Lang, strconv.FormatFloat(v.Rate(), 'f', 3, 64), text} {
		b.Write(binary.AppendUvarint(nil, uint64(len(s))))
		b.WriteString(s)
	}
	return sha256.Sum256(b.Bytes())
}

// The layout of a cache file: header, then samples as little-endian int16. The header is magic, number of samples
// (so that a look at it tells the duration) and the CRC-32 of the sample bytes, each 4 bytes.
const (
	cacheMagic  = "PTS1"
	headerBytes = 12
	cacheExt    = ".pts"
	touchEvery  = time.Hour // how old a time of last use may be
)

// Cache keeps speech on disk under its content hash, so prompts and approved answers cost nothing when they are
// spoken. When it grows over its limit the pieces unused for longest go. A damaged file is deleted and counts as
// missing. Several goroutines and several processes may use one folder at the same time.
type Cache struct {
	dir   string
	limit int64
	mem   *memory

	mu   sync.Mutex
	size int64 // bytes on disk as far as this process knows
}

// OpenCache uses dir, made if missing, for at most limit bytes of speech (32 kB a second); limit <= 0 means 1 GiB.
// Up to memory bytes are kept in memory as well.
func OpenCache(dir string, limit, memoryBytes int64) (*Cache, error) {
	if limit <= 0 {
		limit = 1 << 30
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the speech cache folder: %w", err)
	}
	c := &Cache{dir: dir, limit: limit, mem: newMemory(memoryBytes)}
	for _, f := range c.files() {
		c.size += f.size
	}
	return c, nil
}

// Get returns the speech under k. The samples are shared: the caller must not change them.
func (c *Cache) Get(k Key) ([]int16, bool) {
	if pcm, ok := c.mem.get(k); ok {
		return pcm, true
	}
	path := c.path(k)
	b, err := os.ReadFile(path) //nolint:gosec // the name is a hash in our own folder
	if err != nil {
		return nil, false
	}
	pcm, err := decode(b)
	if err != nil {
		c.drop(path, int64(len(b)))
		return nil, false
	}
	c.touch(path)
	c.mem.put(k, pcm)
	return pcm, true
}

// Duration tells how long the speech under k is without reading its samples, and whether it is there.
func (c *Cache) Duration(k Key) (time.Duration, bool) {
	if pcm, ok := c.mem.get(k); ok {
		return audio.Duration(len(pcm)), true
	}
	f, err := os.Open(c.path(k))
	if err != nil {
		return 0, false
	}
	defer f.Close() //nolint:errcheck // only read
	var h [headerBytes]byte
	st, err := f.Stat()
	if err != nil {
		return 0, false
	}
	if _, err := f.ReadAt(h[:], 0); err != nil {
		return 0, false
	}
	n := int64(binary.LittleEndian.Uint32(h[4:]))
	if string(h[:4]) != cacheMagic || st.Size() != headerBytes+2*n {
		return 0, false
	}
	return audio.Duration(int(n)), true
}

// Put stores pcm under k, replacing what is there. The cache keeps pcm: the caller must not change it afterwards.
func (c *Cache) Put(k Key, pcm []int16) error {
	c.mem.put(k, pcm)
	path := c.path(k)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("make a speech cache folder: %w", err)
	}
	b := encode(pcm)
	if err := writeAtomic(path, b); err != nil {
		return fmt.Errorf("store speech in the cache: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size += int64(len(b))
	if c.size > c.limit {
		c.evict()
	}
	return nil
}

// Room reports whether a fifth of the limit is free.
func (c *Cache) Room() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size < c.limit*8/10
}

func (c *Cache) path(k Key) string {
	name := hex.EncodeToString(k[:])
	return filepath.Join(c.dir, name[:2], name+cacheExt)
}

// touch notes that path was used, at most once an hour.
func (c *Cache) touch(path string) {
	now := time.Now()
	if st, err := os.Stat(path); err == nil && now.Sub(st.ModTime()) > touchEvery {
		_ = os.Chtimes(path, now, now) // only the order of eviction suffers
	}
}

func (c *Cache) drop(path string, size int64) {
	if os.Remove(path) == nil {
		c.mu.Lock()
		c.size -= size
		c.mu.Unlock()
	}
}

// evict deletes the pieces unused for longest until a tenth of the limit is free. c.mu is held.
func (c *Cache) evict() {
	files := c.files()
	slices.SortFunc(files, func(a, b cacheFile) int { return a.used.Compare(b.used) })
	c.size = 0
	for _, f := range files {
		c.size += f.size
	}
	for _, f := range files {
		if c.size <= c.limit*9/10 {
			return
		}
		if err := os.Remove(f.path); err == nil || errors.Is(err, fs.ErrNotExist) {
			c.size -= f.size
		}
	}
}

type cacheFile struct {
	path string
	size int64
	used time.Time
}

// files lists the stored pieces, and deletes what writers that died left behind.
func (c *Cache) files() []cacheFile {
	var out []cacheFile
	_ = filepath.WalkDir(c.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // what cannot be read is not counted
		}
		info, err := d.Info()
		if err != nil {
			return nil //nolint:nilerr // deleted meanwhile
		}
		switch {
		case strings.HasSuffix(path, cacheExt):
			out = append(out, cacheFile{path, info.Size(), info.ModTime()})
		case strings.HasSuffix(path, ".tmp") && time.Since(info.ModTime()) > touchEvery:
			_ = os.Remove(path)
		}
		return nil
	})
	return out
}

// writeAtomic writes b beside path and renames it, so no reader ever sees half a file.
func writeAtomic(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "new-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func encode(pcm []int16) []byte {
	b := make([]byte, headerBytes, headerBytes+2*len(pcm))
	copy(b, cacheMagic)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(pcm)))
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[headerBytes:]))
	return b
}

var errDamaged = errors.New("tts: damaged cache file")

func decode(b []byte) ([]int16, error) {
	if len(b) < headerBytes || string(b[:4]) != cacheMagic {
		return nil, errDamaged
	}
	body := b[headerBytes:]
	if uint64(len(body)) != 2*uint64(binary.LittleEndian.Uint32(b[4:])) || crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(b[8:]) {
		return nil, errDamaged
	}
	return audio.FromBytes(body), nil
}
