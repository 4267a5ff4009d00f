package pipelinetest

import (
	"io"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// Speech is something the caller of a Leg says: Text is what a perfect recogniser would write.
type Speech struct {
	Text     string
	From, To time.Duration // on the leg's clock, which starts with the first frame read
}

// Leg is a caller in memory. What they say is a tone while they speak and silence while they do not, so a level is
// voice activity enough; Spoken tells a scripted recogniser the words. What the bot sends is kept.
type Leg struct {
	mu      sync.Mutex
	frames  int
	speech  []Speech
	played  []piece
	sent    []int16
	echo    int // delay in samples at which the caller's side returns what it hears; 0 is none
	hungUp  bool
	told    string
	signals chan call.Signal
	move    func(target string) error
}

// NewLeg returns a silent caller. Transfer, if not nil, decides how a transfer ends.
func NewLeg(transfer func(target string) error) *Leg {
	return &Leg{signals: make(chan call.Signal, 16), move: transfer}
}

// Say makes the caller speak for d from now and returns when, on the leg's clock, that ends.
func (l *Leg) Say(text string, d time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := time.Duration(l.frames) * audio.FrameTime
	l.speech = append(l.speech, Speech{Text: text, From: from, To: from + d})
	return from + d
}

// piece is sound the caller's side sends from a frame on.
type piece struct {
	frame int
	pcm   []int16
}

// Play has the caller's side send pcm from now on, over what is said.
func (l *Leg) Play(pcm []int16) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.played = append(l.played, piece{l.frames, pcm})
}

// Echo makes the far end return what it hears, quieter by 14 dB, after delay.
func (l *Leg) Echo(delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.echo = audio.Samples(delay)
}

// Spoken returns what the caller has said within [from,to), in order.
func (l *Leg) Spoken(from, to time.Duration) []Speech {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Speech
	for _, s := range l.speech {
		if s.From < to && s.To > from {
			out = append(out, s)
		}
	}
	return out
}

// Press presses a key.
func (l *Leg) Press(digit rune) {
	l.signals <- call.Signal{Kind: call.SignalKey, Digit: digit, Via: "rfc4733", At: time.Now()}
}

// Hold puts the bot on hold, or takes it back.
func (l *Leg) Hold(on bool) {
	kind := call.SignalUnhold
	if on {
		kind = call.SignalHold
	}
	l.signals <- call.Signal{Kind: kind, At: time.Now()}
}

// HangUp ends the call from the caller's side.
func (l *Leg) HangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hungUp = true
}

// Why tells whether the caller has hung up.
func (l *Leg) Why() (call.Party, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hungUp {
		return call.Caller, "bye"
	}
	return "", ""
}

// Because notes who ended the call and why.
func (l *Leg) Because(by call.Party, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = string(by) + ": " + why
}

// Told is what the far side would be told of the end, as "agent: bye"; "" before it.
func (l *Leg) Told() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told
}

// Sent returns a copy of all the bot has sent.
func (l *Leg) Sent() []int16 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]int16(nil), l.sent...)
}

// ReadFrame gives the next 20 ms of the caller.
func (l *Leg) ReadFrame(dst []int16) (audio.Arrival, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hungUp {
		return audio.Arrival{}, io.EOF
	}
	clear(dst)
	at := time.Duration(l.frames) * audio.FrameTime
	for _, s := range l.speech {
		if at >= s.From && at < s.To {
			for i := range dst {
				dst[i] = int16(6000 * (1 - 2*(i/20%2))) // a 400 Hz square wave
			}
		}
	}
	for _, p := range l.played {
		if from := (l.frames - p.frame) * len(dst); from >= 0 && from < len(p.pcm) {
			copy(dst, p.pcm[from:])
		}
	}
	if l.echo > 0 {
		from := len(l.sent) - l.echo
		for i := range dst {
			if k := from + i; k >= 0 && k < len(l.sent) {
				dst[i] += l.sent[k] / 5
			}
		}
	}
	l.frames++
	return audio.Arrival{At: time.Now()}, nil
}

// WriteFrame keeps what the bot sends.
func (l *Leg) WriteFrame(src []int16) (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, src...)
	return time.Now(), nil
}

// Signals gives keys and holds.
func (l *Leg) Signals() <-chan call.Signal { return l.signals }

// Speaking reports whether the bot's last 20 ms were voiced.
func (l *Leg) Speaking() bool { return l.Level() > audio.VoicedDBFS }

// Level is the level of the bot's last 20 ms in dBFS.
func (l *Leg) Level() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sent) < audio.FrameLen {
		return -120
	}
	return audio.Level(l.sent[len(l.sent)-audio.FrameLen:])
}
