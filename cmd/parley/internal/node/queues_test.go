package node

import (
	"testing"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// TestQueues takes from a queue what it says and from the desk what it does not.
func TestQueues(t *testing.T) {
	t.Parallel()
	n := &Node{}
	n.live.Store(&config.Config{
		Routes: []config.Route{{Name: "bank", Queue: "cards"}, {Name: "shop"}, {Name: "help", Queue: "cards"}, {Name: "trunk", Transfer: "sip:office@192.0.2.7"}},
		Desk: config.Desk{Patience: time.Minute, Wait: true, Queues: []config.Queue{
			{Name: "cards", Skills: []string{"cards"}, Base: "inner", Within: 10 * time.Second, Target: 0.9, Nobody: "end", Hours: config.Hours{Zone: "UTC", Open: []string{"Mon-Fri 09:00-17:00"}}, Closed: map[string]string{"en": "We open at nine."}},
			{Name: "night", Patience: time.Hour},
		}},
	})
	p := n.queueOf("bank")
	if p.Name != "cards" || p.Base != "inner" || p.Within != 10*time.Second || p.Target != 0.9 || !p.Bye || p.Wait || p.Patience != time.Minute || len(p.Skills) != 1 {
		t.Errorf("cards: %+v", p)
	}
	if monday := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC); !p.Open(monday) || p.Open(monday.Add(12*time.Hour)) || p.Closed("en") != "We open at nine." || p.Closed("zh") != "" {
		t.Error("the hours of the queue are not its own")
	}
	if p := n.queueOf("shop"); p.Name != "shop" || !p.Wait || p.Bye || p.Open != nil {
		t.Errorf("shop: %+v", p)
	}
	var names []string
	for _, p := range n.queues() {
		names = append(names, p.Name)
	}
	if len(names) != 3 || names[0] != "cards" || names[1] != "night" || names[2] != "shop" {
		t.Errorf("queues %v", names)
	}
	if p := n.policy("night"); p.Patience != time.Hour || !p.Wait {
		t.Errorf("night: %+v", p)
	}
}

// TestClosedLineOfAPlainQueue has a line with hours whose queue has no settings and nothing to say in some language: callers
// hear what the desk says.
func TestClosedLineOfAPlainQueue(t *testing.T) {
	t.Parallel()
	n := &Node{}
	always := config.Hours{Zone: "UTC", Open: []string{"Mon-Sun 00:00-24:00"}}
	now := time.Now().UTC()
	shut := config.Hours{Zone: "UTC", Open: []string{now.Add(48*time.Hour).Format("Mon") + " 09:00-10:00"}}
	n.live.Store(&config.Config{Routes: []config.Route{
		{Name: "shut", Hours: shut, Closed: map[string]string{"en": "The line opens later."}}, {Name: "open", Hours: always},
	}})
	p := n.queueOf("shut")
	if p.Open(now) || p.Closed("en") != "The line opens later." || p.Closed("zh") != "" {
		t.Errorf("open %v, in English %q, in Chinese %q", p.Open(now), p.Closed("en"), p.Closed("zh"))
	}
	if p := n.queueOf("open"); !p.Open(now) || p.Closed("en") != "" {
		t.Error("a line that is always open is not")
	}
}
