package score

import (
	"regexp"
	"strings"
)

// together are letters and figures that are written together: AB12, GSB980, UK.
var together = regexp.MustCompile(`[A-Z0-9]{2,}`)

// spelledRun is how many letters and figures on end make a text one in which something is spelled.
const spelledRun = 3

// Alike returns both texts with letters and figures apart where ref is spelled: that GSB980 was heard for "g s b nine eight
// zero" is right, and no ninety eight. Other texts come back as they are.
func Alike(m Metric, ref, hyp string) (alikeRef, alikeHyp string) {
	if m != WER || !spelled(ref) {
		return ref, hyp
	}
	return apart(ref), apart(hyp)
}

// spelled reports whether letters or figures are read out one by one in ref.
func spelled(ref string) bool {
	run, letters := 0, 0
	for _, u := range Units(WER, ref) {
		letter := len(u) == 1
		if !letter && !strings.Contains(" "+ones[:strings.Index(ones, " ten")]+" ", " "+u+" ") {
			run, letters = 0, 0
			continue
		}
		run++
		if letter {
			letters++
		}
		if run >= spelledRun && letters > 0 {
			return true
		}
	}
	return false
}

func apart(text string) string {
	return together.ReplaceAllStringFunc(text, func(m string) string { return strings.Join(strings.Split(m, ""), " ") })
}
