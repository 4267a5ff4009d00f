package events_test

import (
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// BenchmarkPublish is the time until a turn is sure to survive.
func BenchmarkPublish(b *testing.B) {
	bus, err := events.Open(b.Context(), events.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	l := events.NewLog(bus, call.NewID(), time.Now())
	for b.Loop() {
		if err := l.Emit(b.Context(), 0, call.KindTurn, call.Turn{N: 1, Who: call.Caller, Text: "I lost my card"}, true); err != nil {
			b.Fatal(err)
		}
	}
}
