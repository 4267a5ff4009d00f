package events

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/parley-voice/parley/pipeline/call"
)

// TestRetryIsQuiet: who cannot take events for minutes is told of each minute, and once when that is over.
func TestRetryIsQuiet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		b, tries := &Bus{log: slog.New(slog.NewTextHandler(&log, nil))}, 0
		err := b.retry(t.Context(), []call.Event{{}}, func(context.Context, []call.Event) error {
			if tries++; tries > 300 { // 150 s
				return nil
			}
			return errors.New("the disk is full")
		})
		if failed, over := strings.Count(log.String(), "handed over again"), strings.Count(log.String(), "in the end"); err != nil || tries != 301 || failed != 3 || over != 1 {
			t.Errorf("%d tries, %d lines, %d in the end: %v", tries, failed, over, err)
		}
	})
}
