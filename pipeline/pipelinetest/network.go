// Package pipelinetest stands in for what lies between a caller and Parley: a network that loses, delays, reorders and
// repeats packets, and a room or line that echoes. The test caller and the tests of the legs use it; equal seeds give
// equal luck.
package pipelinetest

import (
	"container/heap"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Network says how bad a network is. The zero value is a perfect one.
type Network struct {
	Loss      float64       // probability 0 to 1 that a packet sent is lost
	LossIn    float64       // the same for packets received
	Duplicate float64       // probability that a packet is sent twice
	Reorder   float64       // probability that a packet is overtaken by those of the next 30 ms
	Jitter    time.Duration // packets are delayed by 0 to this, evenly, and more where order would break
	Seed      uint64        // of the luck
}

// Validate tells what is wrong with n, if anything.
func (n Network) Validate() error {
	for _, p := range []struct {
		name string
		v    float64
	}{{"loss", n.Loss}, {"incoming loss", n.LossIn}, {"duplication", n.Duplicate}, {"reordering", n.Reorder}} {
		if !(p.v >= 0 && p.v <= 1) {
			return fmt.Errorf("network with %s of %v: want a probability of 0 to 1", p.name, p.v)
		}
	}
	if n.Jitter < 0 || n.Jitter > 10*time.Second {
		return fmt.Errorf("network with jitter of %v: want 0 to 10 s", n.Jitter)
	}
	return nil
}

// Perfect reports whether n changes nothing.
func (n Network) Perfect() bool {
	return n.Loss == 0 && n.LossIn == 0 && n.Duplicate == 0 && n.Reorder == 0 && n.Jitter == 0
}

// Stats counts what a Conn has done to packets.
type Stats struct{ Sent, Lost, LostIn, Duplicated, Reordered uint64 }

const (
	overtaken = 30 * time.Millisecond // how far a reordered packet falls back
	maxQueue  = 4096                  // packets under way; more are lost
)

// Conn is a packet connection through a bad network. All its methods may be called from several goroutines at once.
type Conn struct {
	net.PacketConn
	n Network

	mu     sync.Mutex
	luck   *rand.Rand
	queue  packets
	last   time.Time // when the last packet that keeps its order is due
	seq    uint64
	err    error // of the last delayed packet that could not be sent
	closed bool

	wake, quit, done chan struct{}

	sent, lost, lostIn, duplicated, reordered atomic.Uint64
}

// Impair returns conn behind the network n, which applies to packets sent, and its LossIn to packets received. The Conn
// owns conn: close the Conn only. It refuses an impossible network and leaves conn open then.
func Impair(conn net.PacketConn, n Network) (*Conn, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	c := &Conn{
		PacketConn: conn, n: n, luck: rand.New(rand.NewPCG(n.Seed, 0x9e3779b97f4a7c15)),
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go c.deliver() // ends on Close, which waits for it
	return c, nil
}

// WriteTo sends a copy of p through the network. It reports success for packets that the network loses; a delayed packet
// that could not be sent makes a later call fail.
func (c *Conn) WriteTo(p []byte, addr net.Addr) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return 0, net.ErrClosed
	}
	if err := c.err; err != nil {
		c.err = nil
		return 0, err
	}
	copies := 1
	switch {
	case c.luck.Float64() < c.n.Loss:
		c.lost.Add(1)
		return len(p), nil
	case c.luck.Float64() < c.n.Duplicate:
		c.duplicated.Add(1)
		copies = 2
	}
	for range copies {
		due, now := c.due(time.Now())
		if !due.After(now) && len(c.queue) == 0 {
			c.sent.Add(1)
			if _, err := c.PacketConn.WriteTo(p, addr); err != nil {
				return 0, err
			}
			continue
		}
		if len(c.queue) >= maxQueue {
			c.lost.Add(1)
			continue
		}
		c.seq++
		heap.Push(&c.queue, packet{due: due, seq: c.seq, body: append([]byte(nil), p...), addr: addr})
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return len(p), nil
}

// due draws when a packet sent now leaves.
func (c *Conn) due(now time.Time) (due, _ time.Time) {
	due = now
	if c.n.Jitter > 0 {
		due = now.Add(time.Duration(c.luck.Int64N(int64(c.n.Jitter) + 1)))
	}
	if c.last.After(due) {
		due = c.last
	}
	if c.luck.Float64() < c.n.Reorder {
		c.reordered.Add(1)
		return due.Add(overtaken), now
	}
	c.last = due
	return due, now
}

// deliver sends queued packets when they are due.
func (c *Conn) deliver() {
	defer close(c.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(c.flush(time.Now()))
		select {
		case <-c.quit:
			return
		case <-c.wake:
		case <-timer.C:
		}
	}
}

// flush sends what is due and returns how long the next packet can wait.
func (c *Conn) flush(now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) > 0 {
		if wait := c.queue[0].due.Sub(now); wait > 0 {
			return wait
		}
		p := heap.Pop(&c.queue).(packet)
		c.sent.Add(1)
		if _, err := c.PacketConn.WriteTo(p.body, p.addr); err != nil && !errors.Is(err, net.ErrClosed) {
			c.err = fmt.Errorf("send delayed packet: %w", err)
		}
	}
	return time.Hour
}

// ReadFrom waits for the next packet that the network lets through.
func (c *Conn) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, addr, err := c.PacketConn.ReadFrom(p)
		if err != nil || c.n.LossIn == 0 {
			return n, addr, err
		}
		c.mu.Lock()
		lost := c.luck.Float64() < c.n.LossIn
		c.mu.Unlock()
		if !lost {
			return n, addr, nil
		}
		c.lostIn.Add(1)
	}
}

// Stats returns what happened to packets so far.
func (c *Conn) Stats() Stats {
	return Stats{
		Sent: c.sent.Load(), Lost: c.lost.Load(), LostIn: c.lostIn.Load(),
		Duplicated: c.duplicated.Load(), Reordered: c.reordered.Load(),
	}
}

// Close drops the packets under way and closes the connection. A second Close does nothing.
func (c *Conn) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	c.queue = nil
	c.mu.Unlock()
	close(c.quit)
	err := c.PacketConn.Close()
	<-c.done
	if err != nil {
		return fmt.Errorf("close connection: %w", err)
	}
	return nil
}

// packet is one under way.
type packet struct {
	due  time.Time
	seq  uint64
	body []byte
	addr net.Addr
}

// packets is a heap, the packet due first on top.
type packets []packet

func (q packets) Len() int      { return len(q) }
func (q packets) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q packets) Less(i, j int) bool {
	if q[i].due.Equal(q[j].due) {
		return q[i].seq < q[j].seq
	}
	return q[i].due.Before(q[j].due)
}
func (q *packets) Push(x any) { *q = append(*q, x.(packet)) }
func (q *packets) Pop() any {
	old := *q
	p := old[len(old)-1]
	old[len(old)-1] = packet{}
	*q = old[:len(old)-1]
	return p
}
