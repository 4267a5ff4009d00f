package node

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// one makes sure that err is one line with all of words.
func one(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	text := err.Error()
	if strings.Contains(text, "\n") || cli.Code(err) != cli.ExitFailed {
		t.Errorf("%s: exit %d, not one line: %s", what, cli.Code(err), text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s: %q is not in: %s", what, w, text)
		}
	}
}

// bare is a node before anything is opened; no weights are needed.
func bare(t *testing.T, cfg *config.Config) *Node {
	t.Helper()
	n := &Node{env: &cli.Env{Home: t.TempDir(), Models: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, cfg: cfg}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return n
}

func hostPort(t *testing.T, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestBusyPorts: each address that somebody else has is named, with the key that sets it and what to do.
func TestBusyPorts(t *testing.T) {
	t.Parallel()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []io.Closer{tcp, udp} {
		t.Cleanup(func() { _ = c.Close() })
	}
	taken, sound := tcp.Addr().String(), udp.LocalAddr().String()
	ctx := context.Background()

	// Before anything is loaded: the folder of the weights is empty.
	for key, set := range map[string]func(*config.Config){
		"sip.udp": func(c *config.Config) { c.SIP.UDP = sound }, "sip.tcp": func(c *config.Config) { c.SIP.TCP = taken },
		"http.listen": func(c *config.Config) { c.HTTP.Listen = taken },
	} {
		cfg, env := settings(""), &cli.Env{Home: t.TempDir(), Models: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
		set(cfg)
		n, err := Open(ctx, env, cfg)
		if err == nil {
			_ = n.Close()
		}
		one(t, key, err, key, "address already in use", "choose another port")
	}

	// And when somebody was faster meanwhile.
	cfg := settings("")
	cfg.SIP.UDP = sound
	one(t, "sip over UDP", bare(t, cfg).openPhone(ctx), sound, "sip.udp", "choose another port")
	cfg = settings("")
	cfg.SIP.UDP, cfg.SIP.TCP = "", taken
	one(t, "sip over TCP", bare(t, cfg).openPhone(ctx), taken, "sip.tcp", "choose another port")
	cfg = settings("")
	cfg.HTTP.Listen = taken
	one(t, "http", bare(t, cfg).openWeb(ctx), taken, "http.listen", "choose another address")

	cfg = settings("")
	cfg.WebCalls.UDP = sound
	n := bare(t, cfg)
	if err := n.openPhone(ctx); err != nil {
		t.Fatal(err)
	}
	_, err = n.openWebCalls()
	one(t, "web calls", err, hostPort(t, sound), "web_calls.udp", "choose another port")
}

// TestOpenToTheNetwork: an address others can reach needs to be told who may call, and what else the telephone side cannot be
// is told before anything is loaded: the folder of the weights is empty.
func TestOpenToTheNetwork(t *testing.T) {
	t.Parallel()
	for want, set := range map[string]func(*config.SIP){
		"who may call":         func(c *config.SIP) { c.UDP = "0.0.0.0:0" },
		"not an IP address":    func(c *config.SIP) { c.Advertise = "our office" },
		"20001-20002 holds no": func(c *config.SIP) { c.RTPMin, c.RTPMax = 20001, 20002 },
	} {
		cfg, env := settings(""), &cli.Env{Home: t.TempDir(), Models: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
		set(&cfg.SIP)
		n, err := Open(context.Background(), env, cfg)
		if err == nil {
			_ = n.Close()
		}
		one(t, want, err, "sip.udp", want)
	}
}

// TestDataFolderRights: a data folder that cannot be made, or made and not written, is told before anything is loaded.
func TestDataFolderRights(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(t.TempDir(), "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	homes := map[string]string{"a file": file, "below a file": filepath.Join(file, "x")}
	if os.Geteuid() != 0 { // root may write anywhere
		homes["without rights"], homes["below one without rights"] = locked, filepath.Join(locked, "x")
	}
	if _, err := os.Stat("/proc/self"); err == nil {
		homes["a folder that takes no files"] = "/proc/self"
	}
	for name, home := range homes {
		n := bare(t, settings(""))
		n.env.Home = home
		one(t, name, n.openHome(context.Background()), home, "set PARLEY_HOME to a folder that can be written")
	}
	n := bare(t, settings(""))
	if err := n.openHome(context.Background()); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(n.env.Home); err != nil || len(left) > 0 {
		t.Errorf("left in the data folder: %v, %v", left, err)
	}
}

// TestServeWithBadWeights: a node does not start with weights that are missing or not what they should be, names the
// file, and tells the command that mends it.
func TestServeWithBadWeights(t *testing.T) {
	env := environment(t)
	vad, err := os.ReadFile(filepath.Join(env.Models, "silero-vad", "silero_vad.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]byte{}, vad...)
	changed[len(changed)/2] ^= 1
	vadFile, asrFile := "silero-vad/silero_vad.onnx", "whisper-base/ggml-base-q8_0.bin"
	for _, c := range []struct {
		name, file string
		data       []byte // nil = none
		folder     bool
		want       string
	}{
		{"missing", vadFile, nil, false, "parley models pull silero-vad"},
		{"empty", vadFile, []byte{}, false, "parley models pull silero-vad"},
		{"truncated", vadFile, vad[:len(vad)/2], false, "parley models pull silero-vad"},
		{"one bit changed", vadFile, changed, false, "parley models pull silero-vad"},
		{"a folder", vadFile, nil, true, "remove it, then run: parley models pull silero-vad"},
		{"recognition missing", asrFile, nil, false, "parley models pull whisper-base"},
		{"recognition truncated", asrFile, []byte("lmgg and no more"), false, "parley models pull whisper-base"},
	} {
		t.Run(c.name, func(t *testing.T) {
			own := *env
			own.Home, own.Models = t.TempDir(), t.TempDir()
			files := map[string][]byte{vadFile: vad}
			files[c.file] = c.data
			for name, data := range files {
				p := filepath.Join(own.Models, filepath.FromSlash(name))
				dir := filepath.Dir(p)
				if c.folder && name == c.file {
					dir, data = p, nil
				}
				if err := os.MkdirAll(dir, 0o755); err != nil {
					t.Fatal(err)
				}
				if data == nil {
					continue
				}
				if err := os.WriteFile(p, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			n, err := Open(t.Context(), &own, settings(""))
			if err == nil {
				_ = n.Close()
			}
			one(t, c.name, err, c.want, filepath.Base(c.file))
		})
	}
}
