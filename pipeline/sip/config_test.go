package sip

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	busy := serve(t, Config{TCP: "127.0.0.1:0", UDP: "127.0.0.1:0"}, nil)
	tests := []struct {
		name, want string
		cfg        Config
	}{
		{"nothing", "neither", Config{}},
		{"open bind", "say who may call", Config{UDP: "0.0.0.0:0"}},
		{"no port", "HOST:PORT", Config{UDP: "127.0.0.1"}},
		{"busy UDP", "another port", Config{UDP: busy.UDPAddr()}},
		{"busy TCP", "another port", Config{TCP: busy.TCPAddr()}},
		{"codec", "not known", Config{UDP: "127.0.0.1:0", Codecs: []string{"GSM"}}},
		{"one port", "no even port", Config{UDP: "127.0.0.1:0", RTPMin: 4000, RTPMax: 4000}},
		{"no even port", "no even port", Config{UDP: "127.0.0.1:0", RTPMin: 4001, RTPMax: 4002}},
		{"advertised", "not an IP", Config{UDP: "127.0.0.1:0", Advertise: "pbx"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Listen(tt.cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestPortRange(t *testing.T) {
	t.Parallel()
	from, err := pipelinetest.FreePorts(4)
	if err != nil {
		t.Fatal(err)
	}
	s, c := pair(t, Config{RTPMin: from, RTPMax: from + 3}, nil)
	a, b := dial(t, c, s, DialOptions{}), dial(t, c, s, DialOptions{})
	if _, err := c.Dial(ctxFor(t, 10*time.Second), "sip:x@"+s.UDPAddr(), DialOptions{}); statusOf(err) != 503 {
		t.Errorf("a third call over two pairs of ports: %v", err)
	}
	_, _ = a.Hangup(ctxFor(t, 10*time.Second)), b.Hangup(ctxFor(t, 5*time.Second))
}
