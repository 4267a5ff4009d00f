package tts

import (
	"strconv"
	"strings"
	"sync"
)

// chineseRules returns the rewriting rules of Mandarin in the order in which they apply.
var chineseRules = sync.OnceValue(func() []rule { //nolint:gochecknoglobals // compiled once, read only
	var rules []rule
	for _, part := range [][]rule{addressRules("艾特", "点", "斜杠", "杠"), chinesePhones(), chineseDates(), chineseRatios(), chineseTimes(), chineseMoney(), chineseNumbers(), chineseSigns()} {
		rules = append(rules, part...)
	}
	return rules
})

// hanWords are what may stand before a number that is said digit by digit.
const hanWords = `(尾号|热线|电话|手机号?|座机|拨打?|致电|编号|单号|验证码|密码|代码|邮编|工号|房间号?|账号|卡号|分机号?|QQ|微信号?|客服|输入|回复)`

func chinesePhones() []rule {
	return []rule{
		always(`\+\s?(\d{1,3})[ -]?(1\d{2})[ -]?(\d{4})[ -]?(\d{4})\b`, func(m []string) string {
			return "加" + hanSpell(m[1], false) + "，" + hanGroups(m[2:])
		}),
		on(`(^|[^\d-])(1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})($|[^\d-])`, func(m []string) (string, bool) { return m[1] + hanGroups(m[2:5]) + m[5], true }),
		on(`(^|[^\d-])((?:\(0\d{2,3}\)|0\d{2,3}|[48]00)[ -]?\d{3,4}[ -]?\d{3,4}(?:-\d{1,4})?)($|[^\d-])`, func(m []string) (string, bool) {
			g := groups(m[2])
			if len(g) == 1 {
				g = []string{m[2][:3], m[2][3:6], m[2][6:]}
			}
			return m[1] + hanGroups(g) + m[3], true
		}),
		on(`\b\d{3,4}(?:[ -]\d{3,4}){2,4}\b`, func(m []string) (string, bool) { return hanGroups(groups(m[0])), true }),
		on(hanWords+`(为|是|：|:|\s|请按|请拨|号码)?(?:[:：]\s*)?(\d{3,})`, func(m []string) (string, bool) {
			return m[1] + m[2] + hanSpell(m[3], true), true
		}),
		on(`\b(1[01]\d|12\d{3}|95\d{3}|100\d{2}|96\d{3,4})(热线|客服|电话)`, func(m []string) (string, bool) { return hanSpell(m[1], true) + m[2], true }),
		on(`\b(12[13]\d{2}|95\d{3}|1008\d|10010|10000号)\b`, func(m []string) (string, bool) { return hanSpell(m[1], true), true }),
	}
}

func hanDate(y, m, d string) (string, bool) {
	mi, err := strconv.Atoi(m)
	di, err2 := strconv.Atoi(d)
	if err != nil || err2 != nil || mi < 1 || mi > 12 || di < 1 || di > 31 {
		return "", false
	}
	return hanSpell(y, false) + "年" + hanNumber(m) + "月" + hanNumber(d) + "日", true
}

func chineseDates() []rule {
	return []rule{
		always(`((?:周|星期|礼拜)[一二三四五六日天末])\s?[-~—–]+\s?((?:(?:周|星期|礼拜)?[一二三四五六日天末])(?:[^\pL\d]|$)|(?:周|星期|礼拜)[一二三四五六日天末])`, func(m []string) string { return m[1] + "到" + m[2] }),
		always(`([日号年月])\s?[-~]\s?(\d+)`, func(m []string) string { return m[1] + "到" + m[2] }),
		on(`\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})日?`, func(m []string) (string, bool) { return hanDate(m[1], m[2], m[3]) }),
		always(`(\d{4})\s?[-~至到]\s?(\d{4})\s?年`, func(m []string) string { return hanSpell(m[1], false) + "到" + hanSpell(m[2], false) + "年" }),
		always(`(\d{4}|\d{2})\s?年(代|度|级|后|[^\d]|\s?\d{1,2}\s?月|$)`, func(m []string) string {
			if len(m[1]) == 2 && !strings.HasSuffix(m[2], "月") && m[2] != "后" && m[2] != "级" {
				return hanNumber(m[1]) + "年" + m[2]
			}
			return hanSpell(m[1], false) + "年" + m[2]
		}),
		always(`(\d{1,2})\s?月\s?(\d{1,2})\s?[-~至到]\s?(?:(\d{1,2})\s?月\s?)?(\d{1,2})\s?([日号])`, func(m []string) string {
			s := hanNumber(m[1]) + "月" + hanNumber(m[2]) + m[5] + "到"
			if m[3] != "" {
				s += hanNumber(m[3]) + "月"
			}
			return s + hanNumber(m[4]) + m[5]
		}),
		always(`(\d{1,2})\s?月\s?(\d{1,2})\s?([日号])`, func(m []string) string { return hanNumber(m[1]) + "月" + hanNumber(m[2]) + m[3] }),
		always(`(\d{1,2})\s?[-~至到]\s?(\d{1,2})\s?(月|号)`, func(m []string) string { return hanNumber(m[1]) + "到" + hanNumber(m[2]) + m[3] }),
		always(`(\d{1,2})\s?(月份|月|号|日)`, func(m []string) string { return hanNumber(m[1]) + m[2] }),
	}
}

func hanClock(h, min string) string {
	s := hanNumber(h)
	if strings.TrimLeft(h, "0") == "2" {
		s = "两"
	}
	s += "点"
	switch {
	case min == "00":
	case min == "30":
		s += "半"
	case min[0] == '0':
		s += "零" + hanDigit(min[1]) + "分"
	default:
		s += hanNumber(min) + "分"
	}
	return s
}

func chineseTimes() []rule {
	return []rule{
		on(`\b(\d{1,2})[:：]([0-5]\d)(?:[:：]\d{2})?(?:\s?[-~至到—]+\s?(\d{1,2})[:：]([0-5]\d)(?:[:：]\d{2})?)?`, func(m []string) (string, bool) {
			if h, _ := strconv.Atoi(m[1]); h > 24 {
				return "", false
			}
			s := hanClock(m[1], m[2])
			if m[3] != "" {
				s += "到" + hanClock(m[3], m[4])
			}
			return s, true
		}),
		always(`(\d{1,2})\s?点(\d{1,2})\s?分`, func(m []string) string {
			if len(m[2]) == 1 {
				m[2] = "0" + m[2]
			}
			return strings.Replace(hanClock(m[1], m[2]), "半", "三十分", 1)
		}),
		always(`(\d{1,2})\s?[-~至到]\s?(\d{1,2})\s?点`, func(m []string) string { return hanCount(m[1]) + "到" + hanCount(m[2]) + "点" }),
		always(`\b(\d{1,2})\s?点`, func(m []string) string { return hanCount(m[1]) + "点" }),
		always(`\b7\s?[x×*X]\s?24\s?(?:小时)?`, func([]string) string { return "七乘二十四小时" }),
	}
}

func hanCurrency(s string) string {
	switch s {
	case "$", "US$", "USD", "美金":
		return "美元"
	case "€", "EUR":
		return "欧元"
	case "£", "GBP":
		return "英镑"
	case "HK$", "HKD":
		return "港元"
	case "JPY":
		return "日元"
	}
	return "元"
}

func chineseMoney() []rule {
	const signs = `(US\$|HK\$|[$€£¥]|USD|EUR|GBP|HKD|JPY|CNY|RMB)`
	const big = `([百千万亿]+)?`
	amount := func(n, scale, unit string) string {
		if scale == "" && n != "2" && !strings.Contains(n, ".") {
			return hanNumber(n) + unit
		}
		return hanCount(trimCents(n)) + scale + unit
	}
	return []rule{
		always(signs+`\s?(`+numberRE+`)\s?[-~至到]\s?(?:`+signs+`\s?)?(`+numberRE+`)(?:元|块)?`, func(m []string) string {
			return hanDecimal(m[2]) + "到" + hanDecimal(m[4]) + hanCurrency(m[1])
		}),
		always(`(-)?`+signs+`\s?(`+numberRE+`)`+big+`(?:元|块钱|块)?`, func(m []string) string {
			return hanSign(m[1]) + amount(m[3], m[4], hanCurrency(m[2]))
		}),
		always(`(`+numberRE+`)`+big+`\s?(USD|EUR|GBP|HKD|JPY|CNY|RMB)\b`, func(m []string) string { return amount(m[1], m[2], hanCurrency(m[3])) }),
		always(`(`+numberRE+`)\s?(元|块|美元|欧元|英镑|港元|港币|日元)`, func(m []string) string { return amount(m[1], "", m[2]) }),
	}
}

// trimCents takes .00 off an amount.
func trimCents(s string) string {
	if w, f, ok := strings.Cut(s, "."); ok && strings.Trim(f, "0") == "" {
		return w
	}
	return s
}

func hanSign(s string) string {
	switch s {
	case "-":
		return "负"
	case "+":
		return "加"
	}
	return ""
}

// hanUnit returns the Chinese name of a unit of measure.
func hanUnit(s string) string {
	return map[string]string{
		"km": "公里", "m": "米", "cm": "厘米", "mm": "毫米", "kg": "公斤", "KG": "公斤", "Kg": "公斤", "g": "克", "mg": "毫克", "t": "吨", "L": "升", "l": "升", "ml": "毫升", "mL": "毫升", "ML": "毫升",
		"KB": "K B", "MB": "兆", "GB": "G B", "TB": "T B", "Mbps": "兆每秒", "Hz": "赫兹", "kHz": "千赫", "MHz": "兆赫", "GHz": "吉赫", "W": "瓦", "w": "瓦", "kW": "千瓦", "kWh": "度", "V": "伏", "mAh": "毫安时",
		"h": "小时", "min": "分钟", "s": "秒", "ms": "毫秒", "°C": "摄氏度", "°F": "华氏度", "°": "度", "m^2": "平方米", "m^3": "立方米", "km/h": "公里每小时", "%": "%",
	}[s]
}

const hanUnitRE = `(km/h|km|cm|mm|m\^2|m\^3|kg|KG|Kg|mg|mL|ml|ML|KB|MB|GB|TB|Mbps|kHz|MHz|GHz|Hz|kWh|kW|mAh|min|ms|°C|°F|°|[mgtLlWwVhs])`
