package access

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Accounts lists everybody by login.
func (g *Gate) Accounts(ctx context.Context) ([]Account, error) { return g.store.Accounts(ctx) }

// Account returns a person by ID.
func (g *Gate) Account(ctx context.Context, id string) (Account, error) {
	return g.store.Account(ctx, ByID, id)
}

// Add adds a person, who can sign in once invited. by is for the trail.
func (g *Gate) Add(ctx context.Context, p Person, by Entry) (Account, error) {
	p, err := Check(p)
	if err != nil {
		return Account{}, err
	}
	return g.enrol(ctx, Account{Person: p}, by)
}

// enrol makes the account of somebody who has none. by is for the trail; the zero Entry says that they did it themselves.
func (g *Gate) enrol(ctx context.Context, a Account, by Entry) (Account, error) {
	a.ID, a.Created = uuid.Must(uuid.NewV7()).String(), g.now()
	if by == (Entry{}) {
		by = Entry{Who: a.ID, Name: a.Name}
	}
	by.What, by.Detail = AddedPerson, describe(a)
	if err := g.Note(ctx, by); err != nil {
		return Account{}, err
	}
	if err := g.store.AddAccount(ctx, a); err != nil {
		return Account{}, err
	}
	g.someone.Store(true)
	return a, nil
}

// Change is what of a person is to be changed; nil stays.
type Change struct {
	Name     *string
	Roles    *[]Role
	Queues   *[]string
	Langs    *[]string
	Skills   *[]string
	Disabled *bool
}

// Set changes a person. Rights change with the next request; somebody disabled is signed out. It is ErrSelf for who would
// disable themselves, ErrLastAdmin when nobody could administer Parley any more; the trail then says nothing.
func (g *Gate) Set(ctx context.Context, id string, c Change, by Entry) (Account, error) {
	a, err := g.store.Account(ctx, ByID, id)
	if err != nil {
		return Account{}, err
	}
	was := a
	set(&a.Name, c.Name)
	set(&a.Roles, c.Roles)
	set(&a.Queues, c.Queues)
	set(&a.Langs, c.Langs)
	set(&a.Skills, c.Skills)
	set(&a.Disabled, c.Disabled)
	if a.Person, err = Check(a.Person); err != nil {
		return Account{}, err
	}
	if a.Disabled && by.Who == a.ID {
		return Account{}, ErrSelf
	}
	if err := g.spare(ctx, was, a); err != nil {
		return Account{}, err
	}
	by.What, by.Detail = changed(was, a), describe(a)
	if err := g.Note(ctx, by); err != nil {
		return Account{}, err
	}
	if err := g.store.SetAccount(ctx, a); err != nil {
		return Account{}, err
	}
	if a.Disabled {
		err = g.store.EndSessions(ctx, nil, a.ID)
	}
	return a, err
}

// changed is how the trail names what is done to an account.
func changed(was, is Account) string {
	switch {
	case is.Disabled && !was.Disabled:
		return DisabledPerson
	case was.Disabled && !is.Disabled:
		return EnabledPerson
	}
	return ChangedPerson
}

// spare is ErrLastAdmin when was is the only admin and is would be none. The store makes sure of it; this is asked before
// the trail is written, which then says only what was done.
func (g *Gate) spare(ctx context.Context, was, is Account) error {
	admin := func(a Account) bool { return !a.Disabled && a.Has() }
	if !admin(was) || admin(is) {
		return nil
	}
	all, err := g.store.Accounts(ctx)
	if err == nil && !slices.ContainsFunc(all, func(a Account) bool { return a.ID != was.ID && admin(a) }) {
		err = ErrLastAdmin
	}
	return err
}

// Barred reports whether somebody who has signed in before may no longer: they are disabled, or gone.
func (g *Gate) Barred(ctx context.Context, id string) (bool, error) {
	a, err := g.store.Account(ctx, ByID, id)
	if errors.Is(err, ErrUnknown) {
		return true, nil
	}
	return a.Disabled, err
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Remove removes a person; what the trail says of them stays. It is ErrSelf and ErrLastAdmin as for Set.
func (g *Gate) Remove(ctx context.Context, id string, by Entry) error {
	a, err := g.store.Account(ctx, ByID, id)
	if err != nil {
		return err
	}
	if by.Who == a.ID {
		return ErrSelf
	}
	if err := g.spare(ctx, a, Account{}); err != nil {
		return err
	}
	by.What, by.Detail = RemovedPerson, describe(a)
	if err := g.Note(ctx, by); err != nil {
		return err
	}
	return g.store.RemoveAccount(ctx, id)
}

// SetPassword changes a person's own password, which must be known, and ends the other sessions. addr is the person's.
func (g *Gate) SetPassword(ctx context.Context, id, old, password, addr string) (string, error) {
	a, err := g.store.Account(ctx, ByID, id)
	if err != nil {
		return "", err
	}
	if wait := g.brake.try(a.Login, addr); wait > 0 {
		return "", &TooMany{Wait: wait}
	}
	ok, err := g.hasher.check(ctx, a.Hash, old)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", ErrRefused
	}
	if err := goodPassword(password, a.Login); err != nil {
		return "", err
	}
	if a.Hash, err = g.hasher.hash(ctx, password); err != nil {
		return "", err
	}
	g.brake.forgive(a.Login, addr)
	if err := g.Note(ctx, Entry{Who: a.ID, Name: a.Name, What: ChangedPassword, From: addr}); err != nil {
		return "", err
	}
	if err := errors.Join(g.store.SetAccount(ctx, a), g.store.EndSessions(ctx, nil, a.ID)); err != nil {
		return "", err
	}
	token, _, err := g.start(ctx, a, addr, "password")
	return token, err
}

func describe(a Account) string {
	return fmt.Sprintf("%s %s roles=%v queues=%v %s", a.ID, a.Login, a.Roles, a.Queues, a.State())
}

// Claims is what a single sign-on says of somebody, already verified.
type Claims struct {
	Issuer, Subject string
	Email           string
	EmailVerified   bool
	Name            string
	Groups          []string
}

// SignInWith starts a session for somebody a single sign-on vouches for: a person known by the subject; or one with the
// verified e-mail address as login, who is then bound to the subject; or a new one when Options.Roles gives roles. Others
// are ErrRefused, somebody disabled ErrDisabled. With Options.Follow they have the roles of this moment.
func (g *Gate) SignInWith(ctx context.Context, c Claims, addr string) (string, Person, error) {
	if c.Issuer == "" || c.Subject == "" {
		return "", Person{}, fmt.Errorf("%w: the sign-on names nobody", ErrInvalid)
	}
	subject := c.Issuer + " " + c.Subject
	a, err := g.store.Account(ctx, BySubject, subject)
	if errors.Is(err, ErrUnknown) {
		a, err = g.meet(ctx, c, subject)
	}
	if err != nil {
		return "", Person{}, err
	}
	if a.Disabled {
		return "", Person{}, errors.Join(ErrDisabled, g.Note(ctx, Entry{Who: a.ID, Name: a.Name, What: FailedSignIn, Detail: "oidc, disabled", From: addr}))
	}
	if g.follow {
		if a, err = g.following(ctx, a, c, addr); err != nil {
			return "", Person{}, err
		}
	}
	return g.start(ctx, a, addr, "oidc")
}

// following gives somebody the roles they have now. Who has none is signed out, and ErrRefused.
func (g *Gate) following(ctx context.Context, a Account, c Claims, addr string) (Account, error) {
	roles := tidy(g.roles(c))
	if len(roles) == 0 {
		err := fmt.Errorf("%w: this person is in no group that has a role any more", ErrRefused)
		return a, errors.Join(err, g.store.EndSessions(ctx, nil, a.ID), g.Note(ctx, Entry{Who: a.ID, Name: a.Name, What: FailedSignIn, Detail: "oidc, no role", From: addr}))
	}
	if slices.Equal(roles, a.Roles) {
		return a, nil
	}
	is, err := g.Set(ctx, a.ID, Change{Roles: &roles}, Entry{Who: a.ID, Name: a.Name, From: addr})
	if errors.Is(err, ErrLastAdmin) {
		return a, nil
	}
	return is, err
}

// meet finds or makes the account of a subject that is new here.
func (g *Gate) meet(ctx context.Context, c Claims, subject string) (Account, error) {
	if c.Email == "" || !c.EmailVerified {
		return Account{}, fmt.Errorf("%w: the sign-on gives no verified e-mail address", ErrRefused)
	}
	a, err := g.store.Account(ctx, ByLogin, foldLogin(c.Email))
	if err == nil {
		if a.Subject != "" { // the address went to somebody else
			return Account{}, fmt.Errorf("%w: the address belongs to another subject", ErrRefused)
		}
		a.Subject = subject
		return a, g.store.SetAccount(ctx, a)
	}
	if !errors.Is(err, ErrUnknown) {
		return Account{}, err
	}
	var roles []Role
	if g.roles != nil {
		roles = slices.Clone(g.roles(c))
	}
	if len(roles) == 0 {
		return Account{}, fmt.Errorf("%w: nobody has added this person", ErrRefused)
	}
	p, err := Check(Person{Login: c.Email, Name: c.Name, Roles: roles})
	if err != nil {
		return Account{}, err
	}
	return g.enrol(ctx, Account{Person: p, Subject: subject}, Entry{})
}
