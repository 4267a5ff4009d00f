package audio

import (
	"fmt"

	"github.com/gotranspile/g722"
)

type g722Encoder struct{ enc *g722.Encoder }

func newG722Encoder() *g722Encoder { return &g722Encoder{enc: g722.NewEncoder(g722.RateDefault, 0)} }

func (e *g722Encoder) Encode(dst []byte, pcm []int16) ([]byte, error) {
	if len(pcm)%2 != 0 {
		return dst, fmt.Errorf("encode G.722: %d samples, want an even number", len(pcm))
	}
	dst, room := extend(dst, len(pcm)/2)
	if len(pcm) == 0 {
		return dst, nil
	}
	n := e.enc.Encode(room, pcm)
	return dst[:len(dst)-len(room)+n], nil
}

type g722Decoder struct {
	dec *g722.Decoder
	plc *concealer
}

func newG722Decoder() *g722Decoder {
	return &g722Decoder{dec: g722.NewDecoder(g722.RateDefault, 0), plc: newConcealer(16000)}
}

func (d *g722Decoder) Decode(dst []int16, payload []byte) ([]int16, error) {
	if len(payload) == 0 {
		return dst, nil
	}
	dst, room := extend(dst, len(payload)*2)
	n := d.dec.Decode(room, payload)
	dst = dst[:len(dst)-len(room)+n]
	d.plc.heard(room[:n])
	return dst, nil
}

func (d *g722Decoder) Conceal(dst []int16, n int) []int16 { return d.plc.conceal(dst, n) }

// extend makes s longer by n elements and returns it together with the new part, whose contents are undefined.
func extend[T any](s []T, n int) (whole, added []T) {
	l := len(s)
	if cap(s)-l < n {
		s = append(s, make([]T, n)...)
	}
	s = s[:l+n]
	return s, s[l:]
}
