package httpapi

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/tracks"
	"github.com/parley-voice/parley/pipeline/call"
)

// outlines remembers the outlines of recordings of ended calls, which do not change, and draws one at a time, so that
// reviewers who leaf through long calls leave the disk to those who talk.
type outlines struct {
	mu   sync.Mutex
	kept map[call.ID]tracks.Peaks
}

const mostOutlines = 200

type peaksOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         tracks.Peaks
}

func (a *API) registerTracks(api huma.API) {
	huma.Register(api, qop("quality-peaks", http.MethodGet, "/api/quality/calls/{id}/peaks", "The outline of a recording, so that a page can draw it without reading it"), a.peaks)
}

func (a *API) peaks(ctx context.Context, in *scoredInput) (*peaksOutput, error) {
	o := &a.outlines
	o.mu.Lock()
	defer o.mu.Unlock()
	if p, ok := o.kept[in.ID]; ok {
		return &peaksOutput{"private, max-age=300", p}, nil
	}
	d, err := a.o.Records.Get(ctx, in.ID)
	if err != nil {
		return nil, a.failQuality(err)
	}
	f, err := a.o.Records.Audio(ctx, in.ID)
	if errors.Is(err, record.ErrNoAudio) || errors.Is(err, record.ErrUnknown) {
		return nil, huma.Error404NotFound("this call has no recording")
	}
	if err != nil {
		return nil, a.failQuality(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, a.failQuality(err)
	}
	p, err := tracks.Outline(f, info.Size())
	if errors.Is(err, tracks.ErrSound) {
		return nil, huma.Error422UnprocessableEntity("the recording is damaged: it cannot be drawn and perhaps not be played; what was said stays readable")
	}
	if err != nil {
		return nil, a.failQuality(err)
	}
	if d.State == record.Running {
		return &peaksOutput{"no-store", p}, nil
	}
	if o.kept == nil || len(o.kept) >= mostOutlines {
		o.kept = map[call.ID]tracks.Peaks{}
	}
	o.kept[in.ID] = p
	return &peaksOutput{"private, max-age=300", p}, nil
}

// tracksOf reads what lies beside a recording.
func (a *API) tracksOf(ctx context.Context, d record.Detail) (tracks.Tracks, error) {
	var alerts []export.Alert
	var hold []call.Event
	for after := uint64(0); ; {
		evs, _, err := a.o.Records.Events(ctx, d.ID, after, 1000)
		if err != nil {
			return tracks.Tracks{}, err
		}
		alerts = append(alerts, export.Alerts(evs)...)
		for _, e := range evs {
			if e.Kind == call.KindHold || e.Kind == call.KindParty {
				hold = append(hold, e)
			}
		}
		if len(evs) < 1000 {
			break
		}
		after = evs[len(evs)-1].Seq
	}
	t := tracks.Of(d.Duration, d.Turns, nil, alerts, tracks.Holds(hold, d.Duration))
	if a.o.Quality.Export == nil || a.o.Quality.Export.Imports == nil {
		return t, nil
	}
	i, err := a.o.Quality.Export.Imports.Of(ctx, d.ID)
	if errors.Is(err, record.ErrUnknown) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	return tracks.Of(d.Duration, d.Turns, i.Voices, alerts, t.Hold), nil
}
