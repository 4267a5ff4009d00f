// Package written puts what is spoken out into figures, as people write it: "two hundred and fifty pounds" is £250, "the
// third of may twenty twenty six" is 3 may 2026, 百分之八 is 8%. It knows numbers, ordinals, decimals, fractions, years,
// dates, times of day, money, shares, measures, telephone numbers, references, mail and web addresses, in English and
// Chinese.
//
// How it writes: English whole numbers without separators, numbers of up to twelve and ordinals of up to ninth as words
// unless they count a unit, belong to something longer or are all that was said; times with two digits and a.m. or p.m.
// (02:30 p.m.); dates in the order they were said (july 25 2012, 25 july 2012); units by their symbols (18 km², 18.5 %),
// hours, minutes and seconds only where nothing else was said. Chinese whole numbers with separators (1,199,000) or with
// a closing 万 or 亿 (110万); single characters stay where they may be words (一下, 三个).
//
// It is a reading of the words and may err: show it beside what was heard, not in its place.
package written

import "strings"

// passes bounds how often a text is gone over, should rules ever feed each other.
const passes = 8

// Write returns text, spoken in the language lang ("en" or "zh"), with figures. Text without spoken figures comes back
// byte for byte, and so does what Write has written. A language it does not know is read as English.
func Write(text, lang string) string {
	once := writeEnglish
	if strings.HasPrefix(lang, "zh") {
		once = writeChinese
	}
	for range passes {
		next := once(text)
		if next == text {
			break
		}
		text = next
	}
	return text
}
