package quality

import (
	"math"
	"regexp"
	"strings"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// topical are the terms of a claim that say what it is about: no numbers and no units.
func topical(terms map[string]bool) map[string]bool {
	out := map[string]bool{}
	for t := range terms {
		if !unitTerm.MatchString(t) {
			out[t] = true
		}
	}
	return out
}

var unitTerm = regexp.MustCompile(`^([\d.]+.{0,3}|days?|hours?|weeks?|months?|years?|minut\w*|work|busin\w*|pounds?|euros?|dollars?|percent|cent|[元块天日周月年]|小时|工作日|个月|期限|时间)$`)

// sameThing reports whether Chinese terms speak of one thing in words of different length: 退货 and 退.
func sameThing(claim, said map[string]bool) bool {
	all, both := map[rune]bool{}, 0
	for t := range topical(claim) {
		for _, r := range t {
			if hanzi.IsHan(r) && !strings.ContainsRune(light, r) {
				all[r] = true
			}
		}
	}
	for r := range all {
		for t := range said {
			if strings.ContainsRune(t, r) {
				both++
				break
			}
		}
	}
	return both > 0 && 3*both >= len(all)
}

// light are characters that say little about what is spoken of.
const light = "的了是在有和与或及要会能可须以上下不一人大小中内外到出来去个之为无需时间"

// sumOf reports whether an amount of money is that of several facts together.
func sumOf(said []amount, facts []fact) bool {
	var all []amount
	for _, f := range facts {
		all = append(all, of(f.amount, "money")...)
	}
	for _, s := range of(said, "money") {
		for i, a := range all {
			for _, b := range all[i+1:] {
				if math.Abs(a.value+b.value-s.value) < 0.005 {
					return true
				}
			}
		}
	}
	return false
}
