package node

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// written is what an agent finds to be written down after a call, and what they send back.
type written struct {
	wrapup.Summary

	Call         call.ID        `json:"call"`
	Dispositions []choice       `json:"dispositions"`
	Ticket       *ticket.Ticket `json:"ticket"`
	Forms        []form         `json:"ticket_forms"`
	Edited       bool           `json:"edited"`
	Grants       []allow.Grant  `json:"grants"` // offers to make good that were made in the call
}

// choice is something to choose, in both languages.
type choice struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	TitleZh string `json:"title_zh"`
}

func dispositions() []choice {
	var out []choice
	for _, d := range wrapup.Dispositions() {
		out = append(out, choice{d.ID, d.Titles["en"], d.Titles["zh"]})
	}
	return out
}

// wrapUp makes the summary of a call for an agent, keeps it, and prefills a ticket.
func (n *Node) wrapUp(ctx context.Context, agent string, v desk.View) (any, error) {
	ended := call.Ended{By: v.EndedBy, Duration: v.Duration.Seconds()}
	if v.PassedOn {
		ended.Why = "transferred"
	}
	s := n.summarise(ctx, wrapup.Call{Turns: v.Said(), Lang: v.Lang, Ended: ended}, v.Call)
	grants, err := n.promise(ctx, v, &s)
	if err != nil {
		return nil, err
	}
	s.Notes = v.Notes
	now := time.Now().UTC()
	if err := n.store.Wrapups().SaveOriginal(ctx, v.Call, agent, s, now); err != nil {
		return nil, fmt.Errorf("keep the summary: %w", err)
	}
	n.visit(ctx, v, s)
	t := n.prefilled(v, ticket.Facts{Intent: v.Intent, Reason: s.Reason.Text, Values: s.Values(v.Said())})
	if f, ok := n.business.Tickets.Forms.Get(t.Form); ok {
		t.Due = n.calendar(v.Route).After(now, f.SLA, f.Working).UTC()
	}
	if opened, err := n.business.Tickets.Store.Tickets(ctx, ticket.Query{Call: v.Call, Limit: 1}); err != nil {
		return nil, fmt.Errorf("find the tickets of the call: %w", err)
	} else if len(opened) > 0 { // by a rule, during the call: the agent goes on with that one
		t = opened[0]
	}
	w := written{Summary: s, Call: v.Call, Dispositions: dispositions(), Forms: n.forms(), Grants: grants}
	if t.ID != "" || s.Reason.Text != "" { // about nothing none is proposed
		w.Ticket = &t
	}
	return w, nil
}

// phraseTime is how long a language model may take to word a summary, within what an agent waits for one.
const phraseTime = 12 * time.Second

// summarise makes the summary of a call from its sentences. Where a language model is configured it may word the lines; what
// it writes is checked against the turns it names, and where it fails the sentences stand.
func (n *Node) summarise(ctx context.Context, c wrapup.Call, id call.ID) wrapup.Summary {
	s := wrapup.Summarise(c)
	if n.brain.Writer == nil {
		return s
	}
	ctx, cancel := context.WithTimeout(ctx, phraseTime)
	defer cancel()
	phrased, err := wrapup.Phrase(ctx, n.brain.Writer, c, s)
	if err != nil {
		n.env.Log.Warn("the summary is made of the call's own sentences: the language model failed", "call", string(id), "err", err)
		return s
	}
	return phrased
}

// over does what is left to do after a call. It returns at once.
func (n *Node) over(v desk.View) {
	n.dialling.Go(func() { // ends by the deadline
		ctx, cancel := context.WithTimeout(context.WithoutCancel(n.running), 10*time.Second)
		defer cancel()
		n.withdraw(ctx, v.Call)
		n.alone(ctx, v)
	})
}

// alone adds a call that no person has had to the customer's history, without an outcome: nobody has judged it. Whoever talks to them
// next has to know that they have called before.
func (n *Node) alone(ctx context.Context, v desk.View) {
	spoke := func(who call.Party) bool {
		return slices.ContainsFunc(v.Turns, func(t desk.Spoken) bool { return t.Who == who })
	}
	if v.Caller.ID == "" || v.With == "agent" || spoke(call.Agent) || !spoke(call.Caller) {
		return
	}
	s := wrapup.Summarise(wrapup.Call{Turns: v.Said(), Lang: v.Lang})
	s.Disposition = ""
	n.visit(ctx, v, s)
}

// visit adds the call to the customer's history. A record that fails costs the history, not the wrap-up.
func (n *Node) visit(ctx context.Context, v desk.View, s wrapup.Summary) {
	channel := customer.Phone
	switch v.Channel {
	case "web":
		channel = customer.Web
	case "chat":
		channel = customer.Chat
	}
	err := n.store.Customers().PutVisit(ctx, customer.Visit{
		Contact:  customer.Contact{Call: v.Call, At: v.Started, Channel: channel, Outcome: s.Disposition, Summary: s.Reason.Text, Queue: v.Queue},
		Customer: v.Caller.ID,
	})
	if err == nil && v.Caller.Identity.State != "unknown" {
		err = n.identify(ctx, v)
	}
	if err != nil {
		n.env.Log.Error("a contact is missing in the history", "call", string(v.Call), "err", err)
	}
}

// secretary keeps what agents write.
type secretary struct{ n *Node }

// Save implements httpapi.WrapUps.
func (s secretary) Save(ctx context.Context, id call.ID, agent string, edited json.RawMessage) (json.RawMessage, error) {
	var w written
	if err := json.Unmarshal(edited, &w); err != nil {
		return nil, fmt.Errorf("%w: %s", desk.ErrState, err.Error())
	}
	kept, err := s.n.store.Wrapups().Wrapup(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("find the summary: %w", err)
	}
	if w.Ticket != nil && w.Ticket.Form != "" {
		t := *w.Ticket
		t.Call, t.By = id, agent
		made, err := s.n.file(ctx, kept.Ticket, t)
		if err != nil {
			return nil, fmt.Errorf("%w: %s", desk.ErrState, err.Error())
		}
		w.Ticket, kept.Ticket = &made, made.ID
	}
	w.Method = kept.Original.Method
	if err := s.n.store.Wrapups().SaveEdit(ctx, id, w.Summary, kept.Ticket, agent, time.Now().UTC()); err != nil {
		return nil, fmt.Errorf("keep the agent's summary: %w", err)
	}
	if err := s.n.store.Wrapups().Finish(ctx, id); err != nil {
		return nil, fmt.Errorf("finish the summary: %w", err)
	}
	w.Edited = true
	return json.Marshal(w)
}
