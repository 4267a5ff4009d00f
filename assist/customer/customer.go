// Package customer says who calls. Customers come from a file or from another system that is asked by HTTP; each has one
// id across telephone, web and chat. What is not known stays unknown: a number that two customers share gives both, and
// neither is assumed.
package customer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrUnknown means there is no such customer.
	ErrUnknown = errors.New("customer: unknown")
	// ErrInvalid means a value was not accepted; the text says which and why.
	ErrInvalid = errors.New("customer: not accepted")
)

// Channel is a way to get in touch.
type Channel string

// The channels.
const (
	Phone Channel = "phone" // value in E.164, such as +8613800138000
	Web   Channel = "web"   // value as the site signed it in, such as an account
	Chat  Channel = "chat"  // the same for a chat
	Email Channel = "email" // lower case
)

// Handle is where somebody was reached.
type Handle struct {
	Channel Channel `json:"channel"`
	Value   string  `json:"value"`
}

// Link is an address of another system about the customer.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Customer is somebody who is known.
type Customer struct {
	ID      string    `json:"id"`
	Ref     string    `json:"ref,omitempty"` // the company's own key
	Name    string    `json:"name"`          // "" = unknown
	Tier    string    `json:"tier"`
	Lang    string    `json:"lang"` // en or zh, "" = unknown
	Links   []Link    `json:"links"`
	Handles []Handle  `json:"handles"`
	Source  string    `json:"source"` // file, lookup or desk
	Updated time.Time `json:"updated"`
}

// Numbers are the telephone numbers.
func (c Customer) Numbers() []string {
	out := []string{}
	for _, h := range c.Handles {
		if h.Channel == Phone {
			out = append(out, h.Value)
		}
	}
	return out
}

// LookupFailed says that nobody was found because the other system could not be asked.
const LookupFailed = "lookup_failed"

// Match is who a handle may belong to: nobody, one, or several of whom none is assumed.
type Match struct {
	Handle     Handle
	Candidates []Customer
	Why        string // when nobody was found: withheld, unknown, LookupFailed
	Err        error  // of the other system, with LookupFailed
}

// One returns the customer when there is exactly one.
func (m Match) One() (Customer, bool) {
	if len(m.Candidates) != 1 {
		return Customer{}, false
	}
	return m.Candidates[0], true
}

// State is how sure it is that a caller is who they say.
type State string

// The states of an identity.
const (
	Unverified State = "unknown"
	Verified   State = "verified"
	Failed     State = "failed"
)

// Identity is what was checked in a call, how and by whom: a rule, the keypad, or an agent.
type Identity struct {
	State State     `json:"state" enum:"unknown,verified,failed"`
	How   string    `json:"how,omitempty"` // such as keypad_pin, questions, callback
	By    string    `json:"by,omitempty"`  // id of a person, or rule:ID
	At    time.Time `json:"at,omitzero"`
}

// Contact is one call or chat of a customer.
type Contact struct {
	Call    call.ID   `json:"call"`
	At      time.Time `json:"at"`
	Channel Channel   `json:"channel"`
	Outcome string    `json:"outcome,omitempty"` // a disposition
	Summary string    `json:"summary,omitempty"`
	Queue   string    `json:"queue,omitempty"`
}

// Visit is what is kept of one contact: who it was, and how sure that is.
type Visit struct {
	Contact

	Customer string // id, "" = not known or not chosen
	Identity Identity
}

// Store keeps customers and their contacts. What is not there is ErrUnknown.
type Store interface {
	// Find returns everybody with a handle, the newest change first.
	Find(ctx context.Context, h Handle) ([]Customer, error)
	Customer(ctx context.Context, id string) (Customer, error)
	// ByRef returns the customer with the company's own key.
	ByRef(ctx context.Context, ref string) (Customer, error)
	// Search returns at most limit customers whose name, key or number has the text.
	Search(ctx context.Context, text string, limit int) ([]Customer, error)
	// Put stores customers, each as a whole with its handles, all or none. One without ID gets one.
	Put(ctx context.Context, all []Customer) error
	Remove(ctx context.Context, id string) error
	Visits
}

// Visits keeps contacts.
type Visits interface {
	// PutVisit stores a contact; Outcome and Summary stay as they are when empty.
	PutVisit(ctx context.Context, v Visit) error
	Visit(ctx context.Context, id call.ID) (Visit, error)
	// SetIdentity stores what was checked; the visit is made when there is none.
	SetIdentity(ctx context.Context, id call.ID, i Identity) error
	// History lists the contacts of a customer, newest first.
	History(ctx context.Context, customer string, limit int) ([]Contact, error)
}

// Seeker asks another system. An empty answer means that it knows nobody.
type Seeker interface {
	Seek(ctx context.Context, h Handle) ([]Customer, error)
}

// Book answers who calls. All methods may be called from any goroutine.
type Book struct {
	Store     Store
	Seek      Seeker           // nil = no other system
	Countries []string         // ISO codes by which numbers without + are read, the likeliest first
	Now       func() time.Time // nil = time.Now
	Fresh     time.Duration    // what another system said counts for so long, 0 = an hour
	Codes     Codes            // nil = codes are not kept
	CodeKey   []byte           // MinCodeKey bytes or more; shorter = codes are not kept
}

const freshFor = time.Hour

func (b *Book) now() time.Time {
	if b.Now != nil {
		return b.Now().UTC()
	}
	return time.Now().UTC()
}

// Caller returns who may be calling from a number as signalled. It asks the other system when the store knows nobody or
// only what that system said a while ago; it never takes longer than the Seeker does, and an error of that system only
// shows as Why. The error is the store's.
func (b *Book) Caller(ctx context.Context, signalled string) (Match, error) {
	number, ok := Normalise(signalled, b.Countries...)
	if !ok {
		return Match{Handle: Handle{Phone, ""}, Why: withheld(signalled)}, nil
	}
	return b.Who(ctx, Handle{Phone, number})
}

// Hidden is Caller for a number that the caller does not want shown: only customers who are known by it are found. No other system is
// told the number, and none is kept.
func (b *Book) Hidden(ctx context.Context, signalled string) (m Match, err error) {
	number, ok := Normalise(signalled, b.Countries...)
	if ok {
		m.Candidates, err = b.Store.Find(ctx, Handle{Phone, number})
	}
	return m.unless("withheld"), err
}

func withheld(s string) string {
	if call.Nameless(user(s)) {
		return "withheld"
	}
	return "unknown"
}

// Who is Caller for a handle in its stored form.
func (b *Book) Who(ctx context.Context, h Handle) (Match, error) {
	m := Match{Handle: h}
	var err error
	if m.Candidates, err = b.Store.Find(ctx, h); err != nil {
		return m, err
	}
	fresh := b.Fresh
	if fresh <= 0 {
		fresh = freshFor
	}
	stale := slices.ContainsFunc(m.Candidates, func(c Customer) bool { return c.Source == "lookup" && b.now().Sub(c.Updated) > fresh })
	if b.Seek == nil || len(m.Candidates) > 0 && !stale {
		return m.unless("unknown"), nil
	}
	found, err := b.Seek.Seek(ctx, h)
	if err != nil {
		m = m.unless(LookupFailed)
		if m.Why != "" {
			m.Err = err
		}
		return m, nil // the caller is served all the same
	}
	if len(found) == 0 {
		return m.unless("unknown"), nil
	}
	if err := b.learn(ctx, h, found); err != nil {
		return m, err
	}
	m.Candidates, err = b.Store.Find(ctx, h)
	return m.unless("unknown"), err
}

// Vouched is who a web site vouches for: the customer with this key of the company's, or with this account on the site. A
// customer who was found by their key has the account from then on, so that web, chat and telephone are one id.
func (b *Book) Vouched(ctx context.Context, key string) (Match, error) {
	h := Handle{Web, key}
	c, err := b.Store.ByRef(ctx, key)
	switch {
	case err == nil:
		if !slices.Contains(c.Handles, h) {
			err = b.Join(ctx, c.ID, h)
		}
		return Match{Handle: h, Candidates: []Customer{c}}, err
	case !errors.Is(err, ErrUnknown):
		return Match{Handle: h}, err
	}
	return b.Who(ctx, h)
}

// Claims is who somebody may be who gives a number or an e-mail address: it is only their word, so whoever takes the match
// must not assume that it is right.
func (b *Book) Claims(ctx context.Context, contact string) (Match, error) {
	if strings.Contains(contact, "@") {
		address, ok := email(contact)
		if !ok {
			return Match{Why: "unknown"}, nil
		}
		return b.Who(ctx, Handle{Email, address})
	}
	return b.Caller(ctx, contact)
}

func (m Match) unless(why string) Match {
	if len(m.Candidates) == 0 {
		m.Why = why
	}
	return m
}

// learn stores what another system said, under the ids that are known by the company's key.
func (b *Book) learn(ctx context.Context, h Handle, found []Customer) error {
	for i := range found {
		c := &found[i]
		if !slices.Contains(c.Handles, h) {
			c.Handles = append(c.Handles, h)
		}
		c.Source, c.Updated = "lookup", b.now()
		old, err := b.Store.ByRef(ctx, c.Ref)
		switch {
		case err == nil:
			c.ID = old.ID
			for _, have := range old.Handles { // such as the account on the site, which that system may not know
				if !slices.Contains(c.Handles, have) {
					c.Handles = append(c.Handles, have)
				}
			}
		case !errors.Is(err, ErrUnknown):
			return err
		}
	}
	return b.Store.Put(ctx, found)
}

// Join adds a handle to a customer once that was verified, so that a web account and a number become one id. Take it back
// with Part.
func (b *Book) Join(ctx context.Context, id string, h Handle) error {
	return b.change(ctx, id, func(c *Customer) {
		if !slices.Contains(c.Handles, h) {
			c.Handles = append(c.Handles, h)
		}
	})
}

// Part takes a handle from a customer.
func (b *Book) Part(ctx context.Context, id string, h Handle) error {
	return b.change(ctx, id, func(c *Customer) {
		c.Handles = slices.DeleteFunc(c.Handles, func(x Handle) bool { return x == h })
	})
}

func (b *Book) change(ctx context.Context, id string, f func(*Customer)) error {
	c, err := b.Store.Customer(ctx, id)
	if err != nil {
		return err
	}
	f(&c)
	c.Updated = b.now()
	return b.Store.Put(ctx, []Customer{c})
}
