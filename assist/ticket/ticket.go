// Package ticket is the follow-up of a call: forms by category, read from YAML; a ticket prefilled from what was said;
// its number, state and due time reckoned in the opening hours and time zone of the route. Where tickets are kept is
// somebody else's business (Store), and so is who is told of it.
package ticket

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrUnknown means there is no such ticket or form.
	ErrUnknown = errors.New("ticket: unknown")
	// ErrInvalid means a field was not accepted; the text says which and why.
	ErrInvalid = errors.New("ticket: not accepted")
	// ErrStale means somebody changed the ticket in between.
	ErrStale = errors.New("ticket: it was changed in between")
)

// Status says how far a ticket is.
type Status string

// The states of a ticket.
const (
	Open    Status = "open"
	Pending Status = "pending" // waits for the customer
	Solved  Status = "solved"
	Closed  Status = "closed"
)

// Ticket is one follow-up.
type Ticket struct {
	ID       string            `json:"id"`
	Number   string            `json:"number"` // what people call it, such as T-001204
	Form     string            `json:"form"`
	Fields   map[string]string `json:"fields"`
	Status   Status            `json:"status" enum:"open,pending,solved,closed"`
	Due      time.Time         `json:"due"`
	FollowUp *time.Time        `json:"follow_up,omitempty"` // when somebody promised to get in touch
	Call     call.ID           `json:"call,omitempty"`
	Customer string            `json:"customer,omitempty"`
	Queue    string            `json:"queue,omitempty"`
	By       string            `json:"by"` // id of the person, "program" or "rule"
	Created  time.Time         `json:"created"`
	Updated  time.Time         `json:"updated"`
	Version  int               `json:"version"` // grows with each change
}

// Query selects tickets, newest first.
type Query struct {
	Status   Status
	Call     call.ID
	Customer string
	Queues   []string // nil = all
	By       string   // with Queues: also those of this person
	Before   string   // number of the last ticket of the page before
	Limit    int      // 1..200, 0 for 50
}

// Store keeps tickets, and with each what others are told of it, both or neither. What is not there is ErrUnknown.
type Store interface {
	// AddTicket stores t under key, gives it the next number and returns it; when the key was used, it returns the ticket
	// stored then and added is false.
	AddTicket(ctx context.Context, key string, t Ticket) (stored Ticket, added bool, err error)
	// SetTicket replaces a ticket whose version is one lower, else it is ErrStale.
	SetTicket(ctx context.Context, t Ticket) error
	Ticket(ctx context.Context, id string) (Ticket, error)
	Tickets(ctx context.Context, q Query) ([]Ticket, error)
}

// Desk makes and changes tickets. All methods may be called from any goroutine.
type Desk struct {
	Forms *Forms
	Store Store
	Told  func()           // called when others are to be told of one; must not block; nil = nobody
	Now   func() time.Time // nil = time.Now
	Log   *slog.Logger     // nil discards
}

func (d *Desk) now() time.Time {
	if d.Now != nil {
		return d.Now().UTC()
	}
	return time.Now().UTC()
}

// Create makes a ticket. key names the occasion, such as the call and the form: the same key again returns the ticket
// made before, so that a retry or a second click makes no second one. cal reckons the due time.
func (d *Desk) Create(ctx context.Context, key string, t Ticket, cal Calendar) (Ticket, error) {
	f, ok := d.Forms.Get(t.Form)
	if !ok {
		return Ticket{}, fmt.Errorf("%w: there is no form %q", ErrUnknown, t.Form)
	}
	if err := f.check(t.Fields); err != nil {
		return Ticket{}, err
	}
	now := d.now()
	t.ID, t.Status, t.Created, t.Updated, t.Version = uuid.Must(uuid.NewV7()).String(), Open, now, now, 1
	if t.Due.IsZero() {
		t.Due = cal.After(now, f.SLA, f.Working)
	}
	t.Due = t.Due.UTC()
	if key == "" {
		key = t.ID
	}
	stored, added, err := d.Store.AddTicket(ctx, key, t)
	if err != nil {
		return Ticket{}, err
	}
	if added {
		d.tell()
	}
	return stored, nil
}

// Change is what of a ticket is to be changed; nil stays.
type Change struct {
	Fields   map[string]string
	Status   *Status
	Due      *time.Time
	FollowUp *time.Time
	Version  int // of the ticket as it was seen, 0 = whatever it is now
}

// Update changes a ticket.
func (d *Desk) Update(ctx context.Context, id string, c Change) (Ticket, error) {
	t, err := d.Store.Ticket(ctx, id)
	if err != nil {
		return Ticket{}, err
	}
	if c.Version != 0 && c.Version != t.Version {
		return Ticket{}, ErrStale
	}
	if c.Fields != nil {
		t.Fields = maps.Clone(t.Fields)
		maps.Copy(t.Fields, c.Fields)
		if f, ok := d.Forms.Get(t.Form); ok { // a form that was removed no longer judges
			if err := f.check(t.Fields); err != nil {
				return Ticket{}, err
			}
		}
	}
	if c.Status != nil {
		if !slices.Contains([]Status{Open, Pending, Solved, Closed}, *c.Status) {
			return Ticket{}, fmt.Errorf("%w: status %q is none of open, pending, solved, closed", ErrInvalid, *c.Status)
		}
		t.Status = *c.Status
	}
	if c.Due != nil {
		t.Due = c.Due.UTC()
	}
	if c.FollowUp != nil {
		at := c.FollowUp.UTC()
		t.FollowUp = &at
	}
	return d.set(ctx, t)
}

// Move puts a ticket on another form, with these fields; those that the form does not have are left out. Its number and state
// stay, its due time is reckoned anew from when it was made.
func (d *Desk) Move(ctx context.Context, id, form string, fields map[string]string, cal Calendar) (Ticket, error) {
	f, ok := d.Forms.Get(form)
	if !ok {
		return Ticket{}, fmt.Errorf("%w: there is no form %q", ErrUnknown, form)
	}
	t, err := d.Store.Ticket(ctx, id)
	if err != nil {
		return Ticket{}, err
	}
	t.Form, t.Fields = form, f.own(fields)
	if err := f.check(t.Fields); err != nil {
		return Ticket{}, err
	}
	t.Due = cal.After(t.Created, f.SLA, f.Working).UTC()
	return d.set(ctx, t)
}

// set stores the next version of t and tells of it.
func (d *Desk) set(ctx context.Context, t Ticket) (Ticket, error) {
	t.Updated, t.Version = d.now(), t.Version+1
	if err := d.Store.SetTicket(ctx, t); err != nil {
		return Ticket{}, err
	}
	d.tell()
	return t, nil
}

// own are the fields that the form has.
func (f Form) own(fields map[string]string) map[string]string {
	out := map[string]string{}
	for _, fd := range f.Fields {
		if v, ok := fields[fd.Name]; ok {
			out[fd.Name] = v
		}
	}
	return out
}

func (d *Desk) tell() {
	if d.Told != nil {
		d.Told()
	}
}

const maxField = 4000 // bytes of a field

var dateShape = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// check says what is wrong with the fields.
func (f Form) check(fields map[string]string) error {
	known := map[string]Field{}
	for _, fd := range f.Fields {
		known[fd.Name] = fd
		if fd.Required && strings.TrimSpace(fields[fd.Name]) == "" {
			return fmt.Errorf("%w: %s is missing", ErrInvalid, fd.Name)
		}
	}
	for name, v := range fields {
		fd, ok := known[name]
		switch {
		case !ok:
			return fmt.Errorf("%w: the form has no field %q", ErrInvalid, name)
		case len(v) > maxField || !utf8.ValidString(v):
			return fmt.Errorf("%w: %s is not text of at most %d bytes", ErrInvalid, name, maxField)
		case v == "":
		case fd.Type == "number":
			if _, err := strconv.ParseFloat(v, 64); err != nil {
				return fmt.Errorf("%w: %s is no number", ErrInvalid, name)
			}
		case fd.Type == "date":
			if _, err := time.Parse(time.DateOnly, v); err != nil || !dateShape.MatchString(v) {
				return fmt.Errorf("%w: %s is no date such as 2026-03-01", ErrInvalid, name)
			}
		case fd.Type == "choice" && !slices.Contains(fd.Choices, v):
			return fmt.Errorf("%w: %s is none of %s", ErrInvalid, name, strings.Join(fd.Choices, ", "))
		}
	}
	return nil
}
