package redact

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Brands, medicines and famous works look like names of people to whoever has never heard of them, a model of language as well.

//go:embed data/brands.txt
var brandText string

// brands tells of each name that everybody knows whether a person may be called so, too.
var brands = sync.OnceValue(func() map[string]bool {
	out := make(map[string]bool, 1700)
	for line := range strings.SplitSeq(brandText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		name, personal := strings.CutPrefix(line, "~")
		out[name] = personal
	}
	return out
})

const (
	// mostBrand is of how many words, and mostBrandHan of how many characters the name of a brand is at most.
	mostBrand, mostBrandHan = 5, 8
)

var (
	// modelCode is what stands behind a brand: the code of a model.
	modelCode = regexp.MustCompile(`^[A-Z\d-]{0,5}\d[A-Za-z\d-]{0,5}$|^[A-Z]{1,4}$`)
	// beforeBrand and behindBrand are characters around a brand that are no part of it, behind it the code of a model.
	beforeBrand = regexp.MustCompile(`^(?:换|吃|买|用|喝|看|听|读|是|叫|那|个|在|去|开|点)`)
	behindBrand = regexp.MustCompile(`^(?:[A-Za-z\d` + "零〇一二三四五六七八九幺两" + ` -]{0,8})(?:的|那个|家|牌|店|系列|款|型|号|专柜|车){0,3}$`)
)

// branded reports whether p is the name of a brand or of somebody whom everybody knows, and nothing else. Where passwords are asked
// for it may be one, and where a person is named, a person's.
func branded(s string, p Span, sure float64, h hint) bool {
	if p.Kind == Secret || p.Kind == Email || p.Kind == Birth || p.Kind == Card || h.asks(wordSecret) {
		return false
	}
	isBrand, personal := brandIn(s[p.Start:p.End])
	if !isBrand || introduces(s, p) {
		return false
	}
	if personal {
		return sure < undoubted && !h.asks(Name) && !slices.Contains(h.echo, Name) && !personBefore.MatchString(upTo(s, p.Start)) && !writtenZH.MatchString(s[:p.Start])
	}
	return isBrand
}

// brandIn reports whether text is the name of a brand, and whether a person may be called so.
func brandIn(text string) (isBrand, personal bool) {
	if hanzi.HasHan(text) {
		if isBrand, personal = brandHan(text); isBrand {
			return true, personal
		}
		return brandHan(beforeBrand.ReplaceAllString(text, ""))
	}
	ws := strings.Fields(text)
	for i, w := range ws {
		ws[i] = strings.Trim(w, ",.!?\"“”")
	}
	for i := 0; i < len(ws); {
		n := min(mostBrand, len(ws)-i)
		for ; n > 0; n-- {
			if called, ok := brands()[plainWords(ws[i:i+n])]; ok {
				isBrand, personal = true, personal || called
				break
			}
		}
		if n == 0 {
			if !isBrand || !modelCode.MatchString(ws[i]) {
				return false, false
			}
			n = 1
		}
		i += n
	}
	return isBrand, personal
}

// plainWords are words as the table has them.
func plainWords(ws []string) string {
	low := strings.ToLower(strings.ReplaceAll(strings.Join(ws, " "), "’", "'"))
	if _, ok := brands()[low]; !ok {
		low = strings.TrimSuffix(low, "'s")
	}
	return low
}

// brandHan is brandIn for the longest brand that text, in Chinese, begins with.
func brandHan(text string) (isBrand, personal bool) {
	rs := []rune(text)
	for n := min(mostBrandHan, len(rs)); n > 1; n-- {
		if called, ok := brands()[string(rs[:n])]; ok {
			rest := string(rs[n:])
			if next, other := brandHan(rest); next {
				return true, called || other
			}
			return behindBrand.MatchString(rest), called
		}
	}
	return false, false
}
