package tts

import "strings"

// measures are the words behind which 2 is 两.
const measures = `个|件|次|天|周|年|小时|分钟|秒|张|双|条|台|部|箱|盒|瓶|包|袋|位|名|人|家|种|款|套|份|笔|倍|折|级|层|星期|月内|岁|米|公里|公斤|斤|升|吨|克|毫升|厘米|元|块|美元|万|亿|千|百|点|度|步|页|只|本|支|根|组|批|轮|遍|工作日|个工作日|自然日|期`

// chineseRatios say ratios that the words beside them tell from times.
func chineseRatios() []rule {
	const before = `比例尺?|比率|比值|之比|[生女重积量价高]比|配比|占比|比分|赔率|汇率|杠杆|兑换|稀释|勾兑|混合|调配|配置`
	const link = `(?:[约大按照以达到为是了的\s]|:|：)*`
	const after = `的?\s?(?:比例|比率|配比|杠杆|兑换|换算|折算|稀释|勾兑|混合|调配|配置|缩放|溶液|模型)`
	const ratio = `(\d{1,3})\s?[:：]\s?(\d{1,3})`
	const day = `([午上晨晚早夜日号天]\s?)?` // the time of which it is
	say := func(m []string) (string, bool) {
		return m[1] + hanNumber(m[3]) + "比" + hanNumber(m[4]) + m[5], m[2] == ""
	}
	return []rule{
		on(`((?:`+before+`)`+link+`)`+day+ratio+`()\b`, say),
		on(`()`+day+ratio+`(`+after+`)`, say),
		on(`([按以照]\s?)`+day+ratio+`([来去进行给您你可以能就]{0,4}[兑换算配])`, say),
		on(`\b\d{1,3}(?:\s?[:：]\s?\d{1,3}){2,}\b`, func(m []string) (string, bool) {
			parts := groups(m[0])
			for _, p := range parts[1:] {
				if len(p) != 2 || p > "59" { // as of no time of day
					for i, p := range parts {
						parts[i] = hanNumber(p)
					}
					return strings.Join(parts, "比"), true
				}
			}
			return "", false
		}),
	}
}

func chineseNumbers() []rule {
	return []rule{
		always(`(\d{1,3})\s?h\s?(\d{1,2})\s?(?:min|m)([^A-Za-z0-9]|$)`, func(m []string) string { return hanCount(m[1]) + "小时" + hanCount(m[2]) + "分钟" + m[3] }),
		always(`(\d{1,3})\s?(?:min|m)\s?(\d{1,2})\s?s([^A-Za-z0-9]|$)`, func(m []string) string { return hanCount(m[1]) + "分" + hanCount(m[2]) + "秒" + m[3] }),
		always(`\b(`+numberRE+`)\s?`+hanUnitRE+`?\s?[-~—–至到]\s?(`+numberRE+`)\s?`+hanUnitRE+`([^A-Za-z0-9]|$)`, func(m []string) string {
			first := hanCount(m[1])
			if m[2] != "" && m[2] != m[4] {
				first += hanUnit(m[2])
			}
			return first + "到" + hanCount(m[3]) + hanUnit(m[4]) + m[5]
		}),
		always(`(`+numberRE+`)\s*%?\s*[-~至到]\s*(`+numberRE+`)\s*%`, func(m []string) string { return "百分之" + hanDecimal(m[1]) + "到百分之" + hanDecimal(m[2]) }),
		always(`(?:(^|[^\w])([-+]))?(`+numberRE+`)\s*%`, func(m []string) string { return m[1] + hanSign(m[2]) + "百分之" + hanDecimal(m[3]) }),
		always(`(?:(^|[^\w])(-))?(`+numberRE+`)\s?`+hanUnitRE+`([^A-Za-z0-9]|$)`, func(m []string) string {
			return m[1] + hanSign(m[2]) + hanCount(m[3]) + hanUnit(m[4]) + m[5]
		}),
		always(`第\s?(\d+)\s?[-~至到]\s?(\d+)`, func(m []string) string { return "第" + hanNumber(m[1]) + "到" + hanNumber(m[2]) }),
		always(`第\s?(\d+)`, func(m []string) string { return "第" + hanNumber(m[1]) }),
		always(`(?i)\bNo\. ?(\d+)`, func(m []string) string { return "第" + hanNumber(m[1]) }),
		on(`\b(\d{1,2})/(\d{1,3})\b`, func(m []string) (string, bool) {
			if strings.Trim(m[2], "0") == "" {
				return "", false
			}
			return hanNumber(m[2]) + "分之" + hanNumber(m[1]), true
		}),
		always(`\b(`+numberRE+`)\s?(?:-|~|—|–|至|到)\s?(`+numberRE+`)`, func(m []string) string { return hanCount(m[1]) + "到" + hanRangeEnd(m[2]) }),
		always(`(\d+(?:\.\d+){2,})`, func(m []string) string {
			var parts []string
			for _, p := range groups(m[1]) {
				parts = append(parts, hanNumber(p))
			}
			return strings.Join(parts, "点")
		}),
		always(`\b(\d{1,3})\s?[:：]\s?(\d{1,3})\b`, func(m []string) string { return hanNumber(m[1]) + "比" + hanNumber(m[2]) }),
		always(`(\d+)\s?[x×X*]\s?(\d+)`, func(m []string) string { return hanNumber(m[1]) + "乘" + hanNumber(m[2]) }),
		always(`(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(`+measures+`)`, func(m []string) string { return hanCount(m[1]) + m[2] }),
		always(`(^|[^\w])-(`+numberRE+`)`, func(m []string) string { return m[1] + "负" + hanDecimal(m[2]) }),
		always(`([A-Za-z])-?(\d+)|(\d+)-?([A-Za-z])`, func(m []string) string { // A4, 5G
			if m[1] != "" {
				return m[1] + hanPlain(m[2])
			}
			return hanPlain(m[3]) + m[4]
		}),
		always(numberRE, func(m []string) string { return hanPlain(m[0]) }),
		always(`\d`, func(m []string) string { return hanDigit(m[0][0]) }),
	}
}

// hanRangeEnd says the second number of a range, in front of a measure word or not.
func hanRangeEnd(s string) string { return hanDecimal(s) }

func chineseSigns() []rule {
	word := func(pattern, said string) rule { return always(pattern, func([]string) string { return said }) }
	return []rule{
		word(`\bAPP\b`, "A P P"), word(`(?i)\bWi-?Fi\b`, "WiFi"),
		word(`\s?&\s?`, "和"), word(`\s?@\s?`, "艾特"), word(`\s?\+\s?`, "加"), word(`%`, "百分号"), word(`°`, "度"), always(`([亲哦呢呀啦吧哈嘛啊噢喔的哟])~+`, func(m []string) string { return m[1] + "，" }), word(`~+(?:\s|$)`, " "), always(`~+([，。！？；：【])`, func(m []string) string { return m[1] }), word(`~`, "到"),
		word(`\$`, "美元"), word(`€`, "欧元"), word(`£`, "英镑"), word(`[_#^=¥×]`, " "),
		always(`(\p{Han})\s?/\s?(\p{Han})`, func(m []string) string { return m[1] + "或" + m[2] }),
		word(`/`, " "),
	}
}
