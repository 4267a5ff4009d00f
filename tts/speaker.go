package tts

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/work"
)

// Engine makes speech of one clause.
type Engine interface {
	// Synthesize speaks text with v: 16 kHz mono, made ready by Finish. Empty text gives empty sound; an unknown voice
	// gives ErrVoice. It blocks until the speech is made and returns early with the context's cause when ctx ends. It
	// may be called from several goroutines; the result belongs to the caller.
	Synthesize(ctx context.Context, text string, v Voice) ([]int16, error)
	// Identity names the engine and its weights; speech of equal identity, voice and text is equal.
	Identity() string
}

// Queue is the part of work.Queue a Speaker needs.
type Queue interface {
	Do(ctx context.Context, class work.Class, key string, fn func(context.Context) error) error
}

// Speaker speaks texts clause by clause, from the cache where it can. All methods may be called from any goroutine.
type Speaker struct {
	engine Engine
	cache  *Cache
	queue  Queue
	log    *slog.Logger

	last       Engine // nil: none
	lastVoices map[string]Voice
	patience   time.Duration // 0: without end
	health     health
}

// NewSpeaker joins an engine, a cache (nil: none) and the queue heavy work goes through (nil: none). log may be nil.
func NewSpeaker(engine Engine, cache *Cache, queue Queue, log *slog.Logger) *Speaker {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Speaker{engine: engine, cache: cache, queue: queue, log: log}
}

// LastResort names an engine that speaks when the first one fails, with a voice for each language; what it says is not
// cached. It must be called before the Speaker is used.
func (s *Speaker) LastResort(e Engine, voices map[string]Voice) { s.last, s.lastVoices = e, voices }

// Patience bounds how long the engine may take over a clause that somebody waits for, beside the time it takes to say it;
// then, as after a failure, the engine of last resort speaks, and for a while at once. 0, the default, is without end. It
// must be called before the Speaker is used.
func (s *Speaker) Patience(d time.Duration) { s.patience = d }

// Check returns why the engine of last resort speaks now, nil when it does not.
func (s *Speaker) Check(context.Context) error { return s.health.trouble() }

// Speak yields text as clips, one a clause, each with the pause that follows it. While the consumer plays a clip the
// next one is made. Making the first clip has the given class; of the later ones, an urgent class is lowered to
// Speculative, since something plays meanwhile. Breaking the range or ending ctx stops the work, and no goroutine is
// left when the range returns. After an error nothing more is yielded. The Text of the clips joined is text.
func (s *Speaker) Speak(ctx context.Context, text string, v Voice, class work.Class) iter.Seq2[Clip, error] {
	return func(yield func(Clip, error) bool) {
		clauses := Clauses(text, v.Lang)
		if len(clauses) == 0 {
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		made := make(chan result)
		done := make(chan struct{})
		// The maker ends after the last clause or the first error, or when ctx ends, which the deferred call sees to.
		go func() {
			defer close(done)
			defer close(made)
			s.produce(ctx, clauses, v, class, made)
		}()
		defer func() {
			cancel()
			<-done
		}()
		for r := range made {
			if !yield(r.clip, r.err) || r.err != nil {
				return
			}
		}
		if err := context.Cause(ctx); err != nil { // it ended between two clips
			yield(Clip{}, fmt.Errorf("speak: %w", err))
		}
	}
}

type result struct {
	clip Clip
	err  error
}

// produce sends each clause as a clip and stops at the first error.
func (s *Speaker) produce(ctx context.Context, clauses []string, v Voice, class work.Class, out chan<- result) {
	for i, text := range clauses {
		clip, err := s.clip(ctx, text, v, class)
		if i+1 < len(clauses) {
			clip.PCM = slices.Concat(clip.PCM, make([]int16, audio.Samples(pauseAfter(text))))
		}
		select {
		case out <- result{clip, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
		class = max(class, work.Speculative)
	}
}

// clip returns the speech of one clause from the cache, or makes and stores it.
func (s *Speaker) clip(ctx context.Context, text string, v Voice, class work.Class) (Clip, error) {
	spoken := Normalize(text, v.Lang)
	if strings.TrimSpace(spoken) == "" {
		return Clip{Text: text}, nil
	}
	key := KeyOf(s.engine.Identity(), spoken, v)
	if s.cache != nil {
		if pcm, ok := s.cache.Get(key); ok {
			return Clip{Text: text, PCM: pcm, Cached: true}, nil
		}
	}
	if err := s.health.resting(); err != nil && class != work.Background && s.last != nil {
		return s.rescue(ctx, text, spoken, v, err)
	}
	began := time.Now()
	pcm, err := s.make(ctx, spoken, v, class)
	if ctx.Err() == nil {
		s.health.note(err)
	}
	if err != nil {
		return s.rescue(ctx, text, spoken, v, err)
	}
	s.log.Debug("made speech", "voice", v.Name, "took", time.Since(began), "length", audio.Duration(len(pcm)))
	if s.cache != nil {
		if err := s.cache.Put(key, pcm); err != nil {
			s.log.Warn("speech is not cached", "err", err)
		}
	}
	return Clip{Text: text, PCM: pcm}, nil
}

// lastPatience bounds how long the engine of last resort may take, beside the time it takes to say a clause: somebody has waited
// for the first one already.
const lastPatience = 3 * time.Second

// rescue speaks a clause with the engine of last resort after the first one failed with err.
func (s *Speaker) rescue(ctx context.Context, text, spoken string, v Voice, err error) (Clip, error) {
	other, ok := s.lastVoices[v.Lang]
	if s.last == nil || !ok || ctx.Err() != nil || errors.Is(err, work.ErrClosed) || errors.Is(err, work.ErrStale) {
		return Clip{Text: text}, fmt.Errorf("speak: %w", err)
	}
	s.log.Warn("speech failed; the voice of last resort speaks", "voice", v.Name, "err", err)
	limited, cancel := context.WithTimeoutCause(ctx, lastPatience+saying(spoken), ErrLate)
	defer cancel()
	pcm, lastErr := s.last.Synthesize(limited, spoken, other)
	if lastErr != nil {
		return Clip{Text: text}, fmt.Errorf("speak: %w", errors.Join(err, lastErr))
	}
	return Clip{Text: text, PCM: pcm, Rescue: err}, nil
}

// make runs the engine through the queue, again when it had to give way to something more urgent.
func (s *Speaker) make(ctx context.Context, spoken string, v Voice, class work.Class) ([]int16, error) {
	if s.queue == nil {
		return s.synthesize(ctx, spoken, v, class)
	}
	for {
		var pcm []int16
		err := s.queue.Do(ctx, class, "", func(ctx context.Context) error {
			var err error
			pcm, err = s.synthesize(ctx, spoken, v, class)
			if err != nil && errors.Is(context.Cause(ctx), work.ErrYield) {
				return work.ErrYield
			}
			return err
		})
		if errors.Is(err, work.ErrYield) && ctx.Err() == nil {
			continue
		}
		return pcm, err
	}
}

// synthesize runs the engine within the patience there is.
func (s *Speaker) synthesize(ctx context.Context, spoken string, v Voice, class work.Class) ([]int16, error) {
	if s.patience > 0 && class != work.Background {
		limited, cancel := context.WithTimeoutCause(ctx, s.patience+saying(spoken), ErrLate)
		defer cancel()
		ctx = limited
	}
	return s.engine.Synthesize(ctx, spoken, v)
}

// Render makes and stores the speech of text ahead of time, as background work. progress, which may be nil, is called
// after each clause with how many of how many are ready, on the calling goroutine.
func (s *Speaker) Render(ctx context.Context, text string, v Voice, progress func(done, of int)) error {
	clauses := Clauses(text, v.Lang)
	for i, c := range clauses {
		if !s.hasClause(c, v) {
			if _, err := s.clip(ctx, c, v, work.Background); err != nil {
				return err
			}
		}
		if progress != nil {
			progress(i+1, len(clauses))
		}
	}
	return nil
}

// Room reports whether speech can be made ahead without other speech being dropped from the cache for it.
func (s *Speaker) Room() bool { return s.cache != nil && s.cache.Room() }

// Has reports whether every clause of text is in the cache, so that Speak needs no computing.
func (s *Speaker) Has(text string, v Voice) bool {
	return !slices.ContainsFunc(Clauses(text, v.Lang), func(c string) bool { return !s.hasClause(c, v) })
}

func (s *Speaker) hasClause(text string, v Voice) bool {
	spoken := Normalize(text, v.Lang)
	if strings.TrimSpace(spoken) == "" {
		return true
	}
	if s.cache == nil {
		return false
	}
	_, ok := s.cache.Duration(KeyOf(s.engine.Identity(), spoken, v))
	return ok
}

// pauseAfter is how long a speaker rests behind clause, beyond the 80 ms every clip ends with.
func pauseAfter(clause string) time.Duration {
	end := strings.TrimRight(clause, " \t\r\"'”’)）」』》】")
	switch {
	case strings.HasSuffix(end, "\n"):
		return 350 * time.Millisecond
	case endsSentence(end):
		return 260 * time.Millisecond
	case end != "" && strings.ContainsRune(",，、:：—", []rune(end)[len([]rune(end))-1]):
		return 100 * time.Millisecond
	}
	return 0
}
