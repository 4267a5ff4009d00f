package sip

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

// sipp runs SIPp against a server and returns its exit status and output.
func sipp(t *testing.T, addr string, args ...string) (code int, out string) {
	t.Helper()
	path, err := exec.LookPath("sipp")
	if err != nil {
		t.Skip("sipp is not installed (Debian: sip-tester)")
	}
	for range 4 { // its port may be taken between our look and its start
		all := append([]string{addr, "-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin", "-timeout", "20s", "-timeout_error", "-p", freePort(t)}, args...)
		cmd := exec.CommandContext(ctxFor(t, 25*time.Second), path, all...)
		cmd.Dir = t.TempDir()
		var b bytes.Buffer
		cmd.Stdout, cmd.Stderr = &b, &b
		err = cmd.Run()
		if err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code, out = cmd.ProcessState.ExitCode(), b.String(); code != couldNotStart {
			break
		}
	}
	return code, out
}

// couldNotStart is SIPp's status when it cannot open its sockets.
const couldNotStart = 254

// freePort returns a port that was free a moment ago for both UDP and TCP; SIPp cannot choose one and tell.
func freePort(t *testing.T) string {
	t.Helper()
	port, err := pipelinetest.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(port)
}

func TestSIPpCalls(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{UDP: "127.0.0.1:0", TCP: "127.0.0.1:0"}, answerer{call: echo})
	hold, err := filepath.Abs("testdata/hold.xml")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, addr string
		args       []string
	}{
		{"calls by UDP", s.UDPAddr(), []string{"-sn", "uac", "-m", "10", "-r", "20", "-d", "300"}},
		{"calls by TCP", s.TCPAddr(), []string{"-sn", "uac", "-m", "10", "-r", "20", "-d", "300", "-t", "t1"}},
		{"hold by UDP", s.UDPAddr(), []string{"-sf", hold, "-m", "3", "-r", "5"}},
		{"hold by TCP", s.TCPAddr(), []string{"-sf", hold, "-m", "3", "-r", "5", "-t", "t1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code, out := sipp(t, tt.addr, tt.args...); code != 0 {
				t.Errorf("sipp ended with %d\n%s", code, tail(out))
			}
		})
	}
}

func TestSIPpOverload(t *testing.T) {
	t.Parallel()
	var running atomic.Int64
	s := serve(t, Config{}, answerer{admit: func(Invite) Verdict {
		if running.Add(1) > 6 {
			return Verdict{RetryAfter: 5 * time.Second}
		}
		return Verdict{Accept: true}
	}, call: echo})
	code, out := sipp(t, s.UDPAddr(), "-sn", "uac", "-m", "30", "-l", "30", "-r", "100", "-d", "1500")
	if code != 1 { // 1: some calls failed
		t.Errorf("sipp ended with %d\n%s", code, tail(out))
	}
	if n := s.refused.Load(); n != 24 {
		t.Errorf("%d of 30 calls refused, want 24", n)
	}
}

func tail(s string) string {
	if len(s) > 3000 {
		s = s[len(s)-3000:]
	}
	return s
}
