package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func hash(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// entry is a catalogue of one model "speech" with one file "model.bin".
func entry(t *testing.T, content, sources string) *Catalogue {
	t.Helper()
	c, err := Parse(fmt.Appendf(nil, `
version: 1
models:
  - name: speech
    task: asr
    languages: [en]
    licence: {spdx: MIT, text: "-", attribution: someone}
    commercial: yes
    note: a model
    files:
      - path: model.bin
        size: %d
        sha256: %s
        sources:
%s`, len(content), hash(content), sources))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func storeOf(t *testing.T, c *Catalogue) *Store {
	t.Helper()
	s, err := openWith(t.TempDir(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve is a publisher that has one file and says how often it was asked.
func serve(t *testing.T, content string) (address string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.ServeContent(w, r, "model.bin", time.Time{}, strings.NewReader(content))
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/model.bin", asked
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPullFromPublisher(t *testing.T) {
	t.Parallel()
	address, asked := serve(t, "weights")
	s := storeOf(t, entry(t, "weights", "          - url: "+address))
	if _, err := s.Locate("speech", "model.bin"); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "parley models pull speech") {
		t.Fatalf("before: %v; want missing and the command that helps", err)
	}
	for range 2 {
		if _, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the publisher was asked %d times, want once", n)
	}
	path, err := s.Locate("speech", "model.bin")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "weights" {
		t.Errorf("installed %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir(), downloads, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestPullTriesNextSource(t *testing.T) {
	t.Parallel()
	wrong, _ := serve(t, "WEIGHTS")
	short, _ := serve(t, "wei")
	long, _ := serve(t, "weights and then some")
	right, _ := serve(t, "weights")
	gone := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(gone.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, first := range map[string]string{
		"wrong hash": wrong, "truncated": short, "too long": long, "not found": gone.URL, "no answer": closed.URL,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storeOf(t, entry(t, "weights", fmt.Sprintf("          - url: %s\n          - url: %s", first, right)))
			var trouble []string
			_, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{Progress: func(e Event) {
				if e.Stage == Trouble {
					trouble = append(trouble, e.Note)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			if len(trouble) != 1 {
				t.Errorf("told of %q, want one trouble", trouble)
			}
			rejected, err := os.ReadFile(filepath.Join(s.Dir(), "speech", "model.bin.rejected"))
			if name == "wrong hash" && (err != nil || string(rejected) != "WEIGHTS") {
				t.Errorf("the wrong file was not kept aside: %v", err)
			}
		})
	}
}

func TestPullFailsClearly(t *testing.T) {
	t.Parallel()
	wrong, _ := serve(t, "WEIGHTS")
	s := storeOf(t, entry(t, "weights", "          - url: "+wrong))
	_, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{})
	if !errors.Is(err, ErrWrong) || !strings.Contains(err.Error(), "no source is left") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.Dir(), "speech", "model.bin")); err == nil {
		t.Error("a wrong file was installed")
	}
	_, err = s.Pull(context.Background(), []string{"spech"}, PullOptions{})
	if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), `did you mean "speech"?`) {
		t.Errorf("unknown name: %v", err)
	}
}

func TestPullResumes(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 1000)
	var ranges []string
	cut := true
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if cut {
			cut = false
			w.Header().Set("Content-Length", "10000")
			_, _ = w.Write([]byte(content[:4000]))
			panic(http.ErrAbortHandler) // the line breaks
		}
		http.ServeContent(w, r, "m", time.Time{}, strings.NewReader(content))
	}))
	t.Cleanup(srv.Close)
	s := storeOf(t, entry(t, content, "          - url: "+srv.URL))
	if _, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{}); err == nil {
		t.Fatal("a broken line was not noticed")
	}
	if _, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(ranges) != 2 || ranges[1] != "bytes=4000-" {
		t.Errorf("asked for %q, want the rest the second time", ranges)
	}
}

func TestPullStopsWithContext(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(srv.Close)
	s := storeOf(t, entry(t, "weights", "          - url: "+srv.URL))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Pull(ctx, []string{"speech"}, PullOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestTwoPullsAtOnce(t *testing.T) {
	t.Parallel()
	address, asked := serve(t, "weights")
	s := storeOf(t, entry(t, "weights", "          - url: "+address))
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { // ends with its pull
			if _, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("the publisher was asked %d times, want once", n)
	}
}

func TestCorruptFileIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{"changed": "wEights", "truncated": "weig", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := serve(t, "weights")
			s := storeOf(t, entry(t, "weights", "          - url: "+address))
			if _, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{}); err != nil {
				t.Fatal(err)
			}
			path, err := s.Locate("speech", "model.bin")
			if err != nil {
				t.Fatal(err)
			}
			put(t, path, damage)
			_, err = s.Locate("speech", "model.bin")
			if !errors.Is(err, ErrWrong) || !strings.Contains(err.Error(), "parley models pull speech") {
				t.Fatalf("got %v, want wrong and the command that helps", err)
			}
			if _, err := os.Stat(path + ".rejected"); err != nil {
				t.Error("not kept aside:", err)
			}
			if _, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Locate("speech", "model.bin"); err != nil {
				t.Error("not mended:", err)
			}
		})
	}
}

// TestFolderInPlaceOfWeights and what is no plain file are refused, left alone, and the remedy is told.
func TestFolderInPlaceOfWeights(t *testing.T) {
	t.Parallel()
	s := storeOf(t, entry(t, "weights", "          - url: http://localhost:1/"))
	path := filepath.Join(s.Dir(), "speech", "model.bin")
	put(t, filepath.Join(path, "inside"), "somebody's")
	for range 2 {
		_, err := s.Locate("speech", "model.bin")
		if !errors.Is(err, errNoFile) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "remove it, then run: parley models pull speech") {
			t.Fatalf("got %v", err)
		}
	}
	m, err := s.Catalogue().Find("speech")
	if err != nil {
		t.Fatal(err)
	}
	if files, err := s.Verify(t.Context(), m); err != nil || files[0].State != Unreadable {
		t.Errorf("verify: %+v, %v", files, err)
	}
	if _, err := s.Pull(t.Context(), []string{"speech"}, PullOptions{}); err == nil {
		t.Error("pulled over a folder")
	}
	if _, err := os.Stat(filepath.Join(path, "inside")); err != nil {
		t.Error("what was in the folder is gone:", err)
	}
}

func TestVerifyReadsAgain(t *testing.T) {
	t.Parallel()
	s := storeOf(t, entry(t, "weights", "          - url: http://localhost:1/"))
	m, err := s.Catalogue().Find("speech")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Dir(), "speech", "model.bin")
	verify := func() State {
		t.Helper()
		files, err := s.Verify(context.Background(), m)
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		return files[0].State
	}
	if got := verify(); got != Missing {
		t.Errorf("nothing there: %s", got)
	}
	put(t, path, "weights")
	if got := s.States(m)[0].State; got != Unverified {
		t.Errorf("put there by hand: %s", got)
	}
	if got := verify(); got != OK {
		t.Errorf("right: %s", got)
	}
	if got := s.States(m)[0].State; got != OK {
		t.Errorf("after verify: %s", got)
	}
	// Damage that size and time do not show, as a bad disk does.
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, "wEights")
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got := verify(); got != Wrong {
		t.Errorf("damaged: %s", got)
	}
}

func TestPullWithoutRoom(t *testing.T) {
	t.Parallel()
	c := entry(t, "weights", "          - url: http://localhost:1/")
	c.Models[0].Files[0].Size = 1 << 60
	_, err := storeOf(t, c).Pull(context.Background(), []string{"speech"}, PullOptions{})
	if !errors.Is(err, ErrSpace) || !strings.Contains(err.Error(), "PARLEY_MODELS") {
		t.Errorf("got %v", err)
	}
}
