package desk

import (
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/pipeline/call"
)

// Spoken is a turn with what an agent wants to see at a glance.
type Spoken struct {
	call.Turn

	Facts []Fact `json:"facts,omitempty" doc:"Figures in the text, in their order; none overlap"`
}

// Fact is a figure in the text of a turn.
type Fact struct {
	Kind entity.Kind `json:"kind" enum:"money,percent,date,span,reference"`
	From int         `json:"from" doc:"Code points before it"`
	To   int         `json:"to"`
}

// spoken is t with the figures that say something by themselves: bare numbers and masks do not.
func spoken(t call.Turn) Spoken {
	out := Spoken{Turn: t}
	for _, f := range entity.Find(t.Text) {
		if f.Kind == entity.Plain || f.Kind == entity.Masked {
			continue
		}
		from := utf8.RuneCountInString(t.Text[:f.From])
		out.Facts = append(out.Facts, Fact{f.Kind, from, from + utf8.RuneCountInString(t.Text[f.From:f.To])})
	}
	return out
}

// Said are the turns as the record has them.
func (v *View) Said() []call.Turn {
	out := make([]call.Turn, len(v.Turns))
	for i, t := range v.Turns {
		out[i] = t.Turn
	}
	return out
}
