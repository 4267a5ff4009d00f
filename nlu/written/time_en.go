package written

import (
	"fmt"
	"strings"
)

// clockBefore are words after which ten, eleven or twelve and a number is a time and no year.
var clockBefore = words("at by until till around before after from about to between") //nolint:gochecknoglobals // a table

// zones are the letters of zones that may follow a time, spoken one by one or as a word.
var zones = words("gmt utc bst cet est edt cst cdt mst mdt pst pdt ist jst") //nolint:gochecknoglobals // a table

// clock is a time of day.
type clock struct{ hour, minute, end int }

// clockAt reads eight, eight fifty one, eight oh six.
func (l line) clockAt(i, j int) (clock, bool) {
	h, k, ok := l.upTo99(i, j)
	if !ok || h > 24 || h > 12 && l.seq(i, j) == "twenty" && h < 20 {
		return clock{}, false
	}
	c := clock{h, -1, k}
	if w := l.at(k); w == "o" || w == "oh" {
		if v, end, ok := l.upTo99(i, k+1); ok && v > 0 && v < 10 {
			c.minute, c.end = v, end
		}
		return c, true
	}
	if v, end, ok := l.upTo99(i, k); ok && l.at(k) != "" && v >= 10 && v < 60 {
		c.minute, c.end = v, end
	}
	return c, true
}

// past reads half past three, quarter to one, ten past eleven, one minute to one.
func (l line) past(i int) (c clock, sure, ok bool) {
	minutes, k := 0, i
	if (l.first(i) == "a" || l.first(i) == "one") && l.at(i+1) == "quarter" {
		k++
	}
	switch w := l.seq(i, k); w {
	case "half":
		minutes, k = 30, k+1
	case "quarter":
		minutes, k, sure = 15, k+1, true
	default:
		minutes, k, ok = l.upTo99(i, i)
		if !ok || minutes < 1 || minutes > 59 {
			return c, false, false
		}
		if u := l.at(k); u == "min" || u == "mins" || u == "minute" || u == "minutes" {
			k, sure = k+1, true
		}
	}
	to := l.at(k) == "to" || l.at(k) == "till"
	if !to && l.at(k) != "past" || to && minutes == 30 {
		return c, false, false
	}
	h, end, ok := l.upTo99(i, k+1)
	if !ok || l.at(k+1) == "" || h < 1 || h > 12 || l.counts(end) {
		return c, false, false
	}
	if !to {
		return clock{h, minutes, end}, true, true
	}
	return clock{(h+10)%12 + 1, 60 - minutes, end}, sure, true
}

// half reads a.m. or p.m. in its spoken forms.
func (l line) half(k int) (string, int) {
	w, next := l.at(k), l.at(k+1)
	end := 0
	switch {
	case w == "am" || w == "pm":
		end = k + 1
	case (w == "a" || w == "p") && next == "m":
		end = k + 2
	default:
		return "", k
	}
	s := w[:1] + ".m."
	if strings.ToUpper(l[k].raw) == l[k].raw {
		s = strings.ToUpper(s)
	}
	return s, end
}

// zone reads g m t, or GMT.
func (l line) zone(k int) (string, int) {
	if zones[l.at(k)] {
		return l[k].raw, k + 1
	}
	s := ""
	for end := k; end < k+3 && len(l.at(end)) == 1; end++ {
		s += l[end].raw
	}
	if zones[strings.ToLower(s)] {
		return s, k + 3
	}
	return "", k
}

// markedTime writes times that say so: p m, o'clock, half past.
func markedTime(l line, i int) (string, int, bool) {
	c, sure, ok := l.past(i)
	if !ok {
		c, ok = l.clockAt(i, i)
	}
	if !ok {
		return "", i, false
	}
	k := c.end
	if w := l.at(k); c.minute < 0 || sure {
		switch {
		case w == "oclock" || w == "o'clock":
			k, sure = k+1, true
		case w == "o" && l.at(k+1) == "clock":
			k, sure = k+2, true
		}
	}
	s := fmt.Sprintf("%02d:%02d", c.hour, max(0, c.minute))
	if h, end := l.half(k); h != "" && c.hour >= 1 && c.hour <= 12 {
		s, k, sure = s+" "+h, end, true
	}
	if z, end := l.zone(k); z != "" && sure {
		s, k = s+" "+z, end
	}
	return s, k, sure
}

// labels are words after which a number is a name and no time.
var labels = words("room number flat apartment unit gate flight extension suite bus route platform channel code page chapter bay desk") //nolint:gochecknoglobals // a table

// bareTime writes an hour and minutes: eight fifty one. From ten on these are years, unless a word before says otherwise.
func bareTime(l line, i int) (string, int, bool) {
	c, ok := l.clockAt(i, i)
	late := c.hour >= 10 && c.hour <= 12 && clockBefore[l.before(i)]
	if labels[l.before(i)] || !ok || c.minute < 0 || c.hour < 1 || c.hour > 9 && !late || l.counts(c.end) || l.digitBefore(i) {
		return "", i, false
	}
	if d, _ := l.digits(c.end, i); d != "" {
		return "", i, false
	}
	return fmt.Sprintf("%02d:%02d", c.hour, c.minute), c.end, true
}

// digitBefore says that the word before i is a number too.
func (l line) digitBefore(i int) bool {
	w := l.before(i)
	_, unit := units[w]
	return unit || tens[w] > 0 || w == "o" || w == "oh" || w == "double" || w == "point" || w == "hundred"
}
