package events_test

import (
	"context"
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

// BenchmarkDropClear removes 500 events in the clear from a store.
func BenchmarkDropClear(b *testing.B) {
	const each = 500 // events
	bus, err := events.Open(b.Context(), events.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	over := func(context.Context, call.ID) (bool, error) { return true, nil }
	var from uint64
	n := 0
	for b.Loop() {
		b.StopTimer()
		for range each / 100 {
			l := events.NewLog(bus, call.NewID(), time.Now())
			for i := range 100 {
				if err := l.Emit(b.Context(), 0, call.KindTurn, call.Turn{N: i, Who: call.Caller, Text: "I would like to know what a transfer abroad costs."}, i == 99); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.StartTimer()
		gone, next, err := bus.DropClear(b.Context(), from, 1<<62, 0, over)
		if err != nil || gone != each {
			b.Fatal(gone, err)
		}
		n, from = n+gone, next
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
