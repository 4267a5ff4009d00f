package desk

import (
	"maps"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Place is where a caller stands among those who wait for the same people: 1 is next. The estimate counts only the people
// at work who may take them; it is 0 where one of those is ready for them, or rung for them, and where there are none. ok is
// false when they do not wait.
func (r *Router) Place(id call.ID, now time.Time) (n int, estimate time.Duration, ok bool) {
	order := r.order(now)
	at := slices.IndexFunc(order, func(w *waiter) bool { return w.Call == id })
	if at < 0 {
		return 0, 0, false
	}
	mine := r.staff(order[at].Want)
	n = 1
	for _, w := range order[:at] {
		if len(mine) == 0 || slices.ContainsFunc(r.staff(w.Want), func(s *seat) bool { return slices.Contains(mine, s) }) {
			n++
		}
	}
	if len(mine) == 0 {
		return n, 0, true
	}
	free := 0
	for _, s := range mine {
		rung := s.offer != "" && slices.ContainsFunc(order[:at+1], func(w *waiter) bool { return w.offer == s.offer })
		if s.state == Ready || rung {
			free++
		}
	}
	return n, time.Duration(max(0, n-free)) * r.handle / time.Duration(len(mine)), true
}

// staff are the people at work who may take w: those with the wished skills, or, where nobody has them, the others.
func (r *Router) staff(w Want) []*seat {
	var skilled, all []*seat
	for _, id := range slices.Sorted(maps.Keys(r.seats)) {
		s := r.seats[id]
		if s.state == Offline || s.state == Away || !s.serves(w) {
			continue
		}
		all = append(all, s)
		if !slices.ContainsFunc(w.Skills, func(k string) bool { return !slices.Contains(s.Skills, k) }) {
			skilled = append(skilled, s)
		}
	}
	if len(skilled) > 0 {
		return skilled
	}
	return all
}

// serves reports whether an agent is one for w: of the queue and the language, or the one who was asked for.
func (s *seat) serves(w Want) bool {
	if w.Agent != "" {
		return w.Agent == s.ID
	}
	return (len(s.Queues) == 0 || w.Queue == "" || slices.Contains(s.Queues, w.Queue)) && (len(s.Langs) == 0 || w.Lang == "" || slices.Contains(s.Langs, w.Lang))
}

// Staffed reports whether anybody who could take w is at work, busy or not.
func (r *Router) Staffed(w Want) bool { return len(r.staff(w)) > 0 }

// Free reports whether somebody who may take w is ready, and nobody else waits for them.
func (r *Router) Free(w Want) bool {
	mine := r.staff(w)
	if !slices.ContainsFunc(mine, func(s *seat) bool { return s.state == Ready }) {
		return false
	}
	return !slices.ContainsFunc(r.waiting, func(o *waiter) bool {
		return o.offer == "" && slices.ContainsFunc(r.staff(o.Want), func(s *seat) bool { return slices.Contains(mine, s) })
	})
}
