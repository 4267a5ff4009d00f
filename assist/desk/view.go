package desk

import (
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/known"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

// Who is the caller as far as is known; what is not known is empty.
type Who struct {
	ID       string   `json:"id,omitempty"`
	Name     string   `json:"name"`
	Number   string   `json:"number"`
	Tier     string   `json:"tier"`
	Value    float64  `json:"-"` // 0..1
	Lang     string   `json:"lang"`
	Links    []Link   `json:"links"`
	Identity Identity `json:"identity"`
	Maybe    []Maybe  `json:"maybe,omitempty"` // customers who share the number
	Given    *Given   `json:"given,omitempty"` // what they wrote themselves before the call; nobody has checked it
	Unasked  bool     `json:"unasked,omitempty" doc:"Nobody is known because the system that knows customers could not be asked"`
}

// Given is what a caller says of themselves on the page.
type Given struct {
	Name    string `json:"name,omitempty"`
	Contact string `json:"contact,omitempty"` // number or e-mail address to reach them at
}

// Called is the name to address the caller by: the known one, else the one they gave, else "".
func (w Who) Called() string {
	if w.Name == "" && w.Given != nil {
		return w.Given.Name
	}
	return w.Name
}

// Maybe is somebody the caller may be.
type Maybe struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Link is a page about a customer.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Identity says whether it is known that the caller is who they say, how, and by whom it was found.
type Identity struct {
	State string      `json:"state"` // unknown, verified, failed
	How   string      `json:"how,omitempty"`
	By    string      `json:"by,omitempty"`
	At    call.Offset `json:"at_s,omitempty"`
}

// Contact is an earlier contact with the same customer.
type Contact struct {
	Call    call.ID   `json:"call"`
	At      time.Time `json:"at"`
	Channel string    `json:"channel"` // phone, web, chat
	Outcome string    `json:"outcome"`
	Summary string    `json:"summary"`
}

// SummaryLine is a sentence of a summary with the turn it rests on, 0 for none.
type SummaryLine struct {
	Text string `json:"text"`
	Turn int    `json:"turn,omitempty"`
}

// Card is advice on the agent's screen.
type Card struct {
	ID       string      `json:"id"`
	Kind     string      `json:"kind"` // answer, reply, step, product, compensation, warning
	Title    string      `json:"title"`
	Text     string      `json:"text"`
	TitleZh  string      `json:"title_zh,omitempty"` // where a card is written in both languages
	TextZh   string      `json:"text_zh,omitempty"`
	Source   *Source     `json:"source,omitempty"`
	Score    float64     `json:"score,omitempty"`
	Priority int         `json:"priority"`
	At       call.Offset `json:"at_s"`
	Turn     int         `json:"turn"`
	Expires  call.Offset `json:"expires_s,omitempty"`
	Why      []string    `json:"why"`
	State    string      `json:"state,omitempty"` // used, dismissed, muted, helpful
}

// Source is the approved entry a card shows.
type Source struct {
	Base  string `json:"base"`
	Entry string `json:"entry"`
	Title string `json:"title"`
}

// Item is a point of a checklist.
type Item struct {
	ID       string    `json:"id"`
	Text     string    `json:"text"`
	TextZh   string    `json:"text_zh"`
	Done     bool      `json:"done"`
	By       string    `json:"by,omitempty"` // "" the machine, else a person
	Evidence *Evidence `json:"evidence,omitempty"`
	Must     bool      `json:"must"`
}

// Evidence is where in the call a point was met.
type Evidence struct {
	Turn int         `json:"turn"`
	Text string      `json:"text"`
	At   call.Offset `json:"at_s"`
}

// Ceiling is how far an agent may go to make good.
type Ceiling struct {
	Amount   float64  `json:"amount"`
	WithMore float64  `json:"with_more"` // when a supervisor agrees
	Currency string   `json:"currency"`
	Why      []string `json:"why"`
	// Due says that what the caller calls about calls for an offer.
	Due   bool     `json:"-"`
	WhyEn []string `json:"why_en,omitempty"` // Why in either language
	WhyZh []string `json:"why_zh,omitempty"`
}

// Party is a person in the call.
type Party struct {
	ID    string `json:"id"`
	Who   string `json:"who"` // caller, agent, colleague, supervisor
	Name  string `json:"name"`
	State string `json:"state"` // talking, hold, muted, consult, listening, whispering
}

// View is a call as people see it: what is known before it is taken, and everything since.
type View struct {
	Call      call.ID       `json:"call"`
	Started   time.Time     `json:"started"`
	Channel   string        `json:"channel"` // sip, web, chat
	Caller    Who           `json:"caller"`
	Queue     string        `json:"queue"`
	Lang      string        `json:"lang"`
	Reason    string        `json:"reason"` // why the call came to a person, in words
	Why       string        `json:"why"`    // asked, rule:<id>, transfer, agent_lost
	Summary   []SummaryLine `json:"summary"`
	Intent    string        `json:"intent"`
	Slots     []known.Slot  `json:"slots" doc:"What the caller has said that is asked for again otherwise; the latest of a kind"`
	Sentiment []float64     `json:"sentiment"` // of the caller's turns
	History   []Contact     `json:"history"`
	Turns     []Spoken      `json:"turns"`
	With      string        `json:"with"` // bot, queue, agent
	Agent     string        `json:"agent,omitempty"`
	OnHold    bool          `json:"on_hold"`
	Muted     bool          `json:"muted"`
	Recording string        `json:"recording"` // on, paused, off
	Parties   []Party       `json:"parties"`
	Cards     []Card        `json:"cards"` // as they lie: the newest, and those needed again last, on top
	Checklist []Item        `json:"checklist"`
	Alerts    []Alert       `json:"alerts"`
	Tags      []string      `json:"tags"`
	Notes     string        `json:"notes"`
	Asking    string        `json:"asking,omitempty"`    // name of the colleague or telephone that is being rung for the agent
	Continues call.ID       `json:"continues,omitempty"` // the call or chat it goes on from
	Code      *Code         `json:"code,omitempty"`      // a check by keypad, nil before the first
	Ceiling   *Ceiling      `json:"ceiling"`
	Grants    []allow.Grant `json:"grants"` // offered, asked for and decided in this call, oldest first
	PassedOn  bool          `json:"passed_on,omitempty" doc:"Of a call that is written down: somebody else has had it since"`
	Ended     bool          `json:"ended"`
	EndedBy   call.Party    `json:"ended_by,omitempty"`
	Duration  call.Offset   `json:"duration_s"`
	Route     string        `json:"route"`
	Base      string        `json:"base"`
	agents    []string      // everybody who had the call
}

// soughtFor notes why a person is sought. What the caller wants stays in their own words when they are only brought back to somebody.
func (v *View) soughtFor(why string) {
	known := v.Reason != "" && v.Reason != v.Why
	v.Why = why
	if !known || why != Called && why != "agent_lost" {
		v.Reason = reason(v)
	}
}

// clone returns a copy that the live view no longer changes.
func (v *View) clone() View {
	out := *v
	out.Summary, out.Sentiment, out.History = slices.Clone(v.Summary), slices.Clone(v.Sentiment), slices.Clone(v.History)
	out.Turns, out.Parties, out.Cards = slices.Clone(v.Turns), slices.Clone(v.Parties), slices.Clone(v.Cards)
	out.Grants = slices.Clone(v.Grants)
	out.Checklist, out.Alerts, out.Tags = slices.Clone(v.Checklist), slices.Clone(v.Alerts), slices.Clone(v.Tags)
	out.Slots = slices.Clone(v.Slots)
	return out
}

// addTurn takes a completed turn into the view and reports whether more is known of the call by it.
func (v *View) addTurn(t Spoken) (learnt bool) {
	before := ""
	for _, o := range slices.Backward(v.Turns) {
		if o.Who != call.Caller {
			before = o.Text
			break
		}
	}
	v.Turns = append(v.Turns, t)
	if t.Who != call.Caller {
		return false
	}
	v.Slots, learnt = known.Hear(v.Slots, before, t.Turn)
	v.Sentiment = append(v.Sentiment, t.Sentiment)
	if t.Intent != "" && !courtesy(t.Intent) || v.Intent == "" && t.Intent == string(nlu.Person) {
		v.Intent = t.Intent
	}
	if t.Lang != "" {
		v.Lang = t.Lang
	}
	return learnt
}

// anger is how upset the caller is, 0..1, from the last three turns, the newest counting most.
func (v *View) anger() float64 {
	weight, sum, total := 1.0, 0.0, 0.0
	for i := len(v.Sentiment) - 1; i >= 0 && i >= len(v.Sentiment)-3; i-- {
		sum += weight * max(0, -v.Sentiment[i])
		total += weight
		weight /= 2
	}
	if total == 0 {
		return 0
	}
	return sum / total
}

// summarise fills Reason and Summary from what was said to the bot: what the caller asked first and last, and what the
// bot could not do. It is extractive: every line is a turn.
func (v *View) summarise() {
	v.Summary = nil
	var asked []call.Turn
	for _, t := range v.Turns {
		if t.Who == call.Caller && t.Intent != string(nlu.Goodbye) && t.Intent != "thanks" && len([]rune(t.Text)) > 3 {
			asked = append(asked, t.Turn)
		}
	}
	if len(asked) > 0 {
		v.Summary = append(v.Summary, SummaryLine{asked[0].Text, asked[0].N})
	}
	if n := len(asked); n > 1 {
		v.Summary = append(v.Summary, SummaryLine{asked[n-1].Text, asked[n-1].N})
	}
	for _, t := range slices.Backward(v.Turns) {
		if t.Who == call.Bot && t.Decision == "answer" {
			v.Summary = append(v.Summary, SummaryLine{t.Text, t.N})
			break
		}
	}
}
