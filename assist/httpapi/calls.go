package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

type listInput struct {
	State record.State `query:"state" enum:"running,ended,cut" doc:"Only calls in this state"`
	Route string       `query:"route" maxLength:"100" doc:"Only calls of this route"`
	Lang  string       `query:"lang" maxLength:"20" doc:"Only calls in this language"`
	Text  string       `query:"q" maxLength:"200" doc:"Part of what was said, of the caller or of the dialled user"`
	From  time.Time    `query:"from" doc:"Started at or after"`
	To    time.Time    `query:"to" doc:"Started before"`
	Limit int          `query:"limit" minimum:"1" maximum:"200" default:"50"`
	After string       `query:"after" maxLength:"100" doc:"next of the page before"`
}

type listOutput struct{ Body record.Page }

// callInput names a call. The pattern keeps anything that is not a plain name away from the record.
type callInput struct {
	ID call.ID `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$" doc:"ID of the call"`
}

type callOutput struct{ Body record.Detail }

const audioLimit = 10 * time.Minute // to send one answer with sound in it

func (a *API) registerCalls(api huma.API) {
	tags := []string{"calls"}
	huma.Register(api, huma.Operation{
		OperationID: "list-calls", Method: http.MethodGet, Path: "/api/calls", Tags: tags, Summary: "Calls, newest first",
	}, func(ctx context.Context, in *listInput) (*listOutput, error) {
		p, err := a.o.Records.List(ctx, record.Query{
			State: in.State, Route: in.Route, Lang: in.Lang, Text: in.Text, From: in.From, To: in.To, Limit: in.Limit, After: in.After, Scope: a.scope(ctx),
		})
		if err != nil {
			return nil, a.fail(err)
		}
		return &listOutput{p}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "get-call", Method: http.MethodGet, Path: "/api/calls/{id}", Tags: tags, Summary: "One call with its turns, waterfalls and answers",
	}, func(ctx context.Context, in *callInput) (*callOutput, error) {
		d, err := a.o.Records.Get(ctx, in.ID)
		if err != nil {
			return nil, a.fail(err)
		}
		return &callOutput{d}, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "get-audio", Method: http.MethodGet, Path: "/api/calls/{id}/audio", Tags: tags,
		Summary:     "The recording, caller left and bot right",
		Description: "A WAV file; ranges are answered. Of a running call it is what has been written so far.",
		Responses:   content("audio/wav", http.StatusOK, http.StatusPartialContent),
	}, a.audio)
	if a.o.Desk.Writings != nil {
		a.registerWritten(api)
	}
	for _, f := range record.Formats() {
		huma.Register(api, huma.Operation{
			OperationID: "get-transcript-" + string(f), Method: http.MethodGet, Path: "/api/calls/{id}/transcript." + string(f), Tags: tags,
			Summary: "The transcript as ." + string(f), Responses: content(f.ContentType(), http.StatusOK),
		}, func(ctx context.Context, in *callInput) (*huma.StreamResponse, error) {
			return a.transcript(ctx, in.ID, f)
		})
	}
}

// content describes answers of a media type.
func content(mediaType string, statuses ...int) map[string]*huma.Response {
	out := make(map[string]*huma.Response)
	for _, s := range statuses {
		out[fmt.Sprint(s)] = &huma.Response{Description: http.StatusText(s), Content: map[string]*huma.MediaType{mediaType: medium(mediaType)}}
	}
	out["default"] = &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}}
	return out
}

// medium describes what is sent as a type: JSON of any shape, else text or bytes.
func medium(mediaType string) *huma.MediaType {
	if strings.Contains(mediaType, "json") || strings.Contains(mediaType, "vcon") {
		return &huma.MediaType{Schema: &huma.Schema{}}
	}
	return &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
}

func (a *API) audio(ctx context.Context, in *callInput) (*huma.StreamResponse, error) {
	f, err := a.o.Records.Audio(ctx, in.ID)
	if err != nil {
		return nil, a.fail(err)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer f.Close()
		r, w := humago.Unwrap(hctx)
		info, err := f.Stat()
		if err != nil || !info.Mode().IsRegular() {
			problem(w, http.StatusNotFound, "this call has no recording")
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(audioLimit)) // without it the server's own limit holds
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="parley-%s.wav"`, in.ID))
		http.ServeContent(w, r, "", info.ModTime(), f)
	}}, nil
}

func (a *API) transcript(ctx context.Context, id call.ID, f record.Format) (*huma.StreamResponse, error) {
	d, err := a.o.Records.Get(ctx, id)
	if err != nil {
		return nil, a.fail(err)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		_, w := humago.Unwrap(hctx)
		w.Header().Set("Content-Type", f.ContentType())
		w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="parley-%s.%s"`, id, f))
		if err := record.Write(w, d, f); err != nil {
			a.log.Debug("transcript not sent", "err", err)
		}
	}}, nil
}
