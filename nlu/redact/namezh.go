package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

func namesZH(s string, asked bool) []Span {
	var out []Span
	for _, m := range nameCueZH.FindAllStringIndex(s, -1) {
		out = append(out, hanAt(s, skip(s, m[1]), true)...)
	}
	for _, m := range rareNameZH.FindAllStringSubmatchIndex(s, -1) {
		if name := s[m[2]:m[3]]; !strings.ContainsAny(name, stopZH) && !refusals.MatchString(name) && len(hanzi.Segment(name)) > 1 {
			out = append(out, Span{Name, m[2], m[3], MaskOf(Name)})
		}
	}
	for _, m := range petNameZH.FindAllStringSubmatchIndex(s, -1) {
		if name := s[m[2]:m[3]]; !strings.ContainsAny(name, stopZH) {
			out = append(out, Span{Name, m[2], m[3], MaskOf(Name)})
		}
	}
	for _, m := range nameHintZH.FindAllStringIndex(s, -1) {
		out = append(out, hanAt(s, m[1], false)...)
	}
	for _, m := range familyZH.FindAllStringIndex(s, -1) {
		out = append(out, familyAt(s, m[1])...)
	}
	if from, to := core(s); asked && !refusals.MatchString(s[from:to]) && utf8.RuneCountInString(s[skip(s, 0):]) <= 12 {
		out = append(out, hanAt(s, skip(s, 0), true)...)
	}
	for _, m := range pinyinZH.FindAllStringSubmatchIndex(s, -1) {
		out = appendName(out, m[2], m[3])
	}
	for _, p := range out { // 我姓双口吕，吕念慈
		family, _ := utf8.DecodeLastRuneInString(s[p.Start:p.End])
		rest := strings.TrimPrefix(s[p.End:], "的"+string(family))
		if at := len(s) - len(strings.TrimLeft(rest, "，, 。")); strings.HasPrefix(s[at:], string(family)) && slices.Contains(surnames, string(family)) {
			out = append(out, hanAt(s, at, true)...)
		}
	}
	return append(out, addressedZH(s)...)
}

// rareNameZH is a name without a known family name where somebody says what his name is.
var rareNameZH = regexp.MustCompile(`(?:我叫|我名字叫|名字是|全名是?)(\p{Han}{2,6})(?:[，,。！!]|$)`)

// petNameZH is what somebody is called at home: it need be no name.
var petNameZH = regexp.MustCompile(`(?:小名儿?|乳名|大名)(?:就?叫|是)?(\p{Han}{2,4}?)(?:[，,。！!\s]|$)`)

// notTitled are family names that are words before a title: 和先生 is "and my husband".
const notTitled = "和于向时全应单解成师年方那有是这位叫给从同连"

// addressedZH finds people who are named with a title: 王女士, 邝师傅.
func addressedZH(s string) []Span {
	var out []Span
	for _, m := range titledZH.FindAllStringIndex(s, -1) {
		for at := m[0]; at < m[1]; at += utf8.RuneLen(firstRune(s[at:])) {
			k := slices.IndexFunc(surnames, func(n string) bool { return strings.HasPrefix(s[at:m[1]], n) })
			if k < 0 || strings.Contains(notTitled, surnames[k]) {
				continue
			}
			given := s[at+len(surnames[k]) : m[1]]
			if given == "" {
				continue
			}
			if t := titleZH.FindString(given); t == given || utf8.RuneCountInString(given) <= 4 && !strings.ContainsAny(given, stopTitled) && titleZH.MatchString(given[len(given)-len("先生"):]) {
				out = append(out, Span{Name, at, m[1], MaskOf(Name)})
				break
			}
		}
	}
	return out
}

// stopTitled are characters that no given name before a title has.
const stopTitled = "的了是在我你他您这那位个和跟与找叫给让请问说"

// isSurname reports whether s is a family name and nothing else, told by its parts perhaps: 顾, 弓长张, 木子李.
func isSurname(s string) bool {
	if slices.Contains(surnames, s) {
		return true
	}
	return utf8.RuneCountInString(s) == 3 && slices.Contains(surnames, string([]rune(s)[2])) && strings.ContainsAny(s[:3], "弓木立耳双古言口草三人文走山长")
}

// madeOf are family names that are told by their parts.
var madeOf = regexp.MustCompile(`^(?:弓长张|木子李|西贝贾|立早章|耳东陈|双口吕|古月胡|言午许|口天吴|草头黄|三横一?竖?王|三画王|双木林|人可何|走肖赵|文刀刘|卯金刀刘|干勾于|禾呈程|木土杜|双人徐|美女姜|十口叶|水工江|木易杨|言身寸谢|马字?旁?冯|两点水冯|大口方向|草字头蒋|草头蒋|草字头黄|单人旁何|单人付|竹字头管|古文字尚|女良娘|木交校|羊字头姜|日成晟|山今岑|提手旁)`)

// hanAt reads a Chinese name at i. Without a sure cue the name must end where the clause does, or have a title behind it,
// and not be a word.
func hanAt(s string, i int, sure bool) []Span {
	rest := s[i:]
	if m := madeOf.FindString(rest); sure && m != "" {
		name := Span{Name, i, i + len(m), MaskOf(Name)}
		if sp := hanAt(s, i+len(m), true); sp != nil { // 弓长张张伟
			name.End = sp[0].End
		} else if sp := hanAt(s, i+len(m)-len("张"), true); sp != nil && sp[0].End > i+len(m) {
			name.End = sp[0].End
		}
		return []Span{name}
	}
	k := slices.IndexFunc(surnames, func(n string) bool { return strings.HasPrefix(rest, n) })
	if k < 0 {
		return nil
	}
	family := surnames[k]
	if sure && andWhat.MatchString(rest) {
		return nil
	}
	if !sure && strings.Contains(notTitled, family) {
		return nil
	}
	var ends []int
	at := len(family)
	for range 2 {
		r, n := utf8.DecodeRuneInString(rest[at:])
		if !unicode.Is(unicode.Han, r) || strings.ContainsRune(stopZH, r) {
			break
		}
		at += n
		ends = append(ends, at)
	}
	if len(ends) == 0 {
		if len(family) > len("王") && (at == len(rest) || strings.ContainsRune("，,。的啊呀！", firstRune(rest[at:]))) { // 我是欧阳
			return []Span{{Name, i, i + at, MaskOf(Name)}}
		}
		return nil
	}
	end := ends[len(ends)-1]
	closed := func(e int) bool {
		if e == len(rest) || titleZH.MatchString(rest[e:]) || closesZH.MatchString(rest[e:]) {
			return true
		}
		r, _ := utf8.DecodeRuneInString(rest[e:])
		return !unicode.Is(unicode.Han, r) || strings.ContainsRune("的，。啊呀吧呢呃嗯哦诶", r)
	}
	if !closed(end) && len(ends) == 2 && closed(ends[0]) {
		end = ends[0]
	}
	name := rest[:end]
	if !sure && (!closed(end) || len(hanzi.Segment(name)) == 1 || len(family) > 3 && len(ends) == 0) {
		return nil
	}
	if sure && !closed(end) && len(hanzi.Segment(name)) == 1 {
		return nil
	}
	return []Span{{Name, i, i + end, MaskOf(Name)}}
}

// andWhat is what else is asked for beside a name: 姓名和电话.
var andWhat = regexp.MustCompile(`^和(?:出生|生日|电话|手机|身份|地址|住址|卡号?|证件|号码|联系|邮箱|密码|年龄|您|你)`)

// closesZH is what a clause ends with behind a name, and a number that was read out behind one.
var closesZH = regexp.MustCompile(`^(?:就行|就好|就可以|就是|即可|本人|收|[〇零一二三四五六七八九幺]{3}|号码|电话|手机)`)

// familyAt is the family name at i, after which the clause ends, and the whole name when that follows.
func familyAt(s string, i int) []Span {
	rest := s[i:]
	if m := madeOf.FindString(rest); m != "" {
		return []Span{{Name, i, i + len(m), MaskOf(Name)}}
	}
	k := slices.IndexFunc(surnames, func(n string) bool { return strings.HasPrefix(rest, n) })
	if k < 0 {
		return nil
	}
	end := len(surnames[k])
	if r, _ := utf8.DecodeRuneInString(rest[end:]); end < len(rest) && unicode.Is(unicode.Han, r) && !titleZH.MatchString(rest[end:]) && !strings.ContainsRune("的啊呀吧", r) {
		return nil
	}
	out := []Span{{Name, i, i + end, MaskOf(Name)}}
	if at := i + end; strings.HasPrefix(strings.TrimLeft(s[at:], "，, "), rest[:end]) { // 我姓顾，顾晓棠
		at += len(s[at:]) - len(strings.TrimLeft(s[at:], "，, "))
		out = append(out, hanAt(s, at, true)...)
	}
	return out
}
