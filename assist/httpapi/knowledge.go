package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/fetch"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/knowledge"
)

// Answerer is the bot, asked what it would say.
type Answerer interface {
	Answer(ctx context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error)
}

// Gaps knows what callers asked in vain since a time, newest first.
type Gaps interface {
	Unanswered(ctx context.Context, base string, since time.Time, limit int) ([]record.Unanswered, error)
}

// KnowledgeOptions are what the paths of the knowledge work with; a nil Store leaves them out.
type KnowledgeOptions struct {
	Store knowledge.Store
	Bot   Answerer       // nil: a question can be searched but not tried
	Gaps  Gaps           // nil: none are known
	Bar   func() float64 // probability from which on the bot answers now, 0..1

	Learning Learning       // nil: nothing is learnt from calls
	Embedder gaps.Embedder  // nil: questions are put together by their words alone
	Goldens  Goldens        // nil: there are no golden sets
	Rehearse Rehearser      // nil: changes cannot be tried
	Voice    Voice          // nil: answers cannot be listened to
	Watch    Watched        // nil: no folder is watched
	Fetch    fetch.Options  // what addresses may lead to
	Zone     *time.Location // in which days begin that files write without one; nil is UTC
	// Mask takes what is private out of a text in a language; nil leaves it.
	Mask func(text, lang string) string

	pending *imports
}

type (
	// EntryPath is exported since huma reads no path of an embedded type that is not.
	EntryPath struct {
		Base string `path:"base" maxLength:"64"`
		ID   string `path:"id" maxLength:"200"`
	}
	entryView struct {
		ID       string             `json:"id"`
		Base     string             `json:"base"`
		State    knowledge.State    `json:"state" enum:"draft,review,published,expired"`
		Lang     string             `json:"lang"`
		Question string             `json:"question"`
		Similar  []string           `json:"similar"`
		Answer   string             `json:"answer"`
		Category string             `json:"category"`
		Audience knowledge.Audience `json:"audience" enum:"bot,agent"`
		Queues   []string           `json:"queues"`
		From     *time.Time         `json:"from,omitempty"`
		Until    *time.Time         `json:"until,omitempty"`
		Version  int                `json:"version"`
		Pair     *pairView          `json:"pair,omitempty"`
		Updated  time.Time          `json:"updated"`
		By       string             `json:"by"`
	}
	pairView struct {
		ID    string `json:"id"`
		Lang  string `json:"lang"`
		Stale bool   `json:"stale" doc:"The other language's text changed after this one's"`
	}
	entryOutput struct{ Body entryView }
	basesOutput struct {
		Body struct {
			Items []knowledge.Base `json:"items"`
		}
	}
	entriesInput struct {
		Base   string             `query:"base" maxLength:"64"`
		Text   string             `query:"q" maxLength:"200" doc:"Words of the question, the other ways to ask, or the answer"`
		State  knowledge.State    `query:"state" enum:"draft,review,published,expired"`
		Lang   string             `query:"lang" enum:"en,zh"`
		For    knowledge.Audience `query:"audience" enum:"bot,agent"`
		Cursor string             `query:"cursor" pattern:"^[0-9]{0,9}$" doc:"next of the page before"`
	}
	entriesOutput struct {
		Body struct {
			Items []entryView `json:"items"`
			Total int         `json:"total" doc:"Of all pages"`
			Next  string      `json:"next,omitempty"`
		}
	}
	putEntryInput struct {
		EntryPath

		Body struct {
			Question string             `json:"question" minLength:"1" maxLength:"500"`
			Answer   string             `json:"answer" minLength:"1" maxLength:"6000"`
			Similar  []string           `json:"similar,omitempty" maxItems:"100"`
			Category string             `json:"category,omitempty" maxLength:"200"`
			Lang     string             `json:"lang" enum:"en,zh"`
			State    knowledge.State    `json:"state,omitempty" enum:"draft,review,published,expired"`
			Audience knowledge.Audience `json:"audience,omitempty" enum:"bot,agent"`
			Queues   []string           `json:"queues,omitempty" maxItems:"50"`
			From     *time.Time         `json:"from,omitempty"`
			Until    *time.Time         `json:"until,omitempty"`
			Pair     string             `json:"pair,omitempty" maxLength:"200"`
			Version  int                `json:"version,omitempty" minimum:"0" doc:"Of the entry as it was read; 409 when it was changed since. 0 for a new entry: 409 when the id is taken"`
		}
	}
	entryStateInput struct {
		EntryPath

		Body struct {
			State knowledge.State `json:"state" enum:"draft,review,published,expired"`
		}
	}
	rollbackInput struct {
		EntryPath

		Body struct {
			Version int `json:"version" minimum:"1"`
		}
	}
	versionsOutput struct {
		Body struct {
			Items []entryView `json:"items"`
		}
	}
)

const entryPage = 100

func (a *API) registerKnowledge(api huma.API) {
	a.o.Knowledge.pending = &imports{}
	st, tags := a.o.Knowledge.Store, []string{"knowledge"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: "/api/knowledge/" + path, Tags: tags, Summary: summary}
	}
	huma.Register(api, op("list-bases", http.MethodGet, "bases", "The knowledge bases"), func(ctx context.Context, _ *struct{}) (*basesOutput, error) {
		all, err := st.Bases(ctx)
		if err != nil {
			return nil, a.failKnowledge(err)
		}
		out := &basesOutput{}
		out.Body.Items = append([]knowledge.Base{}, all...)
		return out, nil
	})
	huma.Register(api, op("list-entries", http.MethodGet, "entries", "Entries, last changed first"), a.listEntries)
	a.registerEntry(api, op)
	a.registerKnowledgeMoves(api, op)
	a.registerKnowledgeTrials(api, op)
	a.registerKnowledgeGaps(api, op)
	a.registerKnowledgeDrafts(api, op)
	if a.o.Knowledge.Goldens != nil {
		a.registerGolden(api, op)
	}
}

// registerEntry adds what is done with one entry.
func (a *API) registerEntry(api huma.API, op func(id, method, path, summary string) huma.Operation) {
	st := a.o.Knowledge.Store
	const one = "entries/{base}/{id}"
	huma.Register(api, op("get-entry", http.MethodGet, one, "One entry"), func(ctx context.Context, in *EntryPath) (*entryOutput, error) {
		e, ok, err := st.Entry(ctx, in.Base, in.ID)
		if err == nil && !ok {
			err = knowledge.ErrUnknown
		}
		return a.entryOf(ctx, e, err)
	})
	huma.Register(api, op("put-entry", http.MethodPut, one, "Write an entry, new or changed"), a.putEntry)
	huma.Register(api, op("delete-entry", http.MethodDelete, one, "Forget an entry with its versions"), func(ctx context.Context, in *EntryPath) (*struct{}, error) {
		if err := a.noteCustomer(ctx, access.ChangedKnowledge, in.Base+"/"+in.ID); err != nil {
			return nil, err
		}
		if err := st.Delete(ctx, in.Base, in.ID, 0); err != nil {
			return nil, a.failKnowledge(err)
		}
		return nil, nil //nolint:nilnil // 204
	})
	huma.Register(api, op("set-entry-state", http.MethodPost, one+"/state", "Publish an entry, or take it back"), func(ctx context.Context, in *entryStateInput) (*entryOutput, error) {
		return a.changeEntry(ctx, in.EntryPath, func(by string) (knowledge.Entry, error) {
			return st.SetState(ctx, in.Base, in.ID, in.Body.State, by)
		})
	})
	huma.Register(api, op("rollback-entry", http.MethodPost, one+"/rollback", "Store an earlier version again"), func(ctx context.Context, in *rollbackInput) (*entryOutput, error) {
		return a.changeEntry(ctx, in.EntryPath, func(by string) (knowledge.Entry, error) {
			return st.Rollback(ctx, in.Base, in.ID, in.Body.Version, by)
		})
	})
	huma.Register(api, op("entry-versions", http.MethodGet, one+"/versions", "Every version, newest first"), func(ctx context.Context, in *EntryPath) (*versionsOutput, error) {
		all, err := st.Versions(ctx, in.Base, in.ID)
		if err == nil && len(all) == 0 {
			err = knowledge.ErrUnknown
		}
		if err != nil {
			return nil, a.failKnowledge(err)
		}
		out := &versionsOutput{}
		for _, e := range all {
			out.Body.Items = append(out.Body.Items, viewOf(e, nil))
		}
		return out, nil
	})
}

func viewOf(e knowledge.Entry, partner *knowledge.Entry) entryView {
	v := entryView{
		ID: e.ID, Base: e.Base, State: e.StateAt(time.Now()), Lang: e.Lang, Question: e.Question, Similar: append([]string{}, e.Similar...), Answer: e.Answer,
		Category: e.Category, Audience: e.Audience, Queues: append([]string{}, e.Queues...), From: e.From, Until: e.Until, Version: e.Version, Updated: e.Updated, By: e.By,
	}
	if e.Pair != "" {
		v.Pair = &pairView{ID: e.Pair}
		if partner != nil {
			v.Pair.Lang, v.Pair.Stale = partner.Lang, e.StaleBeside(*partner)
		}
	}
	return v
}

func (a *API) listEntries(ctx context.Context, in *entriesInput) (*entriesOutput, error) {
	all, err := a.o.Knowledge.Store.Entries(ctx, in.Base)
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	byID := make(map[[2]string]*knowledge.Entry, len(all))
	for i := range all {
		byID[[2]string{all[i].Base, all[i].ID}] = &all[i]
	}
	now, words := time.Now(), strings.Fields(strings.ToLower(in.Text))
	found := make([]knowledge.Entry, 0, len(all))
	for _, e := range all {
		if (in.State == "" || e.StateAt(now) == in.State) && (in.Lang == "" || e.Lang == in.Lang) && (in.For == "" || e.Audience == in.For) && holds(e, words) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(x, y knowledge.Entry) int { return y.Updated.Compare(x.Updated) })
	from, _ := strconv.Atoi(in.Cursor) // "" is the first page; the pattern allows digits only
	out := &entriesOutput{}
	out.Body.Items, out.Body.Total = []entryView{}, len(found)
	from = min(from, len(found))
	to := min(from+entryPage, len(found))
	for _, e := range found[from:to] {
		out.Body.Items = append(out.Body.Items, viewOf(e, byID[[2]string{e.Base, e.Pair}]))
	}
	if to < len(found) {
		out.Body.Next = strconv.Itoa(to)
	}
	return out, nil
}

// holds reports whether every word stands somewhere in the entry.
func holds(e knowledge.Entry, words []string) bool {
	if len(words) == 0 {
		return true
	}
	text := strings.ToLower(e.ID + "\n" + e.Question + "\n" + strings.Join(e.Similar, "\n") + "\n" + e.Answer + "\n" + e.Category)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func (a *API) putEntry(ctx context.Context, in *putEntryInput) (*entryOutput, error) {
	b := in.Body
	e := knowledge.Entry{ID: in.ID, Base: in.Base, Question: strings.TrimSpace(b.Question), Answer: strings.TrimSpace(b.Answer), Category: strings.TrimSpace(b.Category), Lang: b.Lang}
	for _, s := range b.Similar {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(e.Similar, s) {
			e.Similar = append(e.Similar, s)
		}
	}
	e.Status = knowledge.Status{State: b.State, Audience: b.Audience, Queues: b.Queues, From: b.From, Until: b.Until, Pair: b.Pair, Version: b.Version}
	if b.Version == 0 {
		if _, taken, err := a.o.Knowledge.Store.Entry(ctx, in.Base, in.ID); err != nil {
			return nil, a.failKnowledge(err)
		} else if taken {
			return nil, a.failKnowledge(knowledge.ErrStale)
		}
	}
	return a.changeEntry(ctx, in.EntryPath, func(by string) (knowledge.Entry, error) { return a.o.Knowledge.Store.Save(ctx, e, by) })
}

// changeEntry notes who changes an entry and changes it.
func (a *API) changeEntry(ctx context.Context, at EntryPath, change func(by string) (knowledge.Entry, error)) (*entryOutput, error) {
	if err := a.noteCustomer(ctx, access.ChangedKnowledge, at.Base+"/"+at.ID); err != nil {
		return nil, err
	}
	e, err := change(author(ctx))
	return a.entryOf(ctx, e, err)
}

// author is how a version names who made it.
func author(ctx context.Context) string {
	if p := access.From(ctx).Person; p.Name != "" {
		return p.Name
	}
	return access.From(ctx).Person.ID
}

func (a *API) entryOf(ctx context.Context, e knowledge.Entry, err error) (*entryOutput, error) {
	if err != nil {
		return nil, a.failKnowledge(err)
	}
	var partner *knowledge.Entry
	if e.Pair != "" {
		if p, ok, err := a.o.Knowledge.Store.Entry(ctx, e.Base, e.Pair); err != nil {
			return nil, a.failKnowledge(err)
		} else if ok {
			partner = &p
		}
	}
	return &entryOutput{viewOf(e, partner)}, nil
}

func (a *API) failKnowledge(err error) error {
	switch none := (*knowledge.NoBaseError)(nil); {
	case errors.As(err, &none):
		return huma.Error404NotFound("there is no knowledge base of this name")
	case errors.Is(err, gaps.ErrGone):
		return huma.Error404NotFound("there is no such gap any more: look at the list again")
	case errors.Is(err, gaps.ErrTaken):
		return conflict(ProblemExists, "an entry asks this already: change that one")
	case errors.Is(err, gaps.ErrDecided):
		return conflict(ProblemDecided, "this was decided already: look at the list again")
	case errors.Is(err, knowledge.ErrUnknown):
		return huma.Error404NotFound("there is no such entry or version")
	case errors.Is(err, knowledge.ErrStale):
		return conflict(ProblemChanged, "the entry was changed in between: read it again")
	case errors.Is(err, knowledge.ErrMoved):
		return conflict(ProblemBaseChanged, "the base was changed in between, and this would do something else now: nothing was stored; check the files again")
	case errors.Is(err, knowledge.ErrInvalid):
		return invalid(err, knowledge.ErrInvalid)
	}
	return a.fail(err)
}
