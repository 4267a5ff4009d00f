// Package outbound decides whether a number may be dialled. Nothing may, until a trunk allows its prefix; and what is
// allowed is bounded in calls at once, calls a minute and minutes a day, so that neither a mistake nor an attacker can run
// up a bill. It is pure: whoever dials asks first, and tells when the call is over.
package outbound

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// ErrDenied means that a number must not be dialled; its text says why.
var ErrDenied = errors.New("outbound: denied")

// Trunk is a way out.
type Trunk struct {
	Name string
	// URI is where the number goes, with {number} in it, such as sip:{number}@trunk.example.
	URI      string
	User     string
	Password string
	From     string   // number shown to the other end
	Prefixes []string // that may be dialled, such as +4420; empty: nothing
	Except   []string // longer prefixes that may not, such as premium rate numbers
	AtOnce   int      // calls at the same time; 0: 5
	Minute   int      // calls in any 60 seconds; 0: 10
	Minutes  int      // minutes of calls in any 24 hours; 0: 600
}

// Guard counts what goes out. Its methods may be called from any goroutine.
type Guard struct {
	mu     sync.Mutex
	trunks map[string]*line
	now    func() time.Time
}

type line struct {
	Trunk

	open    map[int]time.Time // running calls by number of the permit
	placed  []time.Time       // in the last minute
	minutes []spent           // in the last day
	next    int
}

type spent struct {
	at time.Time
	d  time.Duration
}

// New returns a guard over trunks; a nil now is time.Now. The error names a trunk that cannot work.
func New(trunks []Trunk, now func() time.Time) (*Guard, error) {
	if now == nil {
		now = time.Now
	}
	g := &Guard{trunks: map[string]*line{}, now: now}
	for _, t := range trunks {
		if !strings.Contains(t.URI, "{number}") || !strings.HasPrefix(t.URI, "sip:") && !strings.HasPrefix(t.URI, "sips:") {
			return nil, fmt.Errorf("trunk %s: uri %q needs the form sip:{number}@host", t.Name, t.URI)
		}
		if g.trunks[t.Name] != nil {
			return nil, fmt.Errorf("trunk %s is there twice", t.Name)
		}
		for _, p := range append(append([]string{}, t.Prefixes...), t.Except...) {
			if n, ok := Number(p); !ok || n != p {
				return nil, fmt.Errorf("trunk %s: %q is no prefix: write it as +4420", t.Name, p)
			}
		}
		t.AtOnce, t.Minute, t.Minutes = cmp.Or(t.AtOnce, 5), cmp.Or(t.Minute, 10), cmp.Or(t.Minutes, 600)
		g.trunks[t.Name] = &line{Trunk: t, open: map[int]time.Time{}}
	}
	return g, nil
}

// Number brings a number to digits with an optional + before them. ok is false for everything else: names, URIs, star
// codes, separators other than spaces, dots, dashes and brackets, and more than 15 digits (E.164).
func Number(s string) (n string, ok bool) {
	var b strings.Builder
	digits := 0
	for i, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			digits++
			b.WriteRune(r)
		case r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" .-()", r):
		default:
			return "", false
		}
	}
	return b.String(), digits >= 1 && digits <= 15
}

// Allows reports whether a trunk allows a number at all, whatever its limits say now.
func (g *Guard) Allows(trunk, number string) bool {
	n, ok := Number(number)
	if !ok {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.trunks[trunk]
	return l != nil && l.allows(n)
}

// Permit is leave to place one call.
type Permit struct {
	URI   string // to dial
	Trunk Trunk
	left  func() time.Duration
	done  func()
	once  sync.Once
}

// Left is what is left of the trunk's minutes now, over all its calls; whoever has placed the call ends it when there is
// nothing left.
func (p *Permit) Left() time.Duration { return p.left() }

// Done tells that the call is over, or was never placed. It may be called more than once.
func (p *Permit) Done() { p.once.Do(p.done) }

// Ask returns leave to dial number on a trunk, or an ErrDenied. Leave counts from now until Done.
func (g *Guard) Ask(trunk, number string) (*Permit, error) {
	n, ok := Number(number)
	if !ok {
		return nil, fmt.Errorf("%w: %q is no telephone number", ErrDenied, number)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.trunks[trunk]
	if l == nil {
		return nil, fmt.Errorf("%w: there is no trunk %q", ErrDenied, trunk)
	}
	now := g.now()
	if err := l.admit(n, now); err != nil {
		return nil, err
	}
	l.next++
	id := l.next
	l.open[id] = now
	l.placed = append(l.placed, now)
	p := &Permit{URI: strings.ReplaceAll(l.URI, "{number}", n), Trunk: l.Trunk}
	p.left = func() time.Duration {
		g.mu.Lock()
		defer g.mu.Unlock()
		return time.Duration(l.Minutes)*time.Minute - l.used(g.now())
	}
	p.done = func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		end := g.now()
		l.minutes = append(l.minutes, spent{end, end.Sub(l.open[id])})
		delete(l.open, id)
	}
	return p, nil
}

// allows reports whether the longest prefix of n that is named is one that may be dialled.
func (l *line) allows(n string) bool {
	longest, except := 0, 0
	for _, p := range l.Prefixes {
		if strings.HasPrefix(n, p) {
			longest = max(longest, len(p))
		}
	}
	for _, p := range l.Except {
		if strings.HasPrefix(n, p) {
			except = max(except, len(p))
		}
	}
	return longest > 0 && except < longest
}

// admit says why n may not be dialled now, nil when it may.
func (l *line) admit(n string, now time.Time) error {
	if !l.allows(n) {
		return fmt.Errorf("%w: trunk %s does not allow this number", ErrDenied, l.Name)
	}
	if len(l.open) >= l.AtOnce {
		return fmt.Errorf("%w: trunk %s has %d calls at once, which is its limit", ErrDenied, l.Name, len(l.open))
	}
	for len(l.placed) > 0 && now.Sub(l.placed[0]) >= time.Minute {
		l.placed = l.placed[1:]
	}
	if len(l.placed) >= l.Minute {
		return fmt.Errorf("%w: trunk %s had %d calls within a minute, which is its limit", ErrDenied, l.Name, len(l.placed))
	}
	if l.used(now) >= time.Duration(l.Minutes)*time.Minute {
		return fmt.Errorf("%w: trunk %s has used its %d minutes of a day", ErrDenied, l.Name, l.Minutes)
	}
	return nil
}

// used is how long the calls of the last day were, those that run included.
func (l *line) used(now time.Time) time.Duration {
	for len(l.minutes) > 0 && now.Sub(l.minutes[0].at) >= 24*time.Hour {
		l.minutes = l.minutes[1:]
	}
	var used time.Duration
	for _, s := range l.minutes {
		used += s.d
	}
	for _, since := range l.open {
		used += now.Sub(since)
	}
	return used
}
