package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/access"
)

func TestSingleSignOn(t *testing.T) {
	r := newRig(t, func(o *access.Options) {
		o.Roles = func(c access.Claims) []access.Role {
			if len(c.Groups) > 0 && c.Groups[0] == "desk" {
				return []access.Role{access.Agent}
			}
			return nil
		}
	})
	ctx := t.Context()
	r.admin(t)
	if _, err := r.Add(ctx, access.Person{Login: "wei@example.com", Roles: []access.Role{access.Quality}}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	c := access.Claims{Issuer: "https://id.example", Subject: "7", Email: "Wei@Example.com"}
	refused := func(why string) {
		t.Helper()
		if _, p, err := r.SignInWith(ctx, c, "a"); !errors.Is(err, access.ErrRefused) {
			t.Errorf("%s: %v, %v", why, p, err)
		}
	}
	refused("address not verified")
	c.EmailVerified = true
	_, p, err := r.SignInWith(ctx, c, "a")
	if err != nil || p.Login != "wei@example.com" {
		t.Fatal(p, err)
	}
	c.Email, c.EmailVerified = "renamed@example.com", false
	if _, again, err := r.SignInWith(ctx, c, "a"); err != nil || again.ID != p.ID {
		t.Errorf("bound by subject: %v, %v", again, err)
	}
	c = access.Claims{Issuer: "https://id.example", Subject: "8", Email: "wei@example.com", EmailVerified: true}
	refused("the address of another subject")
	c.Email = "new@example.com"
	refused("in no group")
	c.Groups = []string{"desk"}
	if _, p, err = r.SignInWith(ctx, c, "a"); err != nil || !p.Has(access.Agent) || p.Has(access.Admin) {
		t.Error(p, err)
	}
	yes := true
	if _, err := r.Set(ctx, p.ID, access.Change{Disabled: &yes}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.SignInWith(ctx, c, "a"); !errors.Is(err, access.ErrDisabled) {
		t.Errorf("disabled: %v", err)
	}
}

// TestRolesFollowGroups has somebody change groups at the company: at the next sign-in they have the roles of those, and none
// of those they had. The last admin keeps theirs.
func TestRolesFollowGroups(t *testing.T) {
	r := newRig(t, func(o *access.Options) {
		o.Follow = true
		o.Roles = func(c access.Claims) (out []access.Role) {
			for _, g := range c.Groups {
				out = append(out, access.Role(g))
			}
			return out
		}
	})
	ctx := t.Context()
	c := access.Claims{Issuer: "https://id.example", Subject: "7", Email: "wei@example.com", EmailVerified: true}
	in := func(groups ...string) (string, access.Person, error) {
		c.Groups = groups
		return r.SignInWith(ctx, c, "a")
	}
	if _, p, err := in("admin"); err != nil || !slices.Equal(p.Roles, []access.Role{access.Admin}) {
		t.Fatal(p, err)
	}
	if _, p, err := in("agent"); err != nil || !slices.Equal(p.Roles, []access.Role{access.Admin}) {
		t.Errorf("the last admin: %v, %v", p, err)
	}
	if _, err := r.Add(ctx, access.Person{Login: "ada", Roles: []access.Role{access.Admin}}, access.Entry{}); err != nil {
		t.Fatal(err)
	}
	token, p, err := in("quality", "agent", "agent")
	if err != nil || !slices.Equal(p.Roles, []access.Role{access.Agent, access.Quality}) {
		t.Errorf("moved to other groups: %v, %v", p, err)
	}
	if p, err := r.Session(ctx, token); err != nil || p.Has(access.Knowledge) || !p.Has(access.Quality) {
		t.Errorf("in the session: %v, %v", p, err)
	}
	if _, p, err := in(); !errors.Is(err, access.ErrRefused) {
		t.Errorf("in no group any more: %v, %v", p, err)
	}
	if _, err := r.Session(ctx, token); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("signed in elsewhere all the same: %v", err)
	}
}

func TestDisabling(t *testing.T) {
	r := newRig(t, nil)
	ctx := t.Context()
	_, ada := r.admin(t)
	bob, err := r.Add(ctx, access.Person{Login: "bob", Roles: []access.Role{access.Agent}}, access.Entry{})
	if err != nil {
		t.Fatal(err)
	}
	before, err := r.Entries(ctx, access.TrailQuery{})
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	if _, err := r.Set(ctx, ada.ID, access.Change{Disabled: &yes}, access.Entry{Who: "console"}); !errors.Is(err, access.ErrLastAdmin) {
		t.Errorf("the last admin: %v", err)
	}
	if _, err := r.Set(ctx, bob.ID, access.Change{Disabled: &yes}, access.Entry{Who: bob.ID}); !errors.Is(err, access.ErrSelf) {
		t.Errorf("oneself: %v", err)
	}
	if err := r.Remove(ctx, bob.ID, access.Entry{Who: bob.ID}); !errors.Is(err, access.ErrSelf) {
		t.Errorf("oneself removed: %v", err)
	}
	if after, err := r.Entries(ctx, access.TrailQuery{}); err != nil || len(after) != len(before) {
		t.Errorf("the trail says what was not done: %v, %v", after[0], err)
	}
	for _, off := range []*bool{&yes, &no} {
		if a, err := r.Set(ctx, bob.ID, access.Change{Disabled: off}, access.Entry{Who: ada.ID}); err != nil || a.Disabled != *off {
			t.Fatal(a, err)
		}
		if barred, err := r.Barred(ctx, bob.ID); err != nil || barred != *off {
			t.Error(barred, err)
		}
	}
	if barred, err := r.Barred(ctx, "nobody"); err != nil || !barred {
		t.Error(barred, err)
	}
	after, err := r.Entries(ctx, access.TrailQuery{})
	if err != nil || after[0].What != access.EnabledPerson || after[1].What != access.DisabledPerson || after[1].Who != ada.ID || !strings.Contains(after[1].Detail, "bob") {
		t.Error(after[:2], err)
	}
}
