package httpapi

import (
	"context"
	"slices"
	"strconv"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
)

// inboxName is what an id in a list of scored calls stands for, in both languages.
type inboxName struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// inboxNames are the questions that failed calls, or nearly, in the words of the version that asked them, and what the rules say that
// warned. What is gone has no name.
func (a *API) inboxNames(ctx context.Context, items []scoring.Item) (map[string]inboxName, error) {
	out := map[string]inboxName{}
	var texts map[string][2]string
	if a.o.Rules != nil {
		texts = a.o.Rules.Rules().Texts
	}
	forms := map[string]*quality.Form{}
	for _, x := range items {
		for _, r := range x.Alerts {
			if t, ok := texts[r]; ok {
				out["rule/"+r] = inboxName{t[0], t[1]}
			}
		}
		asked := slices.Concat(x.Fails, x.Near)
		if len(asked) == 0 {
			continue
		}
		key := x.Form + "/" + strconv.Itoa(x.Version)
		form, seen := forms[key]
		if !seen {
			var err error
			if form, err = a.wordsOf(ctx, scoring.Sheet{Form: x.Form, Version: x.Version}); err != nil {
				return nil, err
			}
			forms[key] = form
		}
		if form == nil {
			continue
		}
		for _, id := range asked {
			if q := form.Question(id); q != nil {
				out[key+"/"+id] = inboxName{q.TextEn, q.TextZh}
			}
		}
	}
	return out, nil
}
