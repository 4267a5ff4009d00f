package written

import (
	"strings"
	"unicode/utf8"
)

// topLevels end an address that has neither www nor single letters in it.
var topLevels = words("com org net edu gov io ai co uk de fr eu info biz cn us ie ca au app dev tv jp nl ch at es it nz hk sg shop online") //nolint:gochecknoglobals // a table

// notLocal are words that stand before an address and are not part of it.
var notLocal = words("is it's its to at on the my your his her our their and or email address e-mail of as for with me it's from that this via use reach contact look looked looking find found available work works working us me saw seen shop shopping bought order ordered website") //nolint:gochecknoglobals // a table

// signs are spoken signs inside an address.
var signs = map[string]string{ //nolint:gochecknoglobals // a table
	"dot": ".", "dash": "-", "hyphen": "-", "underscore": "_", "slash": "/",
}

// longest bounds how much one part of an address or a reference may be said with.
const longest = 64

// atom reads one part of an address between signs: letters and digits said one by one, then perhaps a word (g mail).
func (l line) atom(i, k int, joinWord bool) (string, int) {
	var b strings.Builder
	for from := k; k-from < longest; {
		w := l.seq(i, k)
		if d, end := l.digits(k, i); d != "" && w != "o" {
			b.WriteString(d)
			k = end
			continue
		}
		if utf8.RuneCountInString(w) == 1 {
			b.WriteString(l[k].raw)
			k++
			continue
		}
		if w == "" || signs[w] != "" || w == "at" || w == "colon" || notLocal[w] {
			return b.String(), k
		}
		if b.Len() == 0 || joinWord && (signs[l.at(k+1)] != "" || l.at(k+1) == "at") {
			b.WriteString(l[k].raw)
			k++
			if d, end := l.digits(k, i); d != "" && w != "com" {
				b.WriteString(d)
				k = end
			}
		}
		return b.String(), k
	}
	return b.String(), k
}

// chain reads atoms parted by signs; dots is how many of these are dots, and last the last atom.
func (l line) chain(i, k int, slash, joinWord bool) (s, last string, dots, end int) {
	var b strings.Builder
	a, end := l.atom(i, k, joinWord)
	if a == "" {
		return "", "", 0, k
	}
	b.WriteString(a)
	last = a
	for range longest {
		sign := signs[l.at(end)]
		if sign == "" || sign == "/" && !slash {
			return b.String(), last, dots, end
		}
		a, after := l.atom(i, end+1, sign != "." && joinWord)
		if a == "" || l.at(end+1) == "" {
			return b.String(), last, dots, end
		}
		if sign == "." {
			dots++
		}
		b.WriteString(sign + a)
		last, end = a, after
	}
	return b.String(), last, dots, end
}

// electronic writes mail and web addresses.
func electronic(l line, i int) (string, int, bool) {
	if w := l.first(i); signs[w] != "" || w == "at" || notLocal[w] {
		return "", i, false
	}
	if s, end, ok := l.scheme(i); ok {
		return s, end, true
	}
	local, _, _, k := l.chain(i, i, false, true)
	if local != "" && l.at(k) == "at" {
		domain, _, dots, end := l.chain(k, k+1, false, true)
		if l.at(k+1) != "" && dots > 0 && strings.ContainsFunc(domain, isLetter) {
			return local + "@" + domain, end, true
		}
	}
	s, last, dots, end := l.chain(i, i, true, true)
	if dots == 0 || !strings.ContainsFunc(s, isLetter) {
		return "", i, false
	}
	host, _, _ := strings.Cut(s, "/")
	top := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	spelled := utf8.RuneCountInString(l.at(end-1)) == 1 && len(last) > 0
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "www."); ok && rest != "" {
		return "www." + s[len("www."):], end, true
	}
	return s, end, topLevels[top] || spelled && len(top) > 1
}

// scheme reads h t t p colon slash slash and what follows.
func (l line) scheme(i int) (string, int, bool) {
	var b strings.Builder
	k := i
	for k < i+5 && (utf8.RuneCountInString(l.seq(i, k)) == 1 || k == i && strings.HasPrefix(l.first(i), "http")) {
		b.WriteString(l.seq(i, k))
		k++
		if b.String() == "https" || b.String() == "http" && l.at(k) != "s" {
			break
		}
	}
	if s := b.String(); s != "http" && s != "https" {
		return "", i, false
	}
	k, ok := l.says(k, "colon slash slash")
	if !ok {
		return "", i, false
	}
	s, _, dots, end := l.chain(k-1, k, true, true)
	return b.String() + "://" + s, end, dots > 0
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f }
