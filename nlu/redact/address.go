package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	spokenNumEN = `(?:` + tensEN + `(?:[ -]` + onesEN + `)?|` + onesEN + `|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|oh|hundred|and)`
	houseEN     = `(?:\d{1,5}(?:\s?[a-d]\b)?(?:[-/]\d{1,4})?|(?:` + numEN + `|` + tensEN + `)(?:[ -]` + spokenNumEN + `){0,4}(?: [a-d]\b)?)`
	streetEN    = `(?:street|st|road|rd|avenue|ave|lane|ln|drive|court|ct|boulevard|blvd|way|close|terrace|square|crescent|gardens|parkway|pkwy|highway|hwy|circle|mews|grove|walk|row|place|park|hill|quay|wharf)`
	unitEN      = `(?:flat|apartment|apt|unit|suite|room|floor|building|block|house)\.?\s*(?:number )?(?:#\s?)?(?:\d+\s?[a-z]?\b|[a-z]\b|` + spokenNumEN + `(?:[ -]` + spokenNumEN + `)?(?: [a-z]\b)?)`
	// roomZH is a house with a name and the number of a room.
	roomZH = `^\p{Han}{2,8}(?:[〇零一二三四五六七八九幺]{3,4}|\d{3,4})(?:$|[，,。！!\s])`
	unitZH = `(?:号楼|号院|号|弄|栋|幢|座|单元|楼|层|室|房|门)`
)

var (
	addressEN = words(`\b(?:` + unitEN + `[,\s]+)?` + houseEN + `[,]?\s+(?:(?:[\p{L}'’.]+|\d{1,3}(?:st|nd|rd|th))\s+){1,4}?` + streetEN + `\b\.?(?:\s(?:north|south|east|west|n|s|e|w)\b)?(?:,?\s*` + unitEN + `)?` +
		`(?-i:(?:,?\s+(?:(?:now\s+)?in\s+)?[A-Z][\p{L}'’]+(?:\s(?:(?:on|upon|under|by|le)\s)?[A-Z][\p{L}'’]+){0,2})*(?:,?\s*[A-Z]{2}\b)?)(?:,?\s*(?:` + postcodeEN + `|\d{5}(?:-\d{4})?\b))?`)
	// houses whose street has no word for street in its name
	unitHouse  = words(`\b` + unitEN + `[,\s]+` + houseEN + `[,]?(?-i:\s+[A-Z][\p{L}'’]+){1,3}`)
	livesHouse = words(`\b(?:address(?: is|:)|live (?:at|on)|living at|reside at|deliver(?:ed|y)? (?:it )?to|ship(?:ped)? (?:it )?to|send (?:it|them) to|moved to)\s+(?:number )?(` + houseEN + `[,]?(?-i:\s+[A-Z][\p{L}'’]+){1,3})`)
	postcode   = regexp.MustCompile(`\b(?-i:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})\b`)
	coreZH     = regexp.MustCompile(`\p{Han}(?:路|街|大道|巷|胡同|弄|道|里|村|小区|花园|新村|新城|大厦|公寓|广场|家园|苑|园|城|府|院|湾|庭|镇|乡|区)(?:东|西|南|北|中)?(?:段)?[第\s]*(?:[，,]?(?:嗯|呃|额|那个)[，,]?|[，,])?` + numHouseZH + `\s*` + unitZH)
	moreZH     = regexp.MustCompile(`^[\s,，、第]*(?:[^` + beforeZH + `\P{Han}]{0,8}?` + numHouseZH + `\s*(?:` + unitZH + `|期|座|塔|区)|[A-Za-z]\s?(?:座|塔|栋|幢|区|单元|楼)|(?:\p{Han}{2,6}(?:小区|花园|大厦|公寓|广场|家园|苑|园|新村)))`)
	lastZH     = regexp.MustCompile(`^[\s,，、]*` + numHouseZH)
	addressCue = words(`\b(?:address(?: is|:)|live (?:at|on)|living at|reside at|deliver(?:ed|y)? (?:it )?to|ship(?:ped)? (?:it )?to|send (?:it|them) to|moved to|based at|located at)\b|地址|住在|家住|寄到|送到|收货|住址|配送到|搬到`)
)

const (
	postcodeEN = `[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}\b`
	numHouseZH = `(?:[A-Za-z]?\d{1,5}[A-Za-z]?(?:[-之]\d{1,4})?|[〇零一二三四五六七八九十百两幺]{1,6}|[甲乙丙丁ABCDEFabcdef])`
)

var namedRoom = regexp.MustCompile(roomZH)

// notStreet are words that show that what looks like a street is none: "two of the way".
var notStreet = words(`\b(?:the|of|a|an|to|is|are|was|by|for|in|on|at|my|your|this|that|any|no|some|all|way|from|times?|days?|minutes?|hours?|weeks?|more|different|people|orders?|is|can|will|would|or|with|per|percent|dollars?|than|long|same|only|other|another|one|each|every|half|good|best|better|right|wrong|easy|hard|first|second|third)\b`)

// addresses finds postal addresses down to a house. asked: the other side has asked for one.
func addresses(l look, asked bool) []Span {
	out := housesEN(l)
	s := l.s
	if !l.han {
		return answeredIf(out, s, asked)
	}
	for i := 0; i < len(s); {
		m := coreZH.FindStringIndex(s[i:])
		if m == nil {
			break
		}
		start, end := leftZH(s, i+m[0]), i+m[1]
		for {
			n := moreZH.FindStringIndex(s[end:])
			if n == nil {
				break
			}
			end += n[1]
		}
		if n := namedRoom.FindStringIndex(s[end:]); n != nil {
			end = trimEnd(s, end+n[1])
		}
		if n := lastZH.FindStringIndex(s[end:]); n != nil && !unit.MatchString(s[end+n[1]:]) {
			end += n[1]
			for {
				n := moreZH.FindStringIndex(s[end:])
				if n == nil {
					break
				}
				end += n[1]
			}
		}
		out = append(out, Span{Address, start, end, MaskOf(Address)})
		i = end
	}
	return answeredIf(out, s, asked)
}

func answeredIf(out []Span, s string, asked bool) []Span {
	if asked && len(out) == 0 {
		return answered(s)
	}
	return out
}

// size behind "square" makes it no street.
var size = words(`^\s*(?:feet|foot|ft|met(?:er|re)s?|miles?|inch(?:es)?|yards?|of)\b`)

// streetWords tell a street, and those of abroadWords one abroad, or a box.
var (
	streetWords = setOf(strings.NewReplacer("(?:", "", ")", "", "|", " ").Replace(streetEN))
	abroadHas   = "rue avenue boulevard place chemin impasse allée quai cours str weg platz allee gasse ring damm ufer am im unter an calle via viale plaza piazza avenida rua corso carrer paseo box"
)

// housesEN finds addresses written in Latin letters.
func housesEN(l look) []Span {
	if len(l.words) == 0 || !l.numbers && !l.any("address live living deliver ship send moved goes going") {
		return nil
	}
	s := l.s
	var out []Span
	for _, m := range matches(addressEN, s, l.word(streetWords)) {
		if size.MatchString(s[m[1]:]) {
			continue
		}
		if loc := streetName.FindStringSubmatch(s[m[0]:m[1]]); loc != nil && notStreet.MatchString(loc[1]) {
			continue
		}
		out = append(out, Span{Address, m[0], trimEnd(s, m[1]), MaskOf(Address)})
	}
	for _, re := range abroad {
		for _, m := range matches(re, s, l.any(abroadHas)) {
			out = append(out, Span{Address, m[0], trimEnd(s, m[1]), MaskOf(Address)})
		}
	}
	for _, m := range matches(unitHouse, s, l.any("flat apartment apt unit suite room floor building block house")) {
		out = append(out, Span{Address, m[0], m[1], MaskOf(Address)})
	}
	for _, m := range livesHouse.FindAllStringSubmatchIndex(ifWorth(s, l.any("address live living reside deliver ship send moved")), -1) {
		out = append(out, Span{Address, m[2], m[3], MaskOf(Address)})
	}
	for _, m := range livesNamed.FindAllStringSubmatchIndex(ifWorth(s, l.any("address live living deliver ship send moved goes going")), -1) {
		if part := s[m[2]:m[3]]; strings.ContainsAny(part, ",0123456789") || startsHouse.MatchString(part) {
			out = append(out, Span{Address, m[2], trimEnd(s, m[3]), MaskOf(Address)})
		}
	}
	for _, m := range matches(postcodeHeard, s, l.numbers) {
		out = append(out, Span{Address, m[0], m[1], MaskOf(Address)})
	}
	for _, m := range postcode.FindAllStringIndex(s, -1) {
		out = append(out, Span{Address, m[0], m[1], MaskOf(Address)})
	}
	for i := range out {
		if out[i].Kind == Address && hasLatin(s[out[i].Start:out[i].End]) {
			out[i].Start, out[i].End = growLeft(s, out[i].Start), growRight(s, out[i].End)
		}
	}
	return out
}

var (
	// livesNamed is an address whose house or street has a name and no number in the usual place.
	livesNamed = words(`\b(?:address(?:'s| is|:)?|live (?:at|on|in)|living (?:at|on|in)|deliver(?:ed|y)? (?:it )?to|ship(?:ped)? (?:it )?to|send (?:it|them) to|goes to|going to|moved to)\s+(?:(?:still|now|just|actually|um+|uh+)\s+)*((?:[\p{L}'’\d]+[,\s]+){0,7}?(?:` + streetEN + `|cottage|farm|mill|lodge|manor|barn|rectory|forge|house|court|estate|business park|retail park)\b(?:,\s*[\p{L}'’]+(?:\s[\p{L}'’]+)?){0,3})`)
	// postcodeHeard is a British postcode read out: "D E twenty four, eight D X".
	postcodeHeard = words(`\b[a-z](?:\s[a-z])?\s(?:` + tensEN + `(?:[ -]` + onesEN + `)?|` + onesEN + `|ten|eleven|twelve|\w+teen|\d{1,2}),?\s(?:` + onesEN + `|zero|oh|\d)\s[a-z]\s[a-z]\b`)
	startsHouse   = words(`^(?:number\s+)?` + houseEN + `\b`)
)

const properEN = `\p{Lu}[\p{L}'’.\-]*`

// abroad are addresses as they are written elsewhere, and post office boxes.
var abroad = []*regexp.Regexp{
	words(`\b\d{1,4}(?:\s?(?:bis|ter))?,?\s+(?:rue|avenue|boulevard|place|chemin|impasse|allée|quai|cours)\s+(?:(?:de|du|des|la|le|les|l'|d')\s*)*(?-i:` + properEN + `)(?:[ -](?:(?:de|du|des|la)\s)?(?-i:` + properEN + `)){0,3}(?:,?\s*\d{5}(?:\s(?-i:` + properEN + `))?)?`),
	regexp.MustCompile(`(?:\p{Lu}[\p{L}\-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer)|(?:Am|An der|Im|Unter den) \p{Lu}\p{L}+(?:straße|platz|weg)?)\s+\d{1,4}\s?[a-z]?\b(?:,?\s*(?:D-)?\d{5}\s+` + properEN + `)?`),
	regexp.MustCompile(`\b(?:Calle|Via|Viale|Plaza|Piazza|Avenida|Rua|Corso|Carrer|Paseo)\s+(?:(?:de|del|la|las|los|di|da|do)\s)*` + properEN + `(?:\s` + properEN + `){0,2},?\s+(?:n\.?º?\s?)?\d{1,4}\b(?:,?\s*\d{5}\s+` + properEN + `)?`),
	words(`\b(?:p\.?\s?o\.?|post office) box (?:number )?(?:\d+|(?:` + onesEN + `|oh|zero)(?:[ -](?:` + onesEN + `|oh|zero|double))*)`),
}

var (
	leftPart  = regexp.MustCompile(`(?i:\b(?:flat|apartment|apt|unit|suite|room|floor|block|tower|house|building|number|no)\b\.?\s?[A-Za-z]?\d{0,4}[A-Za-z]?,?\s+|\b(?:\d{1,2}|G)/F,?\s+)$|(?:` + properEN + `\s){1,3}(?i:house|court|tower|building|mansions?|centre|center|plaza|cottage|lodge|gardens|heights|estate)\s?\d?,\s+$`)
	rightPart = regexp.MustCompile(`^(?:,\s*|\s+)(?:(?i:` + postcodeEN + `)|\d{5}(?:-\d{4})?\b|[A-Z]{2,3}\b(?:\s+\d{4,5}\b)?|(?i:flat|apartment|apt|unit|suite|room|floor)\.?\s#?\w{1,4}\b)|^,\s*` + properEN + `(?:\s` + properEN + `){0,2}(?:\s(?:\d{4,5}|[A-Z]{2}\s\d{5})\b)?`)
)

// correctedEN is a number that was taken back.
var correctedEN = words(`\b(?:` + houseEN + `)(?:[\s,.]+(?:no|sorry|wait|i mean|uh|um|make that|rather))+[\s,.]+$`)

// ifWorth is s, or nothing to look at.
func ifWorth(s string, worth bool) string {
	if worth {
		return s
	}
	return ""
}

// matches is what re finds, if it is worth looking.
func matches(re *regexp.Regexp, s string, worth bool) [][]int {
	if !worth {
		return nil
	}
	return re.FindAllStringIndex(s, -1)
}

func hasLatin(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x250 && unicode.IsLetter(r) })
}

// growLeft takes in the flat, the floor and the house before an address.
func growLeft(s string, i int) int {
	if k := foundBefore(correctedEN, s, i); k >= 0 {
		i = k
	}
	for range 4 {
		k := foundBefore(leftPart, s, i)
		if k < 0 {
			break
		}
		i = k
	}
	return i
}

// townHeard is a town as a recogniser writes it behind a street, where nothing else follows.
var townHeard = words(`^,?\s+(?:in\s+)?([\p{L}'’]+(?:\s[\p{L}'’]+)?)[\s.,!]*$`)

// growHeard takes in the town behind an address that ends at i in a text without capitals.
func growHeard(s string, i int) int {
	m := townHeard.FindStringSubmatchIndex(s[i:])
	if m == nil || hasCapital(s[:i]) || refusals.MatchString(s[i:]) || courtesy.MatchString(s[i:]) {
		return i
	}
	for w := range strings.FieldsSeq(strings.ToLower(s[i+m[2] : i+m[3]])) {
		if notName[w] || english[w] != "" {
			return i
		}
	}
	return i + m[3]
}

// courtesy are words behind an address that are no town.
var courtesy = words(`\b(?:please|thanks|thank|cheers|yeah|yes|okay|right|mate|love|sir|madam|too|either|again|though|tomorrow|today|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|morning|afternoon|evening|is|was|and|or|now|soon|asap|first|floor|side)\b`)

// growRight takes in the town, the state and the code behind an address.
func growRight(s string, i int) int {
	for range 4 {
		m := rightPart.FindStringIndex(s[i:])
		if m == nil {
			break
		}
		i += m[1]
	}
	return growHeard(s, trimEnd(s, i))
}

// streetName is what stands between the house number and the kind of street.
var streetName = words(`^(?:` + unitEN + `[,\s]+)?` + houseEN + `[,]?\s+(.+?)\s+` + streetEN + `\b`)

// answered is the address in the answer to a question for one: everything from its first number on, in a short turn.
func answered(s string) []Span {
	if utf8.RuneCountInString(s) > 80 {
		return nil
	}
	at := skip(s, 0)
	for i := at; i < len(s); {
		if c, ok := codeAt(s, i); ok && c.digits > 0 && (i == 0 || !wordRune(s, i)) {
			return []Span{{Address, i, len(strings.TrimRight(s, " .。!！?？,，")), MaskOf(Address)}}
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	return nil
}

func wordRune(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return unicode.IsLetter(r) && !unicode.Is(unicode.Han, r) || unicode.IsDigit(r)
}

func trimEnd(s string, end int) int { return len(strings.TrimRight(s[:end], " ,.，。")) }

// beforeZH are characters that end a Chinese address on its left.
const beforeZH = "在是到住往从去给我你他她您的了叫于就址寄送和跟把有来"

// leftZH extends an address that begins at i to the left, over the city and the district.
func leftZH(s string, i int) int {
	for n := 0; i > 0 && n < 20; n++ {
		r, w := utf8.DecodeLastRuneInString(s[:i])
		if !unicode.Is(unicode.Han, r) || strings.ContainsRune(beforeZH, r) {
			break
		}
		i -= w
	}
	return i
}
