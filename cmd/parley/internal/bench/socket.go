package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip"
)

// wireFrame is 20 ms of G.711.
const wireFrame = 160

// socketLeg is a call over a WebSocket whose binary messages are G.711 mu-law at 8 kHz, of any length, in both directions.
// What comes in faster than it is said is kept, as a phone's buffer would. One goroutine reads and writes frames.
type socketLeg struct {
	conn net.Conn
	tap  func(sip.Packet)
	enc  audio.Encoder
	dec  audio.Decoder
	up   *audio.Resampler // from the wire
	down *audio.Resampler // to the wire
	read chan struct{}    // closed when nothing more is read

	mu   sync.Mutex
	left []int16   // heard and not read yet, 16 kHz
	next time.Time // when the sound that arrives next can be heard at the earliest
}

// dialSocket opens a leg to url and tells tap of every 20 ms that go by. Close ends it.
func dialSocket(ctx context.Context, url string, tap func(sip.Packet)) (*socketLeg, error) {
	enc, err := audio.NewEncoder(audio.PCMU)
	if err != nil {
		return nil, err
	}
	dec, err := audio.NewDecoder(audio.PCMU)
	if err != nil {
		return nil, err
	}
	conn, early, _, err := ws.Dialer{Timeout: 5 * time.Second}.Dial(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", url, err)
	}
	l := &socketLeg{
		conn: conn, tap: tap, enc: enc, dec: dec, read: make(chan struct{}),
		up: audio.NewResampler(8000, audio.Rate), down: audio.NewResampler(audio.Rate, 8000),
	}
	go l.hear(early) // ends when the connection does, which Close ends
	return l, nil
}

// hear keeps what the far side sends. early holds what came together with the answer to the handshake, nil if nothing did.
func (l *socketLeg) hear(early *bufio.Reader) {
	defer close(l.read)
	from := struct {
		io.Reader
		io.Writer
	}{l.conn, l.conn}
	if early != nil {
		from.Reader = early
	}
	var pending []byte
	for {
		data, op, err := wsutil.ReadServerData(from)
		if err != nil {
			return
		}
		if op != ws.OpBinary {
			continue
		}
		now := time.Now()
		for pending = append(pending, data...); len(pending) >= wireFrame; pending = pending[wireFrame:] {
			l.keep(pending[:wireFrame], now)
		}
	}
}

// keep takes 20 ms that arrived now. They are heard now, or when what came before them has been.
func (l *socketLeg) keep(payload []byte, now time.Time) {
	narrow, err := l.dec.Decode(nil, payload)
	if err != nil {
		return
	}
	pcm := l.up.Process(nil, narrow)
	l.mu.Lock()
	defer l.mu.Unlock()
	at := now
	if l.next.After(now) {
		at = l.next
	}
	l.next = at.Add(audio.FrameTime)
	l.left = append(l.left, pcm...)
	l.tap(sip.Packet{In: true, At: at, PCM: pcm, Level: audio.Level(pcm)})
}

// ReadFrame implements softphone.Leg.
func (l *socketLeg) ReadFrame(dst []int16) (audio.Arrival, error) {
	clear(dst)
	l.mu.Lock()
	defer l.mu.Unlock()
	n := copy(dst, l.left)
	l.left = l.left[n:]
	select {
	case <-l.read:
		if n == 0 {
			return audio.Arrival{}, io.EOF
		}
	default:
	}
	return audio.Arrival{Silent: n == 0}, nil
}

// WriteFrame implements softphone.Leg.
func (l *socketLeg) WriteFrame(src []int16) (time.Time, error) {
	payload, err := l.enc.Encode(nil, l.down.Process(nil, src))
	if err != nil {
		return time.Time{}, err
	}
	if err := errors.Join(l.conn.SetWriteDeadline(time.Now().Add(time.Second)), wsutil.WriteClientBinary(l.conn, payload)); err != nil {
		return time.Time{}, fmt.Errorf("send 20 ms: %w", err)
	}
	now := time.Now()
	l.tap(sip.Packet{At: now, PCM: src, Level: audio.Level(src)})
	return now, nil
}

// SendDTMF implements softphone.Leg: this wire has no keys.
func (l *socketLeg) SendDTMF(context.Context, string) error {
	return errors.New("no keys can be pressed over this connection")
}

// Close hangs up and waits until nothing more is read.
func (l *socketLeg) Close() {
	_ = l.conn.SetWriteDeadline(time.Now().Add(time.Second))
	_ = wsutil.WriteClientMessage(l.conn, ws.OpClose, ws.NewCloseFrameBody(ws.StatusNormalClosure, "")) // it may be gone
	_ = l.conn.Close()
	<-l.read
}
