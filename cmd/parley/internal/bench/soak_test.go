package bench

import (
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// TestSoakJudges has each figure of a soak over its limit, and just below it.
func TestSoakJudges(t *testing.T) {
	t.Parallel()
	good := figures{"packets": 1000, "jitter_p99_ms": mostJitter}
	for name, of := range kinds() {
		good[name+"_before"], good[name+"_after"] = 100, 110+of.slack
	}
	if got := broken(good); len(got) > 0 {
		t.Errorf("at the limits: %v", got)
	}
	over := map[string]float64{"packets": 0, "jitter_p99_ms": mostJitter + 0.1, "failed": 1}
	for name, of := range kinds() {
		over[name+"_after"] = 111 + of.slack
	}
	for name, v := range over {
		f := maps.Clone(good)
		f[name] = v
		if got := broken(f); len(got) != 1 {
			t.Errorf("%s of %.1f: %v", name, v, got)
		}
	}
}

// TestSoakJitter reads the percentiles that are judged off the packets.
func TestSoakJitter(t *testing.T) {
	t.Parallel()
	s := &soak{}
	for i := range 100 {
		s.late(time.Duration(i) * 100 * time.Microsecond)
	}
	if p50, n := s.jitterAt(0.5); p50 != 5 || n != 100 {
		t.Errorf("half are within %.1f ms of %d", p50, n)
	}
	if p99, _ := s.jitterAt(0.99); p99 != 9.9 {
		t.Errorf("99 %% are within %.1f ms", p99)
	}
	s.late(time.Hour)
	if most, _ := s.jitterAt(1); most != 100 {
		t.Errorf("the worst: %.1f ms", most)
	}
}

// TestSoakHelpNamesLimits keeps the help beside what is judged.
func TestSoakHelpNamesLimits(t *testing.T) {
	t.Parallel()
	help := newSoak(&cli.Env{Log: slog.New(slog.DiscardHandler)}).Long
	for _, want := range []string{"over 5 ms", "goroutines 10", "files 6", "ports 4", "heap_mb 16"} {
		if !strings.Contains(help, want) {
			t.Errorf("%q is not in the help: %s", want, help)
		}
	}
}
