package desk

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Who is served first, and which agent fits a caller best.

// order is the queue as it is served: those who were cut off first, then by the time waited, which value and anger make
// longer than it is. Everybody's turn comes: a minute more of waiting outweighs either.
func (r *Router) order(now time.Time) []*waiter {
	out := slices.Clone(r.waiting)
	weight := func(w *waiter) float64 {
		s := now.Sub(w.Since).Seconds() + 60*w.Value + 45*w.Anger
		if w.Front {
			s += 1e6
		}
		return s
	}
	slices.SortStableFunc(out, func(a, b *waiter) int { return cmp.Compare(weight(b), weight(a)) })
	return out
}

// best is the one of seats who fits w best, and why; nil when nobody does.
func (r *Router) best(w *waiter, seats []*seat, now time.Time) (*seat, []string) {
	var best *seat
	var bestWhy []string
	bestScore := -1.0
	for _, s := range seats {
		score, why := r.fit(w, s, now)
		if score > bestScore {
			best, bestScore, bestWhy = s, score, why
		}
	}
	return best, bestWhy
}

// fit says how well an agent fits a caller, below 0 when not at all. An hour of idleness counts 1; what else counts is
// more, so that the longest idle is chosen among equals.
func (r *Router) fit(w *waiter, s *seat, now time.Time) (float64, []string) {
	waited := now.Sub(w.Since)
	switch {
	case s.state != Ready, !s.serves(w.Want):
		return -1, nil
	case w.Former != "" && w.Former != s.ID && waited < r.times.Grace:
		return -1, nil
	}
	if at, ok := w.declined[s.ID]; ok && now.Sub(at) < r.times.Again {
		return -1, nil
	}
	idle := now.Sub(s.since)
	score := min(idle.Hours(), 1)
	why := []string{"idle " + short(idle)}
	if w.Lang != "" && len(s.Langs) > 0 {
		why = append(why, "speaks "+w.Lang)
		if len(s.Langs) == 1 { // leave those of several languages for those who need them
			score += 0.5
		}
	}
	for _, k := range w.Skills {
		if slices.Contains(s.Skills, k) {
			score += 4
			why = append(why, "skill "+k)
		} else if waited < r.times.Skill {
			return -1, nil
		}
	}
	soothes := slices.Contains(s.Skills, Soothing)
	switch {
	case soothes && w.Anger >= 0.5:
		score += 8
		why = append(why, "the caller is upset")
	case soothes: // kept free for the upset
		score -= 0.4
	}
	if w.Former == s.ID {
		score += 16
		why = append(why, "was on this call")
	}
	if w.Value > 0.5 {
		why = append(why, "valued customer")
	}
	return max(score, 0), why
}

// short writes a duration for people: 40 s, 3 min.
func short(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}
