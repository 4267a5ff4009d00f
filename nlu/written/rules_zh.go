package written

import (
	"fmt"
	"strconv"
	"strings"
)

// ruleZh reads what begins at character i; it returns the text to write and the character after it, or false.
type ruleZh func(c chars, i int) (string, int, bool)

var chinese = []ruleZh{ //nolint:gochecknoglobals // a table
	electronicZh, fractionZh, eraZh, dateZh, timeZh, moneyZh, ordinalZh, measureZh, digitsRunZh, numberZh,
}

func writeChinese(text string) string {
	c := chars(text)
	if string(c) != text {
		return text // not valid UTF-8
	}
	var b strings.Builder
next:
	for i := 0; i < len(c); {
		for _, r := range chinese {
			if s, j, ok := r(c, i); ok && j > i {
				b.WriteString(s)
				i = j
				continue next
			}
		}
		// a run of numerals that no rule understood stays whole
		for end := max(i+1, c.run(i)); i < end; i++ {
			b.WriteRune(c[i])
		}
	}
	return b.String()
}

// fractionZh writes 百分之八 as 8%, 千分之五 as 5‰, 三分之二 as 2/3, 一又三分之一 as 1又1/3.
func fractionZh(c chars, i int) (string, int, bool) {
	if of := c.hasAny(i, "百分之", "千分之"); of != "" {
		if c.at(i+3) == '百' && of == "百分之" {
			return "100%", i + 4, true
		}
		n, ok := c.number(i + 3)
		return n.String() + map[string]string{"百分之": "%", "千分之": "‰"}[of], n.end, ok
	}
	mixed := ""
	below, ok := c.whole(i)
	if ok && c.at(below.end) == '又' {
		mixed = below.String() + "又"
		below, ok = c.whole(below.end + 1)
	}
	if !ok || below.digits || !c.has(below.end, "分之") {
		return "", i, false
	}
	above, ok := c.whole(below.end + 2)
	return mixed + above.String() + "/" + below.String(), above.end, ok
}

// eraZh writes 纪元 before a year as 公元.
func eraZh(c chars, i int) (string, int, bool) {
	if c.hasAny(i, "纪元", "紀元") == "" {
		return "", i, false
	}
	k, s := i+2, "公元"
	if c.at(k) == '前' {
		k, s = k+1, s+"前"
	}
	end := c.digitEnd(k)
	return s, k, end > k && c.at(end) == '年'
}

// dateZh writes years, months and days: 二零二六年五月三号.
func dateZh(c chars, i int) (string, int, bool) {
	var b strings.Builder
	k := i
	if n, ok := c.whole(k); ok && c.at(n.end) == '年' && n.digits && (n.size == 4 || n.size == 2 && c.run(n.end+1) > n.end+1 || n.size == 3) {
		b.WriteString(n.text + "年")
		k = n.end + 1
	}
	month := false
	if n, ok := c.whole(k); ok && c.at(n.end) == '月' && n.value >= 1 && n.value <= 12 && c[k] != '两' && c[k] != '兩' {
		b.WriteString(n.text + "月")
		k, month = n.end+1, true
	}
	if n, ok := c.whole(k); ok && strings.ContainsRune("日号號", c.at(n.end)) && n.value >= 1 && n.value <= 31 &&
		(month || n.value >= 10 || c.at(n.end) != '日') && c.at(n.end+1) != '码' && c.at(n.end+1) != '碼' {
		b.WriteString(n.text + string(c.at(n.end)))
		k = n.end + 1
	}
	return b.String(), k, k > i
}

// dayParts may stand before a time.
var dayParts = []string{"上午", "下午", "早上", "晚上", "中午", "凌晨", "傍晚", "今晚", "明早", "夜里", "半夜"} //nolint:gochecknoglobals // a table

// timeZh writes times of day: 五点五分 as 05:05, 五点半 as 5点半.
func timeZh(c chars, i int) (string, int, bool) {
	h, ok := c.whole(i)
	if !ok || h.value < 0 || h.value > 24 || !isPoint(c.at(h.end)) || h.scale != "" {
		return "", i, false
	}
	k := h.end + 1
	point := string(c[h.end])
	if c.at(k) == '半' {
		return h.text + point + "半", k + 1, true
	}
	if end := c.digitEnd(k); end > k && c.decimal(k, end) {
		return "", i, false
	}
	m, ok := c.whole(k)
	if !ok {
		marked := c.hasAny(k, "钟", "鐘", "整") != ""
		for _, p := range dayParts {
			marked = marked || i >= 2 && c.has(i-2, p)
		}
		return h.text + point, k, marked || h.value != 1
	}
	if c.at(m.end) == '刻' && m.value >= 1 && m.value <= 3 {
		return h.text + point + m.text + "刻", m.end + 1, true
	}
	if m.digits && len(m.text) == 2 && m.text[0] == '0' { // 零五
		m.value = int64(m.text[1] - '0')
	}
	minute := c.at(m.end) == '分' && c.at(m.end+1) != '之' && c.at(m.end+1) != '钟'
	if !minute && m.size == 1 { // 三点一起
		return h.text + point, k, h.value != 1
	}
	if m.value < 0 || m.value > 59 || !minute && m.value < 10 {
		return "", i, false
	}
	s := fmt.Sprintf("%02d:%02d", h.value, m.value)
	if !minute {
		return s, m.end, true
	}
	if sec, ok := c.whole(m.end + 1); ok && c.at(sec.end) == '秒' && sec.value >= 0 && sec.value < 60 {
		return s + fmt.Sprintf(":%02d", sec.value), sec.end + 1, true
	}
	return s, m.end + 1, true
}

// currenciesZh are written before the amount; longer names come first.
var currenciesZh = []struct{ name, sign string }{ //nolint:gochecknoglobals // a table
	{"印度卢比", "₹"}, {"印度卢布", "₹"}, {"元人民币", "¥"}, {"澳大利亚元", "A$"}, {"新加坡元", "S$"}, {"美元", "US$"}, {"美金", "US$"}, {"欧元", "€"},
	{"歐元", "€"}, {"英镑", "£"}, {"英鎊", "£"}, {"日元", "JPY¥"}, {"日圆", "JPY¥"}, {"韩元", "₩"}, {"韓元", "₩"}, {"港元", "HK$"}, {"港币", "HK$"},
	{"港幣", "HK$"}, {"澳元", "A$"}, {"加元", "C$"}, {"卢比", "₹"}, {"人民币", "¥"}, {"元钱", "¥"}, {"块钱", "¥"}, {"塊錢", "¥"}, {"元", "¥"},
	{"块", "¥"}, {"塊", "¥"},
}

func moneyZh(c chars, i int) (string, int, bool) {
	n, ok := c.number(i)
	if !ok || n.digits {
		return "", i, false
	}
	for _, m := range currenciesZh {
		if !c.has(n.end, m.name) {
			continue
		}
		end := n.end + len([]rune(m.name))
		part, after := "", end
		if n.value >= 0 && n.scale == "" && (m.name == "元" || m.name == "块" || m.name == "塊") {
			part, after = c.parts(end)
		}
		if (m.name == "块" || m.name == "塊") && part == "" && n.value < 10 && n.value >= 0 {
			return "", i, false // 一块 is together, 两块 two pieces
		}
		if m.name == "元" && c.hasAny(end, "旦", "素", "件", "宵", "月") != "" {
			return "", i, false
		}
		return n.sign + m.sign + n.text + part + n.scale, after, true
	}
	return "", i, false
}

// parts reads what follows 块 or 元: 五, 五毛, 五角二分, 二毛五.
func (c chars) parts(i int) (string, int) {
	if !isDigitZh(c.at(i)) {
		return "", i
	}
	first := digitsZh(string(c[i]))
	switch next := c.at(i + 1); {
	case strings.ContainsRune("毛角", next) && next != 0:
		if isDigitZh(c.at(i+2)) && !isUnitZh(c.at(i+3)) {
			end := i + 3
			if c.at(end) == '分' {
				end++
			}
			return "." + first + digitsZh(string(c[i+2])), end
		}
		return "." + first, i + 2
	case isDigitZh(next) || isUnitZh(next) || c.hasAny(i, "一起", "一共", "一个", "一下", "一次", "两个", "一张", "一份") != "":
		return "", i
	}
	if strings.ContainsRune("个张件次份天年月位条只名", c.at(i+1)) && c.at(i+1) != 0 {
		return "", i
	}
	return "." + first, i + 1
}

// ordinalZh writes 第十 and above; smaller ones stay (第一次).
func ordinalZh(c chars, i int) (string, int, bool) {
	if c.at(i) != '第' {
		return "", i, false
	}
	n, ok := c.whole(i + 1)
	return "第" + n.String(), n.end, ok && n.value >= 10
}

// unitsZh count exactly, so that even a single character before them is a number.
var unitsZh = []string{ //nolint:gochecknoglobals // a table
	"平方公里", "平方千米", "平方米", "立方米", "公里", "千米", "厘米", "毫米", "公斤", "千克", "毫升", "分钟", "分鐘", "秒钟", "秒鐘", "小时", "小時",
	"摄氏度", "公顷", "千瓦时", "千瓦", "个小时", "个工作日", "工作日", "岁", "歲", "米", "吨", "升",
}

func measureZh(c chars, i int) (string, int, bool) {
	n, ok := c.number(i)
	if !ok || n.digits || n.value == 0 {
		return "", i, false
	}
	unit := c.hasAny(n.end, unitsZh...)
	if unit == "" || unit == "升" && c.at(n.end+1) == '级' || unit == "米" && c.at(n.end+1) == '饭' {
		return "", i, false
	}
	end := n.end + len([]rune(unit))
	if after := c.digitEnd(end); unit == "米" && after > end && after <= end+2 && n.value > 0 && !isUnitZh(c.at(after)) { // 一米七五
		return n.String() + unit + digitsZh(string(c[end:after])), after, true
	}
	return n.String() + unit, end, true
}

// digitsRunZh writes what is said digit by digit, from three digits on.
func digitsRunZh(c chars, i int) (string, int, bool) {
	n, ok := c.whole(i)
	if !ok || !n.digits || n.size < 3 || isPoint(c.at(n.end)) {
		return "", i, false
	}
	return n.text, n.end, true
}

// numberZh writes decimals and numbers of more than one character.
func numberZh(c chars, i int) (string, int, bool) {
	n, ok := c.number(i)
	if !ok || n.digits || n.size < 2 || c.at(n.end) == '几' || c.at(n.end) == '幾' || c.at(n.end) == '分' && c.at(n.end+1) == '之' {
		return "", i, false
	}
	if prev := c.at(i - 1); prev == '几' || prev == '数' || prev == '好' && n.text == strconv.Itoa(10) {
		return "", i, false
	}
	return n.separated(), n.end, true
}
