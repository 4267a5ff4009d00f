package evalasr

import (
	"os"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

func TestTry(t *testing.T) {
	env := cli.New()
	cmd := New(env)
	cmd.SetArgs(strings.Fields(os.Getenv("ARGS")))
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
}
