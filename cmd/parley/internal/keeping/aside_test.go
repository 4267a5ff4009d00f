package keeping

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/parley-voice/parley/assist/retain"
)

// TestAsideUnreadable puts a folder aside that cannot be read, as when its disk has failed: that is told, and nothing fails.
func TestAsideUnreadable(t *testing.T) {
	a := &Aside{Home: filepath.Join(t.TempDir(), "none")}
	words := retain.Traces{Words: []string{"heliotrope"}}
	looks, err := lookAside(t.Context(), t.TempDir(), a, words)
	if err != nil || len(looks) != 1 || looks[0].Found != 1 || looks[0].Why != whyUnread {
		t.Errorf("%+v, %v", looks, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := lookAside(ctx, t.TempDir(), a, words); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}
