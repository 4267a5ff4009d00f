package outbound

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// dials is how many attempts an attack makes.
const dials = 100_000

// The trunks under attack, written down a second time in another form below: what may be dialled is decided there without
// the code under test.
func targets() []Trunk {
	return []Trunk{
		{Name: "main", URI: "sip:{number}@trunk.example", Prefixes: []string{"+4420", "+86138"}, Except: []string{"+442099", "+4420790"}, AtOnce: 3, Minute: 8, Minutes: 60},
		{Name: "short", URI: "sips:{number}@pbx.example;user=phone", Prefixes: []string{"8"}, Except: []string{"800"}, AtOnce: 2, Minute: 5, Minutes: 20},
		{Name: "closed", URI: "sip:{number}@closed.example"},
	}
}

// lawful are the only addresses that may come out, by trunk.
var lawful = map[string]*regexp.Regexp{
	"main":  regexp.MustCompile(`^sip:\+(4420|86138)[0-9]*@trunk\.example$`),
	"short": regexp.MustCompile(`^sips:8[0-9]*@pbx\.example;user=phone$`),
}

var unlawful = map[string]*regexp.Regexp{
	"main":  regexp.MustCompile(`\+(442099|4420790)`),
	"short": regexp.MustCompile(`:800`),
}

// pieces are what attackers put together.
var pieces = []string{
	"+44", "+4420", "+442079", "+4420790", "+442099", "+86138", "+86", "8", "800", "80", "00", "0044", "44", "20", "1", "900", "0900", "+1900", "+882", "+", "++", " ", "-", ".", "(", ")",
	"\t", "\r\n", "\n", "\x00", "%2B", "%00", "@", "@evil.example", ";", ";phone-context=+4420", ";user=phone", "?Replaces=x", ":5060", "sip:", "sips:", "tel:", "<", ">", "\"", ",", "*", "#", "*21*", "p", "w",
	"{number}", "＋４４２０", "٤٤٢٠", "+４420", "\u202e", "\u00a0", "\u200b", "é", "\xff", "+44 20", "+44-20", "(+44)20", "1234567890", "00000000000000000000", "+4420+882", "+4420,,882", "e9", "0x44", "O", "l",
}

var names = []string{"main", "main", "main", "short", "short", "closed", "", "Main", "main ", "main\x00", "../main", "short;main", "MAIN", "{number}"}

// attempt makes a number, often one that is almost right.
func attempt(r *rand.Rand) (trunk, number string) {
	trunk = names[r.IntN(len(names))]
	var b strings.Builder
	switch r.IntN(4) {
	case 0: // a good one, with something done to it
		good := []string{"+442079460000", "+442012345678", "+8613800138000", "8123", "81"}[r.IntN(5)]
		at := r.IntN(len(good) + 1)
		b.WriteString(good[:at] + pieces[r.IntN(len(pieces))] + good[at:])
	case 1: // a good one as it is
		b.WriteString(fmt.Sprintf([]string{"+4420%08d", "+86138%08d", "8%03d", "+442099%06d", "800%04d", "+4420 79 %06d"}[r.IntN(6)], r.IntN(1_000_000)))
	case 2: // pieces
		for range 1 + r.IntN(5) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
	default: // noise
		for range r.IntN(24) {
			b.WriteRune(rune(r.IntN(0x250)))
		}
	}
	return trunk, b.String()
}

// ledger counts what was allowed, apart from the guard.
type ledger struct {
	open    map[string]int
	placed  map[string][]time.Time
	minutes map[string]time.Duration
}

// TestAttack makes random and crafted attempts to dial what may not be dialled, on a clock of its own, and keeps a second
// set of books: 0 calls that the rules do not allow, 0 beyond the caps.
func TestAttack(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Unix(1_800_000_000, 0)
	g, err := New(targets(), func() time.Time { mu.Lock(); defer mu.Unlock(); return now })
	if err != nil {
		t.Fatal(err)
	}
	limits := map[string]Trunk{}
	for _, tr := range targets() {
		limits[tr.Name] = tr
	}
	r := rand.New(rand.NewPCG(4, 20))
	type running struct {
		*Permit
		trunk string
		since time.Time
	}
	var calls []running
	books := ledger{map[string]int{}, map[string][]time.Time{}, map[string]time.Duration{}}
	day := now
	granted, wrong := 0, 0
	end := func(i int) {
		c := calls[i]
		c.Done()
		if r.IntN(3) == 0 {
			c.Done() // twice
		}
		books.open[c.trunk]--
		books.minutes[c.trunk] += now.Sub(c.since)
		calls = append(calls[:i], calls[i+1:]...)
	}
	for n := range dials {
		mu.Lock()
		now = now.Add(time.Duration(r.IntN(4000)) * time.Millisecond)
		mu.Unlock()
		if now.Sub(day) >= 24*time.Hour && len(calls) == 0 {
			mu.Lock()
			now = now.Add(24 * time.Hour) // a quiet day, so that both books start from nothing
			mu.Unlock()
			day, books.minutes = now, map[string]time.Duration{}
		}
		for len(calls) > 0 && (r.IntN(3) == 0 || now.Sub(day) >= 24*time.Hour) {
			end(r.IntN(len(calls)))
		}
		trunk, number := attempt(r)
		p, err := g.Ask(trunk, number)
		if err != nil {
			if !errors.Is(err, ErrDenied) {
				t.Fatalf("attempt %d: %q %q: %v", n, trunk, number, err)
			}
			continue
		}
		granted++
		limit := limits[trunk]
		recent := 0
		for _, at := range books.placed[trunk] {
			if now.Sub(at) < time.Minute {
				recent++
			}
		}
		used := books.minutes[trunk]
		for _, c := range calls {
			if c.trunk == trunk {
				used += now.Sub(c.since)
			}
		}
		if lawful[trunk] == nil || !lawful[trunk].MatchString(p.URI) || unlawful[trunk].MatchString(p.URI) || strings.Count(p.URI, "@") != 1 ||
			books.open[trunk] >= limit.AtOnce || recent >= limit.Minute || used >= time.Duration(limit.Minutes)*time.Minute {
			wrong++
			t.Errorf("attempt %d: %q on %q dials %q with %d calls at once, %d in a minute, %v used", n, number, trunk, p.URI, books.open[trunk], recent, used)
		}
		books.open[trunk]++
		books.placed[trunk] = append(books.placed[trunk], now)
		calls = append(calls, running{p, trunk, now})
	}
	if granted < 1000 {
		t.Errorf("only %d calls were allowed: the attack proves nothing", granted)
	}
	t.Logf("%d attempts, %d allowed by the rules, %d unauthorised", dials, granted, wrong)
}

// TestRace asks from many goroutines at once: the caps hold however they meet.
func TestRace(t *testing.T) {
	t.Parallel()
	g, err := New([]Trunk{{Name: "main", URI: "sip:{number}@trunk.example", Prefixes: []string{"+4420"}, AtOnce: 3, Minute: 1_000_000, Minutes: 1_000_000}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	open, most := 0, 0
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { // ends when it has asked often enough
			for range 2000 {
				p, err := g.Ask("main", "+442079460000")
				if err != nil {
					continue
				}
				mu.Lock()
				open++
				most = max(most, open)
				mu.Unlock()
				mu.Lock()
				open--
				mu.Unlock()
				p.Done()
			}
		})
	}
	wg.Wait()
	if most > 3 || most == 0 {
		t.Errorf("%d calls at once, 3 are allowed", most)
	}
}
