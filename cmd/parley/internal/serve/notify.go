package serve

import (
	"net"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// notify tells systemd how far the server is, when systemd started it (sd_notify; Type=notify, or notify-reload where systemd knows it).
func notify(env *cli.Env, state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"}) // @ stands for the abstract name space
	if err == nil {
		_ = c.SetWriteDeadline(time.Now().Add(time.Second)) // without it the write still ends with the socket
		_, err = c.Write([]byte(state))
		_ = c.Close()
	}
	if err != nil {
		env.Log.Warn("systemd was not told", "state", state, "err", err)
	}
}

// monotonic is the time systemd compares a reload with, in microseconds.
func monotonic() string {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return "0"
	}
	return strconv.FormatInt(t.Nano()/1000, 10)
}
