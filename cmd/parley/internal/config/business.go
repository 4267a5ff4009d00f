package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/reach"
)

// Customers configures who is known.
type Customers struct {
	Countries []string `yaml:"countries" doc:"Countries (ISO codes) by which numbers without + are read, the likeliest first."`
	Pop       string   `yaml:"pop" doc:"Address of your CRM that the desk opens when a call rings, such as https://crm.example/find?phone={number}. Fields: number, id, ref, name, tier, call, queue, lang; every value is encoded."`
	Lookup    Lookup   `yaml:"lookup" doc:"Another system that is asked who a number belongs to."`
	CodeKey   string   `yaml:"code_key" doc:"Key that keeps the codes with which callers prove by keypad who they are (docs/integration.md): 32 characters or more, the same on every node and for parley customers import; $NAME reads it from the environment. Empty: no codes are kept."`
	Sites     []Site   `yaml:"sites" doc:"Web sites that vouch for who their visitors are (docs/integration.md)."`
}

// Site is a web site whose server signs who its visitor is.
type Site struct {
	Name string `yaml:"name" doc:"Name, as the iss of its tokens."`
	Key  string `yaml:"key" doc:"Key of the signature, 32 characters or more; $NAME reads it from the environment."`
}

// Lookup configures the question to another system.
type Lookup struct {
	URL      string        `yaml:"url" doc:"Address asked with GET, such as https://crm.example/api/find?phone={number}; empty: nobody is asked. See docs/integration.md for the answer."`
	Hosts    []string      `yaml:"hosts" doc:"Hosts that may be asked; the one of url must be among them."`
	Networks []string      `yaml:"networks" doc:"Networks inside your own that may be reached (CIDR). Private and loopback addresses are refused otherwise."`
	Token    string        `yaml:"token" doc:"Sent as a bearer token; $NAME reads it from the environment."`
	Timeout  time.Duration `yaml:"timeout" doc:"Longest wait for an answer."`
}

// Tickets configures tickets.
type Tickets struct {
	Forms string `yaml:"forms" doc:"YAML file of ticket forms; empty takes the built-in ones."`
}

// Webhook is one program that is told what happens.
type Webhook struct {
	Name     string   `yaml:"name" doc:"Name in lists and for replay."`
	URL      string   `yaml:"url" doc:"Address events are posted to."`
	Secret   string   `yaml:"secret" doc:"Key of the signature; $NAME reads it from the environment."`
	Events   []string `yaml:"events" doc:"Kinds wanted; empty: all. See docs/integration.md."`
	Networks []string `yaml:"networks" doc:"Networks inside your own that may be reached (CIDR)."`
}

// Compensation configures how much agents may offer.
type Compensation struct {
	Policy string `yaml:"policy" doc:"YAML file with the policy (docs/integration.md); empty: no compensation is suggested."`
}

func (c *Config) validateBusiness() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	networks := func(key string, all []string) {
		for _, n := range all {
			if _, err := netip.ParsePrefix(n); err != nil {
				bad("%s: %q is not a network such as 10.0.0.0/8", key, n)
			}
		}
	}
	if c.Customers.Pop != "" {
		if _, err := customer.ParsePop(c.Customers.Pop); err != nil {
			bad("customers.pop: %w", err)
		}
	}
	for _, country := range c.Customers.Countries {
		if len(country) != 2 || strings.ToUpper(country) != country {
			bad("customers.countries: %q is no code such as CN or GB", country)
		}
	}
	if k := c.Customers.CodeKey; k != "" && len(k) < customer.MinCodeKey {
		bad("customers.code_key: it has %d characters, %d are needed", len(k), customer.MinCodeKey)
	}
	l := c.Customers.Lookup
	networks("customers.lookup.networks", l.Networks)
	if l.URL != "" {
		if _, err := customer.ParsePop(l.URL); err != nil {
			bad("customers.lookup.url: %w", err)
		}
		if len(l.Hosts) == 0 {
			bad("customers.lookup.hosts: name the hosts that may be asked")
		}
		if l.Timeout <= 0 || l.Timeout > 5*time.Second {
			bad("customers.lookup.timeout: %s is not within 0..5s", l.Timeout)
		}
	}
	seen := map[string]bool{}
	for i, w := range c.Webhooks {
		at := fmt.Sprintf("webhooks[%d]", i)
		networks(at+".networks", w.Networks)
		if w.Name == "" || seen[w.Name] {
			bad("%s.name: %q is missing or used twice", at, w.Name)
		}
		seen[w.Name] = true
		if err := reach.Target(w.URL); err != nil {
			bad("%s.url: %w", at, err)
		}
		if len(w.Secret) < 16 {
			bad("%s.secret: at least 16 characters are needed", at)
		}
		for _, e := range w.Events {
			if !slices.Contains(hooks.Kinds(), hooks.Kind(e)) {
				bad("%s.events: %q is none of %v", at, e, hooks.Kinds())
			}
		}
	}
	return errs
}

// fillBusiness reads the secrets that are in the environment.
func (c *Config) fillBusiness() {
	c.WebCalls.TURN.Secret, c.WebCalls.TURN.Password = fromEnv(c.WebCalls.TURN.Secret), fromEnv(c.WebCalls.TURN.Password)
	c.Customers.Lookup.Token = fromEnv(c.Customers.Lookup.Token)
	for i := range c.Webhooks {
		c.Webhooks[i].Secret = fromEnv(c.Webhooks[i].Secret)
	}
}

// Prefixes are networks that were validated with the configuration.
func Prefixes(all []string) []netip.Prefix {
	var out []netip.Prefix
	for _, n := range all {
		out = append(out, netip.MustParsePrefix(n))
	}
	return out
}
