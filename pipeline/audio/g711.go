package audio

import "math/bits"

// The tables of G.711, made once from its formulas and never written again. Encoding drops the bits that cannot
// matter: mu-law has 14 bits of input, A-law 12 (one more of the 13 is lost to the smallest step).
var (
	muDecode = makeMuDecode()
	aDecode  = makeADecode()
	muEncode = makeMuEncode()
	aEncode  = makeAEncode()
)

func makeMuDecode() (t [256]int16) {
	for i := range t {
		u := ^uint8(i)
		v := (int(u&15)<<3+0x84)<<(u>>4&7) - 0x84
		if u&0x80 != 0 {
			v = -v
		}
		t[i] = int16(v)
	}
	return t
}

func makeADecode() (t [256]int16) {
	for i := range t {
		u := uint8(i) ^ 0x55
		v := int(u&15)<<4 + 8
		if seg := u >> 4 & 7; seg > 0 {
			v = (v + 0x100) << (seg - 1)
		}
		if u&0x80 == 0 {
			v = -v
		}
		t[i] = int16(v)
	}
	return t
}

// makeMuEncode is indexed by the sample shifted right by two, as an unsigned number.
func makeMuEncode() (t [1 << 14]uint8) {
	for i := range t {
		x, sign := int(int16(i<<2))>>2, uint8(0x80)
		if x < 0 {
			x, sign = ^x, 0
		}
		x = min(x+33, 0x1fff)
		seg := bits.Len(uint(x)) - 6
		t[i] = sign | ^(uint8(seg<<4)|uint8(x>>(seg+1)&15))&0x7f
	}
	return t
}

// makeAEncode is indexed by the sample shifted right by four, as an unsigned number.
func makeAEncode() (t [1 << 12]uint8) {
	for i := range t {
		x, sign := int(int16(i<<4))>>4, uint8(0x80)
		if x < 0 {
			x, sign = ^x, 0
		}
		v := uint8(x)
		if x > 15 {
			seg := bits.Len(uint(x)) - 4
			v = uint8(seg<<4) | uint8(x>>(seg-1)&15)
		}
		t[i] = (sign | v) ^ 0x55
	}
	return t
}

type g711Encoder struct {
	table []uint8
	shift uint
}

func (e *g711Encoder) Encode(dst []byte, pcm []int16) ([]byte, error) {
	for _, s := range pcm {
		dst = append(dst, e.table[uint16(s)>>e.shift])
	}
	return dst, nil
}

type g711Decoder struct {
	table *[256]int16
	plc   *concealer
}

func (d *g711Decoder) Decode(dst []int16, payload []byte) ([]int16, error) {
	n := len(dst)
	for _, b := range payload {
		dst = append(dst, d.table[b])
	}
	d.plc.heard(dst[n:])
	return dst, nil
}

func (d *g711Decoder) Conceal(dst []int16, n int) []int16 { return d.plc.conceal(dst, n) }
