package bench

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usage is what this process holds at a moment.
type usage struct {
	at                       time.Time
	resident, heap, children float64 // MB; heap is what the last collection found alive
	goroutines, files, ports float64
}

// kind is a figure of a usage, and by how much it may grow beside a tenth.
type kind struct {
	get   func(usage) float64
	slack float64
}

func kinds() map[string]kind {
	return map[string]kind{
		"resident_mb": {func(u usage) float64 { return u.resident }, 32},
		"heap_mb":     {func(u usage) float64 { return u.heap }, 16},
		"children_mb": {func(u usage) float64 { return u.children }, 32},
		"goroutines":  {func(u usage) float64 { return u.goroutines }, 10},
		"files":       {func(u usage) float64 { return u.files }, 6},
		"ports":       {func(u usage) float64 { return u.ports }, 4},
	}
}

// median of one figure.
func median(us []usage, of func(usage) float64) float64 {
	if len(us) == 0 {
		return 0
	}
	var all []float64
	for _, u := range us {
		all = append(all, of(u))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

const lookEvery = 2 * time.Second

// follow looks every two seconds until ctx ends.
func follow(ctx context.Context) []usage {
	out := []usage{look()}
	for ctx.Err() == nil {
		pause(ctx, lookEvery)
		out = append(out, look())
	}
	return out
}

func look() usage {
	heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(heap)
	u := usage{at: time.Now(), heap: float64(heap[0].Value.Uint64()) / 1e6, goroutines: float64(runtime.NumGoroutine()), files: openFiles()}
	u.resident, u.ports = residentMB("self"), float64(udpPorts())
	for _, pid := range childrenOf() {
		u.children += residentMB(pid)
	}
	return u
}

// residentMB is the memory of a process that is in use, 0 where that cannot be told.
func residentMB(pid string) float64 {
	text, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(text))
	if len(f) < 2 {
		return 0
	}
	pages, err := strconv.ParseFloat(f[1], 64)
	if err != nil {
		return 0
	}
	return pages * float64(os.Getpagesize()) / 1e6
}

// childrenOf are the processes this one has started.
func childrenOf() []string {
	var out []string
	files, _ := filepath.Glob("/proc/self/task/*/children") // the pattern is constant
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err == nil {
			out = append(out, strings.Fields(string(text))...)
		}
	}
	return out
}

// udpPorts is how many UDP ports this process has open.
func udpPorts() int {
	mine := map[string]bool{}
	links, _ := os.ReadDir("/proc/self/fd")
	for _, l := range links {
		to, err := os.Readlink("/proc/self/fd/" + l.Name())
		if inode, ok := strings.CutPrefix(to, "socket:["); err == nil && ok {
			mine[strings.TrimSuffix(inode, "]")] = true
		}
	}
	n := 0
	for _, table := range []string{"/proc/self/net/udp", "/proc/self/net/udp6"} {
		text, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 && mine[f[9]] {
				n++
			}
		}
	}
	return n
}
