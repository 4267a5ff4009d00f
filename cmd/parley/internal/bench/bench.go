// Package bench is `parley bench`: figures of this machine, each measured on the real product.
package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
)

// New returns the command.
func New(env *cli.Env) *cobra.Command {
	return cli.Group("bench", "Measure this machine",
		newGap(env), newASR(env), newVAD(env), newTTS(env), newLegs(env), newSIP(env), newSoak(env), newDesk(env), newKnowledge(env), newQuality(env))
}

// figures are named numbers; the unit is part of the name.
type figures map[string]float64

// outcome is what every benchmark prints.
type outcome struct {
	Ours    figures            `json:"ours"`
	Peers   map[string]figures `json:"peers"`
	Machine string             `json:"machine"`
}

// machine describes this machine in one line.
func machine() string {
	model := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores", model, runtime.NumCPU())
}

// percentile is the softphone's.
func percentile(values []time.Duration, p float64) time.Duration {
	return softphone.Percentile(values, p)
}

func ms(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}
