package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// TestVersion asks the program for its version, as who upgrades it does.
func TestVersion(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	root := newRoot(cli.New())
	root.SetArgs([]string{"--version"})
	root.SetOut(&out)
	if err := root.Execute(); err != nil || !strings.Contains(out.String(), config.Version()) {
		t.Errorf("%q, %v", out.String(), err)
	}
}
