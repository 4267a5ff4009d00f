package transcribe

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/call"
)

// naming reads what the names of recordings say about the calls; nil reads nothing.
type naming struct {
	pattern *regexp.Regexp
	zone    *time.Location // of times that do not name theirs
}

// said is what the name of a recording says. What it does not say is empty.
type said struct {
	agent, caller string
	at            time.Time
}

// namingOf reads a pattern whose groups are named agent, caller and at, or some of these. Times are of zone, nil for UTC.
func namingOf(pattern string, zone *time.Location) (*naming, error) {
	if pattern == "" {
		return nil, nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, cli.Usagef("--named: %w", err)
	}
	known := []string{"agent", "caller", "at"}
	groups := slices.DeleteFunc(slices.Clone(re.SubexpNames()), func(n string) bool { return n == "" })
	odd := slices.ContainsFunc(groups, func(n string) bool { return !slices.Contains(known, n) })
	if len(groups) == 0 || odd {
		return nil, cli.Usagef("--named: name its groups agent, caller and at, or some of these: 'AGENT_(?P<agent>[^_]+)_DT(?P<at>[0-9T-]+)'")
	}
	return &naming{re, cmp.Or(zone, time.UTC)}, nil
}

// of reads the name of a recording; false for one that the pattern does not fit. A time without a zone is of that of n.
func (n *naming) of(path string) (said, bool, error) {
	var s said
	if n == nil {
		return s, true, nil
	}
	m := n.pattern.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return s, false, nil
	}
	for i, name := range n.pattern.SubexpNames() {
		text := strings.TrimSpace(m[i])
		switch {
		case text == "":
		case name == "agent":
			s.agent = text
		case name == "caller":
			s.caller = text
		case name == "at":
			at, err := moment(text, n.zone)
			if err != nil {
				return s, false, err
			}
			s.at = at
		}
	}
	return s, true, nil
}

// named is what the name of a recording says, and the agent it names.
func (k *keeper) named(ctx context.Context, path string, f *file) (said, call.Part, error) {
	name, ok, err := k.naming.of(path)
	if err != nil {
		return name, call.Part{}, err
	}
	if !ok {
		f.Warnings = append(f.Warnings, path+": its name does not fit --named: it is kept with the time of the file and without an agent")
	}
	who, err := k.person(ctx, name.agent)
	return name, who, err
}

// person is the agent that a name stands for: who has this login, or alone has this name, or else the name itself. A name that
// two people have is neither's, since who had a call may see it.
func (k *keeper) person(ctx context.Context, name string) (call.Part, error) {
	p := call.Part{Action: "joined", ID: name, Name: name, Role: "agent"}
	if name == "" {
		return p, nil
	}
	all, err := k.st.People().Accounts(ctx)
	if err != nil {
		return p, err
	}
	fits := func(of func(access.Account) string) []access.Account {
		return slices.DeleteFunc(slices.Clone(all), func(a access.Account) bool { return !strings.EqualFold(of(a), name) })
	}
	who := fits(func(a access.Account) string { return a.Login })
	if len(who) == 0 {
		who = fits(func(a access.Account) string { return a.Name })
	}
	if len(who) == 1 {
		p.ID, p.Name = who[0].ID, cmp.Or(who[0].Name, who[0].Login)
	}
	return p, nil
}

// moment reads year, month, day, hour, minute and second from the digits of a text, whatever stands between them; the time of
// the day, or its seconds, may be missing. It is of zone, or of UTC with a Z at the end.
func moment(text string, zone *time.Location) (time.Time, error) {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
	if strings.HasSuffix(text, "Z") {
		zone = time.UTC
	}
	layouts := map[int]string{8: "20060102", 12: "200601021504", 14: "20060102150405"}
	t, err := time.ParseInLocation(layouts[len(digits)], digits, zone)
	if layouts[len(digits)] == "" || err != nil {
		return t, fmt.Errorf("the time %q in its name is no day such as 20260131, with or without hour, minute and second", text)
	}
	return t, nil
}
