// Package wrapup writes the structured summary of a call: why it was, what was said, what was promised, what is open, the
// numbers as heard, and how the call is proposed to be filed. It needs no language model: every line is a sentence of the
// call and names its turn. A model may phrase the lines better, but keeps to the turns it quotes and to their numbers, or
// the sentence itself stands.
package wrapup

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/nlu/written"
	"github.com/parley-voice/parley/pipeline/call"
)

// ErrUnknown means there is no wrap-up of the call.
var ErrUnknown = errors.New("wrapup: none for this call")

// The ways a summary was made.
const (
	Extractive = "extractive" // every line is a sentence of the call
	Model      = "llm"        // some lines were phrased by a language model and checked
)

// Line is one statement with the turn it stands on; Turn is 0 when a person wrote it.
type Line struct {
	Text string `json:"text"`
	Turn int    `json:"turn,omitempty"`
}

// Summary is what is known of a finished call.
type Summary struct {
	Reason      Line   `json:"reason"` // empty when the caller said nothing that was understood
	Said        []Line `json:"said"`
	Promised    []Line `json:"promised"`
	Open        []Line `json:"open"`
	Numbers     []Line `json:"numbers"` // as heard
	Method      string `json:"method" enum:"extractive,llm"`
	Disposition string `json:"disposition"` // id, proposed
	Lang        string `json:"lang"`
	Notes       string `json:"notes,omitempty"` // what the agent wrote down during the call
}

// Disposition is one way to file a call.
type Disposition struct {
	ID     string            `json:"id"`
	Titles map[string]string `json:"titles"`
}

// Dispositions are the built-in ones, of which Summary proposes one.
func Dispositions() []Disposition {
	d := func(id, en, zh string) Disposition { return Disposition{id, map[string]string{"en": en, "zh": zh}} }
	return []Disposition{
		d("resolved", "Resolved", "已解决"), d("follow_up", "Follow-up needed", "需跟进"), d("complaint", "Complaint", "投诉"),
		d("transferred", "Transferred", "已转接"), d("abandoned", "Caller hung up early", "客户提前挂断"), d("silent", "Nothing was said", "无声通话"),
		d("other", "Other", "其他"),
	}
}

// Call is what Summarise reads.
type Call struct {
	Turns []call.Turn // redacted, in order
	Lang  string      // of the call; "" = that of most turns
	Ended call.Ended
	// Mask is applied to every turn before it is read, for turns that may not be masked yet; nil = as they are.
	Mask func(text, lang string) string
}

// most is how many lines a section has at most.
const (
	mostPromised = 8
	mostOpen     = 6
	mostNumbers  = 12
	mostSaid     = 8
)

// Summarise makes the summary from sentences of the call. It takes some milliseconds for a long call and needs nothing else.
func Summarise(c Call) Summary {
	d := read(c.masked())
	s := Summary{Method: Extractive, Lang: d.lang}
	s.Reason = d.reason()
	s.Promised = d.promised()
	s.Open = d.open(s.Promised)
	s.Said = d.said(s.Reason, slices.Concat(s.Promised, s.Open))
	s.Numbers = d.numbers()
	s.Disposition = d.disposition(s, c.Ended)
	return s
}

// masked returns the call with every turn masked.
func (c Call) masked() Call {
	if c.Mask == nil {
		return c
	}
	c.Turns = slices.Clone(c.Turns)
	for i, t := range c.Turns {
		c.Turns[i].Text = c.Mask(t.Text, t.Lang)
	}
	c.Mask = nil
	return c
}

// Values are the facts of a summary that a ticket form can be prefilled with; what is not known is missing. The figures
// are those of the first turn that has one of the kind, in the caller's words before anybody else's. An amount or a date
// that was spoken out is written in figures, and a reference that was spelled as one word, with the words as heard after it:
// £250 (two hundred and fifty pounds), AB1234 (A, B, one two, three four).
func (s Summary) Values(turns []call.Turn) map[string]string {
	v := map[string]string{"reason": s.Reason.Text, "promised": joined(s.Promised), "open": joined(s.Open), "summary": joined(s.Said), "lang": s.Lang}
	for _, caller := range []bool{true, false} {
		for _, t := range turns {
			if (t.Who == call.Caller) != caller {
				continue
			}
			for _, f := range entity.Find(t.Text) {
				name := map[entity.Kind]string{entity.Money: "amount", entity.Date: "date", entity.Reference: "reference"}[f.Kind]
				if name != "" && v[name] == "" {
					v[name] = inFigures(f, t.Lang)
				}
			}
		}
	}
	for k, x := range v {
		if x == "" {
			delete(v, k)
		}
	}
	return v
}

// inFigures is a figure as people write it.
func inFigures(f entity.Figure, lang string) string {
	w := f.Text
	switch f.Kind {
	case entity.Money, entity.Date:
		w = written.Write(f.Text, lang)
	case entity.Reference:
		w = f.Code
	}
	if w == f.Text {
		return f.Text
	}
	return w + " (" + f.Text + ")"
}

func joined(lines []Line) string {
	out := ""
	for i, l := range lines {
		if i > 0 {
			out += "\n"
		}
		out += l.Text
	}
	return out
}

// Beside is s together with what somebody wrote before about the same call, such as an agent who passed it on: their lines
// come first, those that s has too once.
func (s Summary) Beside(before Summary) Summary {
	for _, section := range []struct {
		into *[]Line
		of   []Line
	}{{&s.Said, before.Said}, {&s.Promised, before.Promised}, {&s.Open, before.Open}, {&s.Numbers, before.Numbers}} {
		lines := slices.Clone(section.of)
		for _, l := range *section.into {
			if !slices.ContainsFunc(lines, func(x Line) bool { return x.Text == l.Text }) {
				lines = append(lines, l)
			}
		}
		*section.into = lines
	}
	s.Notes = notesBeside(s.Notes, before.Notes)
	return s
}

// notesBeside is what two people noted. Notes are the call's: who has it next goes on with them, so that a line of both stands once.
func notesBeside(notes, before string) string {
	have := map[string]bool{"": true}
	for l := range strings.Lines(notes) {
		have[strings.TrimSpace(l)] = true
	}
	var missing []string
	for l := range strings.Lines(before) {
		if l = strings.TrimSpace(l); !have[l] {
			missing = append(missing, l)
		}
	}
	if len(missing) == 0 {
		return notes
	}
	return strings.TrimRight(strings.Join(missing, "\n")+"\n"+notes, "\n")
}

// Saved is the wrap-up of a call: what was made of it, and what those who had it made of that.
type Saved struct {
	Call     call.ID
	Original Summary   // made last
	Edited   *Summary  // what all of them wrote, see Joined; nil = nobody touched it
	Ticket   string    // id, "" = none
	By       string    // who had the call last of those who edited
	At       time.Time // of the last change
	Done     bool
	Versions []Version // one for each person who had the call, in the order in which they left it
}

// Version is what a person who had a call had before them, and what they made of it.
type Version struct {
	Person   string
	Original Summary
	Made     time.Time // when their part was over
	Edited   *Summary  // nil = not touched
}

// Joined is what several people wrote about one call, in the order in which they left it: that of the last who wrote, with the lines of those
// before. It returns whose that is, "" and nil when nobody has written.
func Joined(all []Version) (person string, s *Summary) {
	for _, v := range slices.Backward(all) {
		switch {
		case v.Edited == nil:
		case s == nil:
			own := *v.Edited
			person, s = v.Person, &own
		default:
			own := s.Beside(*v.Edited)
			s = &own
		}
	}
	return person, s
}

// Current is what counts: what people wrote, or the original.
func (s Saved) Current() Summary {
	if s.Edited != nil {
		return *s.Edited
	}
	return s.Original
}

// Store keeps wrap-ups.
type Store interface {
	// SaveOriginal stores or replaces what was made of the call for a person whose part in it was over then. What they and others have
	// written stays as it is.
	SaveOriginal(ctx context.Context, id call.ID, person string, s Summary, at time.Time) error
	// SaveEdit stores a person's version beside their original and the versions of others.
	SaveEdit(ctx context.Context, id call.ID, edited Summary, ticket, by string, at time.Time) error
	// Finish marks the wrap-up as done.
	Finish(ctx context.Context, id call.ID) error
	// Wrapup returns a wrap-up, ErrUnknown when there is none.
	Wrapup(ctx context.Context, id call.ID) (Saved, error)
}
