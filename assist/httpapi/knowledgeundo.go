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

	rows []appliedRow // in the order in which they were written
}

// appliedRow is an entry that an import wrote.
type appliedRow struct {
	wrote knowledge.Entry
	was   *knowledge.Entry // before it; nil: there was none
	gone  *knowledge.Entry // that was forgotten for it; nil for none
}

// writtenBy are the entries that an import writes, of which a dry run told the rows.
func writtenBy(rows []knowledge.Row) []appliedRow {
	var out []appliedRow
	for _, r := range rows {
		if r.Wrong == nil && !r.Same() {
			out = append(out, appliedRow{r.Entry, r.Was, r.Gone})
		}
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
		rows := all[i].rows
		for k, r := range slices.Backward(rows) { // what a row made room for stands in the way of what was there
			if err := a.undoRow(ctx, r, by, &n); err != nil {
				return n, err // it can be asked for again: what is as it was stays so
			}
			progress(len(rows)-k, len(rows))
		}
		a.o.Knowledge.pending.undone(in.ID)
		return n, nil
	})
	x.wait(ctx)
	return a.errandOf(ctx, x.id, a.failKnowledge)
}

// undoRow has an entry again as it was before an import, unless it is not what the import made of it any more, and counts it.
func (a *API) undoRow(ctx context.Context, r appliedRow, by string, n *importCounts) error {
	st := a.o.Knowledge.Store
	now, ok, err := st.Entry(ctx, r.wrote.Base, r.wrote.ID)
	if err != nil {
		return err
	}
	if !ok || !now.Same(r.wrote) {
		n.Same++
		return nil
	}
	if r.was == nil {
		if err := st.Delete(ctx, now.Base, now.ID, now.Version); err != nil {
			return n.left(err)
		}
		n.New++
		return nil
	}
	e := *r.was
	e.ID, e.Version = now.ID, now.Version
	if _, err := st.Save(ctx, e, by); err != nil {
		return n.left(err)
	}
	n.Changed++
	if r.gone == nil {
		return nil
	}
	if _, taken, err := st.Entry(ctx, r.gone.Base, r.gone.ID); err != nil {
		return err
	} else if taken {
		return n.left(knowledge.ErrStale)
	}
	e = *r.gone // its versions are gone, what it said is not
	e.Version = 0
	_, err = st.Save(ctx, e, by)
	return n.left(err)
}

// left counts an entry that is left as it is, where err says that somebody has changed it or asks its question since, and returns any other error.
func (n *importCounts) left(err error) error {
	if errors.Is(err, knowledge.ErrStale) || errors.Is(err, knowledge.ErrUnknown) || errors.Is(err, knowledge.ErrInvalid) {
		n.Same++
		return nil
	}
	return err
}
