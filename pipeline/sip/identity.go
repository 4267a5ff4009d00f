package sip

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"github.com/parley-voice/parley/pipeline/call"
)

// Trust says what of a trunk's word about a call is taken: who calls (RFC 3325) and whom they called first. Without it only From
// tells who calls, which anybody may write.
type Trust struct {
	Networks  []netip.Prefix // where its calls come from
	Registrar string         // Server of a registration whose hosts are the trunk's besides; "": none
	Main      []string       // numbers in From that stand for all of the trunk: what it asserts tells who calls
	Withheld  bool           // also tell a number that is not to be shown, as Invite.Withheld
	Diverted  bool           // tell whom the caller called first, as Invite.Diversion
}

// trust is what is taken of a host's word, nil: nothing.
func (s *Server) trust(ip netip.Addr) *Trust {
	for i, t := range s.cfg.Trust {
		if slices.ContainsFunc(t.Networks, func(p netip.Prefix) bool { return p.Contains(ip) }) {
			return &s.cfg.Trust[i]
		}
		s.mu.Lock()
		registrars := slices.Clone(s.registrars)
		s.mu.Unlock()
		if t.Registrar != "" && slices.ContainsFunc(registrars, func(g *registrar) bool { return g.r.Server == t.Registrar && g.at(ip) }) {
			return &s.cfg.Trust[i]
		}
	}
	return nil
}

// identify completes who calls. What a caller wants to keep private is never in From (RFC 3323), whoever sends the call.
func (s *Server) identify(req *sip.Request, inv *Invite) {
	t := s.trust(sourceIP(req.Source()))
	private := withholds(req)
	hides := call.Nameless(inv.From) || strings.HasSuffix(strings.ToLower(req.From().Address.Host), "anonymous.invalid")
	who := claim{user: inv.From, name: inv.FromName, private: private || hides}
	if hides || t != nil && slices.Contains(t.Main, inv.From) {
		if a := t.asserted(req, private); a.user != "" {
			who = a
		}
	}
	if who.user != "" && call.Nameless(who.user) { // one word for it is known everywhere
		who.user = call.Anonymous
	}
	inv.From, inv.FromName = who.user, who.name
	switch {
	case who.private && !call.Nameless(who.user):
		inv.From, inv.FromName = call.Anonymous, ""
		if t != nil && t.Withheld {
			inv.Withheld = who.user
		}
	case private:
		inv.FromName = ""
	}
	if t != nil && t.Diverted {
		inv.Diversion = firstCalled(req)
	}
}

// fromUser is the user or number in From.
func fromUser(req *sip.Request) string {
	if from := req.From(); !strings.EqualFold(from.Address.Scheme, "tel") {
		return plainUser(from.Address.User, false)
	}
	user, _, _ := party(req.From().Value())
	return user
}

// claim is who calls by one header.
type claim struct {
	user, name string
	private    bool
}

// withholds tells whether a caller wants not to be shown (RFC 3323, section 4.2; RFC 3325, section 9.3).
func withholds(req *sip.Request) bool {
	for _, h := range req.GetHeaders("Privacy") {
		for v := range strings.FieldsFuncSeq(h.Value(), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			if v = strings.ToLower(v); v == "id" || v == "user" || v == "full" {
				return true
			}
		}
	}
	return false
}

// asserted is who calls by the word of a trunk: its P-Asserted-Identity, or the Remote-Party-ID of those before RFC 3325. Of several
// the first with a number counts. The zero value means that it says nothing, as nobody does whose word is not taken.
func (t *Trust) asserted(req *sip.Request, private bool) (found claim) {
	if t == nil {
		return claim{}
	}
	for _, v := range values(req, "P-Asserted-Identity") {
		user, name, _ := party(v)
		switch {
		case numeric(user):
			return claim{user, name, private}
		case found.user == "" && !call.Nameless(user):
			found = claim{user, name, private}
		}
	}
	if found.user != "" {
		return found
	}
	for _, v := range values(req, "Remote-Party-ID") {
		user, name, params := party(v)
		if p := params["party"]; p != "" && p != "calling" || params["screen"] == "no" || call.Nameless(user) {
			continue
		}
		p := params["privacy"]
		if p == "name" {
			name = ""
		}
		return claim{user, name, private || strings.HasPrefix(p, "full") || strings.HasPrefix(p, "uri") || strings.HasPrefix(p, "id")}
	}
	return claim{}
}

// firstCalled is whom the caller called before the call was diverted, "" when it was not: the last Diversion (RFC 5806, section
// 4.2.1), or the first entry of the History-Info (RFC 7044).
func firstCalled(req *sip.Request) string {
	if all := values(req, "Diversion"); len(all) > 0 {
		user, _, _ := party(all[len(all)-1])
		return user
	}
	if all := values(req, "History-Info"); len(all) > 1 {
		if user, _, params := party(all[0]); params["index"] == "1" {
			return user
		}
	}
	return ""
}

// party reads the value of a header that names somebody: the user or number of its URI, the name shown, and the parameters in small
// letters.
func party(value string) (user, name string, params map[string]string) {
	uri, rest := value, ""
	if before, after, ok := cutQuoted(value, '<'); ok {
		name = strings.TrimSpace(before)
		uri, rest, _ = strings.Cut(after, ">")
	} else {
		uri, rest, _ = strings.Cut(value, ";")
	}
	if len(name) > 1 && name[0] == '"' && name[len(name)-1] == '"' {
		name = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(name[1 : len(name)-1])
	}
	params = map[string]string{}
	for p := range strings.SplitSeq(rest, ";") {
		if k, v, _ := strings.Cut(p, "="); strings.TrimSpace(k) != "" {
			params[strings.ToLower(strings.TrimSpace(k))] = strings.ToLower(strings.Trim(strings.TrimSpace(v), `"`))
		}
	}
	scheme, rest, ok := strings.Cut(strings.TrimSpace(uri), ":")
	switch scheme = strings.ToLower(scheme); {
	case !ok || scheme != "sip" && scheme != "sips" && scheme != "tel":
		return "", name, params
	case scheme != "tel":
		if rest, _, ok = strings.Cut(rest, "@"); !ok { // a host alone
			return "", name, params
		}
	}
	return plainUser(rest, scheme == "tel"), shown(name), params
}

// plainUser is the user or number alone that stands in a URI: without the parameters that networks and PBXs put behind a number
// (;npdi, ;tgrp=, ;phone-context=), without escapes, and without what only makes a number easier to read.
func plainUser(user string, number bool) string {
	user, _, _ = strings.Cut(user, ";")
	user, _, _ = strings.Cut(user, ":") // a password
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	if number || numeric(user) {
		user = strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(user) // RFC 3966, section 3
	}
	return shown(user)
}

// cutQuoted is strings.Cut at a sign that is not between quotes.
func cutQuoted(s string, sign byte) (before, after string, found bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == sign && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// numeric tells whether a user is a number.
func numeric(user string) bool {
	digits := strings.TrimLeft(user, "+")
	return digits != "" && strings.Trim(digits, "0123456789-.()") == "" && strings.ContainsAny(digits, "0123456789")
}
