package node

import (
	"slices"
	"testing"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// TestNeedsRestart changes what takes effect at once, which is not named, and what is read at the start alone.
func TestNeedsRestart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   []string
	}{
		"nothing": {func(*config.Config) {}, nil},
		"queues": {func(c *config.Config) {
			c.Desk.Queues = []config.Queue{{Name: "cards", Patience: time.Minute}}
		}, nil},
		"patience": {func(c *config.Config) { c.Desk.Patience = time.Minute }, nil},
		"ring":     {func(c *config.Config) { c.Desk.Ring = time.Minute }, []string{"desk.ring"}},
		"log":      {func(c *config.Config) { c.Log.Level = "debug" }, []string{"log.level"}},
		"address":  {func(c *config.Config) { c.SIP.UDP = "0.0.0.0:5060" }, []string{"sip.udp"}},
		"several": {func(c *config.Config) {
			c.SIP.Allow, c.SIP.Guard.Rate, c.HTTP.ACME.Domains, c.Trunks = []string{"10.0.0.0/8"}, 7, []string{"a.example"}, []config.Trunk{{Name: "a"}}
		}, []string{"sip.allow", "sip.guard.rate", "http.acme.domains", "trunks"}},
	} {
		is := config.Default()
		c.change(is)
		if got := needsRestart(config.Default(), is); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
