// Package access says who may see and do what. It keeps people with their roles and queues, their passwords (argon2id),
// sessions and one-time links, decides which calls a person may look at, and keeps a chained audit trail of every look.
// It knows nothing of HTTP: package httpapi asks it about each request.
package access

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Errors callers branch on.
var (
	// ErrUnknown means there is no such person, session or link, or it has expired.
	ErrUnknown = errors.New("access: unknown or expired")
	// ErrRefused means login and password do not belong together. It never says which of them is wrong.
	ErrRefused = errors.New("access: login or password is wrong")
	// ErrDisabled means the person is who they say, and may not sign in.
	ErrDisabled = errors.New("access: this person is disabled")
	// ErrTaken means another person has this login.
	ErrTaken = errors.New("access: this login is taken")
	// ErrLastAdmin means nobody could administer Parley afterwards.
	ErrLastAdmin = errors.New("access: this is the last admin: make another one first")
	// ErrSelf means that people neither disable nor remove themselves.
	ErrSelf = errors.New("access: nobody disables or removes themselves: ask another admin")
	// ErrInvalid means a value was not accepted; the text says which and why.
	ErrInvalid = errors.New("access: not accepted")
)

// Role is what a person does.
type Role string

// The roles. Admin may do everything.
const (
	Agent      Role = "agent"
	Supervisor Role = "supervisor"
	Knowledge  Role = "knowledge"
	Quality    Role = "quality"
	Admin      Role = "admin"
)

// Roles lists all roles.
func Roles() []Role { return []Role{Agent, Supervisor, Knowledge, Quality, Admin} }

// Person is somebody who can sign in.
type Person struct {
	ID     string   `json:"id"`
	Login  string   `json:"login"` // lower case, unique
	Name   string   `json:"name"`
	Roles  []Role   `json:"roles"`
	Queues []string `json:"queues"` // names of the routes whose calls may be seen; empty = all
	Langs  []string `json:"langs"`  // languages spoken, "en" or "zh"
	Skills []string `json:"skills"`
}

// Has reports whether the person has one of the roles; an admin has them all.
func (p Person) Has(roles ...Role) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return r == Admin || slices.Contains(roles, r) })
}

// State says whether a person can sign in.
type State string

// The states of a person.
const (
	Invited  State = "invited" // has no password yet
	Active   State = "active"
	Disabled State = "disabled"
)

// Account is a person with what is never shown.
type Account struct {
	Person

	Hash     string // argon2id in PHC form; "" = no password
	Subject  string // issuer and subject of a single sign-on, joined by a space; "" = none
	Disabled bool
	Created  time.Time
}

// State says whether the account can sign in.
func (a Account) State() State {
	switch {
	case a.Disabled:
		return Disabled
	case a.Hash == "" && a.Subject == "":
		return Invited
	}
	return Active
}

// Session is one signed-in browser.
type Session struct {
	Person  string
	Created time.Time
	Seen    time.Time // last request, to the minute
	Expires time.Time
}

// Link is a one-time link. Whoever opens it sets a password.
type Link struct {
	Person  string // "" = makes the first admin
	Expires time.Time
}

// Key says which field of an account is looked up.
type Key string

// The keys of an account.
const (
	ByID      Key = "id"
	ByLogin   Key = "login"
	BySubject Key = "subject"
)

// Store keeps people, sessions, links and the trail. Tokens reach it as hashes only. All methods may block on a disk or
// the network and end with ctx; what is not there is ErrUnknown.
type Store interface {
	People
	Sessions
	Trail
}

// People keeps accounts and one-time links.
type People interface {
	Account(ctx context.Context, by Key, value string) (Account, error)
	// Accounts lists everybody by login.
	Accounts(ctx context.Context) ([]Account, error)
	// AddAccount is ErrTaken when the login is used.
	AddAccount(ctx context.Context, a Account) error
	// SetAccount replaces an account. It is ErrLastAdmin when no enabled admin would be left.
	SetAccount(ctx context.Context, a Account) error
	// RemoveAccount also ends the person's sessions and links; ErrLastAdmin as for SetAccount.
	RemoveAccount(ctx context.Context, id string) error
	// AddLink replaces the earlier links of the same person.
	AddLink(ctx context.Context, hash []byte, l Link) error
	// Link returns an unused link.
	Link(ctx context.Context, hash []byte) (Link, error)
	// UseLink removes the link and stores a, both or neither; a second use is ErrUnknown. A link without a person adds a,
	// and is ErrUnknown when an admin exists already.
	UseLink(ctx context.Context, hash []byte, a Account) error
}

// Sessions keeps sessions, and which person took which call.
type Sessions interface {
	AddSession(ctx context.Context, hash []byte, s Session) error
	Session(ctx context.Context, hash []byte) (Session, Account, error)
	SeenSession(ctx context.Context, hash []byte, at time.Time) error
	// EndSessions ends the session with the hash, or all of a person when hash is nil.
	EndSessions(ctx context.Context, hash []byte, person string) error
	// AddTaken remembers that a person took part in a call; again is no error.
	AddTaken(ctx context.Context, id call.ID, person string, at time.Time) error
	Taken(ctx context.Context, id call.ID, person string) (bool, error)
}

// Scope is the part of the calls somebody may look at. The zero Scope is none.
type Scope struct {
	All    bool
	Routes []string // calls of these routes
	Person string   // calls this person took part in
}

// ScopeOf says which calls a person may look at: an admin all; supervisors and reviewers those of their queues; an agent
// the own ones; others none.
func ScopeOf(p Person) Scope {
	s := Scope{All: p.Has() || p.Has(Supervisor, Quality) && len(p.Queues) == 0}
	if s.All {
		return s
	}
	if p.Has(Supervisor, Quality) {
		s.Routes = slices.Clone(p.Queues)
	}
	if p.Has(Agent) {
		s.Person = p.ID
	}
	return s
}

// Empty reports whether no call can be in the scope.
func (s Scope) Empty() bool { return !s.All && len(s.Routes) == 0 && s.Person == "" }

// Kind says how somebody was recognised.
type Kind string

// The kinds of identity.
const (
	Nobody  Kind = ""
	Human   Kind = "person"  // a session
	Program Kind = "program" // the token of the configuration
	Local   Kind = "local"   // anybody on this machine, before the first admin exists
)

// Identity is who makes a request.
type Identity struct {
	Kind   Kind
	Person Person // of a program or this machine: a stand-in with every right
}

// ProgramIdentity is whoever has the token of the configuration.
func ProgramIdentity() Identity {
	return Identity{Program, Person{ID: "program", Login: "program", Name: "Program", Roles: []Role{Admin}}}
}

// LocalIdentity is anybody on this machine. It has every role by name, so that a desk can be tried without signing in.
func LocalIdentity() Identity {
	return Identity{Local, Person{ID: "local", Login: "local", Name: "This machine", Roles: Roles(), Langs: []string{"en", "zh"}}}
}

type identityKey struct{}

// With puts the identity of a request into its context.
func With(ctx context.Context, i Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, i)
}

// From returns who makes the request, Nobody outside of one.
func From(ctx context.Context) Identity {
	i, _ := ctx.Value(identityKey{}).(Identity)
	return i
}
