package httpapi

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/scoring"
)

type agreementInput struct {
	Days   int `query:"days" minimum:"1" maximum:"3660" default:"90"`
	Cursor int `query:"cursor" minimum:"0" maximum:"1000000" doc:"next of the page before"`
}

// checked is how often people said what the machine had said.
type checked struct {
	Form     string          `json:"form"`
	Question string          `json:"question" doc:"Empty for all questions of the form"`
	TextEn   string          `json:"text_en,omitempty" doc:"The question as the newest version of the form asks it"`
	TextZh   string          `json:"text_zh,omitempty"`
	Concord  quality.Concord `json:"agreement"`
	Untold   int             `json:"untold" doc:"Answers of people where the machine could not tell; they are in no figure"`
}

type agreementOutput struct {
	Body struct {
		Items []checked `json:"items" doc:"By form: all questions of it together, then each as the form has them"`
		Total int       `json:"total"`
		Next  int       `json:"next,omitempty" doc:"Cursor of the next page"`
	}
}

// askedOf is a question of a form, or with "" all of them.
type askedOf struct{ form, question string }

// compared are what people and the machine answered to one question.
type compared struct {
	askedOf

	pairs  []quality.Pair
	untold int
	place  int // within the form; of one that the form does not have any more, after all others
	asked  *quality.Question
}

// agreement is one page of it. The intervals, which take long, are worked out for that page alone.
func (a *API) agreement(ctx context.Context, in *agreementInput) (*agreementOutput, error) {
	checks, err := a.o.Quality.Scores.Checks(ctx, time.Now().AddDate(0, 0, -in.Days))
	if err != nil {
		return nil, a.failQuality(err)
	}
	all, err := a.compared(ctx, checks)
	if err == nil {
		err = a.arrange(ctx, all)
	}
	if err != nil {
		return nil, a.failQuality(err)
	}
	out := &agreementOutput{}
	out.Body.Items, out.Body.Total = []checked{}, len(all)
	from := min(in.Cursor, len(all))
	to := min(from+reviewPage, len(all))
	for _, c := range all[from:to] {
		one := checked{Form: c.form, Question: c.question, Concord: quality.Between(c.pairs), Untold: c.untold}
		if c.asked != nil {
			one.TextEn, one.TextZh = c.asked.TextEn, c.asked.TextZh
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	if to < len(all) {
		out.Body.Next = to
	}
	return out, nil
}

// compared gathers, of the calls that who asks may see, what was answered to each question and to all of each form.
func (a *API) compared(ctx context.Context, checks []scoring.Check) ([]*compared, error) {
	by := map[askedOf]*compared{}
	for _, c := range checks {
		if ok, err := a.maySee(ctx, c.Call); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		for _, k := range []askedOf{{c.Form, ""}, {c.Form, c.Question}} {
			one := by[k]
			if one == nil {
				one = &compared{askedOf: k}
				by[k] = one
			}
			if c.Machine == quality.CannotTell {
				one.untold++
				continue
			}
			one.pairs = append(one.pairs, quality.Pair{First: c.Answer, Second: c.Machine})
		}
	}
	return slices.Collect(maps.Values(by)), nil
}

// arrange puts them in order, with the words of the questions.
func (a *API) arrange(ctx context.Context, all []*compared) error {
	forms := map[string]*quality.Form{}
	for _, c := range all {
		f, seen := forms[c.form]
		if !seen {
			var err error
			if f, err = a.wordsOf(ctx, scoring.Sheet{Form: c.form}); err != nil {
				return err
			}
			forms[c.form] = f
		}
		if c.question == "" {
			c.place = -1
			continue
		}
		if f == nil {
			continue
		}
		c.place = len(f.Questions)
		if i := slices.IndexFunc(f.Questions, func(q quality.Question) bool { return q.ID == c.question }); i >= 0 {
			c.place, c.asked = i, &f.Questions[i]
		}
	}
	slices.SortFunc(all, func(x, y *compared) int {
		return cmp.Or(cmp.Compare(x.form, y.form), cmp.Compare(x.place, y.place), cmp.Compare(x.question, y.question))
	})
	return nil
}
