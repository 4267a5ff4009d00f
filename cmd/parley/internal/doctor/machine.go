package doctor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// What a machine needs, in bytes; the memory is that of one process with the default weights and a few calls.
const (
	needMemory = 2 << 30
	needDisk   = 1 << 30
	needFiles  = 1024
)

// processor looks for the instructions the native parts are compiled for.
func processor(cpuinfo string) Check {
	c := Check{Name: "processor"}
	flags, model := cpuFlags(cpuinfo)
	var lacks []string
	for _, f := range []string{"avx2", "fma", "f16c", "bmi2"} {
		if !slices.Contains(flags, f) {
			lacks = append(lacks, f)
		}
	}
	switch {
	case len(flags) == 0:
		c.State, c.Detail = Advice, "its instructions cannot be read from "+cpuinfo
	case len(lacks) > 0:
		c.State, c.Detail = Missing, model+" lacks "+strings.Join(lacks, ", ")
		c.Fix = "use a machine with AVX2 (x86-64-v3, any since about 2013), or build on this one with make build CPU=native"
	default:
		c.State, c.Detail = OK, model
		if slices.Contains(flags, "avx512f") {
			c.Detail += ", AVX-512"
		}
	}
	return c
}

func cpuFlags(cpuinfo string) (flags []string, model string) {
	f, err := os.Open(cpuinfo)
	if err != nil {
		return nil, ""
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		switch strings.TrimSpace(key) {
		case "model name":
			model = strings.TrimSpace(value)
		case "flags":
			return strings.Fields(value), model
		}
	}
	return nil, model
}

func memory(meminfo string) Check {
	c := Check{Name: "memory", State: OK}
	text, err := os.ReadFile(meminfo)
	if err != nil {
		c.State, c.Detail = Advice, err.Error()
		return c
	}
	free := int64(-1)
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			if kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64); err == nil {
				free = kb << 10
			}
		}
	}
	c.Detail = fmt.Sprintf("%d MB available", free>>20)
	switch {
	case free < 0:
		c.State, c.Detail = Advice, "it cannot be read from "+meminfo
	case free < needMemory:
		c.State, c.Fix = Missing, fmt.Sprintf("free memory: Parley needs about %d MB", needMemory>>20)
	}
	return c
}

// openFiles looks at the limit of open files; Go raises the soft limit to the hard one by itself.
func openFiles() Check {
	c := Check{Name: "open files", State: OK}
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		c.State, c.Detail = Advice, err.Error()
		return c
	}
	c.Detail = fmt.Sprintf("at most %d", l.Cur)
	if l.Cur < needFiles {
		c.State, c.Fix = Missing, fmt.Sprintf("raise the limit: ulimit -n %d (LimitNOFILE= in a systemd unit)", 16*needFiles)
	}
	return c
}

// folders looks whether the data and weights folders can be used and have room.
func folders(home, models string) []Check {
	data := Check{Name: "data folder", State: OK, Detail: home}
	if err := writable(home); err != nil {
		data.State, data.Detail = Missing, err.Error()
		data.Fix = "make it writable, or name another folder in PARLEY_HOME"
	}
	return []Check{data, disk("disk for data", home, "PARLEY_HOME"), disk("disk for weights", models, "PARLEY_MODELS")}
}

// writable tries to write in dir, or where dir would be made.
func writable(dir string) error {
	f, err := os.CreateTemp(existing(dir), ".parley-doctor-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", dir, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// existing is dir or the nearest folder above it that exists.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return dir
		}
		dir = up
	}
}

func disk(name, dir, variable string) Check {
	c := Check{Name: name, State: OK}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(existing(dir), &fs); err != nil {
		c.State, c.Detail, c.Fix = Missing, err.Error(), "check the folder "+dir
		return c
	}
	free := int64(fs.Bavail) * fs.Bsize
	c.Detail = fmt.Sprintf("%d MB free under %s", free>>20, dir)
	if free < needDisk {
		c.State, c.Fix = Missing, fmt.Sprintf("make %d MB free, or name another folder in %s", needDisk>>20, variable)
	}
	return c
}

// ports looks whether the configured addresses are free. self is the process of Parley that runs on this data folder, 0 for
// none: then it is that one which has them.
func ports(ctx context.Context, cfg *config.Config, self int) []Check {
	var all []Check
	for _, p := range []struct{ name, network, address, key string }{
		{"SIP over UDP", "udp", cfg.SIP.UDP, "sip.udp"},
		{"SIP over TCP", "tcp", cfg.SIP.TCP, "sip.tcp"},
		{"SIP over TLS", "tcp", cfg.SIP.TLS, "sip.tls"},
		{"HTTP", "tcp", cfg.HTTP.Listen, "http.listen"},
		{"HTTP, plain", "tcp", cfg.HTTP.Redirect, "http.redirect"},
	} {
		if p.address == "" {
			continue
		}
		c := Check{Name: p.name, State: OK, Detail: p.address + " is free"}
		if err := free(ctx, p.network, p.address); err != nil && self != 0 {
			c.Detail = fmt.Sprintf("%s is in use, and Parley runs here (process %d)", p.address, self)
		} else if err != nil {
			c.State, c.Detail = Missing, err.Error()
			c.Fix = busy(err, p.key)
		}
		all = append(all, c)
	}
	return all
}

// busy says what to do about an address, key in the configuration, that cannot be had.
func busy(err error, key string) string {
	switch {
	case errors.Is(err, syscall.EACCES):
		return "ports below 1024 are root's and the service's: run it as root; where Parley runs without its unit, give the program CAP_NET_BIND_SERVICE"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address (ip address shows those it has): set " + key + " in the configuration"
	}
	return "end what uses it (ss -lpn shows it; perhaps Parley runs already), or set " + key + " in the configuration"
}

func free(ctx context.Context, network, address string) error {
	var l net.ListenConfig
	if network == "udp" {
		conn, err := l.ListenPacket(ctx, network, address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
	conn, err := l.Listen(ctx, network, address)
	if err != nil {
		return err
	}
	return conn.Close()
}
