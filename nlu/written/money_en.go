package written

import (
	"fmt"
	"strings"
)

// currency is how an amount of it is written: a sign before it, or its name after.
type currency struct{ sign, small string }

var currencies = map[string]currency{ //nolint:gochecknoglobals // a table
	"dollar": {"$", "cent"}, "buck": {"$", "cent"}, "pound": {"£", "pence"}, "quid": {"£", "pence"}, "euro": {"€", "cent"},
	"yen": {"¥", ""}, "won": {"₩", ""}, "yuan": {"", "fen"}, "renminbi": {"", "fen"}, "rupee": {"₹", "paise"},
	"franc": {"", "centime"}, "peso": {"", "cent"}, "krona": {"", ""}, "krone": {"", ""},
}

// countries may stand before the name of a currency.
var countries = map[string]string{ //nolint:gochecknoglobals // a table
	"us": "", "u s": "", "american": "", "united states": "", "british": "", "sterling": "", "japanese": "", "korean": "", "south korean": "",
	"indian": "", "australian": "A", "canadian": "C", "hong kong": "HK", "singapore": "S", "new zealand": "NZ",
}

// currencyAt reads pounds, u s dollars, hong kong dollars.
func (l line) currencyAt(k int) (sign string, c currency, end int, ok bool) {
	prefix := ""
	for n := 2; n > 0; n-- {
		name := l.at(k)
		if n == 2 {
			name += " " + l.at(k+1)
		}
		if p, ok := countries[name]; ok && l.at(k+n) != "" {
			prefix, k = p, k+n
			break
		}
	}
	w := l.at(k)
	c, ok = currencies[w]
	if !ok {
		c, ok = currencies[strings.TrimSuffix(w, "s")]
	}
	if !ok {
		return "", c, k, false
	}
	end = k + 1
	if c.sign == "£" && l.at(end) == "sterling" {
		end++
	}
	if c.sign == "" {
		return "", c, end, true
	}
	return prefix + c.sign, c, end, true
}

// moneyNumber reads a number, also one said short: one fifty five for 155.
func (l line) moneyNumber(i int) (amount, bool) {
	if h, k, ok := l.upTo99(i, i); ok && h > 0 && h < 100 {
		if v, end, ok := l.upTo99(i, k); ok && l.at(k) != "" && v >= 10 && !l.counts(end) {
			if _, _, _, ok := l.currencyAt(end); ok {
				return amount{text: fmt.Sprintf("%d%02d", h, v), end: end, whole: h*100 + v, said: end - i}, true
			}
		}
	}
	return l.amount(i)
}

func money(l line, i int) (string, int, bool) {
	a, ok := l.moneyNumber(i)
	if !ok && l.first(i) == "a" { // a pound fifty
		sign, c, end, ok := l.currencyAt(i + 1)
		cents, after, some := l.cents(end, c)
		return fmt.Sprintf("%s1.%02d", sign, cents), after, ok && some && sign != ""
	}
	if !ok {
		return "", i, false
	}
	if s, end := l.smallMoney(a); s != "" {
		return s, end, true
	}
	sign, c, end, ok := l.currencyAt(a.end)
	if !ok || a.one() && l[end-1].word == "dollars" {
		return "", i, false
	}
	if c.sign == "" || c.sign == "£" && l.at(end) == "of" { // pounds of sugar
		return a.String() + " " + l[end-1].raw, end, a.said > 1 || a.whole > 0
	}
	minus := ""
	if strings.HasPrefix(a.text, "-") {
		minus, a.text = "-", a.text[1:]
	}
	if a.whole >= 0 && a.scale == "" {
		if cents, after, ok := l.cents(end, c); ok {
			return fmt.Sprintf("%s%s%s.%02d", minus, sign, a.text, cents), after, true
		}
	}
	return minus + sign + a.String(), end, true
}

// cents reads what follows the pounds: and fifty pence, fifty pence, fifty.
func (l line) cents(k int, c currency) (int, int, bool) {
	from := l.skipAnd(k)
	v, end, ok := l.upTo99(k-1, from)
	if !ok || c.small == "" || v == 0 || l.counts(end) {
		return 0, k, false
	}
	w := l.at(end)
	if w == c.small || w == c.small+"s" || c.small == "pence" && (w == "p" || w == "penny") {
		return v, end + 1, true
	}
	// said without its unit: only a round off, never a count of what comes next
	return v, end, from == k && v >= 10 && w == ""
}

// smallMoney writes amounts below the main unit: $0.50, 50p.
func (l line) smallMoney(a amount) (string, int) {
	if a.whole < 1 || a.whole > 99 {
		return "", 0
	}
	switch w := l.at(a.end); {
	case w == "cents" && !a.one(), w == "cent" && a.one():
		return fmt.Sprintf("$0.%02d", a.whole), a.end + 1
	case w == "pence", w == "penny" && a.one():
		return fmt.Sprintf("%dp", a.whole), a.end + 1
	}
	return "", 0
}
