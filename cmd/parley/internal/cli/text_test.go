package cli_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

func TestText(t *testing.T) {
	t.Parallel()
	why := errors.New("seal: a key is missing: give it")
	err := fmt.Errorf("list calls: %w", fmt.Errorf("sql: Scan error on column index %d, name %q: %w", 10, "remote", why))
	if got, want := cli.Text(err), "list calls: seal: a key is missing: give it"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
