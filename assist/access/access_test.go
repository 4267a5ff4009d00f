package access_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type rig struct {
	*access.Gate

	clock *clock
	home  string
}

func newRig(t *testing.T, change func(*access.Options)) *rig {
	t.Helper()
	home := t.TempDir()
	s, err := store.Open(t.Context(), home, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &clock{at: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
	o := access.Options{Store: s.People(), Key: []byte(strings.Repeat("k", 32)), Now: c.now}
	if change != nil {
		change(&o)
	}
	g, err := access.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{g, c, home}
}

const password = "correct horse 电池"

// admin makes the first admin and returns their session.
func (r *rig) admin(t *testing.T) (string, access.Person) {
	t.Helper()
	link, err := r.FirstLink(t.Context())
	if err != nil || link == "" {
		t.Fatal(link, err)
	}
	token, p, err := r.Welcome(t.Context(), link, "Ada", "Ada L.", password, "10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return token, p
}

func TestFirstAdminByOneTimeLink(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	if some, err := r.Anybody(ctx); some || err != nil {
		t.Fatal("people before the first", err)
	}
	old, err := r.FirstLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	link, err := r.FirstLink(ctx) // as after a restart
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Welcome(ctx, old, "eve", "", password, "a"); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("the link of an earlier start: %v", err)
	}
	if _, _, err := r.Welcome(ctx, link, "ada", "", "short", "a"); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("short password: %v", err)
	}
	token, p, err := r.Welcome(ctx, link, " Ada ", "", password, "a")
	if err != nil || p.Login != "ada" || !p.Has(access.Knowledge) {
		t.Fatal(p, err)
	}
	if got, err := r.Session(ctx, token); err != nil || got.ID != p.ID {
		t.Error(got, err)
	}
	if _, _, err := r.Welcome(ctx, link, "eve", "", password, "b"); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("second use: %v", err)
	}
	if again, err := r.FirstLink(ctx); again != "" || err != nil {
		t.Errorf("a first link with an admin there: %q, %v", again, err)
	}
}

func TestFirstLinkEndsWhenAnAdminAppears(t *testing.T) {
	r := newRig(t, nil)
	link, err := r.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Add(t.Context(), access.Person{Login: "root", Roles: []access.Role{access.Admin}}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Welcome(t.Context(), link, "eve", "", password, "a"); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("got %v, want no second first admin", err)
	}
	r.clock.pass(25 * time.Hour)
}

func TestInvitation(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	r.admin(t)
	a, err := r.Add(ctx, access.Person{Login: "wei@example.com", Name: "小王", Roles: []access.Role{access.Agent}, Langs: []string{"zh", "en", "zh"}}, access.Entry{})
	if err != nil || a.State() != access.Invited || len(a.Langs) != 2 {
		t.Fatal(a, err)
	}
	if _, _, err := r.SignIn(ctx, "wei@example.com", "", "a"); !errors.Is(err, access.ErrRefused) {
		t.Errorf("without a password: %v", err)
	}
	link, err := r.Invite(ctx, a.ID, access.Entry{})
	if err != nil {
		t.Fatal(err)
	}
	// The login of the request does not matter: the link belongs to a person.
	_, p, err := r.Welcome(ctx, link, "ada", "", password, "a")
	if err != nil || p.ID != a.ID || p.Name != "小王" || p.Has(access.Admin) {
		t.Fatal(p, err)
	}
	if _, _, err := r.SignIn(ctx, "WEI@example.com", password, "a"); err != nil {
		t.Error(err)
	}
	late, err := r.Invite(ctx, a.ID, access.Entry{})
	if err != nil {
		t.Fatal(err)
	}
	r.clock.pass(73 * time.Hour)
	if _, _, err := r.Welcome(ctx, late, "", "", password, "a"); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("expired link: %v", err)
	}
	if _, err := r.Add(ctx, access.Person{Login: "ADA", Roles: []access.Role{access.Agent}}, access.Entry{}); !errors.Is(err, access.ErrTaken) {
		t.Errorf("taken login: %v", err)
	}
}

func TestSessionsEnd(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	_, ada := r.admin(t)
	in := func() string {
		t.Helper()
		token, _, err := r.SignIn(ctx, "ada", password, "a")
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	gone := func(why, token string) {
		t.Helper()
		if p, err := r.Session(ctx, token); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("%s: %v, %v", why, p, err)
		}
	}
	token := in()
	first := "A"
	if token[:1] == first {
		first = "B"
	}
	gone("another token", first+token[1:])
	gone("no token", "")
	if err := r.SignOut(ctx, token, "a"); err != nil {
		t.Fatal(err)
	}
	gone("signed out", token)
	token = in()
	for range 5 { // in use
		r.clock.pass(time.Hour)
		if _, err := r.Session(ctx, token); err != nil {
			t.Fatal(err)
		}
	}
	r.clock.pass(121 * time.Minute)
	gone("idle", token)
	token = in()
	for range 13 {
		r.clock.pass(time.Hour)
		_, _ = r.Session(ctx, token)
	}
	gone("longest", token)
	token = in()
	fresh, err := r.SetPassword(ctx, ada.ID, password, password+"!", "a")
	if err != nil {
		t.Fatal(err)
	}
	gone("password changed", token)
	if _, err := r.Session(ctx, fresh); err != nil {
		t.Error(err)
	}
	if _, err := r.Add(ctx, access.Person{Login: "bob", Roles: []access.Role{access.Admin}}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	yes := true
	if _, err := r.Set(ctx, ada.ID, access.Change{Disabled: &yes}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	gone("disabled", fresh)
	if _, _, err := r.SignIn(ctx, "ada", password+"!", "b"); !errors.Is(err, access.ErrDisabled) {
		t.Errorf("disabled: %v", err)
	}
	if _, _, err := r.SignIn(ctx, "ada", password, "b"); !errors.Is(err, access.ErrRefused) || errors.Is(err, access.ErrDisabled) {
		t.Errorf("who does not have the password learns of a person: %v", err)
	}
}

func TestRightsChangeAtOnce(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	token, ada := r.admin(t)
	if _, err := r.Set(ctx, ada.ID, access.Change{Roles: &[]access.Role{access.Agent}}, access.Entry{}); !errors.Is(err, access.ErrLastAdmin) {
		t.Errorf("the last admin stepped down: %v", err)
	}
	if err := r.Remove(ctx, ada.ID, access.Entry{}); !errors.Is(err, access.ErrLastAdmin) {
		t.Errorf("the last admin went: %v", err)
	}
	if _, err := r.Add(ctx, access.Person{Login: "bob", Roles: []access.Role{access.Admin}}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Set(ctx, ada.ID, access.Change{Roles: &[]access.Role{access.Agent}}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	if p, err := r.Session(ctx, token); err != nil || p.Has(access.Admin) {
		t.Error(p, err)
	}
	if err := r.Remove(ctx, ada.ID, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Session(ctx, token); !errors.Is(err, access.ErrUnknown) {
		t.Error(err)
	}
}

func TestGuessingIsSlowedDownAndFades(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	r.admin(t)
	var many *access.TooMany
	tries := 0
	for ; tries < 50; tries++ {
		_, _, err := r.SignIn(ctx, "ada", "wrong password", "192.0.2.1")
		if errors.As(err, &many) {
			break
		}
		if !errors.Is(err, access.ErrRefused) {
			t.Fatal(err)
		}
	}
	if tries < 3 || tries > 10 {
		t.Errorf("%d tries before the brake", tries)
	}
	if _, _, err := r.SignIn(ctx, "ada", password, "192.0.2.1"); !errors.As(err, &many) {
		t.Errorf("the right password while braked: %v", err)
	}
	if _, _, err := r.SignIn(ctx, "ada", password, "192.0.2.2"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	r.clock.pass(many.Wait)
	if _, _, err := r.SignIn(ctx, "ada", password, "192.0.2.1"); err != nil {
		t.Errorf("after waiting %s: %v", many.Wait, err)
	}
	// One source with many logins, here the addresses of one IPv6 customer.
	for i := range 60 {
		_, _, err := r.SignIn(ctx, fmt.Sprint("user", i), "x", fmt.Sprintf("2001:db8::%x", i+1))
		if errors.As(err, &many) {
			return
		}
	}
	t.Error("60 logins from one network were tried")
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	h := access.HashPassword(password)
	if !strings.HasPrefix(h, "$argon2id$v=19$") || !access.CheckPassword(h, password) || access.CheckPassword(h, password+" ") {
		t.Error(h)
	}
	if !access.CheckPassword(access.HashPassword("cafe\u0301 au lait"), "caf\u00e9 au lait") {
		t.Error("two ways to write é")
	}
	for _, bad := range []string{"", "x", "$argon2id$v=19$m=99999999,t=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", strings.Replace(h, "m=", "m=-", 1)} {
		if access.CheckPassword(bad, "") || access.CheckPassword(bad, password) {
			t.Errorf("%q", bad)
		}
	}
}

func TestScope(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	if err := r.Took(ctx, "c1", "p1"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		roles  []access.Role
		queues []string
		call   call.ID
		route  string
		want   bool
	}{
		{[]access.Role{access.Admin}, []string{"shop"}, "c9", "bank", true},
		{[]access.Role{access.Supervisor}, nil, "c9", "bank", true},
		{[]access.Role{access.Supervisor}, []string{"shop"}, "c9", "bank", false},
		{[]access.Role{access.Quality}, []string{"shop", "bank"}, "c9", "bank", true},
		{[]access.Role{access.Agent}, nil, "c9", "bank", false},
		{[]access.Role{access.Agent}, nil, "c1", "bank", true},
		{[]access.Role{access.Agent, access.Quality}, []string{"shop"}, "c1", "bank", true},
		{[]access.Role{access.Agent, access.Quality}, []string{"shop"}, "c9", "bank", false},
		{[]access.Role{access.Knowledge}, nil, "c1", "bank", false},
		{nil, nil, "c1", "bank", false},
	} {
		s := access.ScopeOf(access.Person{ID: "p1", Roles: c.roles, Queues: c.queues})
		if got, err := r.MaySee(ctx, s, c.call, c.route); got != c.want || err != nil {
			t.Errorf("%v: %v, %v", c, got, err)
		}
	}
}

// TestInvitedBeforeTheFirstAdmin has people added in the terminal while nobody has become the first admin yet: both links work.
func TestInvitedBeforeTheFirstAdmin(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	first, err := r.FirstLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wei, err := r.Add(ctx, access.Person{Login: "wei", Roles: []access.Role{access.Agent}}, access.Entry{})
	if err != nil {
		t.Fatal(err)
	}
	link, err := r.Invite(ctx, wei.ID, access.Entry{})
	if err != nil {
		t.Fatal(err)
	}
	if _, p, err := r.Welcome(ctx, link, "", "", password, "a"); err != nil || p.ID != wei.ID || p.Has() {
		t.Errorf("invited: %v, %v", p, err)
	}
	if _, p, err := r.Welcome(ctx, first, "ada", "Ada", password, "a"); err != nil || !p.Has() {
		t.Errorf("the first admin: %v, %v", p, err)
	}
}
