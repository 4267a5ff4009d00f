package desk

import "slices"

// Dismiss takes somebody off work at once who may not be here any more: their windows close, what rings at them goes on to
// others, and a caller they talk with is passed on to somebody else. It does nothing for who is not there.
func (d *Desk) Dismiss(person string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for w := range d.windows {
		if w.agent == person && w.agent != "" {
			delete(d.windows, w)
			w.once.Do(func() { close(w.C) })
		}
	}
	for _, r := range d.calls {
		if slices.ContainsFunc(r.view.Parties, func(p Party) bool { return p.ID == person && p.Who != "caller" }) {
			r.line.Do(Command{Do: "leave", Person: person})
		}
		if s := r.seek; s != nil && s.pending == person { // has accepted: somebody else is to come
			select {
			case s.again <- struct{}{}:
			default:
			}
		}
	}
	now := d.now()
	d.leave(person, now)
	delete(d.was, person)
	delete(d.joining, person)
	d.wake()
}
