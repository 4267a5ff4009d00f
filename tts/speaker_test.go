package tts_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/work"
	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/ttstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	_ tts.Engine = (*ttstest.Engine)(nil)
	_ tts.Queue  = (*work.Queue)(nil)
)

func voice() tts.Voice { return tts.Voice{Name: "test", Lang: "en"} }

const sample = "Thank you for calling. The fee is $2.50, and we open at 9:30. Goodbye."

func openCache(t *testing.T, dir string) *tts.Cache {
	t.Helper()
	c, err := tts.OpenCache(dir, 1<<20, 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSpeak(t *testing.T) {
	t.Parallel()
	e := &ttstest.Engine{}
	q := work.New(1)
	defer q.Close()
	s := tts.NewSpeaker(e, openCache(t, t.TempDir()), q, nil)
	for _, cached := range []bool{false, true} {
		if s.Has(sample, voice()) != cached {
			t.Errorf("Has = %v, want %v", !cached, cached)
		}
		var text strings.Builder
		for clip, err := range s.Speak(t.Context(), sample, voice(), work.Final) {
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(clip.Text)
			if clip.Cached != cached || len(clip.PCM) == 0 {
				t.Errorf("clip %q: cached %v with %d samples", clip.Text, clip.Cached, len(clip.PCM))
			}
		}
		if text.String() != sample {
			t.Errorf("the clips say %q", text.String())
		}
	}
	if said := strings.Join(e.Said(), "|"); strings.ContainsAny(said, "0123456789") {
		t.Errorf("the engine was given digits: %q", said)
	}
}

func TestSpeakStops(t *testing.T) {
	t.Parallel()
	block := func(ctx context.Context, text string) error {
		if strings.HasPrefix(text, "Thank") {
			return nil
		}
		<-ctx.Done()
		return context.Cause(ctx)
	}
	s := tts.NewSpeaker(&ttstest.Engine{Before: block}, nil, work.New(1), nil)
	n := 0
	for _, err := range s.Speak(t.Context(), sample, voice(), work.Final) {
		if n++; err != nil {
			t.Fatal(err)
		}
		break // the second clause is being made now and never ends by itself
	}
	if n != 1 {
		t.Errorf("%d clips", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range s.Speak(ctx, sample, voice(), work.Final) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("after cancelling: %v", last)
	}
}

func TestSpeakErrors(t *testing.T) {
	t.Parallel()
	s := tts.NewSpeaker(&ttstest.Engine{}, nil, nil, nil)
	n := 0
	for _, err := range s.Speak(t.Context(), sample, tts.Voice{Name: "nobody", Lang: "en"}, work.Final) {
		if n++; !errors.Is(err, tts.ErrVoice) {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 {
		t.Errorf("%d results after an error, want 1", n)
	}
	for range s.Speak(t.Context(), " ... ", voice(), work.Final) {
		t.Error("nothing to say gave a clip")
	}
}

func TestLastResort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := &ttstest.Engine{Before: func(context.Context, string) error { return os.ErrInvalid }}
	s := tts.NewSpeaker(broken, openCache(t, dir), nil, nil)
	s.LastResort(&ttstest.Engine{}, map[string]tts.Voice{"en": {Name: "test_last", Lang: "en"}})
	for clip, err := range s.Speak(t.Context(), sample, voice(), work.Final) {
		if err != nil || len(clip.PCM) == 0 {
			t.Errorf("%q: %d samples, %v", clip.Text, len(clip.PCM), err)
		}
	}
	if s.Has(sample, voice()) {
		t.Error("speech of last resort was cached")
	}
	v := voice()
	v.Lang = "zh"
	for _, err := range s.Speak(t.Context(), sample, v, work.Final) {
		if !errors.Is(err, os.ErrInvalid) {
			t.Errorf("without a voice of last resort: %v", err)
		}
	}
}

// TestLastResortHangs has an engine of last resort that never answers: who waits is told so in time.
func TestLastResortHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := &ttstest.Engine{Before: func(context.Context, string) error { return os.ErrInvalid }}
		stuck := &ttstest.Engine{Before: func(ctx context.Context, _ string) error { <-ctx.Done(); return context.Cause(ctx) }}
		s := tts.NewSpeaker(broken, nil, nil, nil)
		s.LastResort(stuck, map[string]tts.Voice{"en": {Name: "test_last", Lang: "en"}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // the call goes on for longer
		defer cancel()
		began := time.Now()
		for clip, err := range s.Speak(ctx, "Thank you.", voice(), work.Final) {
			if !errors.Is(err, tts.ErrLate) || !errors.Is(err, os.ErrInvalid) {
				t.Errorf("%d samples, %v", len(clip.PCM), err)
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestSpeakAhead checks that the clause after the one being played is made meanwhile.
func TestSpeakAhead(t *testing.T) {
	t.Parallel()
	begun := make(chan string, 10)
	e := &ttstest.Engine{Before: func(_ context.Context, text string) error { begun <- text; return nil }}
	for range tts.NewSpeaker(e, nil, nil, nil).Speak(t.Context(), "Thank you for calling. Goodbye for now.", voice(), work.Final) {
		select {
		case <-begun:
		case <-time.After(30 * time.Second):
			t.Fatal("the next clause was not begun")
		}
	}
}

func TestRenderGivesWay(t *testing.T) {
	t.Parallel()
	q := work.New(1)
	started := make(chan struct{})
	var once sync.Once
	first := true
	e := &ttstest.Engine{Before: func(ctx context.Context, _ string) error {
		if !first {
			return nil
		}
		first = false
		once.Do(func() { close(started) })
		<-ctx.Done() // gives way to the urgent job
		return context.Cause(ctx)
	}}
	s := tts.NewSpeaker(e, openCache(t, t.TempDir()), q, nil)
	var wg sync.WaitGroup
	wg.Go(func() { // ends with Render
		if err := s.Render(t.Context(), sample, voice(), nil); err != nil {
			t.Error(err)
		}
	})
	<-started
	if err := q.Do(t.Context(), work.Final, "", func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if !s.Has(sample, voice()) {
		t.Error("not everything was rendered after giving way")
	}
}

func TestCacheDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := tts.KeyOf("e", "hello", voice())
	if err := openCache(t, dir).Put(key, make([]int16, 16000)); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	if len(files) != 1 {
		t.Fatalf("files: %v", files)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := openCache(t, dir).Duration(key); !ok || d != time.Second {
		t.Errorf("Duration = %v, %v", d, ok)
	}
	flipped := append([]byte(nil), whole...)
	flipped[500] ^= 1
	for name, b := range map[string][]byte{"empty": {}, "short": whole[:100], "flipped": flipped, "other": []byte("RIFFxxxxWAVE")} {
		if err := os.WriteFile(files[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := openCache(t, dir).Get(key); ok {
			t.Errorf("%s: a damaged file was used", name)
		}
		if _, err := os.Stat(files[0]); err == nil {
			t.Errorf("%s: a damaged file was kept", name)
		}
	}
}

func TestCacheLimit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := tts.OpenCache(dir, 100_000, 0)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() { // ends after its ten pieces
			for i := range 10 {
				k := tts.KeyOf("e", strings.Repeat("x", g*10+i), voice())
				if err := c.Put(k, make([]int16, 5000)); err != nil {
					t.Error(err)
				}
				c.Get(k)
			}
		})
	}
	wg.Wait()
	var size int64
	files, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
	for _, f := range files {
		if st, err := os.Stat(f); err == nil {
			size += st.Size()
		}
	}
	if size > 100_000 || size < 50_000 {
		t.Errorf("%d bytes on disk in %d files, limit 100000", size, len(files))
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	base := tts.KeyOf("e", "a", tts.Voice{Name: "v", Lang: "en"})
	for name, k := range map[string]tts.Key{
		"engine": tts.KeyOf("f", "a", tts.Voice{Name: "v", Lang: "en"}), "text": tts.KeyOf("e", "b", tts.Voice{Name: "v", Lang: "en"}),
		"voice": tts.KeyOf("e", "a", tts.Voice{Name: "w", Lang: "en"}), "speed": tts.KeyOf("e", "a", tts.Voice{Name: "v", Lang: "en", Speed: 1.2}),
	} {
		if k == base {
			t.Errorf("another %s gives the same key", name)
		}
	}
	if tts.KeyOf("e", "a", tts.Voice{Name: "kokoro:v", Lang: "en", Speed: 1}) != base {
		t.Error("the default speed and the bare name give another key")
	}
}

func TestFinish(t *testing.T) {
	t.Parallel()
	if got := tts.Finish(make([]int16, 16000)); len(got) != 0 {
		t.Errorf("silence gives %d samples", len(got))
	}
	if got := tts.Finish(nil); len(got) != 0 {
		t.Errorf("nothing gives %d samples", len(got))
	}
}
