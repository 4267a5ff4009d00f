package customer

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// user returns the user part of a SIP or tel URI, or s itself.
func user(s string) string {
	s = strings.TrimSpace(s)
	for _, scheme := range []string{"sips:", "sip:", "tel:"} {
		if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s = s[len(scheme):]
		}
	}
	s, _, _ = strings.Cut(s, "@")
	s, _, _ = strings.Cut(s, ";")
	return s
}

const longestNumber = 40 // characters

// Normalise returns a number in E.164 (+8613800138000), however it was written or signalled: with +, 00 or the country's
// own prefix, with the trunk's leading 0, with spaces and brackets. Numbers without a country are read as of the
// countries (ISO codes), the first in which they are valid. False for what is no subscriber's number: withheld ones,
// names, extensions, short codes.
func Normalise(s string, countries ...string) (string, bool) {
	s = user(s)
	if s == "" || len(s) > longestNumber || strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789+ ()-./\u00a0", r) }) {
		return "", false
	}
	s = strings.TrimSpace(strings.ReplaceAll(s, "\u00a0", " "))
	if rest, ok := strings.CutPrefix(s, "00"); ok { // whatever the country's own prefix is, trunks write 00
		if n, ok := valid("+"+rest, ""); ok {
			return n, true
		}
	}
	if strings.HasPrefix(s, "+") {
		return valid(s, "")
	}
	for _, c := range countries {
		c = strings.ToUpper(c)
		for _, try := range []string{s, strings.TrimLeft(s, "0")} { // 0138... of a mobile, as some trunks send it
			if n, ok := valid(try, c); ok {
				return n, true
			}
		}
	}
	if n, ok := valid("+"+s, ""); ok && len(s) > 10 { // 8613800138000
		return n, true
	}
	return "", false
}

func valid(s, country string) (string, bool) {
	n, err := phonenumbers.Parse(s, country)
	if err != nil || !phonenumbers.IsValidNumber(n) || country != "" && phonenumbers.GetRegionCodeForNumber(n) != country && !sameCode(n, country) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// sameCode is true for countries that share a code, such as the United States and Canada.
func sameCode(n *phonenumbers.PhoneNumber, country string) bool {
	return int(n.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(country)
}
