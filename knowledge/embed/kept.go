package embed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"os"
	"path/filepath"
)

// The layout of a file of kept vectors: magic, length of the vectors, then for each text its SHA-256 and its vector as
// little-endian float32, then the CRC-32 of all before it.
const (
	keptMagic = "PVK1"
	keptHead  = 8
	keptMost  = 20_000 // texts; among more are those of old versions
)

// KeepIn makes EmbedKept keep its vectors in dir, which is made when it is first needed. Call it before the first use.
func (e *Embedder) KeepIn(dir string) { e.keep = dir }

// EmbedKept is Embed for texts that are the same at each start, such as examples to learn from: their vectors are made
// once and then read from a file, which is named by the weights. It must not be given what people say, since that would
// stay on the disk. A file that cannot be read or written costs time, and nothing else.
func (e *Embedder) EmbedKept(ctx context.Context, texts []string) ([][]float32, error) {
	if e.keep == "" {
		return e.Embed(ctx, texts)
	}
	e.keeping.Lock()
	defer e.keeping.Unlock()
	path := filepath.Join(e.keep, e.hash[:min(len(e.hash), 16)]+".vec")
	known := readKept(path, e.dim)
	var missing []string
	wanted := map[[sha256.Size]byte]bool{}
	for _, t := range texts {
		key := sha256.Sum256([]byte(t))
		wanted[key] = true
		if known[key] == nil {
			missing = append(missing, t)
		}
	}
	if len(missing) > 0 {
		vecs, err := e.Embed(ctx, missing)
		if err != nil {
			return nil, err
		}
		if len(known) > keptMost {
			maps.DeleteFunc(known, func(key [sha256.Size]byte, _ []float32) bool { return !wanted[key] })
		}
		for i, t := range missing {
			known[sha256.Sum256([]byte(t))] = vecs[i]
		}
		_ = writeKept(path, e.dim, known) // they are made again at the next start
	}
	out := make([][]float32, len(texts))
	for i, t := range texts {
		out[i] = known[sha256.Sum256([]byte(t))]
	}
	return out, nil
}

// readKept returns what the file at path holds, nothing when there is none or it is damaged.
func readKept(path string, dim int) map[[sha256.Size]byte][]float32 {
	known := map[[sha256.Size]byte][]float32{}
	raw, err := os.ReadFile(path) //nolint:gosec // the folder is ours
	size := sha256.Size + 4*dim
	if err != nil || len(raw) < keptHead+4 || (len(raw)-keptHead-4)%size != 0 {
		return known
	}
	body, sum := raw[:len(raw)-4], binary.LittleEndian.Uint32(raw[len(raw)-4:])
	if string(raw[:4]) != keptMagic || binary.LittleEndian.Uint32(raw[4:]) != uint32(dim) || crc32.ChecksumIEEE(body) != sum { //nolint:gosec // small
		return known
	}
	for rest := body[keptHead:]; len(rest) > 0; rest = rest[size:] {
		vec := make([]float32, dim)
		for i := range vec {
			vec[i] = math.Float32frombits(binary.LittleEndian.Uint32(rest[sha256.Size+4*i:]))
		}
		known[[sha256.Size]byte(rest[:sha256.Size])] = vec
	}
	return known
}

// writeKept replaces the file at path as a whole, so that no reader ever sees half of it.
func writeKept(path string, dim int, known map[[sha256.Size]byte][]float32) error {
	var b bytes.Buffer
	b.WriteString(keptMagic)
	b.Write(binary.LittleEndian.AppendUint32(nil, uint32(dim))) //nolint:gosec // small
	for key, vec := range known {
		b.Write(key[:])
		for _, x := range vec {
			b.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
		}
	}
	b.Write(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b.Bytes())))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep vectors: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-*.tmp")
	if err != nil {
		return fmt.Errorf("keep vectors: %w", err)
	}
	_, err = f.Write(b.Bytes())
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keep vectors: %w", err)
	}
	return nil
}
