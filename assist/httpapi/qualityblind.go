package httpapi

import (
	"context"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/pipeline/call"
)

// unseen names the calibrations that keep scores from who asks, by call and form: whoever takes part in one answers before
// seeing what the machine or others did, wherever that could be seen.
type unseen map[call.ID]map[string]string

// unseen are those of one call, or with "" of all.
func (a *API) unseen(ctx context.Context, only call.ID) (unseen, error) {
	if !a.judges(ctx) {
		return nil, nil
	}
	all, err := a.standing(ctx, scoring.Standings{Open: true, Call: only})
	if err != nil {
		return nil, err
	}
	out := unseen{}
	for _, k := range all {
		if k.Blind() {
			out.add(k.Calibration)
		}
	}
	return out, nil
}

func (u unseen) add(k scoring.Calibration) {
	for _, id := range k.Calls {
		if u[id] == nil {
			u[id] = map[string]string{}
		}
		u[id][k.Form] = k.ID
	}
}

// items leaves out of a list what would tell an answer.
func (u unseen) items(items []scoring.Item) {
	for i, x := range items {
		if _, ok := u[x.Call][x.Form]; ok {
			x.Score, x.Band, x.Fails, x.Near, x.Open, x.Risk, x.Why = nil, "", []string{}, []string{}, 0, 0, []string{}
			items[i] = x
		}
	}
}

// sheets leaves the scores themselves out of what is exported.
func (u unseen) sheets(c *export.Call) {
	c.Sheets = slices.DeleteFunc(c.Sheets, func(s export.Sheet) bool { _, ok := u[c.ID][s.Sheet.Form]; return ok })
}

// notes leaves out what others wrote about a call with such a score, but for the words they corrected.
func (u unseen) notes(ctx context.Context, id call.ID, all []scoring.Note) []scoring.Note {
	if len(u[id]) == 0 {
		return all
	}
	me := access.From(ctx).Person.ID
	return slices.DeleteFunc(all, func(n scoring.Note) bool { return n.Kind != scoring.NoteWord && n.By != me })
}

// answerFirst refuses to change a score that is not to be seen yet.
func (a *API) answerFirst(ctx context.Context, id call.ID, form string) error {
	u, err := a.unseen(ctx, id)
	if err != nil {
		return err
	}
	if _, ok := u[id][form]; ok || form == "" && len(u[id]) > 0 {
		return huma.Error403Forbidden("this call is in a calibration: answer there first, or do not take part in it")
	}
	return nil
}
