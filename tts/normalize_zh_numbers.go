package tts

import "strings"

// measures are the words behind which 2 is 两.
const measures = `个|件|次|天|周|年|小时|分钟|秒|张|双|条|台|部|箱|盒|瓶|包|袋|位|名|人|家|种|款|套|份|笔|倍|折|级|层|星期|月内|岁|米|公里|公斤|斤|升|吨|克|毫升|厘米|元|块|美元|万|亿|千|百|点|度|步|页|只|本|支|根|组|批|轮|遍|工作日|个工作日|自然日|期`

func chineseNumbers() []rule {
	return []rule{
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
		word(`\s?&\s?`, "和"), word(`\s?@\s?`, "艾特"), word(`\s?\+\s?`, "加"), word(`%`, "百分号"), word(`°`, "度"), word(`~`, "到"),
		word(`\$`, "美元"), word(`€`, "欧元"), word(`£`, "英镑"), word(`[_#^=¥×]`, " "),
		always(`(\p{Han})\s?/\s?(\p{Han})`, func(m []string) string { return m[1] + "或" + m[2] }),
		word(`/`, " "),
	}
}
