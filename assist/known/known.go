// Package known keeps what a caller has said so far that somebody who takes the call would otherwise ask for again: amounts,
// days and times, order and other numbers, and what was masked of them. Each stands on the turn it was said in; nothing is
// concluded, and only text that was masked is read, so that nothing hidden comes back.
package known

import (
	"slices"
	"strings"

	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/nlu/written"
	"github.com/parley-voice/parley/pipeline/call"
)

// Kind says what a slot is of.
type Kind string

// The kinds of slot. Those that number a thing are named by the words around it.
const (
	Money     Kind = "money"
	Percent   Kind = "percent"
	Date      Kind = "date"
	Day       Kind = "day"
	Time      Kind = "time"
	Span      Kind = "span"
	Order     Kind = "order"
	Booking   Kind = "booking"
	Tracking  Kind = "tracking"
	Case      Kind = "case"
	Invoice   Kind = "invoice"
	Policy    Kind = "policy"
	Travel    Kind = "travel"
	Model     Kind = "model"
	Serial    Kind = "serial"
	Account   Kind = "account"
	Card      Kind = "card"
	Phone     Kind = "phone"
	Email     Kind = "email"
	ID        Kind = "id"
	Reference Kind = "reference" // of letters and figures, nobody said of what
	Number    Kind = "number"    // likewise, of figures alone
	Count     Kind = "count"     // how many or how large, with the word for what
)

// most is how many slots a call has; older ones go first.
const most = 16

// Slot is one thing that a caller has said.
type Slot struct {
	Kind  Kind        `json:"kind" enum:"money,percent,date,day,time,span,order,booking,tracking,case,invoice,policy,travel,model,serial,account,card,phone,email,id,reference,number,count"`
	Value string      `json:"value" doc:"In figures; what was masked is its mask"`
	Heard string      `json:"heard,omitempty" doc:"The words, where they are others"`
	Turn  int         `json:"turn" doc:"The turn it was said in last"`
	At    call.Offset `json:"at_s"`
}

// Hear takes a turn into what is known and reports whether that changed. Before is what the other side had said last: what it
// asked for names a number that is said alone. The latest value of a kind stands, what was corrected or denied goes. Have is not
// written to.
func Hear(have []Slot, before string, t call.Turn) ([]Slot, bool) {
	if t.Who != call.Caller {
		return have, false
	}
	said := settle(have, mentions(t, before))
	if len(said) == 0 {
		return have, false
	}
	out, changed := slices.Clone(have), false
	for _, m := range said {
		if !m.denied {
			continue
		}
		n := len(out)
		out = slices.DeleteFunc(out, func(s Slot) bool { return s.same(m.Slot) })
		changed = changed || len(out) != n
	}
	said = standing(said)
	for len(said) > 0 {
		group := ofKind(said, said[0])
		said = slices.DeleteFunc(said, func(m mention) bool { return m.group() == group[0].group() })
		var did bool
		out, did = take(out, group)
		changed = changed || did
	}
	if !changed {
		return have, false
	}
	for len(out) > most {
		i := 0
		for j, s := range out {
			if s.Turn < out[i].Turn {
				i = j
			}
		}
		out = slices.Delete(out, i, i+1)
	}
	return out, true
}

// mention is a value in a turn.
type mention struct {
	Slot

	day     float64 // of a date that is only a day of the month
	denied  bool    // "not the thirteenth"
	instead bool    // "sorry, the fourteenth": of what was said before
	short   bool    // a number of which only what is known can tell the kind
}

// mentions finds the values in a turn, in order.
func mentions(t call.Turn, before string) []mention {
	var out []mention
	end := 0
	for _, f := range figures(t.Text) {
		m := mention{Slot: Slot{Turn: t.N, At: t.Start}}
		m.instead = corrects.MatchString(tail(t.Text[end:f.From]))
		if f.Kind == entity.Date && f.Value != 0 { // a day alone is one where a day is spoken of
			if m.day = f.Value; !m.instead && !isDay(t.Text, f) && !asksDay(before) {
				continue
			}
		}
		if !m.name(f, t, before) {
			continue
		}
		m.denied = denies.MatchString(t.Text[:f.From]) && !maybe.MatchString(t.Text[:f.From])
		out, end = append(out, m), f.To
	}
	return out
}

// figures are all figures of a text in order; a day or a time is more than the numbers in it.
func figures(text string) []entity.Figure {
	out := entity.When(text)
	when := len(out)
	for _, f := range entity.Find(text) {
		i := slices.IndexFunc(out[:when], func(w entity.Figure) bool { return w.From < f.To && f.From < w.To })
		switch {
		case i < 0:
			out = append(out, f)
		case f.Kind == entity.Money || f.Kind == entity.Percent || f.Kind == entity.Masked:
			out[i] = f
		}
	}
	slices.SortStableFunc(out, func(a, b entity.Figure) int { return a.From - b.From })
	out = slices.CompactFunc(out, func(a, b entity.Figure) bool { return a.From == b.From })
	return slices.DeleteFunc(out, func(f entity.Figure) bool {
		return strings.HasSuffix(text[:f.From], "第") || f.Kind == entity.Money && f.Value == 1 && strings.HasSuffix(f.Text, "块") // the second day; a piece, together
	})
}

// name says of what kind a figure is and how it is written; false where it says nothing by itself.
func (m *mention) name(f entity.Figure, t call.Turn, before string) bool {
	switch f.Kind {
	case entity.Money, entity.Percent, entity.Date, entity.Day, entity.Time, entity.Span:
		m.Kind = Kind(f.Kind)
		m.write(written.Write(f.Text, t.Lang), f.Text)
	case entity.Masked:
		m.Kind = masked(f, t.Text, before)
		m.Value = f.Text
	case entity.Reference:
		m.Kind = called(t.Text, f, before)
		m.write(f.Code, f.Text)
	case entity.Plain:
		if m.Kind = tight(t.Text, f, before); m.Kind != "" {
			m.Value = f.Text
			break
		}
		if m.Value = counted(t.Text, f); m.Value != "" {
			m.Kind = Count
		} else if m.instead && answers(t.Text, f) {
			m.Kind, m.Value, m.short = Number, f.Text, true
		}
	}
	return m.Kind != ""
}

func (m *mention) write(value, heard string) {
	if m.Value = value; value != heard {
		m.Heard = heard
	}
}

// masked is the kind of what was masked, "" for what nobody writes down: names, addresses, secrets.
func masked(f entity.Figure, text, before string) Kind {
	name, _, _ := strings.Cut(strings.Trim(f.Text, "[]"), " ")
	switch redact.Kind(name) {
	case redact.Card, redact.Phone, redact.Email, redact.ID:
		return Kind(name)
	case redact.Account, redact.Number:
		k := called(text, f, before)
		if k == Number && redact.Kind(name) == redact.Account {
			return Account
		}
		return k
	}
	return ""
}

// numbered reports whether a slot has the number of a thing.
func (s Slot) numbered() bool {
	return slices.Contains([]Kind{Order, Booking, Tracking, Case, Invoice, Policy, Travel, Model, Serial, Account, Card, Reference, Number}, s.Kind)
}

// settle gives numbers that were said without a word for them the kind of what they repeat or correct.
func settle(have []Slot, said []mention) []mention {
	var last *Slot // of which a number was said last
	for i, s := range have {
		if s.numbered() && (last == nil || s.Turn >= last.Turn) {
			last = &have[i]
		}
	}
	out := said[:0]
	denied := false
	for _, m := range said {
		if m.Kind == Number || m.Kind == Reference {
			if i := slices.IndexFunc(have, func(s Slot) bool { return s.numbered() && plain(s.Value) == plain(m.Value) }); i >= 0 {
				m.Kind, m.short = have[i].Kind, false
			} else if (m.instead || denied) && last != nil {
				m.Kind, m.short = last.Kind, false
			}
		}
		if m.short {
			continue
		}
		if m.numbered() {
			s := m.Slot
			last, denied = &s, m.denied
		}
		out = append(out, m)
	}
	return out
}

// standing are the mentions of a turn that were not denied or corrected in it.
func standing(said []mention) []mention {
	var out []mention
	for _, m := range said {
		if m.denied {
			continue
		}
		if n := len(out); m.instead && n > 0 && out[n-1].family() == m.family() {
			m.goOn(out[n-1].Slot)
			out = out[:n-1]
		}
		out = append(out, m)
	}
	return out
}

// goOn completes a day that corrects another date: its month and year stand.
func (m *mention) goOn(old Slot) {
	if m.day == 0 || old.Kind != Date {
		return
	}
	if v := withDay(old.Value, int(m.day)); v != "" {
		heard := m.Heard
		if heard == "" {
			heard = m.Value
		}
		m.Value, m.Heard = v, heard
	}
}

// group tells slots of one kind; of counts, those of one thing.
func (s Slot) group() string {
	if s.Kind == Count {
		return string(s.Kind) + thing(s.Value)
	}
	return string(s.Kind)
}

// family are kinds one of which corrects another.
func (s Slot) family() string {
	if s.Kind == Day {
		return string(Date)
	}
	return s.group()
}

func (s Slot) same(o Slot) bool {
	return s.Kind == o.Kind && (plain(s.Value) == plain(o.Value) || s.Kind == Date && dayIn(s.Value) != 0 && dayIn(s.Value) == loneDay(o))
}

// ofKind are the mentions of one kind, those that say the same once.
func ofKind(said []mention, first mention) []mention {
	var out []mention
	for _, m := range said {
		if m.group() == first.group() && !slices.ContainsFunc(out, func(o mention) bool { return o.same(m.Slot) }) {
			out = append(out, m)
		}
	}
	return out
}

// take puts what was said of a kind in the place of what was known of it.
func take(have []Slot, said []mention) ([]Slot, bool) {
	first := said[0]
	if first.instead {
		for _, s := range slices.Backward(have) {
			if s.Kind == Date && s.family() == first.family() {
				said[0].goOn(s)
				break
			}
		}
	}
	replaced := func(s Slot) bool {
		return s.group() == first.group() || first.instead && s.family() == first.family() && s.Turn == lastOf(have, first.family())
	}
	known := true
	for _, m := range said {
		known = known && slices.ContainsFunc(have, func(s Slot) bool { return s.same(m.Slot) })
	}
	if known && !first.instead {
		return have, false
	}
	at := slices.IndexFunc(have, replaced)
	have = slices.DeleteFunc(have, replaced)
	if at < 0 {
		at = len(have)
	}
	for i, m := range said {
		have = slices.Insert(have, at+i, m.Slot)
	}
	return have, true
}

func lastOf(have []Slot, family string) int {
	last := 0
	for _, s := range have {
		if s.family() == family {
			last = max(last, s.Turn)
		}
	}
	return last
}
