package pgtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Freeze stops the server and all its processes where they are, without a word to anybody, until thaw is called, at the
// latest at the end of the test. The server must have been started by URL or Database.
func Freeze(t testing.TB) (thaw func()) {
	t.Helper()
	all := processes()
	for _, pid := range all {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Error("freeze PostgreSQL:", err)
		}
	}
	thaw = sync.OnceFunc(func() {
		for _, pid := range all {
			_ = syscall.Kill(pid, syscall.SIGCONT) // one that has gone is not frozen
		}
	})
	t.Cleanup(thaw)
	return thaw
}

// Crash kills the server and all its processes and starts it again on what it left. It returns before the server has
// recovered.
func Crash(t testing.TB) {
	t.Helper()
	for _, pid := range processes() {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have followed the first one
	}
	for deadline := time.Now().Add(deadline); ; time.Sleep(200 * time.Millisecond) {
		_ = running.cmd.Wait() // it was killed, or does not start while something of the one before is left
		if err := running.run(); err != nil {
			t.Error(err)
			return
		}
		for range 10 {
			time.Sleep(100 * time.Millisecond)
			if dead(running.cmd.Process.Pid) {
				break
			}
		}
		if !dead(running.cmd.Process.Pid) {
			return
		}
		if time.Now().After(deadline) {
			t.Error("PostgreSQL does not start again")
			return
		}
	}
}

// dead reports whether a child has ended and nobody has asked how.
func dead(pid int) bool {
	state, _ := stat(pid)
	return state == "Z"
}

// stat is the state of a process and its parent, "" and 0 of one that is not there.
func stat(pid int) (state string, parent int) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 2 {
		return "", 0
	}
	parent, _ = strconv.Atoi(f[1]) // 0 is nobody
	return f[0], parent
}

// processes are the server and what it started, the server first.
func processes() []int {
	out := []int{running.cmd.Process.Pid}
	all, _ := filepath.Glob("/proc/[0-9]*") // the pattern is constant
	for _, path := range all {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		if _, parent := stat(pid); parent == out[0] {
			out = append(out, pid)
		}
	}
	return out
}
