package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Queue configures how a queue treats its callers.
type Queue struct {
	Name     string            `yaml:"name" doc:"Name, as routes[].queue and people's queues have it."`
	Skills   []string          `yaml:"skills" doc:"Skills wished for. For half a minute only people with all of them are asked, then anybody of the queue."`
	Base     string            `yaml:"base" doc:"Knowledge base of the suggestions people get. Default: the route's."`
	Within   time.Duration     `yaml:"within" doc:"A call that a person takes within it counts for the service level; 0: 20s."`
	Target   float64           `yaml:"target" doc:"Share of the calls that should, 0..1; shown beside the service level."`
	Patience time.Duration     `yaml:"patience" doc:"How long a caller waits; 0: desk.patience."`
	WrapUp   time.Duration     `yaml:"wrap_up" doc:"How long an agent may write a call down; 0: desk.wrap_up."`
	Nobody   string            `yaml:"nobody" doc:"When nobody who could take the call is at work, or nobody came: bot (they are told and go on with the bot), wait (they wait all the same), call_back (they are offered to be called back on the number they call from, and else go on with the bot) or end (they are told and the call ends). Empty: as desk.wait says."`
	Hours    Hours             `yaml:"hours" doc:"When people are there. Empty: always."`
	Closed   map[string]string `yaml:"closed" doc:"Said out of hours to a caller who needs a person, by language."`
}

// QueueName is the queue that callers of a route wait in.
func (r Route) QueueName() string { return orWord(r.Queue, r.Name) }

// QueueNamed finds the settings of a queue.
func (d Desk) QueueNamed(name string) (Queue, bool) {
	i := slices.IndexFunc(d.Queues, func(q Queue) bool { return q.Name == name })
	if i < 0 {
		return Queue{}, false
	}
	return d.Queues[i], true
}

func (c *Config) validateQueues() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	seen := map[string]bool{}
	for i, q := range c.Desk.Queues {
		at := fmt.Sprintf("desk.queues[%d]", i)
		if q.Name == "" || seen[q.Name] {
			bad("%s.name: %q is missing or used twice", at, q.Name)
		}
		seen[q.Name] = true
		if !slices.Contains([]string{"", "bot", "wait", "call_back", "end"}, q.Nobody) {
			bad("%s.nobody: %q is none of bot, wait, call_back, end", at, q.Nobody)
		}
		if !(q.Target >= 0 && q.Target <= 1) {
			bad("%s.target: %v is not within 0..1", at, q.Target)
		}
		if _, err := q.Hours.parse(); err != nil {
			bad("%s.hours: %w", at, err)
		}
	}
	if t := c.Desk.CallBack.Trunk; t != "" && !slices.ContainsFunc(c.Trunks, func(x Trunk) bool { return x.Name == t }) {
		bad("desk.call_back.trunk: there is no trunk %q", t)
	}
	if k := c.Desk.CallBack.Key; len(k) != 1 || !strings.Contains("123456789*#", k) {
		bad("desk.call_back.key: %q is none of 1 to 9, *, #", k)
	}
	return errs
}
