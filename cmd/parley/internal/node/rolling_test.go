package node

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/sip"
)

// box is a node in a process of its own, always at the same addresses.
type box struct {
	*agent // asks it

	program string // of this version, unless a test says otherwise
	home    string
	env     []string
	sip     string
	cmd     *exec.Cmd
}

// freeAddr is an address that was free a moment ago, for UDP and TCP.
func freeAddr(t *testing.T) string {
	t.Helper()
	port, err := pipelinetest.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

func newBox(t *testing.T, home, database, events, keys string) *box {
	t.Helper()
	b := &box{agent: &agent{t: t}, program: os.Args[0], home: home, sip: freeAddr(t)}
	web := freeAddr(t)
	b.base = "http://" + web
	b.env = append(os.Environ(), childDatabase+"="+database, childEvents+"="+events, childKeys+"="+keys, childSIP+"="+b.sip, childHTTP+"="+web)
	t.Cleanup(b.kill)
	return b
}

// start runs the node and returns when it takes calls.
func (b *box) start() {
	b.t.Helper()
	b.cmd = exec.Command(b.program, "node", b.home)
	b.cmd.Env, b.cmd.Stderr = b.env, os.Stderr
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		b.t.Fatal("the node did not start:", err)
	}
	for deadline := time.Now().Add(60 * time.Second); b.try(http.MethodGet, "/readyz", nil, nil) != nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatal("the node is not ready")
		}
	}
}

// drain stops the node in order, and waits.
func (b *box) drain() {
	b.t.Helper()
	b.stop()
	b.gone()
}

// stop tells the node to stop in order.
func (b *box) stop() {
	b.t.Helper()
	if err := b.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.t.Fatal(err)
	}
}

// gone waits until the node has stopped.
func (b *box) gone() {
	b.t.Helper()
	if err := b.cmd.Wait(); err != nil {
		b.t.Error("a node did not stop in order:", err)
	}
}

func (b *box) kill() {
	if b.cmd != nil && b.cmd.ProcessState == nil {
		_ = b.cmd.Process.Kill()
		_ = b.cmd.Wait()
	}
}

// calls lists what is on record, through this node.
func (b *box) calls(state record.State) []record.Call {
	b.t.Helper()
	var p record.Page
	if err := b.try(http.MethodGet, "/api/calls?limit=100&state="+string(state), nil, &p); err != nil {
		b.t.Fatal(err)
	}
	return p.Calls
}

// dispatcher is one address for several nodes: Kamailio where it is installed, else the callers look themselves. What it returns
// may be called by one goroutine at a time.
func dispatcher(t *testing.T, boxes ...*box) func() string {
	t.Helper()
	path, err := exec.LookPath("kamailio")
	if err != nil {
		path, err = exec.LookPath("/usr/sbin/kamailio")
	}
	if err != nil {
		t.Log("kamailio is not installed (deploy/setup.sh --kamailio): callers choose a node themselves")
		n := 0
		return func() string {
			for range boxes { // a node that is gone is passed over, as the dispatcher does
				n++
				if conn, err := net.Dial("tcp", strings.TrimPrefix(boxes[n%len(boxes)].base, "http://")); err == nil {
					_ = conn.Close()
					break
				}
			}
			return boxes[n%len(boxes)].sip
		}
	}
	dir, list := t.TempDir(), ""
	for _, b := range boxes {
		list += "1 sip:" + b.sip + "\n"
	}
	for name, text := range map[string]string{"dispatcher.list": list, "address.list": "1 127.0.0.0 8\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := filepath.Abs("../../../../deploy/kamailio/kamailio.cfg")
	if err != nil {
		t.Fatal(err)
	}
	addr := freeAddr(t)
	cmd := exec.Command(path, "-DD", "-E", "-m", "16", "-M", "4", "-Y", dir, "-w", dir, "-f", cfg,
		"-A", "LISTEN=udp:"+addr, "-A", fmt.Sprintf("FOLDER=%q", dir), "-A", "PROBE=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	return func() string { return addr }
}

// crowd are callers who stay for a while.
type crowd struct {
	t       *testing.T
	phone   *softphone.Phone
	mu      sync.Mutex
	front   func() string
	up      int // answered and greeted
	refused int
	cut     int // ended although nobody hung up
	wg      sync.WaitGroup
}

// call rings from a number and stays until hang ends or for stay.
func (c *crowd) call(hang context.Context, number string, stay time.Duration) { //nolint:revive // the end is the point
	greeted := make(chan struct{})
	once := sync.OnceFunc(func() { close(greeted) })
	ctx, cancel := context.WithCancel(hang)
	c.wg.Go(func() { // ends with ctx
		defer cancel()
		select {
		case <-greeted:
		case <-ctx.Done():
			return
		}
		c.count(&c.up)
		select {
		case <-time.After(stay):
		case <-ctx.Done():
		}
	})
	c.wg.Go(func() { // ends with ctx, or when it is cut
		script := softphone.Script{
			Patience: 3 * time.Minute, Lines: []softphone.Line{{PCM: make([]int16, audio.Rate*180)}}, Dial: sip.DialOptions{From: number},
			Watch: func(what string, _ time.Duration) {
				if what == "bot finished" {
					once()
				}
			},
		}
		for range 3 { // without a dispatcher the caller goes to another node
			r := c.phone.Call(ctx, "sip:english@"+c.next(), script)
			if r.Status == http.StatusServiceUnavailable {
				continue
			}
			if ctx.Err() == nil {
				c.t.Logf("%s: the call ended by itself: %d %s %v", number, r.Status, r.EndedBy, r.Err)
				c.count(&c.cut)
			}
			cancel()
			return
		}
		c.count(&c.refused)
		cancel()
	})
}

// next is where the next caller rings.
func (c *crowd) next() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.front()
}

func (c *crowd) count(n *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*n++
}

// await waits until so many were greeted.
func (c *crowd) await(n int) {
	c.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c.mu.Lock()
		up := c.up
		c.mu.Unlock()
		if up >= n {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%d of %d callers were greeted", up, n)
		}
	}
}

// telephone is a phone of its own.
func telephone(t *testing.T) *softphone.Phone {
	t.Helper()
	s, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, nil) }() // ends with cancel
	t.Cleanup(func() { cancel(); <-done })
	return softphone.New(s)
}

// TestRolling restarts two nodes one after the other while calls come and go, then kills one with calls on it. The record
// is sealed.
func TestRolling(t *testing.T) {
	if os.Getenv("PARLEY_CLUSTER") == "" {
		t.Skip("takes minutes: make test-cluster")
	}
	const callers, stay = 20, 12 * time.Second
	first := environment(t)
	url, bus, keys := pgtest.Database(t), natsServer(t), freshKeys(t)
	a := newBox(t, first.Home, url, bus, keys)
	a.start()
	b := newBox(t, beside(t, first.Home).Home, url, bus, keys)
	b.start()
	c := &crowd{t: t, phone: telephone(t), front: dispatcher(t, a, b)}
	number := func(i int) string { return fmt.Sprintf("+441632960%03d", i) }
	i := 0
	some := func(n int, every time.Duration) {
		for range n {
			c.call(t.Context(), number(i), stay)
			i++
			time.Sleep(every)
		}
	}
	some(6, 300*time.Millisecond)
	c.await(6)
	for _, x := range []*box{a, b} {
		stopped := make(chan float64, 1)
		go func() { // ends with the node
			began := time.Now()
			x.drain()
			stopped <- time.Since(began).Seconds()
		}()
		some(7, time.Second)
		t.Logf("a node was told to stop with calls on it and ended in order after %.1f s", <-stopped)
		x.start()
	}
	c.wg.Wait()
	t.Logf("rolling restart of two nodes under %d calls: %d answered and greeted, %d refused, %d cut", i, c.up, c.refused, c.cut)
	if c.up != callers || c.refused+c.cut > 0 {
		t.Errorf("calls were lost")
	}
	if cut := b.calls(record.Cut); len(cut) > 0 {
		t.Errorf("%d calls are on record as cut", len(cut))
	}
	killed(t, c, a, b, number, callers)
}

// killed kills one node with calls on it, and has those callers ring again.
func killed(t *testing.T, c *crowd, a, b *box, number func(int) string, callers int) {
	t.Helper()
	c.wg.Wait()
	c.up, c.cut = 0, 0
	hang, hangUp := context.WithCancel(t.Context())
	defer func() { hangUp(); c.wg.Wait() }()
	ends := map[string]context.CancelFunc{}
	for i := range callers {
		ctx, end := context.WithCancel(hang)
		ends[number(i)] = end
		c.call(ctx, number(i), 5*time.Minute)
	}
	c.await(callers)
	node := selfOf(a)
	var ours map[string]bool
	var theirs int
	for deadline := time.Now().Add(30 * time.Second); len(ours)+theirs != callers && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		ours, theirs = map[string]bool{}, 0
		for _, x := range a.calls(record.Running) {
			if x.Node == node {
				ours[x.From] = true
			} else {
				theirs++
			}
		}
	}
	if len(ours) == 0 || len(ours)+theirs != callers {
		t.Fatalf("%d calls on one node, %d on the other", len(ours), theirs)
	}
	at := time.Now()
	a.kill()
	marked, gone := time.Duration(0), time.Duration(0)
	for deadline := at.Add(30 * time.Second); (marked == 0 || gone == 0) && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if marked == 0 && len(b.calls(record.Cut)) == len(ours) {
			marked = time.Since(at)
		}
		var f desk.Floor
		if gone == 0 && b.try(http.MethodGet, "/api/live", nil, &f) == nil && len(f.Calls) == theirs {
			gone = time.Since(at)
		}
	}
	t.Logf("kill -9 of a node with %d of %d calls: all marked as cut after %d ms, gone from the desk after %d ms", len(ours), callers, marked.Milliseconds(), gone.Milliseconds())
	if marked == 0 || gone == 0 {
		t.Fatalf("the calls of node %s are not all marked: %d on record", node, len(b.calls(record.Cut)))
	}
	for n := range ours { // they hear nothing any more, hang up and ring again
		ends[n]()
	}
	c.mu.Lock() // the calls of the other node go on
	c.up = 0
	c.mu.Unlock()
	for n := range ours {
		c.call(hang, n, 5*time.Minute)
	}
	c.await(len(ours))
	again := time.Since(at)
	known := 0
	for _, x := range b.calls(record.Running) {
		if ours[x.From] && x.Continues != "" {
			known++
		}
	}
	t.Logf("%d of %d callers rang again within %.1f s of the kill and were recognised; %d calls of the other node went on", known, len(ours), again.Seconds(), theirs)
	if known != len(ours) || c.cut > 0 {
		t.Errorf("%d of %d were recognised, %d other calls were cut", known, len(ours), c.cut)
	}
}

// selfOf is the name of a node among the others.
func selfOf(b *box) string {
	var f struct {
		Nodes []record.Node `json:"nodes"`
	}
	b.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if b.try(http.MethodGet, "/api/live", nil, &f) == nil {
			for _, n := range f.Nodes {
				if n.SIP == b.sip {
					return n.ID
				}
			}
		}
	}
	b.t.Fatal("the node is not among the nodes")
	return ""
}
