package node

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/parley-voice/parley/asr/whisper"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
)

// TestMain is also the child processes that the tests start: the recogniser, and a node to be killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "asr-worker":
			exitOn(whisper.ServeWorker(context.Background(), os.Stdin, os.Stdout))
		case "node":
			exitOn(runChild(os.Args[2]))
		}
	}
	made, err := os.MkdirTemp("", "parley-made-")
	exitIf(err)
	shared = made
	exitIf(keepMade(made))
	exitIf(allowWaiting())
	code := pgtest.Main(m)
	_ = os.RemoveAll(made) // a folder for temporary files, as good as gone
	os.Exit(code)
}

// keepMade lets the spoken sentences in cache and the vectors of examples stay for the next run, where there is a place for that: they
// are named by the weights, the way of reading, the voice and the text they were made of (FRESH=1 make test makes them again).
func keepMade(cache string) error {
	user, err := os.UserCacheDir()
	if err != nil {
		return nil //nolint:nilerr // they are made in each run
	}
	for _, of := range []string{"speech", "vectors"} {
		kept := filepath.Join(user, "parley", "tests", of)
		if err := os.MkdirAll(kept, 0o700); err != nil {
			return nil //nolint:nilerr // likewise
		}
		if err := os.Symlink(kept, filepath.Join(cache, of)); err != nil {
			return err
		}
	}
	return nil
}

// besideAnother lets a test with a node of its own run beside another one. It must be the first thing a test does, so that the place
// is free again when all else of it has ended.
func besideAnother(t *testing.T) {
	t.Helper()
	t.Parallel()
	places <- struct{}{}
	t.Cleanup(func() { <-places })
}

// allowWaiting has so many more tests run at once: who waits for a place counts as running, and who has one starts parallel tests of its own, which
// would wait for ever when all that may run wait for a place.
func allowWaiting() error {
	flag.Parse()
	f := flag.Lookup("test.parallel")
	n, err := strconv.Atoi(f.Value.String())
	if err != nil {
		return err
	}
	return f.Value.Set(strconv.Itoa(n + mostWaiting))
}

func exitIf(err error) {
	if err != nil {
		exitOn(err)
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// shared is the cache folder of all nodes of this process: what is spoken word for word, and learnt at the start, is made
// once, not by each node.
var shared string

// places are how many tests with calls in real time go on at once: they mostly wait, but more would hear and speak too late.
var places = make(chan struct{}, 2)

// mostWaiting bounds how many tests wait for a place at once.
const mostWaiting = 16
