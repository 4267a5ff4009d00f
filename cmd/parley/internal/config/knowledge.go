package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"time"
)

// Knowledge configures where knowledge comes from.
type Knowledge struct {
	Watch []WatchFolder `yaml:"watch" doc:"Folders whose files are imported when they change: all of them, or none when a row is not right."`
	Look  time.Duration `yaml:"look" doc:"How often the folders are looked at."`
	Fetch FetchPages    `yaml:"fetch" doc:"Pages that are imported by their addresses."`
}

// WatchFolder is a folder whose files are imported when they change.
type WatchFolder struct {
	Folder string   `yaml:"folder" doc:"Folder; those below it are not looked at."`
	Base   string   `yaml:"base" doc:"Base its files are imported into."`
	Most   *float64 `yaml:"most" doc:"Share of the base's entries, 0..1, that may change at once; more waits for a person on the page of the knowledge. Default 0.2."`
}

// FetchPages bounds what addresses may lead to.
type FetchPages struct {
	Networks []string `yaml:"networks" doc:"Networks inside your own that may be reached (CIDR). Private, loopback and metadata addresses are refused otherwise."`
	Hosts    []string `yaml:"hosts" doc:"The only hosts that may be asked; empty: every public one."`
}

// mostChanged is the default of WatchFolder.Most.
const mostChanged = 0.2

var basePattern = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$`)

func (c *Config) validateKnowledge() []error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	k := c.Knowledge
	for _, n := range k.Fetch.Networks {
		if _, err := netip.ParsePrefix(n); err != nil {
			bad("knowledge.fetch.networks: %q is not a network such as 10.0.0.0/8", n)
		}
	}
	if k.Look < time.Second {
		bad("knowledge.look: %s is less than 1s", k.Look)
	}
	for i, w := range k.Watch {
		at := fmt.Sprintf("knowledge.watch[%d]", i)
		if w.Folder == "" {
			bad("%s.folder: name a folder", at)
		}
		if !basePattern.MatchString(w.Base) {
			bad("%s.base: %q is no name of letters, digits, dots, dashes and underscores", at, w.Base)
		}
		if w.Most != nil && (*w.Most < 0 || *w.Most > 1) {
			bad("%s.most: %v is not within 0..1", at, *w.Most)
		}
	}
	return errs
}

// Share is how much may change at once.
func (w WatchFolder) Share() float64 {
	if w.Most == nil {
		return mostChanged
	}
	return *w.Most
}
