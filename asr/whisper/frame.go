package whisper

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/parley-voice/parley/asr"
)

// kind says what a frame between parent and child is.
type kind byte

// The frames. Every frame is its length (4 bytes, of what follows), the kind (1), the number of the job (4), the length
// of a JSON head (4), the head, and raw sound as little-endian samples.
const (
	kindHello  kind = iota + 1 // parent: hello
	kindReady                  // child: the weights are loaded
	kindJob                    // parent: asr.Utterance and its sound
	kindCancel                 // parent: give the job up
	kindResult                 // child: asr.Transcript
	kindError                  // child: failure; job 0 means the child cannot work at all
)

// maxFrame bounds a frame: about 25 minutes of sound.
const maxFrame = 48 << 20

var errFrame = errors.New("damaged frame between parley and its recognition worker")

// hello is what a child is told first.
type hello struct {
	Weights string
	Options
}

// failure is an error on its way to the parent.
type failure struct {
	Code    string `json:"code"` // empty, cancelled, engine, input
	Message string `json:"message"`
}

type frame struct {
	kind kind
	job  uint32
	head json.RawMessage
	pcm  []int16
}

// frameWriter writes whole frames from any goroutine.
type frameWriter struct {
	mu sync.Mutex
	w  io.Writer
}

// send writes one frame; head is written as JSON, nil as null.
func (w *frameWriter) send(k kind, job uint32, head any, pcm []int16) error {
	h, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	size := 9 + len(h) + 2*len(pcm)
	if size > maxFrame {
		return fmt.Errorf("write frame: %d bytes are too many; cut the sound into parts", size)
	}
	le := binary.LittleEndian
	b := make([]byte, 0, 4+size)
	b = le.AppendUint32(b, uint32(size))
	b = append(b, byte(k))
	b = le.AppendUint32(b, job)
	b = le.AppendUint32(b, uint32(len(h)))
	b = append(b, h...)
	for _, v := range pcm {
		b = le.AppendUint16(b, uint16(v))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.w.Write(b); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

// readFrame reads one frame; io.EOF means a clean end between frames.
func readFrame(r io.Reader) (frame, error) {
	le := binary.LittleEndian
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errFrame
		}
		return frame{}, err
	}
	n := le.Uint32(size[:])
	if n < 9 || n > maxFrame {
		return frame{}, errFrame
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return frame{}, errFrame
	}
	f := frame{kind: kind(b[0]), job: le.Uint32(b[1:])}
	head := le.Uint32(b[5:])
	b = b[9:]
	if uint64(head) > uint64(len(b)) || (len(b)-int(head))%2 != 0 {
		return frame{}, errFrame
	}
	f.head = b[:head]
	for b = b[head:]; len(b) > 0; b = b[2:] {
		f.pcm = append(f.pcm, int16(le.Uint16(b)))
	}
	return f, nil
}

// utterance unpacks a job.
func (f frame) utterance() (asr.Utterance, error) {
	var u asr.Utterance
	if err := json.Unmarshal(f.head, &u); err != nil {
		return u, fmt.Errorf("%w: %w", errFrame, err)
	}
	u.PCM = f.pcm
	return u, nil
}
