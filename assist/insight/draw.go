package insight

import (
	"cmp"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// Source is what a call's facts are drawn from.
type Source struct {
	Call record.Detail
	// Moves are the call's events of kinds call.KindTransfer, call.KindParty and call.KindAlert, in order.
	Moves []call.Event
	// Written is what an agent made of the summary, nil when nobody wrote anything down.
	Written *wrapup.Summary
	Who     string // see Fact.Who
}

// mostLacking is how many unanswered questions of a call are kept.
const mostLacking = 12

// Draw makes the facts of an ended call. It takes some milliseconds for a long call; the vectors are left to the Keeper.
func Draw(s Source) Drawn {
	c := s.Call
	m := follow(s.Moves, c.Duration)
	f := Fact{
		Call: c.ID, At: c.StartedAt, Queue: c.Route, Lang: base(c.Lang), Channel: channel(c), Who: s.Who, LengthS: c.Duration,
		Agent: m.agent, Name: cmp.Or(m.name, m.agent), Handed: m.handed, Wait: m.wait, WaitS: m.waitS, HandleS: m.handleS, Alert: m.alert,
		Intent: intentOf(c.Turns),
	}
	if f.Channel != "chat" { // written turns have no length
		f.talked(c.Turns, slices.Concat(m.waits, m.holds))
	}
	f.feel(c.Turns)
	sum := wrapup.Summarise(wrapup.Call{Turns: c.Turns, Lang: c.Lang, Ended: call.Ended{By: c.EndedBy, Why: c.Why, Duration: c.Duration}})
	asked := asks(c.Turns)
	var out Drawn
	out.Questions = f.questions(c.Turns, asked, sum, m)
	f.Asked = len(asked)
	for _, a := range asked {
		if !a.answered {
			f.Lacking++
		}
	}
	f.Outcome, f.Judged = outcome(s, sum, m, asked)
	out.Fact = f
	return out
}

func base(lang string) string {
	lang, _, _ = strings.Cut(lang, "-")
	return lang
}

func channel(c record.Detail) string {
	switch {
	case c.Codec == call.Written:
		return "chat"
	case c.From == "web":
		return "web"
	}
	return "phone"
}

// courtesies are intents that are not why anybody calls.
func courtesy(intent string) bool {
	switch intent {
	case "", "greeting", "thanks", "how_are_you", "who_are_you", "compliment", "smalltalk", "oos", "person", "goodbye", "yes", "no":
		return true
	}
	return false
}

// intentOf is the intent most turns of the caller have, the earlier one of two; "" when none is sure.
func intentOf(turns []call.Turn) string {
	n := map[string]int{}
	best := ""
	for _, t := range turns {
		if t.Who == call.Caller && !courtesy(t.Intent) {
			n[t.Intent]++
		}
	}
	for _, t := range turns {
		if t.Who == call.Caller && n[t.Intent] > n[best] {
			best = t.Intent
		}
	}
	return best
}

func (f *Fact) feel(turns []call.Turn) {
	n := 0
	for _, t := range turns {
		if t.Who != call.Caller || strings.TrimSpace(t.Text) == "" {
			continue
		}
		n++
		f.Mood += t.Sentiment
		f.Worst = min(f.Worst, t.Sentiment)
	}
	if f.Felt = n > 0; f.Felt {
		f.Mood /= float64(n)
	}
}

// ask is something put to the bot, with what became of it.
type ask struct {
	turn     call.Turn
	answered bool
}

// asks are the turns of the caller that the bot answered, asked back about or could not answer. One it asked back about
// counts as answered when the next decision is an answer.
func asks(turns []call.Turn) []ask {
	var out []ask
	var last *call.Turn
	open := -1 // of out: asked back about
	for i, t := range turns {
		switch {
		case t.Who == call.Caller:
			last = &turns[i]
		case t.Who != call.Bot || last == nil:
		case t.Decision == "answer":
			if open >= 0 {
				out[open].answered = true
			} else {
				out = append(out, ask{*last, true})
			}
			last, open = nil, -1
		case t.Decision == "clarify":
			if open < 0 {
				out = append(out, ask{turn: *last})
				open = len(out) - 1
			}
			last = nil
		case t.Decision == "offer_person":
			if open < 0 {
				out = append(out, ask{turn: *last})
			}
			last, open = nil, -1
		}
	}
	return out
}

// questions are the reason of the call and what was not answered, by the bot or by a person.
func (f *Fact) questions(turns []call.Turn, asked []ask, sum wrapup.Summary, m moves) []Question {
	var out []Question
	byN := map[int]call.Turn{}
	for _, t := range turns {
		byN[t.N] = t
	}
	make1 := func(t call.Turn, text string) Question {
		lang := base(cmp.Or(t.Lang, f.Lang))
		return Question{Call: f.Call, Turn: t.N, AtS: t.Start.Seconds(), Lang: lang, Text: text, Words: Words(text, lang)}
	}
	if t, ok := byN[sum.Reason.Turn]; ok && sum.Reason.Text != "" {
		q := make1(t, sum.Reason.Text)
		q.Reason, q.Answered = true, true
		f.Reason = q
		out = append(out, q)
	}
	lack := func(t call.Turn, text string) {
		if len(out) > 0 && out[0].Turn == t.N {
			out[0].Answered = false
			return
		}
		if len(out) <= mostLacking && !slices.ContainsFunc(out, func(q Question) bool { return q.Turn == t.N }) {
			out = append(out, make1(t, text))
		}
	}
	for _, a := range asked {
		if !a.answered {
			lack(a.turn, a.turn.Text)
		}
	}
	for _, l := range sum.Open { // what nobody took up when a person had the call
		if t := byN[l.Turn]; m.had && t.Who == call.Caller && t.Start.Seconds() >= m.from {
			lack(t, l.Text)
		}
	}
	return out
}

// outcome says what became of the call, and whether a person said so.
func outcome(s Source, sum wrapup.Summary, m moves, asked []ask) (Outcome, bool) {
	if w := s.Written; w != nil {
		return written(*w), true
	}
	c := s.Call
	said := slices.ContainsFunc(c.Turns, func(t call.Turn) bool { return t.Who == call.Caller && strings.TrimSpace(t.Text) != "" })
	switch {
	case !said, c.State == record.Cut, c.Why == "error", c.Why == "rtp-timeout", m.away:
		return CannotTell, false
	case m.callback:
		return Promised, false
	case m.had:
		return withPerson(c.Turns, sum, m), false
	case m.handed: // a person was asked for and did not come
		return Open, false
	case len(asked) == 0:
		return CannotTell, false
	case !asked[len(asked)-1].answered:
		return Open, false
	}
	return ByBot, false
}

// written is the outcome of what an agent wrote down.
func written(w wrapup.Summary) Outcome {
	switch {
	case w.Disposition == "resolved":
		return ByPerson
	case w.Disposition == "abandoned", w.Disposition == "silent", w.Disposition == "transferred":
		return CannotTell
	case len(w.Promised) > 0:
		return Promised
	case len(w.Open) > 0 || w.Disposition == "follow_up":
		return Open
	}
	return ByPerson
}

// withPerson is the outcome of a call that a person had and wrote nothing about: a promise or an open point counts when it
// was made while they had it.
func withPerson(turns []call.Turn, sum wrapup.Summary, m moves) Outcome {
	since := func(l wrapup.Line) bool {
		i := slices.IndexFunc(turns, func(t call.Turn) bool { return t.N == l.Turn })
		return i >= 0 && turns[i].Start.Seconds() >= m.from && turns[i].Who != call.Bot
	}
	switch {
	case slices.ContainsFunc(sum.Promised, since):
		return Promised
	case slices.ContainsFunc(sum.Open, since):
		return Open
	case !slices.ContainsFunc(turns, func(t call.Turn) bool { return t.Who == call.Agent }):
		return CannotTell // nothing the person said was heard
	}
	return ByPerson
}
