package store

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// Source is where a Recorder reads events from, by place (call.Event.Pos).
type Source interface {
	// Last returns the place of the newest event, 0 when there is none.
	Last(ctx context.Context) (uint64, error)
	// Consume hands over the events after a place, in order, again when handle fails, until ctx ends; then it hands over
	// the rest and returns.
	Consume(ctx context.Context, after uint64, handle func(context.Context, []call.Event) error) error
}

// exportTime bounds how long the transcripts of one batch may take, also after the end of Run's context.
const exportTime = 10 * time.Second

// Recorder writes the events of a bus into a Store.
type Recorder struct {
	store *Store
	log   *slog.Logger
	began time.Time
	ready chan struct{}
	until uint64 // newest place when Run started
	done  bool   // the events up to until are recorded
}

// NewRecorder returns a recorder that writes to s. Make it before the first call is accepted: calls that started earlier
// and have no end are marked as cut. A nil log discards.
func NewRecorder(s *Store, log *slog.Logger) *Recorder {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Recorder{store: s, log: log, began: time.Now(), ready: make(chan struct{})}
}

// Ready is closed when everything that was on the bus at the start has been recorded and the calls a dead process left
// behind are marked as cut.
func (r *Recorder) Ready() <-chan struct{} { return r.ready }

// Run records until ctx ends, then what is still on the bus, and returns. It goes on where the last run, also of another
// process, stopped. At the end of a call it writes the call's transcripts. Call it once.
func (r *Recorder) Run(ctx context.Context, src Source) error {
	pos, err := r.store.Position(ctx) // before last: other nodes of the same bus go on recording
	if err != nil {
		return fmt.Errorf("start recorder: %w", err)
	}
	last, err := src.Last(ctx)
	if err != nil {
		return fmt.Errorf("start recorder: %w", err)
	}
	if pos > last { // the bus was made anew; a repeated event does no harm
		pos = 0
		if err := r.store.setPosition(ctx, r.store.write, 0); err != nil {
			return fmt.Errorf("start recorder: %w", err)
		}
	}
	r.until = last
	if err := r.caughtUp(ctx, pos); err != nil {
		return err
	}
	if err := src.Consume(ctx, pos, r.take); err != nil {
		return fmt.Errorf("record calls: %w", err)
	}
	return nil
}

func (r *Recorder) take(ctx context.Context, evs []call.Event) error {
	ended, err := r.store.Record(ctx, evs)
	if err != nil {
		return err
	}
	// They are recorded and do not come again, so their files are written even when ctx has just ended.
	ectx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exportTime)
	defer cancel()
	r.Export(ectx, ended)
	return r.caughtUp(ctx, evs[len(evs)-1].Pos)
}

// caughtUp marks cut calls once the events of the past are recorded.
func (r *Recorder) caughtUp(ctx context.Context, pos uint64) error {
	if r.done || pos < r.until {
		return nil
	}
	ids, err := r.store.MarkCut(ctx, r.began)
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		r.log.Warn("calls were cut when the last process ended", "calls", len(ids))
	}
	r.Export(ctx, ids)
	r.done = true
	close(r.ready)
	return nil
}

// Export writes the transcripts of ended calls. When that fails the record itself is still whole, so it is only logged.
func (r *Recorder) Export(ctx context.Context, ids []call.ID) {
	for _, id := range ids {
		if err := r.store.Export(ctx, id); err != nil {
			r.log.Error("transcript files not written", "call", id, "err", err)
		}
	}
}

// Export writes transcript.json, transcript.vtt and transcript.txt into the call's folder, each whole or not at
// all. Of a record that is sealed nothing is written in the clear beside it.
func (s *Store) Export(ctx context.Context, id call.ID) error {
	dir, err := Folder(s.home, id)
	if err != nil || s.Sealed() {
		return err
	}
	d, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return fmt.Errorf("make the call's folder: %w", err)
	}
	for _, f := range record.Formats() {
		if err := writeFile(filepath.Join(dir, "transcript."+string(f)), d, f); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(path string, d record.Detail, f record.Format) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".transcript-*")
	if err != nil {
		return fmt.Errorf("write transcript: %w", err)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name())
		}
	}()
	if err := record.Write(tmp, d, f); err != nil {
		return err
	}
	if err := tmp.Chmod(fileMode); err != nil {
		return fmt.Errorf("write transcript: %w", err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("write transcript: %w", err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write transcript: %w", err)
	}
	return nil
}
