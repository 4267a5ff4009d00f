package httpapi

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/fetch"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/knowledge/watch"
)

const (
	mostImports  = 8 // checked and waiting to be applied
	importWaits  = 30 * time.Minute
	mostFiles    = 20
	mostRowsSent = 2000
)

// imports are files that were checked and wait to be applied.
type imports struct {
	mu   sync.Mutex
	all  []pendingImport // oldest first
	done []appliedImport // newest first
}

type pendingImport struct {
	id, who string
	at      time.Time
	base    string
	entries []knowledge.Entry
	writes  []appliedRow
	outlook knowledge.Outlook // what was shown
	invalid bool
}

func (p *imports) add(x pendingImport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = slices.DeleteFunc(p.all, func(o pendingImport) bool { return x.at.Sub(o.at) > importWaits })
	if len(p.all) >= mostImports {
		p.all = p.all[1:]
	}
	p.all = append(p.all, x)
}

// take hands out an import of who once.
func (p *imports) take(id, who string) (pendingImport, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.all, func(o pendingImport) bool { return o.id == id && o.who == who && time.Since(o.at) <= importWaits })
	if i < 0 {
		return pendingImport{}, false
	}
	x := p.all[i]
	p.all = slices.Delete(p.all, i, i+1)
	return x, true
}

type (
	importInput struct {
		Base    string `query:"base" required:"true" pattern:"^[\\p{L}\\p{N}][\\p{L}\\p{N}._-]{0,63}$" patternDescription:"letters, digits, dots, dashes and underscores"`
		RawBody multipart.Form
	}
	importRow struct {
		ingest.Fate

		Before *rowText `json:"before,omitempty"`
		After  *rowText `json:"after,omitempty"`
	}
	rowText struct {
		Question string   `json:"question"`
		Answer   string   `json:"answer"`
		Similar  []string `json:"similar"`
		// Other is what else differs, by the names in differs.
		Other map[string]string `json:"other,omitempty" doc:"What else differs: category, lang, state, audience, queues, from, until, pair"`
	}
	importCounts struct {
		New     int `json:"new"`
		Changed int `json:"changed"`
		Same    int `json:"same"`
		Invalid int `json:"invalid"`
	}
	importOutput struct {
		Body struct {
			ID     string        `json:"id" doc:"For apply, within 30 minutes"`
			Rows   []importRow   `json:"rows" doc:"At most 2000: what is wrong first, then what would change"`
			Counts importCounts  `json:"counts"`
			Report []ingest.Note `json:"report" doc:"What was cleaned, and what a person should look at"`
		}
	}
	applyInput struct {
		ID string `path:"id" maxLength:"64"`
	}
	watchOutput struct {
		Body struct {
			Items []watch.State `json:"items"`
		}
	}
	watchedOutput struct{ Body watch.State }
	exportInput   struct {
		Base string `query:"base" maxLength:"64" doc:"Empty for all"`
	}
)

func (a *API) registerKnowledgeMoves(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	imp := op("import-knowledge", http.MethodPost, "import", "Check files (multipart, field files) and tell what they would change")
	imp.MaxBodyBytes, imp.BodyReadTimeout = importSize, importTime
	huma.Register(api, imp, a.checkImport)
	huma.Register(api, op("apply-import", http.MethodPost, "import/{id}/apply", "Store what was checked: all of it or nothing"), a.applyImport)
	a.registerUndo(api, op)
	huma.Register(api, op("knowledge-task", http.MethodGet, "tasks/{id}", "How far an import or a run of a golden set is"), func(ctx context.Context, in *errandInput) (*errandOutput, error) {
		return a.errandOf(ctx, in.ID, a.failKnowledge)
	})
	huma.Register(api, op("watched-folders", http.MethodGet, "watch", "The watched folders and what they brought"), func(context.Context, *struct{}) (*watchOutput, error) {
		out := &watchOutput{}
		out.Body.Items = []watch.State{}
		if a.o.Knowledge.Watch != nil {
			out.Body.Items = a.o.Knowledge.Watch.States()
		}
		return out, nil
	})
	huma.Register(api, op("apply-watched", http.MethodPost, "watch/{id}/apply", "Import what a watched folder holds back"), a.applyWatched)
	huma.Register(api, op("export-knowledge", http.MethodGet, "export", "Every entry with its versions, a JSON object a line"), func(_ context.Context, in *exportInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			hc.SetHeader("Content-Type", "application/jsonl; charset=utf-8")
			hc.SetHeader("Content-Disposition", `attachment; filename="knowledge.jsonl"`)
			if err := a.o.Knowledge.Store.Export(hc.Context(), in.Base, hc.BodyWriter()); err != nil {
				a.log.Error("the export broke off", "err", err)
				panic(http.ErrAbortHandler) // a cut file must not look like a whole one
			}
		}}, nil
	})
}

func (a *API) checkImport(ctx context.Context, in *importInput) (*importOutput, error) {
	defer func() { _ = in.RawBody.RemoveAll() }() // temporary files; the system clears what stays
	files, list := in.RawBody.File["files"], strings.Join(in.RawBody.Value["urls"], "\n")
	if len(files) > mostFiles || len(files) == 0 && strings.TrimSpace(list) == "" {
		return nil, huma.Error422UnprocessableEntity("send 1 to 20 files in the field files, or addresses in the field urls")
	}
	var results []ingest.Result
	out := &importOutput{}
	out.Body.Report = []ingest.Note{}
	for _, f := range files {
		raw, err := readPart(f)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity("the file cannot be read: " + f.Filename)
		}
		results = append(results, ingest.Bytes(f.Filename, raw, a.into(in.Base)))
	}
	results = append(results, a.fetchList(ctx, list, in.Base)...)
	batch := ingest.Join(results)
	stored, err := a.o.Knowledge.Store.Entries(ctx, in.Base)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	batch.Compare(stored)
	ch, err := a.o.Knowledge.Store.Import(ctx, batch.Entries, knowledge.ImportOptions{DryRun: true})
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	batch.Weigh(ch.Rows)
	out.Body.Report = append(out.Body.Report, batch.Notes...)
	out.Body.Counts = importCounts{ch.New, ch.Changed, ch.Same, len(batch.Problems)}
	fates := batch.Fates(ch.Rows)
	out.Body.Rows = []importRow{}
	for _, f := range fates[:min(len(fates), mostRowsSent)] {
		out.Body.Rows = append(out.Body.Rows, rowOf(f))
	}
	out.Body.ID = rand.Text()
	a.o.Knowledge.pending.add(pendingImport{id: out.Body.ID, who: access.From(ctx).Person.ID, at: time.Now(), base: in.Base, entries: batch.Entries, writes: writtenBy(ch.Rows), outlook: ch.Outlook, invalid: len(batch.Problems) > 0})
	return out, nil
}

func readPart(f *multipart.FileHeader) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, importSize+1))
}

// into is where files that somebody sends go.
func (a *API) into(base string) ingest.Into {
	return ingest.Into{Base: base, Zone: a.o.Knowledge.Zone}
}

func rowOf(f ingest.Fate) importRow {
	row := importRow{Fate: f}
	if f.Row == nil || f.State == "same" {
		return row
	}
	e, differs := f.Row.Entry, f.Differs
	if f.Row.Was != nil {
		row.Before = textOf(*f.Row.Was, differs)
	} else { // from what nothing is said of
		plain := e
		plain.Status = knowledge.Status{State: knowledge.Published, Audience: knowledge.ForBot}
		differs = e.Differs(plain)
	}
	row.After = textOf(e, differs)
	return row
}

// textOf is what a person compares of an entry: its texts, and those of the fields that differ.
func textOf(e knowledge.Entry, differs []string) *rowText {
	at := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	all := map[string]string{
		"category": e.Category, "lang": e.Lang, "state": string(e.State), "audience": string(e.Audience), "queues": strings.Join(e.Queues, ", "),
		"from": at(e.From), "until": at(e.Until), "pair": e.Pair,
	}
	maps.DeleteFunc(all, func(k, _ string) bool { return !slices.Contains(differs, k) })
	return &rowText{e.Question, e.Answer, append([]string{}, e.Similar...), all}
}

// fetchTime is what a list of addresses may take while a browser waits; a longer one is for the command line.
const fetchTime = 20 * time.Second

// fetchList reads the pages of a list of addresses, none when it is empty.
func (a *API) fetchList(ctx context.Context, list, base string) []ingest.Result {
	if strings.TrimSpace(list) == "" {
		return nil
	}
	urls, problems := fetch.List("list", list)
	if len(problems) > 0 {
		return []ingest.Result{{Name: "list", Problems: problems}}
	}
	o := a.o.Knowledge.Fetch
	o.AllTime = fetchTime
	return fetch.All(ctx, urls, a.into(base), o)
}

func (a *API) applyImport(ctx context.Context, in *applyInput) (*errandOutput, error) {
	p, ok := a.o.Knowledge.pending.take(in.ID, access.From(ctx).Person.ID)
	if !ok {
		return nil, huma.Error404NotFound("this import was applied already, or waited too long: check the files again")
	}
	if p.invalid {
		return nil, huma.Error422UnprocessableEntity("some rows are not right: mend them and check the files again")
	}
	if len(p.entries) > 0 {
		if err := a.noteCustomer(ctx, access.ChangedKnowledge, p.entries[0].Base+": import"); err != nil {
			return nil, err
		}
	}
	by := author(ctx)
	x := a.errands.start(ctx, p.who, func(ctx context.Context, progress func(done, total int)) (any, error) {
		ch, err := a.o.Knowledge.Store.Import(ctx, p.entries, knowledge.ImportOptions{By: by, Progress: progress, Before: p.outlook.Still})
		if err == nil && len(p.writes) > 0 {
			a.o.Knowledge.pending.applied(appliedImport{p.id, p.base, time.Now().UTC(), by, ch.New, ch.Changed, p.writes})
		}
		return importCounts{New: ch.New, Changed: ch.Changed, Same: ch.Same}, err
	})
	x.wait(ctx)
	out, err := a.errandOf(ctx, x.id, a.failKnowledge)
	if err == nil && out.Body.Status == http.StatusConflict { // at once: nothing has begun that could be asked after
		return nil, &huma.ErrorModel{Status: http.StatusConflict, Title: http.StatusText(http.StatusConflict), Type: out.Body.Type, Detail: out.Body.Why}
	}
	return out, err
}

// Watched are the watched folders.
type Watched interface {
	States() []watch.State
	Apply(ctx context.Context, id, by string) (watch.State, error)
}

func (a *API) applyWatched(ctx context.Context, in *applyInput) (*watchedOutput, error) {
	if a.o.Knowledge.Watch == nil {
		return nil, huma.Error404NotFound("no folder is watched")
	}
	if err := a.noteCustomer(ctx, access.ChangedKnowledge, "watched folder"); err != nil {
		return nil, err
	}
	s, err := a.o.Knowledge.Watch.Apply(ctx, in.ID, author(ctx))
	if errors.Is(err, watch.ErrGone) {
		return nil, conflict(ProblemBaseChanged, "the files or the base have changed since: look at what would change now")
	}
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	return &watchedOutput{s}, nil
}
