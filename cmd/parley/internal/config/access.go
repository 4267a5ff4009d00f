package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"time"
)

// Access configures signing in.
type Access struct {
	Public  string        `yaml:"public" doc:"Address people open Parley at, such as https://parley.example: written into links, and https makes cookies secure behind a proxy. Empty: the address bound."`
	Proxies []string      `yaml:"proxies" doc:"Networks of proxies whose X-Forwarded-For is believed (CIDR)."`
	Session time.Duration `yaml:"session" doc:"Longest time between two sign-ins."`
	Idle    time.Duration `yaml:"idle" doc:"A session without an open page ends after this long."`
	OIDC    OIDC          `yaml:"oidc" doc:"Single sign-on (OpenID Connect). A person who was added with the e-mail address as login may use it; others only with roles below."`
}

// OIDC configures a single sign-on.
type OIDC struct {
	Issuer   string              `yaml:"issuer" doc:"Issuer, as https://...; empty: none. Register PUBLIC/api/session/oidc/callback with it."`
	ClientID string              `yaml:"client_id" doc:"Client ID."`
	Secret   string              `yaml:"secret" doc:"Client secret; $NAME reads it from the environment."`
	Scopes   []string            `yaml:"scopes" doc:"Scopes asked for besides openid. Default: profile, email."`
	Groups   string              `yaml:"groups" doc:"Claim with the groups of a person. Default: groups."`
	Roles    map[string][]string `yaml:"roles" doc:"Group to roles. Somebody in such a group is added at the first sign-in."`
	Follow   bool                `yaml:"follow" doc:"Give everybody who signs in this way the roles of their groups each time, in place of those they had; who has none is refused. The last admin keeps theirs."`
}

func (c *Config) validateAccess() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	a := c.Access
	if u, err := url.Parse(a.Public); a.Public != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" && u.Path != "/") {
		bad("access.public: %q is no address such as https://parley.example", a.Public)
	}
	for _, p := range a.Proxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			bad("access.proxies: %q is not a network such as 10.0.0.0/8", p)
		}
	}
	if a.Session < time.Minute || a.Idle < time.Minute {
		bad("access.session and access.idle must be at least 1m")
	}
	if a.OIDC.Issuer == "" {
		return errs
	}
	if a.OIDC.ClientID == "" || a.Public == "" {
		bad("access.oidc needs client_id, and access.public for the way back")
	}
	for g, roles := range a.OIDC.Roles {
		for _, r := range roles {
			if !slices.Contains([]string{"agent", "supervisor", "knowledge", "quality", "admin"}, r) {
				bad("access.oidc.roles.%s: %q is no role", g, r)
			}
		}
	}
	if a.OIDC.Follow && len(a.OIDC.Roles) == 0 {
		bad("access.oidc.follow needs roles, or nobody could sign in")
	}
	return errs
}
