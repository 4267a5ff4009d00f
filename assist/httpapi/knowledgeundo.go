package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/knowledge"
)

const mostUndone = 5 // imports, the last ones, that can be taken back

// appliedImport is an import that can be taken back as long as this server runs.
type appliedImport struct {
	ID      string    `json:"id"`
	Base    string    `json:"base"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	New     int       `json:"new"`
	Changed int       `json:"changed"`

	rows []appliedRow
}

// appliedRow is an entry that an import wrote.
type appliedRow struct {
	base, id string
	version  int              // that it wrote
	was      *knowledge.Entry // before it; nil: there was none
	gone     *knowledge.Entry // that was forgotten for it; nil for none
}

// writtenBy are the entries that an import writes, of which a dry run told the rows.
func writtenBy(rows []knowledge.Row) []appliedRow {
	var out []appliedRow
	for _, r := range rows {
		if r.Wrong != nil || r.Same() {
			continue
		}
		w := appliedRow{base: r.Entry.Base, id: r.Entry.ID, version: 1, was: r.Was, gone: r.Gone}
		if r.Was != nil {
			w.version = r.Was.Version + 1
		}
		out = append(out, w)
	}
	return out
}

// applied notes what was imported, newest first.
func (p *imports) applied(x appliedImport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = slices.Insert(p.done, 0, x)
	p.done = p.done[:min(len(p.done), mostUndone)]
}

// last are the imports that can be taken back, newest first.
func (p *imports) last() []appliedImport {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.done)
}

func (p *imports) undone(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = slices.DeleteFunc(p.done, func(x appliedImport) bool { return x.ID == id })
}

type importsOutput struct {
	Body struct {
		Items []appliedImport `json:"items" doc:"Newest first: the last five of this server"`
	}
}

func (a *API) registerUndo(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	huma.Register(api, op("list-imports", http.MethodGet, "imports", "The imports that can be taken back"), func(context.Context, *struct{}) (*importsOutput, error) {
		out := &importsOutput{}
		out.Body.Items = append([]appliedImport{}, a.o.Knowledge.pending.last()...)
		return out, nil
	})
	huma.Register(api, op("undo-import", http.MethodPost, "imports/{id}/undo", "Take an import back: what it changed is as it was, what was new is forgotten; what was changed since stays (same)"), a.undoImport)
}

func (a *API) undoImport(ctx context.Context, in *applyInput) (*errandOutput, error) {
	all := a.o.Knowledge.pending.last()
	i := slices.IndexFunc(all, func(x appliedImport) bool { return x.ID == in.ID })
	if i < 0 {
		return nil, huma.Error404NotFound("this import cannot be taken back any more: bring earlier versions back entry by entry")
	}
	if err := a.noteCustomer(ctx, access.ChangedKnowledge, all[i].Base+": import taken back"); err != nil {
		return nil, err
	}
	by := author(ctx)
	x := a.errands.start(ctx, access.From(ctx).Person.ID, func(ctx context.Context, progress func(done, total int)) (any, error) {
		var n importCounts
		for k, r := range all[i].rows {
			if err := a.undoRow(ctx, r, by, &n); err != nil {
				return n, err // it can be asked for again: what is as it was stays so
			}
			progress(k+1, len(all[i].rows))
		}
		a.o.Knowledge.pending.undone(in.ID)
		return n, nil
	})
	x.wait(ctx)
	return a.errandOf(ctx, x.id, a.failKnowledge)
}

// undoRow has an entry again as it was before an import, unless somebody has changed it since, and counts it.
func (a *API) undoRow(ctx context.Context, r appliedRow, by string, n *importCounts) error {
	st := a.o.Knowledge.Store
	now, ok, err := st.Entry(ctx, r.base, r.id)
	if err != nil {
		return err
	}
	if !ok || now.Version != r.version {
		n.Same++
		return nil
	}
	if r.was == nil {
		if err := st.Delete(ctx, r.base, r.id); err != nil {
			return err
		}
		n.New++
		return nil
	}
	e := *r.was
	e.ID, e.Version = now.ID, now.Version
	_, err = st.Save(ctx, e, by)
	if err == nil && r.gone != nil { // its versions are gone, what it said is not
		e := *r.gone
		e.Version = 0
		_, err = st.Save(ctx, e, by)
	}
	if errors.Is(err, knowledge.ErrStale) || errors.Is(err, knowledge.ErrInvalid) { // or something else asks the question now
		n.Same++
		return nil
	}
	n.Changed++
	return err
}
