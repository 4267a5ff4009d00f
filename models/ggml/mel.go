package ggml

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
)

// Whisper's front end: 16 kHz sound in windows of 400 samples.
const (
	melRate = 16000
	melFFT  = 400
	melBins = melFFT/2 + 1
)

// melFilters returns bands x melBins weights, row by row: from the .npz file at path (array "mel_80" or "mel_128"), or
// computed when path is empty.
func melFilters(path string, bands int) ([]float32, error) {
	if path == "" {
		return computeMel(bands), nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("open mel filters %s: %w", path, err)
	}
	defer z.Close()
	f, err := z.Open(fmt.Sprintf("mel_%d.npy", bands))
	if err != nil {
		return nil, fmt.Errorf("%w: %s has no filters for %d bands", ErrFormat, path, bands)
	}
	defer f.Close()
	out, err := readNPY(f, bands*melBins)
	if err != nil {
		return nil, fmt.Errorf("read mel filters %s: %w", path, err)
	}
	return out, nil
}

// readNPY reads an array of n 32 bit floats in C order.
func readNPY(r io.Reader, n int) ([]float32, error) {
	var head [10]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || string(head[:6]) != "\x93NUMPY" || head[6] != 1 {
		return nil, fmt.Errorf("%w: not an array file", ErrFormat)
	}
	desc := make([]byte, binary.LittleEndian.Uint16(head[8:]))
	if _, err := io.ReadFull(r, desc); err != nil {
		return nil, fmt.Errorf("%w: array cut short", ErrFormat)
	}
	if d := string(desc); !strings.Contains(d, "'<f4'") || !strings.Contains(d, "'fortran_order': False") {
		return nil, fmt.Errorf("%w: array of another type: %s", ErrFormat, strings.TrimSpace(d))
	}
	out := make([]float32, n)
	if err := binary.Read(r, binary.LittleEndian, out); err != nil {
		return nil, fmt.Errorf("%w: array cut short", ErrFormat)
	}
	return out, nil
}

// computeMel returns triangular filters, evenly spaced on Slaney's mel scale from 0 Hz to half the rate, each of unit
// area: the ones whisper was trained with.
func computeMel(bands int) []float32 {
	edges := make([]float64, bands+2)
	top := hzToMel(melRate / 2)
	for i := range edges {
		edges[i] = melToHz(top * float64(i) / float64(bands+1))
	}
	out := make([]float32, bands*melBins)
	for b := range bands {
		lo, mid, hi := edges[b], edges[b+1], edges[b+2]
		for k := range melBins {
			hz := float64(k) * melRate / melFFT
			w := min((hz-lo)/(mid-lo), (hi-hz)/(hi-mid))
			// Narrowed before it is scaled, as in the filters whisper was published with.
			out[b*melBins+k] = float32(float64(float32(max(0, w))) * 2 / (hi - lo))
		}
	}
	return out
}

// Slaney's mel scale is linear up to 1 kHz (3 mel for each 200 Hz) and logarithmic above (27 mel for a factor of 6.4).
const melLinear = 15.0

func hzToMel(hz float64) float64 {
	if hz < 1000 {
		return hz * 3 / 200
	}
	return melLinear + math.Log(hz/1000)*27/math.Log(6.4)
}

func melToHz(mel float64) float64 {
	if mel < melLinear {
		return mel * 200 / 3
	}
	return 1000 * math.Exp((mel-melLinear)*math.Log(6.4)/27)
}
