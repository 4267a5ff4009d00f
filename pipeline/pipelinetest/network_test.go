package pipelinetest

import (
	"encoding/binary"
	"errors"
	"math"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// arrival is a packet that a far end got.
type arrival struct {
	n  int
	at time.Time
}

// far is a connection that notes what is sent over it and can be read endlessly.
type far struct {
	net.PacketConn
	mu   sync.Mutex
	got  []arrival
	read int
	fail error
}

func (f *far) WriteTo(p []byte, _ net.Addr) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return 0, f.fail
	}
	f.got = append(f.got, arrival{int(binary.BigEndian.Uint32(p)), time.Now()})
	return len(p), nil
}

func (f *far) ReadFrom(p []byte) (int, net.Addr, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.read++
	if f.read > 1000 {
		return 0, nil, net.ErrClosed
	}
	return copy(p, "x"), nil, nil
}

func (f *far) Close() error { return nil }

// send sends count packets, one every 20 ms, and returns what arrived and the counts.
func send(t *testing.T, n Network, count int) ([]arrival, Stats, time.Time) {
	t.Helper()
	f := &far{}
	c, err := Impair(f, n)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	p := make([]byte, 4)
	for i := range count {
		binary.BigEndian.PutUint32(p, uint32(i))
		if _, err := c.WriteTo(p, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // in the bubble: the packet's time passes
	}
	time.Sleep(time.Second)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.WriteTo(p, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after Close: %v", err)
	}
	return f.got, c.Stats(), start
}

func TestImpair(t *testing.T) {
	t.Parallel()
	const count = 2000
	for _, c := range []struct {
		name                  string
		n                     Network
		lost, twice, swapped  float64 // shares of packets
		minDelay, maxDelay    time.Duration
		meanDelay, tolerateMS float64
	}{
		{name: "perfect"},
		{name: "loss", n: Network{Loss: 0.1, Seed: 1}, lost: 0.1},
		{name: "all lost", n: Network{Loss: 1}, lost: 1},
		{name: "twice", n: Network{Duplicate: 0.2, Seed: 2}, twice: 0.2},
		{name: "swapped", n: Network{Reorder: 0.05, Seed: 3}, swapped: 0.05, maxDelay: overtaken, meanDelay: 1.5, tolerateMS: 1},
		{
			name: "jitter", n: Network{Jitter: 60 * time.Millisecond, Seed: 4},
			maxDelay: 60 * time.Millisecond, meanDelay: 38, tolerateMS: 8,
		},
		{
			name: "everything", n: Network{Loss: 0.05, Duplicate: 0.05, Reorder: 0.05, Jitter: 40 * time.Millisecond, Seed: 5},
			lost: 0.05, twice: 0.05, swapped: 0.05, maxDelay: 40*time.Millisecond + overtaken, meanDelay: 25, tolerateMS: 10,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, stats, start := send(t, c.n, count)
				seen, swapped, last, sum := map[int]int{}, 0, -1, 0.0
				for _, a := range got {
					seen[a.n]++
					if a.n < last {
						swapped++
					}
					last = max(last, a.n)
					d := a.at.Sub(start) - time.Duration(a.n)*20*time.Millisecond
					if d < 0 || d > c.maxDelay {
						t.Fatalf("packet %d was delayed by %v, want 0 to %v", a.n, d, c.maxDelay)
					}
					sum += d.Seconds() * 1000
				}
				near := func(what string, n int, want float64) {
					if share := float64(n) / count; math.Abs(share-want) > 0.02 || want == 0 && n > 0 || want == 1 && n < count {
						t.Errorf("%s: %.3f of the packets, want %.3f", what, share, want)
					}
				}
				near("lost", count-len(seen), c.lost)
				near("twice", len(got)-len(seen), c.twice)
				near("swapped", swapped, c.swapped)
				if mean := sum / float64(max(1, len(got))); math.Abs(mean-c.meanDelay) > c.tolerateMS {
					t.Errorf("mean delay %.1f ms, want %.1f", mean, c.meanDelay)
				}
				if int(stats.Lost) != count-len(seen) || int(stats.Sent) != len(got) || int(stats.Duplicated) != len(got)-len(seen) {
					t.Errorf("counted %+v", stats)
				}
			})
		})
	}
}

func TestImpairSameSeed(t *testing.T) {
	t.Parallel()
	n := Network{Loss: 0.1, Jitter: 30 * time.Millisecond, Reorder: 0.1, Duplicate: 0.1, Seed: 9}
	runs := make([][]arrival, 2)
	for i := range runs {
		synctest.Test(t, func(t *testing.T) {
			got, _, start := send(t, n, 200)
			for k := range got {
				got[k].at = time.Time{}.Add(got[k].at.Sub(start))
			}
			runs[i] = got
		})
	}
	if len(runs[0]) != len(runs[1]) {
		t.Fatalf("%d and %d packets with the same seed", len(runs[0]), len(runs[1]))
	}
	for i := range runs[0] {
		if runs[0][i] != runs[1][i] {
			t.Fatalf("packet %d differs with the same seed: %v and %v", i, runs[0][i], runs[1][i])
		}
	}
}

func TestImpairIncoming(t *testing.T) {
	t.Parallel()
	c, err := Impair(&far{}, Network{LossIn: 0.25, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := 0
	for p := make([]byte, 10); ; got++ {
		if _, _, err := c.ReadFrom(p); err != nil {
			break
		}
	}
	if got < 700 || got > 800 || int(c.Stats().LostIn) != 1000-got {
		t.Errorf("%d of 1000 packets came through, %+v", got, c.Stats())
	}
}

func TestImpairErrors(t *testing.T) {
	t.Parallel()
	for _, n := range []Network{{Loss: -0.1}, {Loss: 5}, {Reorder: math.NaN()}, {Jitter: -1}, {Jitter: time.Minute}, {LossIn: 2}} {
		if _, err := Impair(nil, n); err == nil {
			t.Errorf("accepted %+v", n)
		}
		if n.Perfect() {
			t.Errorf("%+v is perfect", n)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		f := &far{fail: errors.New("no route")}
		c, err := Impair(f, Network{Jitter: 10 * time.Millisecond, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WriteTo(make([]byte, 4), nil); err != nil {
			t.Errorf("the delayed packet failed at once: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := c.WriteTo(make([]byte, 4), nil); !errors.Is(err, f.fail) {
			t.Errorf("the failure was not told: %v", err)
		}
		c.Close()
	})
}

// TestImpairUDP sends through a real socket.
func TestImpairUDP(t *testing.T) {
	t.Parallel()
	to, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	from, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Impair(from, Network{Jitter: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 5 {
		if _, err := c.WriteTo([]byte("hello"), to.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 100)
	for range 5 {
		if n, _, err := to.ReadFrom(p); err != nil || string(p[:n]) != "hello" {
			t.Fatalf("got %q, %v", p[:n], err)
		}
	}
}

func TestEcho(t *testing.T) {
	t.Parallel()
	e := NewEcho(20, 50*time.Millisecond)
	heard := audio.Sine(500, -10, 200*time.Millisecond)
	var sent []int16
	for i := 0; i < len(heard); i += audio.FrameLen {
		f := make([]int16, audio.FrameLen)
		e.Mix(f, heard[i:i+audio.FrameLen])
		sent = append(sent, f...)
	}
	if audio.Level(sent[:800]) != audio.Quietest {
		t.Error("the echo came early")
	}
	if l := audio.Level(sent[800:]); math.Abs(l+30) > 0.2 {
		t.Errorf("echo at %.1f dBFS, want -30", l)
	}
	tail := make([]int16, 2*audio.FrameLen*2)
	e.Mix(tail, nil)
	if audio.Level(tail[:800]) < -31 || audio.Level(tail[800:]) != audio.Quietest {
		t.Error("the echo did not end 50 ms after the sound")
	}
	loud := []int16{32000}
	NewEcho(0, 0).Mix(loud, []int16{32000})
	if loud[0] != 32767 {
		t.Errorf("%d: did not clip", loud[0])
	}
}
