package pipelinetest

import (
	"errors"
	"net"
	"os"
	"strconv"
	"sync/atomic"
)

// Ports that FreePorts gives: below those that a system gives to whoever asks for any, so that nobody gets one by chance
// between the look and the use.
const (
	firstPort = 12000
	lastPort  = 19999
)

var portsTried atomic.Int64 //nolint:gochecknoglobals // what a process has been given it is not given again

// FreePorts returns the first of n ports in a row, the first of them even, that nobody used a moment ago, neither by UDP nor
// by TCP, on 127.0.0.1. It gives no port twice in a process until it has given all; for programs that cannot choose a port and tell.
func FreePorts(n int) (int, error) {
	step := n + n%2
	blocks := (lastPort - firstPort + 1) / step
	for range blocks {
		block := (os.Getpid()*31 + int(portsTried.Add(1))) % blocks
		if first := firstPort + block*step; free(first, n) {
			return first, nil
		}
	}
	return 0, errors.New("no ports are free")
}

func free(first, n int) bool {
	for port := first; port < first+n; port++ {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		u, err := net.ListenPacket("udp", addr)
		if err != nil {
			return false
		}
		t, err := net.Listen("tcp", addr)
		if err == nil {
			err = t.Close()
		}
		if err = errors.Join(err, u.Close()); err != nil {
			return false
		}
	}
	return true
}
