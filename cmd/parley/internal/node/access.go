package node

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/access/oidc"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/cmd/parley/internal/peoplecmd"
)

// openAccess readies signing in.
func (n *Node) openAccess(context.Context) error {
	c := n.cfg.Access
	var err error
	n.access, err = peoplecmd.Gate(n.store, n.env, access.Options{Life: c.Session, Idle: c.Idle, Roles: rolesOf(c.OIDC.Roles), Follow: c.OIDC.Follow})
	return err
}

// rolesOf gives the roles of somebody's groups.
func rolesOf(of map[string][]string) func(access.Claims) []access.Role {
	return func(c access.Claims) []access.Role {
		var roles []access.Role
		for _, g := range c.Groups {
			for _, r := range of[g] {
				if !slices.Contains(roles, access.Role(r)) {
					roles = append(roles, access.Role(r))
				}
			}
		}
		return roles
	}
}

// signIn adds to the options of the API what lets people sign in.
func (n *Node) signIn(o httpapi.Options) httpapi.Options {
	c := n.cfg.Access
	o.Access, o.Public = n.access, n.public()
	for _, p := range c.Proxies {
		o.Proxies = append(o.Proxies, netip.MustParsePrefix(p)) // validated with the configuration
	}
	if c.OIDC.Issuer != "" {
		o.OIDC = oidc.New(oidc.Config{
			Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, Secret: c.OIDC.Secret, Scopes: c.OIDC.Scopes, Groups: c.OIDC.Groups,
			Redirect: strings.TrimSuffix(c.Public, "/") + "/api/session/oidc/callback",
		})
	}
	return n.paths(o)
}

// public is the address people open.
func (n *Node) public() string {
	if n.cfg.Access.Public != "" {
		return strings.TrimSuffix(n.cfg.Access.Public, "/")
	}
	return n.WebURL()
}

// Access is who may do what, for what is wired later.
func (n *Node) Access() *access.Gate { return n.access }

// FirstLink returns the one-time link that makes the first admin, "" when there is one.
func (n *Node) FirstLink(ctx context.Context) (string, error) {
	token, err := n.access.FirstLink(ctx)
	if err != nil || token == "" {
		return "", err
	}
	return httpapi.WelcomeLink(n.public(), token, ""), nil
}
