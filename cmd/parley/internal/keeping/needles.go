package keeping

import (
	"bytes"
	"encoding/binary"
)

const (
	signLen  = 8  // bytes a text is known by
	signBits = 16 // of the hash of a sign
)

// needles are texts that are looked for in one pass over the bytes, however many they are: all that was said in hundreds of
// calls, in gigabytes.
type needles struct {
	all   [][]byte
	signs map[uint64][]sign          // by their bytes
	maybe [1 << signBits / 64]uint64 // a bit for the hash of each
	short []int                      // texts that are shorter than a sign
	most  int                        // length of the longest text
}

// sign is a piece of a text that few others of the texts share: many begin alike.
type sign struct{ text, at int }

func newNeedles(all [][]byte) *needles {
	s := &needles{all: all, signs: map[uint64][]sign{}}
	for i, n := range all {
		s.most = max(s.most, len(n))
		if len(n) < signLen {
			s.short = append(s.short, i)
			continue
		}
		at, few := 0, -1
		for o := 0; o+signLen <= len(n); o++ {
			if sharing := len(s.signs[binary.LittleEndian.Uint64(n[o:])]); few < 0 || sharing < few {
				at, few = o, sharing
			}
		}
		key := binary.LittleEndian.Uint64(n[at:])
		s.signs[key] = append(s.signs[key], sign{i, at})
		h := hashOf(key)
		s.maybe[h/64] |= 1 << (h % 64)
	}
	return s
}

func hashOf(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 >> (64 - signBits) }

// in notes in found which of them are in buf.
func (s *needles) in(buf []byte, found []bool) {
	for _, i := range s.short {
		found[i] = found[i] || bytes.Contains(buf, s.all[i])
	}
	if len(s.signs) == 0 {
		return
	}
	for at := 0; at+signLen <= len(buf); at++ {
		key := binary.LittleEndian.Uint64(buf[at:])
		if h := hashOf(key); s.maybe[h/64]&(1<<(h%64)) == 0 {
			continue
		}
		for _, g := range s.signs[key] {
			found[g.text] = found[g.text] || at >= g.at && bytes.HasPrefix(buf[at-g.at:], s.all[g.text])
		}
	}
}
