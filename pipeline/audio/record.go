package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

const (
	wavHeaderLen   = 44
	stereoSecond   = Rate * 4 // bytes in a second of a recording
	maxWAVData     = math.MaxUint32 - wavHeaderLen
	recordFileMode = 0o600 // recordings are private
)

// ErrFull is returned when a recording has reached the 4 GiB that a WAV file can hold, after 18 hours.
var ErrFull = errors.New("recording has reached 4 GiB, the most a WAV file can hold")

// wavHeader returns the header of a 16-bit PCM file with size bytes of sound.
func wavHeader(rate, channels int, size uint32) []byte {
	b := make([]byte, 0, wavHeaderLen)
	le := binary.LittleEndian
	b = le.AppendUint32(append(b, "RIFF"...), size+wavHeaderLen-8)
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = le.AppendUint16(b, wavPCM)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*2))
	b = le.AppendUint16(b, uint16(channels*2))
	b = le.AppendUint16(b, 16)
	return le.AppendUint32(append(b, "data"...), size)
}

// WAV returns interleaved samples as a 16-bit PCM file.
func WAV(rate, channels int, pcm []int16) ([]byte, error) {
	if channels < 1 || channels > maxChannels || rate < 1 || len(pcm)%channels != 0 {
		return nil, fmt.Errorf("%d samples in %d channels at %d Hz make no WAV", len(pcm), channels, rate)
	}
	if uint64(len(pcm))*2 > maxWAVData {
		return nil, ErrFull
	}
	b := wavHeader(rate, channels, uint32(len(pcm)*2))
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b, nil
}

// WriteWAV writes interleaved samples as a 16-bit PCM file at path, replacing what is there.
func WriteWAV(path string, rate, channels int, pcm []int16) error {
	b, err := WAV(rate, channels, pcm)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fmt.Errorf("write sound: %w", err)
	}
	return nil
}

// StereoWriter writes the recording of a call: 16-bit stereo at Rate, the caller left, the bot right. Each second of
// sound is given to the operating system together with a header that counts it, so a process that is killed leaves a
// readable file that lacks less than a second. Calls must not overlap.
type StereoWriter struct {
	f     Disk
	buf   []byte // not yet in the file
	size  int64  // bytes of sound in the file
	count int64  // sample frames written by the caller
	err   error  // first failure; the recording is over then
}

// Disk is where a recording is written: a file, or what stands for one.
type Disk interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// NewStereo starts a recording on an empty disk, which it takes over. The caller must Close it.
func NewStereo(f Disk) (*StereoWriter, error) {
	if _, err := f.WriteAt(wavHeader(Rate, 2, 0), 0); err != nil {
		return nil, errors.Join(fmt.Errorf("start recording: %w", err), f.Close())
	}
	return &StereoWriter{f: f, buf: make([]byte, 0, stereoSecond)}, nil
}

// CreateStereo creates the recording at path, replacing what is there, readable by the owner only. The caller must
// Close it.
func CreateStereo(path string) (*StereoWriter, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, recordFileMode)
	if err != nil {
		return nil, fmt.Errorf("create recording: %w", err)
	}
	return NewStereo(f)
}

// Write appends samples of both sides; the shorter one is filled up with silence, nil is silence. It writes to the file
// once a second of sound, and keeps neither slice. After an error, such as a full disk, the recording stays as it is
// and every later call returns that error.
func (w *StereoWriter) Write(left, right []int16) error {
	if w.err != nil {
		return w.err
	}
	for i := range max(len(left), len(right)) {
		var l, r int16
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(l))
		w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(r))
		w.count++
		if len(w.buf) >= stereoSecond {
			if err := w.Sync(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Mute silences the left or the right side from sample from up to sample to, as far as they are written. The places are
// counted from the start of the recording.
func (w *StereoWriter) Mute(left bool, from, to int64) error {
	if err := w.Sync(); err != nil {
		return err
	}
	from, to = max(0, from), min(to, w.count)
	if from >= to {
		return nil
	}
	b := make([]byte, (to-from)*4)
	at := wavHeaderLen + from*4
	if _, err := w.f.ReadAt(b, at); err != nil {
		w.err = fmt.Errorf("silence recording: %w", err)
		return w.err
	}
	side := 0
	if !left {
		side = 2
	}
	for i := side; i < len(b); i += 4 {
		b[i], b[i+1] = 0, 0
	}
	if _, err := w.f.WriteAt(b, at); err != nil {
		w.err = fmt.Errorf("silence recording: %w", err)
	}
	return w.err
}

// Samples returns how many samples of each side were written so far.
func (w *StereoWriter) Samples() int64 { return w.count }

// Sync puts what was written into the file and makes the header count it.
func (w *StereoWriter) Sync() error {
	if w.err != nil {
		return w.err
	}
	if len(w.buf) == 0 {
		return nil
	}
	if w.size+int64(len(w.buf)) > maxWAVData {
		w.err = ErrFull
		return w.err
	}
	if _, err := w.f.WriteAt(w.buf, wavHeaderLen+w.size); err != nil {
		w.err = fmt.Errorf("write recording: %w", err)
		return w.err
	}
	w.size += int64(len(w.buf))
	w.buf = w.buf[:0]
	if _, err := w.f.WriteAt(wavHeader(Rate, 2, uint32(w.size)), 0); err != nil {
		w.err = fmt.Errorf("write recording: %w", err)
	}
	return w.err
}

// Close writes what is left and closes the file. A second Close does nothing.
func (w *StereoWriter) Close() error {
	if w.f == nil {
		return nil
	}
	err := w.Sync()
	if cerr := w.f.Close(); err == nil && cerr != nil {
		err = fmt.Errorf("close recording: %w", cerr)
	}
	w.f = nil
	if w.err == nil {
		w.err = os.ErrClosed
	}
	return err
}

// Repair makes the header of a recording count all the sound that is in the file, as a crash between the writing of
// sound and header leaves it, and reports whether it changed anything. Only files laid out as StereoWriter and WriteWAV
// do are touched; the file must not be open for writing elsewhere.
func Repair(path string) (fixed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, fmt.Errorf("open recording: %w", err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close recording: %w", cerr)
		}
	}()
	st, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("repair recording: %w", err)
	}
	if fixed, err = RepairOn(f, st.Size()); err != nil {
		err = fmt.Errorf("repair %s: %w", path, err)
	}
	return fixed, err
}

// RepairOn is Repair of a recording that is open and has length bytes. It does not close it.
func RepairOn(f Disk, length int64) (fixed bool, err error) {
	head := make([]byte, wavHeaderLen)
	if _, err := f.ReadAt(head, 0); err != nil {
		return false, fmt.Errorf("%w: it is too short for a header", ErrFormat)
	}
	if string(head[:4]) != "RIFF" || string(head[8:16]) != "WAVEfmt " || string(head[36:40]) != "data" {
		return false, fmt.Errorf("%w: it was not written by Parley", ErrFormat)
	}
	align := max(1, int64(binary.LittleEndian.Uint16(head[32:])))
	size := min(length-wavHeaderLen, maxWAVData) / align * align
	claimed := int64(binary.LittleEndian.Uint32(head[40:]))
	whole := int64(binary.LittleEndian.Uint32(head[4:])) + 8
	if claimed == size && whole == size+wavHeaderLen {
		return false, nil
	}
	if claimed < size && whole == length { // more chunks follow the sound: a whole file of somebody else
		return false, nil
	}
	binary.LittleEndian.PutUint32(head[4:], uint32(size+wavHeaderLen-8))
	binary.LittleEndian.PutUint32(head[40:], uint32(size))
	if _, err := f.WriteAt(head, 0); err != nil {
		return false, fmt.Errorf("write header: %w", err)
	}
	return true, nil
}
