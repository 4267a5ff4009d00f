package redact

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// Behind words that say where somebody is or where something goes, everything is the address as long as it is made of what
// addresses are made of: numbers, names, kinds of streets and houses. Verbs and words that tie sentences end it.

var (
	whereEN = words(`\b(?:(?:my|our|the|his|her|their) (?:new |old |home |billing |delivery |shipping |postal |mailing |current |full |work |office |street )*address(?: is| was|'s|:| should be| would be| on file is| has changed to| changed to)|address(?: is|'s|:)|(?:i|we|he|she|they)(?:'m| am|'re| are|'s| is)? (?:now |still |currently |just )*(?:at|live at|live on|live in|living at|living on|based at|staying at|based in)|(?:live|lives|lived|living|reside|resides|residing|staying|based|located|situated) (?:at|on)|` +
		`(?:deliver(?:ed|y|ing)?|ship(?:ped|ping)?|send|sent|post(?:ed)?|mail(?:ed)?|courier|drop|bring|forward(?:ed)?|redirect(?:ed)?|moved|moving|move|come|collect(?:ed)?|pick(?:ed)? up|goes|going|go|delivery is|parcel is|package is)(?: (?:it|them|this|that|the (?:parcel|package|order|card|letter|engineer|driver|post|mail)|off|out|round|over|everything|me))* (?:to|at|from)|(?:house|flat|property|place|home|office|shop|meter|delivery address|billing address|collection)(?:'s| is)? (?:at|on)|first line(?: of (?:the|my) address)?(?:'s| is)?|new place(?:'s| is)?(?: at)?)\s+`)
	// placeLike are words of addresses beside the kinds of streets.
	placeLike = setOf(`flat apartment apt unit suite room floor building block house cottage farm mill lodge manor barn rectory forge vicarage priory abbey hall villa villas studio tower towers mansions heights estate industrial business retail trading science park court mews yard wharf quay dock docks harbour bay gardens green common heath meadow meadows fields wood woods valley vale bridge station bridge
		end old new upper lower great little north south east west northeast northwest southeast southwest saint st mount number box po p o street road rd avenue ave lane ln drive dr close terrace square crescent parkway highway circle grove walk row place hill way boulevard blvd parade rise view broadway embankment promenade gate path alley passage plaza centre center corner cross county town village postcode zip`)
	// hardEN ends an address: a number or a street must have been named before
	streetLike = words(`\b(?:` + streetEN + `|cottage|farm|mill|lodge|manor|barn|rectory|forge|house|court|estate|flat|apartment|unit|suite|block|box|villas?|mansions?|towers?|parade|rise|boulevard|broadway|mews|yard)\b`)
)

// places finds addresses in Latin letters behind words that lead to one. back: the speaker, or the other side, has asked for one.
func places(l look, back bool) []Span {
	if len(l.words) == 0 || !back && !l.any("address live living reside stay based locat situat deliver ship send sent post mail courier drop bring forward redirect mov com collect pick go parcel package at on line place") {
		return nil
	}
	s := l.s
	var out []Span
	if back {
		for _, m := range givesPlace.FindAllStringIndex(s, -1) {
			if end := placeEnd(s, m[1]); end > 0 {
				out = append(out, Span{Address, m[1], end, MaskOf(Address)})
			}
		}
	}
	for _, m := range beforePostcode.FindAllStringIndex(s, -1) {
		out = append(out, Span{Address, m[0], m[1], MaskOf(Address)})
	}
	for _, m := range whereEN.FindAllStringIndex(s, -1) {
		if end := placeEnd(s, m[1]); end > 0 {
			out = append(out, Span{Address, m[1], end, MaskOf(Address)})
		}
	}
	return out
}

var (
	// givesPlace is what stands before an address that was asked for, or is read back.
	givesPlace = words(`^(?:(?:yes|yeah|so|okay|right|sure|um+|uh+|well|it's|that's|that is|it is|is it|is that|at|the)[\s,.:]+)*|\b(?:that's|it's|is it|is that|got|have)\s+`)
	// beforePostcode is a house with what stands between it and its postcode.
	beforePostcode = regexp.MustCompile(`\b\d{1,4}[A-Za-z]?,? (?:[A-Z][\p{L}'’]+[ ,]{1,2}){1,7}[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b`)
)

// placeEnd is the end of the address at i, 0 when there is none.
func placeEnd(s string, i int) int {
	end, proper, figures := i, 0, 0
	for at := i; at < len(s); {
		r, n := utf8.DecodeRuneInString(s[at:])
		switch {
		case unicode.IsSpace(r) || strings.ContainsRune(",-/'’#", r):
			at += n
			continue
		case r == '.' && at+1 < len(s) && s[at+1] == ' ' && at-i > 1 && abbreviated.MatchString(s[i:at]):
			at += n
			continue
		case hanzi.IsHan(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			return placeOf(s, i, end, proper, figures)
		}
		w := latinPiece.FindString(s[at:])
		low := strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"))
		_, d := classOf(low)
		switch {
		case english[low] != "" || d > 0 || times[low] > 0 || low == "hundred":
			figures++
		case placeLike[low] || streetWords[low] || len(low) == 1 && low != "i" || dateToken.MatchString(low):
		case low == "the" || low == "of" || low == "and" || low == "in" || low == "on" || low == "um" || low == "uh" || low == "upon" || low == "just" || low == "by" || low == "off":
			at += len(w)
			continue
		case content(low) && !courtesy.MatchString(low) && !refusals.MatchString(low):
			proper++
		default:
			return placeOf(s, i, end, proper, figures)
		}
		at += len(w)
		end = at
	}
	return placeOf(s, i, end, proper, figures)
}

var abbreviated = words(`\b(?:st|rd|ave|apt|no|dr|ln)$`)

// placeOf is end if s[i:end] is an address down to a house.
func placeOf(s string, i, end, proper, figures int) int {
	text := s[i:end]
	street := streetLike.MatchString(text)
	switch {
	case len(strings.Fields(text)) < 2 || len(strings.Fields(text)) > lineMost || unit.MatchString(s[end:]) && !street:
		return 0
	case size.MatchString(s[end:]):
		return 0
	case figures > 0 && street && proper > 0, figures > 0 && proper > 0 && startsHouse.MatchString(text), street && proper > 0 && strings.Contains(text, ","):
		return end
	case figures > 0 && street && namedHouse.MatchString(text):
		return end
	}
	return 0
}

// namedHouse is a house told by numbers and kinds alone: "number nine, the crescent".
var namedHouse = words(`\bthe (?:` + streetEN + `|mews|green|parade|cottage|lodge|barn|mill|forge)\b`)

var (
	whereZH = regexp.MustCompile(`(?:地址|住址|家庭住址|收货地址|户籍|户口|籍贯)(?:就|应该|还|现在)?(?:是在|是|在|为|写的?是?|填的?是?|改成|改为|改到|换成|：|:)?|(?:我|我们|我家|家|人|他|她|现在|目前)?(?:还|就|都|现在)?(?:住在?|搬到了?|搬去了?|搬进了?)|(?:寄|送|发|邮|快递|派送|配送|退|换|派|上门|送货|派人|安装|改送|改寄|转寄)(?:到|去|给|往|至|在)|家在|家住|位于|公司在|单位在|店在|房子在|装在|安装在`)
	// placeHan are characters that addresses are made of beside names and numbers.
	placeHan = regexp.MustCompile(`省|市|区|县|镇|乡|村|屯|组|路|街|道|巷|弄|里|胡同|号|栋|幢|座|楼|层|室|房|单元|门|苑|园|庭|府|城|湾|庄|坊|阁|轩|邸|郡|小区|花园|大厦|公寓|广场|新村|社区|家属院|宿舍|中心|学校|大学|医院|期|院`)
	numberZH = regexp.MustCompile(`[〇零一二三四五六七八九十百两幺\d]+|[A-Za-z]`)
	endZH    = regexp.MustCompile(`[，,。！!？?；;]|的|了|吗|呢|吧|可以|能|行不行|就行|就好|怎么|麻烦|谢谢|有没有|是不是|要|需要|多少|多久|什么|为什么|但|因为|已经|还没|没有|不|这个|那个|收件|电话|手机|联系|姓名|邮编|进门|我`)
)

// placesZH finds Chinese addresses behind words that lead to one, which have no street in them or several names.
func placesZH(l look) []Span {
	if !l.han || !l.any("址 住 搬 寄 送 发 邮 递 退 换 派 上门 装 家在 位于 司在 位在 店在 子在 户") {
		return nil
	}
	s := l.s
	var out []Span
	for _, m := range whereZH.FindAllStringIndex(s, -1) {
		at := m[1]
		for at < len(s) && strings.ContainsRune(" ，,：:", firstRune(s[at:])) {
			at += utf8.RuneLen(firstRune(s[at:]))
		}
		end := len(s)
		if k := endZH.FindStringIndex(s[at:]); k != nil {
			end = at + k[0]
		}
		text := s[at:end]
		if placedHan(text) {
			out = append(out, Span{Address, at, len(strings.TrimRight(s[:end], " ")), MaskOf(Address)})
		}
	}
	return out
}

// houseHan is a house or a flat by its number, and roomHan the number of a room at the end.
var (
	houseHan = regexp.MustCompile(numHouseZH + `\s*` + `(?:号楼|号院|号|弄|栋|幢|座|单元|楼|层|室|房|门|组|院|塔)`)
	roomHan  = regexp.MustCompile(`[〇零一二三四五六七八九幺\d]{3,4}$`)
)

// placedHan reports whether s is an address down to a house.
func placedHan(s string) bool {
	n := utf8.RuneCountInString(s)
	parts := len(placeHan.FindAllString(s, -1))
	figures := 0
	for _, f := range numberZH.FindAllString(s, -1) {
		figures += utf8.RuneCountInString(f)
	}
	return n >= 5 && n <= 60 && (houseHan.MatchString(s) && (parts >= 2 || figures >= 3) || parts >= 1 && roomHan.MatchString(s))
}
