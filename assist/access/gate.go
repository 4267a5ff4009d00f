package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/pipeline/call"
)

const (
	defaultLife = 12 * time.Hour
	defaultIdle = 2 * time.Hour
	firstLife   = 24 * time.Hour
	inviteLife  = 72 * time.Hour
	seenEvery   = time.Minute
)

// Options for a Gate.
type Options struct {
	Store Store
	Key   []byte           // for the audit trail, at least 32 bytes, kept apart from the store and for ever the same
	Life  time.Duration    // of a session; 0 = 12 h
	Idle  time.Duration    // a session unused for this long ends; 0 = 2 h
	Now   func() time.Time // nil = time.Now
	Log   *slog.Logger     // nil discards
	// Roles gives the roles of somebody who signs in through single sign-on for the first time; nil = only people who were
	// added before may.
	Roles func(Claims) []Role
	// Follow gives whoever signs in through it the roles of that moment, every time, also where they were changed here; who has
	// none is refused, and the last admin keeps theirs. It needs Roles.
	Follow bool
}

// Gate recognises people and keeps the trail. All methods may be called from any goroutine.
type Gate struct {
	store      Store
	key        []byte
	life, idle time.Duration
	now        func() time.Time
	log        *slog.Logger
	roles      func(Claims) []Role
	follow     bool
	brake      *brake
	hasher     *hasher
	seen       recent
	someone    atomic.Bool // people exist; never taken back while running
}

// New returns a gate.
func New(o Options) (*Gate, error) {
	if len(o.Key) < 32 {
		return nil, errors.New("access: the key of the audit trail needs 32 bytes")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Life <= 0 {
		o.Life = defaultLife
	}
	if o.Idle <= 0 {
		o.Idle = min(defaultIdle, o.Life)
	}
	return &Gate{
		store: o.Store, key: o.Key, life: o.Life, idle: o.Idle, now: o.Now, log: o.Log, roles: o.Roles, follow: o.Follow && o.Roles != nil,
		brake: newBrake(o.Now), hasher: newHasher(),
	}, nil
}

// Anybody reports whether there are people at all. Before that Parley is open on the machine it runs on.
func (g *Gate) Anybody(ctx context.Context) (bool, error) {
	if g.someone.Load() {
		return true, nil
	}
	all, err := g.store.Accounts(ctx)
	if err == nil && len(all) > 0 {
		g.someone.Store(true)
	}
	return len(all) > 0, err
}

// HasAdmin reports whether somebody can administer Parley.
func (g *Gate) HasAdmin(ctx context.Context) (bool, error) {
	all, err := g.store.Accounts(ctx)
	return slices.ContainsFunc(all, func(a Account) bool { return !a.Disabled && a.Has() }), err
}

// SignIn checks login and password and starts a session, whose token is returned. It is ErrRefused when they do not fit,
// ErrDisabled when they do and the person is disabled; after too many tries it is a *TooMany. addr is the caller's address.
func (g *Gate) SignIn(ctx context.Context, login, password, addr string) (string, Person, error) {
	login = foldLogin(login)
	if len(login) > 320 {
		return "", Person{}, ErrRefused
	}
	if wait := g.brake.try(login, addr); wait > 0 {
		return "", Person{}, &TooMany{Wait: wait}
	}
	a, err := g.store.Account(ctx, ByLogin, login)
	if err != nil && !errors.Is(err, ErrUnknown) {
		return "", Person{}, err
	}
	ok, cerr := g.hasher.check(ctx, a.Hash, password)
	if cerr != nil {
		return "", Person{}, cerr
	}
	if !ok || err != nil || a.Disabled {
		why, detail := ErrRefused, ""
		if ok && err == nil { // only who has the password is told
			why, detail = ErrDisabled, "disabled"
		}
		// The login is not written down as given: people type passwords into the wrong field.
		if nerr := g.Note(ctx, Entry{Who: a.ID, Name: a.Name, What: FailedSignIn, Detail: detail, From: addr}); nerr != nil {
			return "", Person{}, nerr
		}
		return "", Person{}, why
	}
	g.brake.forgive(login, addr)
	return g.start(ctx, a, addr, "password")
}

// TooMany says that there were too many tries.
type TooMany struct{ Wait time.Duration }

// Error is for error.
func (t *TooMany) Error() string {
	return fmt.Sprintf("access: too many tries, wait %s", t.Wait.Round(time.Second))
}

func (g *Gate) start(ctx context.Context, a Account, addr, how string) (string, Person, error) {
	token, hash := newToken()
	now := g.now()
	if err := g.Note(ctx, Entry{Who: a.ID, Name: a.Name, What: SignedIn, Detail: how, From: addr}); err != nil {
		return "", Person{}, err
	}
	if err := g.store.AddSession(ctx, hash, Session{Person: a.ID, Created: now, Seen: now, Expires: now.Add(g.life)}); err != nil {
		return "", Person{}, err
	}
	return token, a.Person, nil
}

// Session returns who has the token of a session, with the rights of this moment. It is ErrUnknown when the session has
// ended or the person may no longer sign in.
func (g *Gate) Session(ctx context.Context, token string) (Person, error) {
	if token == "" || len(token) > 100 {
		return Person{}, ErrUnknown
	}
	hash := hashToken(token)
	s, a, err := g.store.Session(ctx, hash)
	if err != nil {
		return Person{}, err
	}
	now := g.now()
	if a.Disabled || !now.Before(s.Expires) || now.Sub(s.Seen) > g.idle {
		if err := g.store.EndSessions(ctx, hash, ""); err != nil {
			g.log.Warn("an expired session was not removed", "err", err)
		}
		return Person{}, ErrUnknown
	}
	if now.Sub(s.Seen) >= seenEvery {
		if err := g.store.SeenSession(ctx, hash, now); err != nil {
			g.log.Warn("the use of a session was not noted", "err", err)
		}
	}
	return a.Person, nil
}

// Life is how long a session lasts at most.
func (g *Gate) Life() time.Duration { return g.life }

// SignOut ends a session; an unknown one is no error.
func (g *Gate) SignOut(ctx context.Context, token, addr string) error {
	hash := hashToken(token)
	_, a, err := g.store.Session(ctx, hash)
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(g.store.EndSessions(ctx, hash, ""), g.Note(ctx, Entry{Who: a.ID, Name: a.Name, What: SignedOut, From: addr}))
}

// CSRF is the value that proves a request comes from a page of the session.
func CSRF(token string) string {
	m := hmac.New(sha256.New, []byte(token))
	m.Write([]byte("csrf"))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// CheckCSRF compares in constant time.
func CheckCSRF(token, given string) bool { return hmac.Equal([]byte(CSRF(token)), []byte(given)) }

// FirstLink returns the token of a one-time link that makes the first admin, "" when there is one already. Earlier links
// of the kind stop working.
func (g *Gate) FirstLink(ctx context.Context) (string, error) {
	if has, err := g.HasAdmin(ctx); err != nil || has {
		return "", err
	}
	token, hash := newToken()
	return token, g.store.AddLink(ctx, hash, Link{Expires: g.now().Add(firstLife)})
}

// Invite returns the token of a one-time link with which a person sets a password. by is for the trail.
func (g *Gate) Invite(ctx context.Context, id string, by Entry) (string, error) {
	a, err := g.store.Account(ctx, ByID, id)
	if err != nil {
		return "", err
	}
	if a.Disabled {
		return "", fmt.Errorf("%w: %s is disabled", ErrInvalid, a.Login)
	}
	by.What, by.Detail = InvitedPerson, a.ID+" "+a.Login
	if err := g.Note(ctx, by); err != nil {
		return "", err
	}
	token, hash := newToken()
	return token, g.store.AddLink(ctx, hash, Link{Person: a.ID, Expires: g.now().Add(inviteLife)})
}

// Welcome uses a one-time link: it makes the first admin, or sets the password (and the name, unless empty) of who was
// invited, and starts a session. A link that was used or has expired is ErrUnknown.
func (g *Gate) Welcome(ctx context.Context, token, login, name, password, addr string) (string, Person, error) {
	if wait := g.brake.try("\x00link", addr); wait > 0 {
		return "", Person{}, &TooMany{Wait: wait}
	}
	hash := hashToken(token)
	l, err := g.store.Link(ctx, hash)
	if err != nil {
		return "", Person{}, err
	}
	if !g.now().Before(l.Expires) {
		return "", Person{}, ErrUnknown
	}
	a := Account{Person: Person{Login: login, Name: name, Roles: []Role{Admin}}, Created: g.now()}
	if l.Person != "" {
		if a, err = g.store.Account(ctx, ByID, l.Person); err != nil {
			return "", Person{}, err
		}
		if name != "" {
			a.Name = name
		}
		if a.Disabled {
			return "", Person{}, ErrUnknown
		}
	} else {
		a.ID = uuid.Must(uuid.NewV7()).String()
	}
	if a.Person, err = Check(a.Person); err != nil {
		return "", Person{}, err
	}
	if err := goodPassword(password, a.Login); err != nil {
		return "", Person{}, err
	}
	if a.Hash, err = g.hasher.hash(ctx, password); err != nil {
		return "", Person{}, err
	}
	if err := g.store.UseLink(ctx, hash, a); err != nil {
		return "", Person{}, err
	}
	if err := g.store.EndSessions(ctx, nil, a.ID); err != nil {
		return "", Person{}, err
	}
	g.someone.Store(true)
	g.brake.forgive("\x00link", addr)
	return g.start(ctx, a, addr, "link")
}

var loginShape = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,99}$`)

func foldLogin(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// Check returns a person with login, name and lists in their usual form, or ErrInvalid.
func Check(p Person) (Person, error) {
	p.Login, p.Name = foldLogin(p.Login), strings.TrimSpace(p.Name)
	if !loginShape.MatchString(p.Login) {
		return p, fmt.Errorf("%w: a login is 1 to 100 letters, digits or . _ @ + -", ErrInvalid)
	}
	if p.Name == "" {
		p.Name = p.Login
	}
	if !utf8.ValidString(p.Name) || len(p.Name) > 200 || strings.ContainsFunc(p.Name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return p, fmt.Errorf("%w: the name is longer than 200 bytes or has control characters", ErrInvalid)
	}
	for _, r := range p.Roles {
		if !slices.Contains(Roles(), r) {
			return p, fmt.Errorf("%w: %q is no role: agent, supervisor, knowledge, quality or admin", ErrInvalid, r)
		}
	}
	for _, l := range p.Langs {
		if l != "en" && l != "zh" {
			return p, fmt.Errorf("%w: %q is no language: en or zh", ErrInvalid, l)
		}
	}
	if p.Roles = tidy(p.Roles); len(p.Roles) == 0 {
		return p, fmt.Errorf("%w: give at least one role", ErrInvalid)
	}
	p.Queues, p.Langs, p.Skills = tidy(p.Queues), tidy(p.Langs), tidy(p.Skills)
	for _, s := range slices.Concat(p.Queues, p.Skills) {
		if len(s) > 100 {
			return p, fmt.Errorf("%w: the name of a queue or skill is longer than 100 bytes", ErrInvalid)
		}
	}
	return p, nil
}

// tidy sorts a list and drops what is there twice; it is never nil, so that JSON shows an empty list.
func tidy[S ~string](in []S) []S {
	out := slices.DeleteFunc(append([]S{}, in...), func(s S) bool { return strings.TrimSpace(string(s)) == "" })
	slices.Sort(out)
	return slices.Compact(out)
}

// Took remembers that a person took part in a call, who may then look at it. The desk calls it when an agent is connected.
func (g *Gate) Took(ctx context.Context, id call.ID, person string) error {
	return g.store.AddTaken(ctx, id, person, g.now())
}

// MaySee reports whether a call of a route is in the scope.
func (g *Gate) MaySee(ctx context.Context, s Scope, id call.ID, route string) (bool, error) {
	if s.All || slices.Contains(s.Routes, route) {
		return true, nil
	}
	if s.Person == "" {
		return false, nil
	}
	return g.store.Taken(ctx, id, s.Person)
}
