package gaps

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// What a Step can be.
const (
	Said = "said" // the bot decided what to say
	Card = "card" // an agent was shown a card, or did something with it
)

// Step is one thing that happened with the knowledge in a call, in the order of the call.
type Step struct {
	Call     call.ID
	Base     string
	At       time.Time // the start of the call
	Kind     string    // Said or Card
	Query    string    // Said: what the caller had said, redacted
	Lang     string
	Decision string // Said: answer, clarify, offer_person or command
	Command  string // Said: the command
	Entry    string // that was said or shown
	Action   string // Card: used, dismissed, muted, helpful; "" when it was shown
	ID       string // Card: its ID, so that shown and used are the same card
}

// Use is what became of an entry.
type Use struct {
	Shown    int       `json:"shown" doc:"Said to a caller or shown to an agent"`
	Used     int       `json:"used" doc:"Heard by a caller who went on without asking the same again, or used by an agent"`
	Resolved int       `json:"resolved" doc:"Used in a call that needed nothing more about it: no person after the bot's answer, or a call the agent ended with it"`
	Rejected int       `json:"rejected" doc:"Dismissed by an agent, or followed by a request for a person"`
	Last     time.Time `json:"last,omitzero"`
}

// Uses counts what became of entries, by base and ID.
func Uses(steps []Step) map[[2]string]Use {
	out := map[[2]string]Use{}
	for _, one := range byCall(steps) {
		useIn(one, out)
	}
	return out
}

// byCall gives the steps of each call, in their order.
func byCall(steps []Step) [][]Step {
	at := map[call.ID]int{}
	var out [][]Step
	for _, s := range steps {
		i, ok := at[s.Call]
		if !ok {
			i = len(out)
			at[s.Call] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], s)
	}
	return out
}

func useIn(steps []Step, out map[[2]string]Use) {
	cards := map[string]Step{} // as they ended
	for i, s := range steps {
		if s.Entry == "" {
			continue
		}
		key := [2]string{s.Base, s.Entry}
		u := out[key]
		if s.At.After(u.Last) {
			u.Last = s.At
		}
		switch {
		case s.Kind == Card:
			if old, ok := cards[s.ID]; !ok || s.Action != "" && old.Action != "used" {
				if !ok {
					u.Shown++
				}
				u.count(old.Action, s.Action)
				cards[s.ID] = s
			}
		case s.Decision == "answer":
			u.Shown++
			again, person := after(steps[i+1:], s.Entry)
			switch {
			case person:
				u.Rejected++
			case !again:
				u.Used++
				u.Resolved++
			}
		}
		out[key] = u
	}
}

// count takes a card from one state to another.
func (u *Use) count(from, to string) {
	good := func(a string) bool { return a == "used" || a == "helpful" }
	bad := func(a string) bool { return a == "dismissed" || a == "muted" }
	if good(to) && !good(from) {
		u.Used++
		u.Resolved++
	}
	if bad(to) && !bad(from) {
		u.Rejected++
	}
	if bad(to) && good(from) {
		u.Resolved--
	}
}

// after tells whether the same entry was said again, and whether the very next thing was a wish for a person.
func after(rest []Step, entry string) (again, person bool) {
	first := true
	for _, s := range rest {
		if s.Kind != Said {
			continue
		}
		if first && s.Command == "person" {
			return false, true
		}
		first = false
		if s.Entry == entry && s.Decision == "answer" {
			return true, false
		}
	}
	return false, false
}

// Badly are the questions whose answers were taken badly: the caller asked for a person at once, or the agent who was
// shown the entry dismissed it.
func Badly(steps []Step) []Question {
	var out []Question
	for _, one := range byCall(steps) {
		query := ""
		for i, s := range one {
			if s.Kind == Said {
				if query = s.Query; s.Command != "" {
					query = "" // nothing was asked
				}
			}
			q := Question{Call: s.Call, Text: s.Query, Lang: s.Lang, Base: s.Base, At: s.At, Rated: true, Entry: s.Entry}
			switch {
			case s.Entry == "":
			case s.Kind == Said && s.Decision == "answer":
				if _, person := after(one[i+1:], s.Entry); person {
					out = append(out, q)
				}
			case s.Kind == Card && s.Action == "dismissed":
				if q.Text = cmp.Or(s.Query, query); q.Text != "" {
					out = append(out, q)
				}
			}
		}
	}
	return out
}

// Spoken is a turn of a call as far as it matters here.
type Spoken struct {
	N    int
	Who  call.Party
	Text string
}

// Replies are what people said after a caller's turn that could answer it, the likeliest first, at most three: longer
// than a word or two, no question, and sharing words with what was asked where they do.
func Replies(turns []Spoken, after int, question, lang string) []Spoken {
	asked := knowledge.Terms(question, lang)
	type scored struct {
		Spoken
		score float64
	}
	var all []scored
	seen := 0
	for _, t := range turns {
		if t.N <= after || t.Who != call.Agent {
			continue
		}
		if seen++; seen > 12 { // long after, it is about something else
			break
		}
		text := strings.TrimSpace(t.Text)
		n := utf8.RuneCountInString(text)
		if lang == "zh" && n < 6 || lang != "zh" && n < 20 || strings.HasSuffix(text, "?") || strings.HasSuffix(text, "？") {
			continue
		}
		shared := 0
		terms := knowledge.Terms(text, lang)
		for _, w := range asked {
			if slices.Contains(terms, w) {
				shared++
			}
		}
		all = append(all, scored{t, float64(shared) - 0.1*float64(seen) + float64(min(n, 200))/400})
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var out []Spoken
	for _, s := range all[:min(3, len(all))] {
		out = append(out, s.Spoken)
	}
	return out
}
