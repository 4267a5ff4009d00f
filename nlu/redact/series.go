package redact

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Digits and letters that are read out belong to somebody unless the words around them say what harmless thing they are:
// nobody reads out an amount, a time or a count that way. A series is such a reading, with the words that stand inside:
// "L D sixty eight, uh, K X P", "four one nine, no sorry, four one six, double oh".

// series is what was read out, [start,end).
type series struct {
	start, end             int
	chars, digits, letters int
	tokens                 int
	chain                  int // the most digits and letters one by one
	noughts                int // "oh", 零 or "double" beside another digit
	ones                   int
	scaled, back, years    bool
	listed                 bool // "and" stands in it
	rising                 bool // each part is more than the one before: counting, or a list
}

// mostFill is how many words may stand between two parts of a series.
const mostFill = 4

// seriesIn finds the series of s.
func seriesIn(s string) []series {
	var out []series
	bs := beats(s)
	for i := 0; i < len(bs); i++ {
		if !reads(bs[i]) {
			continue
		}
		j, from := seriesEnd(s, bs, i), i
		for from > 1 && bs[from-1].kind == beatFill && strings.TrimSpace(s[bs[from-1].start:bs[from-1].end]) == "" && bs[from-2].kind == beatSound && bs[from-2].end-bs[from-2].start >= 3 && !strings.EqualFold(s[bs[from-2].start:bs[from-2].end], "for") {
			from -= 2
		}
		out = append(out, measure(s, bs[from:j]))
		i = j - 1
	}
	return out
}

// reads reports whether b is a part of what is read out.
func reads(b beat) bool {
	return b.kind == beatOne || b.kind == beatGroup || b.kind == beatLetter || b.kind == beatRepeat
}

// seriesEnd is behind the last beat of the series that begins with bs[i].
func seriesEnd(s string, bs []beat, i int) int {
	end, fill, digits := i+1, 0, bs[i].digits
	for j := i + 1; j < len(bs); j++ {
		b := bs[j]
		switch {
		case b.kind == beatSound && digits >= minRun && groupBehind(bs, j) >= 4: // from one number "to" another
			return end
		case reads(b):
			if weak(s, b) && !(j+1 < len(bs) && strong(s, bs, j)) {
				return end
			}
			end, fill, digits = j+1, 0, digits+b.digits
		case b.kind == beatFill || b.kind == beatBack || b.kind == beatScale || b.kind == beatSound:
			if strings.TrimSpace(s[b.start:b.end]) != "" {
				fill++
			}
			if fill > mostFill {
				return end
			}
		default:
			return end
		}
	}
	return end
}

// groupBehind is how many digits are written in one behind bs[j].
func groupBehind(bs []beat, j int) int {
	for _, b := range bs[j+1:] {
		if b.kind != beatFill {
			return b.digits
		}
	}
	return 0
}

// weak reports whether b is a letter that is a word more often.
func weak(s string, b beat) bool {
	w := strings.ToLower(s[b.start:b.end])
	return w == "a" || w == "i"
}

// strong reports whether the next word behind bs[j] is read out, too.
func strong(s string, bs []beat, j int) bool {
	for _, b := range bs[j+1:] {
		if b.kind == beatFill && strings.TrimSpace(s[b.start:b.end]) == "" {
			continue
		}
		return reads(b) && !weak(s, b)
	}
	return false
}

// measure counts what is in a series. Its first beat is read out, and so is its last.
func measure(s string, bs []beat) series {
	r := series{start: bs[0].start, end: bs[len(bs)-1].end, years: true, rising: true}
	chain, value := 0, -1
	var last beat // the one that was read out before
	for k, b := range bs {
		w := s[b.start:b.end]
		switch b.kind {
		case beatScale:
			r.scaled, chain = true, 0
			continue
		case beatBack:
			r.back = true
			continue
		case beatSound:
			if (chain > 0 || last.end == 0) && k+2 < len(bs) && last.kind != beatGroup {
				r.chars, r.digits, chain = r.chars+1, r.digits+1, chain+1
			}
			continue
		case beatFill:
			r.listed = r.listed || strings.EqualFold(w, "and")
			continue
		}
		r.years = r.years && b.kind == beatGroup && b.digits == 4 && (strings.HasPrefix(w, "19") || strings.HasPrefix(w, "20"))
		if b.kind == beatOne && last.kind == beatGroup && isTens(s[last.start:last.end]) && strings.Trim(s[last.end:b.start], " -") == "" && !b.zero {
			value += valueOf(w) // "forty two"
			last = b
			continue
		}
		r.chars, r.digits, r.tokens = r.chars+b.chars, r.digits+b.digits, r.tokens+1
		switch b.kind {
		case beatLetter:
			r.letters++
			chain++
		case beatGroup:
			chain = 0
		default:
			chain += max(1, b.chars)
			r.ones++
		}
		if b.zero && len(bs) > 1 {
			r.noughts++
		}
		r.chain = max(r.chain, chain)
		v := valueOf(w)
		if v <= value || value >= 0 && v < 10 && v != value+1 {
			r.rising = false
		}
		value, last = v, b
	}
	return r
}

// isTens reports whether w is "twenty" to "ninety".
func isTens(w string) bool {
	d := english[strings.ToLower(w)]
	return len(d) == 2 && d[1] == '0' && d != "10"
}

// valueOf is what a number of one word is, -1 when it is none or long.
func valueOf(w string) int {
	d := english[strings.ToLower(w)]
	if d == "" {
		d = hanDigit(firstRune(w))
	}
	if d == "" {
		d = w
	}
	n, err := strconv.Atoi(d)
	if err != nil || len(d) > 6 {
		return -1
	}
	return n
}

// private reports whether a series is somebody's. asked: the other side has just asked for something that may be one.
func (r series) private(asked bool) bool {
	least := 4
	if asked {
		least = 3
	}
	switch {
	case r.years, r.letters == r.tokens, r.rising && !asked && r.chars < 7:
		return false
	case r.scaled:
		return r.chain >= 3 && r.chars >= 7
	case r.letters > 0 && r.digits > 0:
		return r.chars >= 5 && r.digits >= 2 && r.tokens >= 3 && (r.ones >= 3 || r.letters >= 3) || asked && r.chars >= least
	case r.chain >= 4 || r.chain >= least && asked:
		return true
	case r.chars >= 5 && r.noughts > 0 && r.tokens >= 3 && r.ones >= 2:
		return true
	case r.chars >= 6 && r.back && r.ones >= 3:
		return true
	}
	return r.weak()
}

// weak reports whether a series that was not read out digit by digit is too long for anything but somebody's number.
func (r series) weak() bool {
	return !r.listed && !r.rising && (r.chars >= 7 && r.tokens >= 4 || r.chars >= 8 && r.tokens >= 3)
}

// readAtEnd is how many digits at the end of a turn are the first part of a number of which the rest is still to come.
const readAtEnd = 3

// correction takes back what was just read out.
var correction = words(`^[\s,，.。]*(?:no|sorry|wait|i mean|correction|make that|scratch that|不对|不是|错了|说错了|应该是)`)

// begun reports whether a series of s is the beginning of somebody's number. partial: the turn still goes on.
func (r series) begun(s string, partial bool) bool {
	if r.years || r.scaled || r.rising && r.tokens > 1 || r.digits < readAtEnd || r.letters > 0 {
		return false
	}
	end := ends(s, r.end)
	return end && (partial || r.digits >= 5 && r.tokens >= 2 && bare(s, r.start)) || r.chain >= readAtEnd && (end || correction.MatchString(s[r.end:]))
}

// ends reports whether nothing but punctuation follows i.
func ends(s string, i int) bool { return strings.Trim(s[i:], " .,。，…?？!！-") == "" }

// bare reports whether nothing but what leads to a value stands before i.
func bare(s string, i int) bool {
	from, _ := core(s)
	return from >= i
}

// readings finds what is read out without having been announced: the first part of a number before the second has been said.
func readings(s string, h hint) []Span {
	var out []Span
	asked := h.open || len(h.asked) > 0 || h.goesOn != ""
	for _, r := range seriesIn(s) {
		if r.chars <= h.idle || !r.private(asked) && !r.begun(s, h.partial) || harmless(s, r) {
			continue
		}
		start, end := wholeSeries(s, r)
		out = append(out, Span{Number, start, end, MaskOf(Number)})
	}
	return out
}

// Words beside a series that were a part of it before they were misheard, and keys that are pressed behind one.
var (
	soundsBefore = words(`(?:\b(?:ate|won|tree|fore|sex)\s+)+$`)
	soundsAfter  = words(`^(?:\s+(?:to|too|for|fore|ate|won|tree)\b)*\s+(?:fore|ate|won|tree)\b|^(?:\s+(?:to|too|for|fore|ate|won|tree)\b)+[\s.,!?]*$`)
	keysAfter    = words(`^[\s,，]*(?:[井警]号键?|星号键?|(?:hash|pound|star)(?: key)?\b|#|\*)`)
)

// wholeSeries is a series with what was misheard of it at both ends.
func wholeSeries(s string, r series) (start, end int) {
	start, end = r.start, r.end
	if k := foundBefore(soundsBefore, s, start); k >= 0 {
		start = k
	}
	if m := soundsAfter.FindStringIndex(s[end:]); m != nil {
		end = len(strings.TrimRight(s[:end+m[1]], " .,!?"))
	}
	for range mostSounds {
		if c, n := utf8.DecodeLastRuneInString(s[:start]); r.chars >= 5 && soundHan[c] != "" {
			start -= n
		}
		if c, n := utf8.DecodeRuneInString(s[end:]); r.chars >= 5 && soundHan[c] != "" {
			end += n
		}
	}
	if m := keysAfter.FindStringIndex(s[end:]); m != nil {
		end += m[1]
	}
	return start, end
}

// harmless reports whether the words around a series say that it is nobody's.
func harmless(s string, r series) bool {
	before, after := upTo(s, r.start), s[r.end:]
	if ofThing(s, r.start) || unit.MatchString(after) || counted.MatchString(after) || clock.MatchString(after) || about(s, r.start) || weekBefore.MatchString(before) || sayNumber.MatchString(before) || money.MatchString(before) {
		return true
	}
	if d := figuresOf(s[r.start:r.end]); publicNumber(s, d) && !keysOf.MatchString(before) {
		return true
	}
	return r.chars == 4 && (year(s[r.start:r.end]) || yearBefore.MatchString(before)) || r.chain < 4 && r.chars < minRun && timed.MatchString(before)
}

// figuresOf are the digits of what was read out.
func figuresOf(s string) string {
	var b strings.Builder
	for _, r := range runs(lex(s)) {
		b.WriteString(r.digits)
	}
	return b.String()
}

var (
	// counted is what makes digits that were read out a count, a place or a year all the same.
	counted    = regexp.MustCompile(`^(?:年|款|楼|层|路|号线|线|区|季度|级|届|代|寸|错误|医院|高铁|航班|百|千|万|版|系列|型|的?(?:股票|市值|股价|基金|指数|小游戏|网站|网|游戏))`)
	weekBefore = regexp.MustCompile(`(?:周|星期|礼拜|第|公交|地铁|型号|版本|比分|系列|(?i:fm|am)|频道|频率|调频|股票|基金|代码)$`)
	sayNumber  = words(`\b(?:number|route|bus|channel|room|gate|platform|highway|area|section|chapter|flight|train|question|version|release|windows|studio|code e|error)\s*$`)
	clock      = words(`^\s*(?:[ap]\.?m\b|o'?clock|in the (?:morning|afternoon|evening)|点|分)`)
	timed      = words(`\b(?:between|at|from|until|till|by|around|about|before|after|past|sizes?|numbers|scores?|scored|won|lost|beat)\s*$`)
	yearBefore = words(`\b(?:year|in|since)\s*$`)
	money      = words(`(?:[$£€¥￥]|\b(?:usd|eur|gbp|rmb|cny|hkd)|\b(?:costs?|paid|charged|price(?: is| was)?|worth|for only|total(?: is| was| of)?|bill (?:is|was|of)|refund of|model|version|series|type|edition|mark|size))\s*$`)
)

// Whatever its name, what somebody calls the number, the code or the key of something of his is his.
var (
	theirNumber   = words(`\b(?:my|our|his|her|their|mine|the) (?:[a-z'-]+ ){0,3}?(?:number|numbers|no\.|id|i d|identifier|reference|ref|digits)\b(?:'s)?`)
	theirNumberZH = regexp.MustCompile(`\p{Han}{1,6}(?:号码|编号|证号|卡号|编码|号)(?:就?是|为|：|:)`)
)

// anyNumber finds values behind the name of a number that no list has.
func anyNumber(l look) []Span {
	if !l.numbers {
		return nil
	}
	var out []Span
	for _, re := range []*regexp.Regexp{theirNumber, theirNumberZH} {
		if re == theirNumber && !l.any("number no. id i d ref digits") || re == theirNumberZH && !l.any("号 码") {
			continue
		}
		for _, m := range re.FindAllStringIndex(l.s, -1) {
			if phrase := l.s[m[0]:m[1]]; !notAbout.MatchString(phrase) && !notWanted.MatchString(phrase) {
				out = cue{kind: Account, min: 4}.take(out, l.s, m[1])
			}
		}
	}
	return out
}
