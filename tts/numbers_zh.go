package tts

import "strings"

const hanDigits = "零一二三四五六七八九"

func hanDigit(c byte) string { return string([]rune(hanDigits)[c-'0']) }

// hanSpell says digit after digit, with short rests in a long run; in telephone and other long numbers 1 is 幺.
func hanSpell(s string, yao bool) string {
	var b strings.Builder
	for i, part := range chunks(s) {
		if i > 0 {
			b.WriteString("，")
		}
		for _, c := range []byte(part) {
			if c == '1' && yao {
				b.WriteString("幺")
			} else {
				b.WriteString(hanDigit(c))
			}
		}
	}
	return b.String()
}

// hanNumber says a string of digits as a number: 10 is 十, 2000 两千, 20500 两万零五百. Longer than 16 digits it is
// said digit by digit.
func hanNumber(s string) string {
	s = strings.TrimLeft(onlyDigits(s), "0")
	if s == "" {
		return "零"
	}
	if len(s) > 16 {
		return hanSpell(s, false)
	}
	units := []string{"", "万", "亿", "万亿"}
	var b strings.Builder
	gap := false
	for n := (len(s) + 3) / 4; n > 0; n-- {
		cut := len(s) - 4*(n-1)
		group := s[:cut]
		s = s[cut:]
		if strings.Trim(group, "0") == "" {
			gap = true
			continue
		}
		if b.Len() > 0 && (gap || group[0] == '0') {
			b.WriteString("零")
		}
		said := hanGroup(strings.TrimLeft(group, "0"), b.Len() == 0)
		if said == "二" && n > 1 {
			said = "两"
		}
		b.WriteString(said + units[n-1])
		gap = false
	}
	return b.String()
}

// hanGroup says up to four digits of which the first is not 0; first tells that nothing was said before.
func hanGroup(s string, first bool) string {
	units := []string{"", "十", "百", "千"}
	var b strings.Builder
	zero := false
	for i := range len(s) {
		unit := len(s) - 1 - i
		if s[i] == '0' {
			zero = true
			continue
		}
		if zero {
			b.WriteString("零")
			zero = false
		}
		switch {
		case s[i] == '1' && unit == 1 && i == 0 && first:
		case s[i] == '2' && unit >= 2:
			b.WriteString("两")
		default:
			b.WriteString(hanDigit(s[i]))
		}
		b.WriteString(units[unit])
	}
	return b.String()
}

// hanDecimal says a number such as 1,299.50.
func hanDecimal(s string) string {
	whole, frac, ok := strings.Cut(s, ".")
	if !ok || frac == "" {
		return hanNumber(whole)
	}
	return hanNumber(whole) + "点" + hanSpell(frac, false)
}

// hanCount says a number in front of a measure word: 2 is 两.
func hanCount(s string) string {
	if s == "2" {
		return "两"
	}
	return hanDecimal(s)
}

// hanGroups says groups of digits with a short rest between them.
func hanGroups(groups []string) string {
	said := make([]string, len(groups))
	for i, g := range groups {
		said[i] = hanSpell(g, true)
	}
	return strings.Join(said, "，")
}

// hanPlain says a number nothing else is known of.
func hanPlain(s string) string {
	if strings.ContainsAny(s, ".,") {
		return hanDecimal(s)
	}
	if len(s) > 1 && s[0] == '0' || len(s) >= 7 && !strings.HasSuffix(s, "000") || len(s) >= 5 && !strings.HasSuffix(s, "00") {
		return hanSpell(s, true)
	}
	return hanNumber(s)
}
