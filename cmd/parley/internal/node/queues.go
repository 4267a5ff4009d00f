package node

import (
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// queueOf is how the queue of a route treats its callers.
func (n *Node) queueOf(route string) desk.Policy {
	r, ok := n.routeNamed(route)
	if !ok {
		return n.policy(route)
	}
	p := n.policy(r.QueueName())
	if len(r.Hours.Open) == 0 {
		return p
	}
	open, closed := p.Open, p.Closed // those of the line come first
	p.Open = func(now time.Time) bool { return r.Hours.At(now) && (open == nil || open(now)) }
	p.Closed = func(lang string) string {
		text := r.Closed[lang]
		if closed != nil && (text == "" || r.Hours.At(time.Now())) { // the line has nothing to say, or is open: it is the queue
			text = closed(lang)
		}
		return text
	}
	return p
}

func (n *Node) routeNamed(name string) (config.Route, bool) {
	i := slices.IndexFunc(n.conf().Routes, func(r config.Route) bool { return r.Name == name })
	if i < 0 {
		return config.Route{}, false
	}
	return n.conf().Routes[i], true
}

// policy is that of a queue: as it is configured, and as the desk's own where it says nothing.
func (n *Node) policy(queue string) desk.Policy {
	c := n.conf().Desk
	p := desk.Policy{Name: queue, Patience: c.Patience, WrapUp: c.WrapUp, Wait: c.Wait}
	q, ok := c.QueueNamed(queue)
	if !ok {
		return p
	}
	if q.Patience > 0 {
		p.Patience = q.Patience
	}
	if q.WrapUp > 0 {
		p.WrapUp = q.WrapUp
	}
	switch q.Nobody {
	case "wait":
		p.Wait, p.Bye = true, false
	case "bot":
		p.Wait, p.Bye = false, false
	case "call_back":
		p.Wait, p.Bye, p.CallBack = false, false, true
	case "end":
		p.Wait, p.Bye = false, true
	}
	p.Skills, p.Base, p.Within, p.Target = q.Skills, q.Base, q.Within, q.Target
	if len(q.Hours.Open) > 0 {
		p.Open = func(now time.Time) bool { return q.Hours.At(now) }
	}
	p.Closed = func(lang string) string { return q.Closed[lang] }
	return p
}

// queues are those of the routes and those of the configuration.
func (n *Node) queues() []desk.Policy {
	var names []string
	for _, r := range n.conf().Routes {
		if r.Transfer == "" { // else callers who want a person are put through, and nobody waits
			names = append(names, r.QueueName())
		}
	}
	for _, q := range n.conf().Desk.Queues {
		names = append(names, q.Name)
	}
	slices.Sort(names)
	var out []desk.Policy
	for _, name := range slices.Compact(names) {
		out = append(out, n.policy(name))
	}
	return out
}
