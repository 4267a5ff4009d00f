package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/node"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/sip"
)

// runStreams makes the call of bench desk alone and with followers of the event stream.
func runStreams(ctx context.Context, env *cli.Env, turns, streams int) error {
	out := outcome{Peers: map[string]figures{}, Machine: machine(), Ours: figures{"streams": float64(streams)}}
	err := onNode(ctx, env, func(ctx context.Context, n *node.Node) error {
		alone, err := jitterOf(ctx, env, n, turns)
		if err != nil {
			return err
		}
		out.Ours["goroutines_alone"], out.Ours["files_alone"] = float64(runtime.NumGoroutine()), openFiles()
		f, err := openFollowers(ctx, n.WebURL(), streams)
		if err != nil {
			return err
		}
		out.Ours["goroutines_streams"], out.Ours["files_streams"] = float64(runtime.NumGoroutine()), openFiles()
		with, err := jitterOf(ctx, env, n, turns)
		f.close()
		if err != nil {
			return err
		}
		out.Ours["stream_bytes"] = float64(f.bytes.Load())
		if f.cut.Load() > 0 {
			return fmt.Errorf("%d of %d streams were cut while the call went on", f.cut.Load(), streams+1)
		}
		if err := waitFor(ctx, 5*time.Second, func() bool { return float64(runtime.NumGoroutine()) <= out.Ours["goroutines_alone"]+5 }); err != nil && ctx.Err() != nil {
			return err
		}
		out.Ours["goroutines_after"], out.Ours["files_after"] = float64(runtime.NumGoroutine()), openFiles()
		for name, late := range map[string][]time.Duration{"alone": alone, "streams": with} {
			out.Ours["packets_"+name] = float64(len(late))
			out.Ours["jitter_p50_ms_"+name], out.Ours["jitter_p99_ms_"+name] = ms(percentile(late, 0.5)), ms(percentile(late, 0.99))
		}
		out.Ours["jitter_p99_rise_ms"] = out.Ours["jitter_p99_ms_streams"] - out.Ours["jitter_p99_ms_alone"]
		return nil
	})
	if err != nil {
		return err
	}
	return env.Print(out, func(w io.Writer) {
		o := out.Ours
		fmt.Fprintf(w, "p99 jitter of the packets to the caller %.1f ms alone, %.1f ms with %d event streams and a page open: %+.1f ms (p50 %.1f, %.1f ms; %.0f and %.0f packets)\n",
			o["jitter_p99_ms_alone"], o["jitter_p99_ms_streams"], streams, o["jitter_p99_rise_ms"], o["jitter_p50_ms_alone"], o["jitter_p50_ms_streams"], o["packets_alone"], o["packets_streams"])
		fmt.Fprintf(w, "goroutines %.0f alone, %.0f with them, %.0f after; open files %.0f, %.0f, %.0f; %.0f kB of events\n%s\n",
			o["goroutines_alone"], o["goroutines_streams"], o["goroutines_after"], o["files_alone"], o["files_streams"], o["files_after"], o["stream_bytes"]/1000, out.Machine)
	})
}

// jitterOf makes the call and tells how far each packet to the caller was from 20 ms after the one before.
func jitterOf(ctx context.Context, env *cli.Env, n *node.Node, turns int) ([]time.Duration, error) {
	var mu sync.Mutex
	var last time.Time
	var late []time.Duration
	_, err := measureDesk(ctx, env, n, turns, func(p sip.Packet) {
		mu.Lock()
		defer mu.Unlock()
		if !p.In {
			return
		}
		if d := p.At.Sub(last); !last.IsZero() && d < time.Second {
			late = append(late, (d - audio.FrameTime).Abs())
		}
		last = p.At
	})
	mu.Lock()
	defer mu.Unlock()
	return late, err
}

// followers are browsers without a screen.
type followers struct {
	stop  context.CancelFunc
	wg    sync.WaitGroup
	bytes atomic.Int64
	cut   atomic.Int64
}

// openFollowers opens so many streams of events, and one page with its own.
func openFollowers(ctx context.Context, base string, streams int) (*followers, error) {
	ctx, stop := context.WithCancel(ctx)
	f := &followers{stop: stop}
	paths := []string{"/live", "/api/live/events"} // the page, and what it follows
	for range streams {
		paths = append(paths, "/api/events")
	}
	client := &http.Client{Transport: &http.Transport{}}
	for i, path := range paths {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			f.close()
			return nil, err
		}
		res, err := client.Do(req)
		if err == nil && res.StatusCode != http.StatusOK {
			_ = res.Body.Close()
			err = fmt.Errorf("status %d", res.StatusCode)
		}
		if err != nil {
			f.close()
			return nil, fmt.Errorf("open %s: %w", path, err)
		}
		f.wg.Go(func() { // ends with stop
			defer res.Body.Close()
			if _, err := io.Copy(countTo{&f.bytes}, res.Body); i > 0 && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
				f.cut.Add(1)
			}
		})
	}
	return f, nil
}

func (f *followers) close() {
	f.stop()
	f.wg.Wait()
}

// countTo counts what is written to it.
type countTo struct{ n *atomic.Int64 }

func (c countTo) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

// openFiles is how many files and sockets this process has open; 0 where that cannot be told.
func openFiles() float64 {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return float64(len(all))
}
