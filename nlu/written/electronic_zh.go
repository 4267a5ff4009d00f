package written

import (
	"strings"
	"unicode"
)

// signsZh are spoken signs inside an address; longer names come first.
var signsZh = []struct{ name, sign string }{ //nolint:gochecknoglobals // a table
	{"下划线", "_"}, {"减号", "-"}, {"横杠", "-"}, {"横线", "-"}, {"中杠", "-"}, {"斜杠", "/"}, {"点", "."}, {"點", "."},
}

// skip is the next character from i on that is no space.
func (c chars) skip(i int) int {
	for c.at(i) == ' ' {
		i++
	}
	return i
}

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// atom reads the Latin letters and digits from i on, said one by one or as words; Chinese digits become digits.
func (c chars) atom(i int) (string, int) {
	var b strings.Builder
	end := i
	for k := i; k-i < longest; k = c.skip(end) {
		r := c.at(k)
		switch {
		case isDigitZh(r):
			b.WriteString(digitsZh(string(r)))
		case isLatin(r) || unicode.IsDigit(r) && r < 0x80:
			if b.Len() > 0 && c.hasAny(k, "at ") != "" && c.at(k-1) == ' ' {
				return b.String(), end
			}
			b.WriteRune(r)
		default:
			return b.String(), end
		}
		end = k + 1
	}
	return b.String(), end
}

// chain reads atoms parted by signs; the last atom and the number of dots come with it.
func (c chars) chain(i int) (s, last string, dots, end int) {
	last, end = c.atom(i)
	s = last
	for range longest {
		k, sign, after := c.skip(end), "", 0
		for _, x := range signsZh {
			if c.has(k, x.name) {
				sign, after = x.sign, c.skip(k+len([]rune(x.name)))
				break
			}
		}
		next, stop := c.atom(after)
		if last == "" || sign == "" || next == "" {
			break
		}
		if sign == "." {
			dots++
		}
		s, last, end = s+sign+next, next, stop
	}
	return s, last, dots, end
}

// electronicZh writes mail and web addresses: abc 幺二三 艾特 qq 点 com, www 点 example 点 cn.
func electronicZh(c chars, i int) (string, int, bool) {
	if prev := c.at(i - 1); isLatin(prev) || unicode.IsDigit(prev) || prev != 0 && strings.ContainsRune("@._-/", prev) {
		return "", i, false
	}
	if r := c.at(i); !isDigitZh(r) && !isLatin(r) && (r > 0x7f || !unicode.IsDigit(r)) {
		return "", i, false
	}
	s, last, dots, end := c.chain(i)
	if s == "" {
		return "", i, false
	}
	k := c.skip(end)
	if at := c.hasAny(k, "艾特", "at ", "@"); at != "" {
		domain, top, dots, stop := c.chain(c.skip(k + len([]rune(at))))
		if dots > 0 && strings.ContainsFunc(top, isLatin) {
			return s + "@" + domain, stop, true
		}
	}
	host, _, _ := strings.Cut(strings.ToLower(s), "/")
	top := host[strings.LastIndexByte(host, '.')+1:]
	known := top == "com" || top == "cn" || top == "net" || top == "org" || strings.HasPrefix(host, "www.")
	return s, end, dots > 0 && known && strings.ContainsFunc(last, isLatin)
}
