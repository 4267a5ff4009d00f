package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

type exportCallInput struct {
	File string `path:"file" pattern:"^[A-Za-z0-9_-]{1,64}[.](contactlens[.]json|vcon[.]json|vtt)$" doc:"ID of the call with the ending of the format"`
}

// A CSV has the filters of the inbox.
type exportCSVInput struct {
	InboxFilter

	What  string `query:"what" enum:"calls,answers" default:"calls" doc:"A line for each call and form, or for each answer"`
	Excel bool   `query:"excel" doc:"Begin with the mark that makes spreadsheet programs read UTF-8"`
}

// Whoever is sent a CSV may take so long over the next so many calls of it, however many they are in all.
const (
	exportPatience = time.Minute
	exportPart     = 100
)

func (a *API) registerExport(api huma.API) {
	op := qop("quality-export", http.MethodGet, "/api/quality/export/{file}", "One call as Contact Lens analytics, vCon or WebVTT")
	op.Responses = content("application/json", http.StatusOK)
	for _, f := range export.Formats() {
		op.Responses["200"].Content[f.ContentType()] = medium(f.ContentType())
	}
	huma.Register(api, op, a.exportCall)
	op = qop("quality-export-csv", http.MethodGet, "/api/quality/export.csv", "Calls or answers as CSV")
	op.Responses = content(export.CSV.ContentType(), http.StatusOK)
	huma.Register(api, op, a.exportCSV)
}

// noteExport writes into the audit trail that calls leave the house; without that they do not.
func (a *API) noteExport(ctx context.Context, id call.ID, detail string) error {
	if a.o.Access == nil {
		return nil
	}
	e := by(ctx)
	e.What, e.Call, e.Detail = access.ExportedCalls, id, clip(detail, 300)
	if err := a.o.Access.Note(ctx, e); err != nil {
		a.log.Error("nothing is exported since it cannot be noted", "err", err)
		return huma.Error503ServiceUnavailable("the audit trail cannot be written, so nothing is exported")
	}
	return nil
}

func (a *API) exportCall(ctx context.Context, in *exportCallInput) (*huma.StreamResponse, error) {
	name, _, _ := strings.Cut(in.File, ".")
	id := call.ID(name)
	var f export.Format
	for _, one := range export.Formats() {
		if strings.HasSuffix(in.File, one.Ext()) {
			f = one
		}
	}
	ok, err := a.maySee(ctx, id)
	if err != nil {
		return nil, a.failQuality(err)
	}
	if !ok {
		return nil, a.failQuality(record.ErrUnknown)
	}
	c, err := a.o.Quality.Export.Call(ctx, id)
	if err != nil {
		return nil, a.failQuality(err)
	}
	hidden, err := a.unseen(ctx, id)
	if err != nil {
		return nil, a.failQuality(err)
	}
	hidden.sheets(c)
	raw, err := c.Write(f)
	if err != nil {
		return nil, a.failQuality(err)
	}
	if err := a.noteExport(ctx, id, string(f)); err != nil {
		return nil, err
	}
	return file(f.ContentType(), "parley-"+string(id)+f.Ext(), "", raw), nil
}

func (a *API) exportCSV(ctx context.Context, in *exportCSVInput) (*huma.StreamResponse, error) {
	f, err := a.filterOf(ctx, in.InboxFilter)
	if err != nil {
		return nil, err
	}
	calls, err := a.o.Quality.Scores.Found(ctx, f)
	if err != nil {
		return nil, a.failQuality(err)
	}
	hidden, err := a.unseen(ctx, "")
	if err != nil {
		return nil, a.failQuality(err)
	}
	if err := a.noteExport(ctx, "", fmt.Sprintf("csv of %s, %d calls", in.What, len(calls))); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		_, w := humago.Unwrap(hctx)
		w.Header().Set("Content-Type", export.CSV.ContentType())
		w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="parley-%s.csv"`, in.What))
		t := export.NewTable(w, in.What == "answers")
		t.Excel = in.Excel
		for i, id := range calls {
			if i%exportPart == 0 {
				_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(exportPatience)) // without it the server's own limit holds
			}
			c, err := a.o.Quality.Export.Call(hctx.Context(), id)
			if errors.Is(err, record.ErrUnknown) { // erased meanwhile
				continue
			}
			if err == nil {
				hidden.sheets(c)
				err = t.Add(c)
			}
			if err != nil { // the status is sent: only an answer that breaks off can say that it is not whole
				a.log.Error("export broken off", "err", err)
				panic(http.ErrAbortHandler)
			}
		}
		if err := t.Flush(); err != nil {
			a.log.Debug("export not sent", "err", err)
		}
	}}, nil
}
