package redact

import "regexp"

// A whole date of some time ago, with day, month and year, is when somebody was born unless the words before it say what
// else happened then.

const oldEN = `(?:19[2-9]\d|200\d|201[0-2]|'?[3-9]\d|0\d|nineteen[ -](?:hundred(?: and)?[ -]?|oh[ -]|o[ -])?(?:` + tensEN + `(?:[ -]` + onesEN + `)?|` + onesEN + `|ten|eleven|twelve|\w+teen)|` +
	`two thousand(?: and)?(?: (?:` + onesEN + `|ten|eleven|twelve))?|twenty[ -]oh[ -]` + onesEN + `|twenty (?:ten|eleven|twelve)|(?:thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -]` + onesEN + `)?|oh[ -]` + onesEN + `)`

var (
	wholeDates = []*regexp.Regexp{
		words(`\b(?:the )?` + ordEN + sepEN + monthEN + sepEN + oldEN + `\b`),
		words(`\b` + monthEN + sepEN + ordEN + sepEN + oldEN + `\b`),
		words(`\b(?:0?[1-9]|[12]\d|3[01])\s?[/.\-]\s?(?:0?[1-9]|[12]\d|3[01])\s?[/.\-]\s?(?:19[2-9]\d|200\d|201[0-2])\b`),
		words(`\b(?:19[2-9]\d|200\d|201[0-2])\s?[/.\-]\s?(?:0?[1-9]|1[0-2])\s?[/.\-]\s?(?:0?[1-9]|[12]\d|3[01])\b`),
		words(`(?:(?:一九|19)` + numZH + `{2}|(?:二零|二〇|20)[零〇0]` + numZH + `|(?:二零|二〇|20)(?:幺|一|1)[零〇0一幺二12]|[三四五六七八九3-9]` + numZH + `|[零〇0]` + numZH + `)年(?:的)?(?:农历|阴历)?(?:` + numZH + `{1,3}|腊|正|冬)月(?:份)?(?:的)?(?:初|廿)?` + numZH + `{1,3}(?:号|日)?`),
	}
	happened = words(`(?:\b(?:since|until|till|bought|purchased|opened|open|joined|joining|started|start|established|founded|dated|invoice|statement|between|expires?|due|valid|payment|paid|payed|transaction|transactions|ordered|order|built|version|released|updated|effective|installed|renewed|signed|contract|on file since|customer since|delivered|arrived|sent|shipped|closed|cancelled|ended|terms?|policy of|edition|made|manufactured|happened|moved|married|retired|passed|died|graduated|visited)\b|自从|自|从|购买|买|开户|入职|注册|签|办|开通|安装|装修|成立|发布|更新|生产|出厂|结婚|毕业|去世|发货|下单|付款|开始|版|到期|截止|有效期|保修|过期|搬)[^.。!?！？,，]{0,40}$`)
)

// wholeDatesIn finds dates of birth that nothing announces.
func wholeDatesIn(l look) []Span {
	if !l.numbers || !l.any("年 jan feb mar apr may jun jul aug sep oct nov dec / - .") {
		return nil
	}
	var out []Span
	for _, re := range wholeDates {
		for _, m := range re.FindAllStringIndex(l.s, -1) {
			if !happened.MatchString(upTo(l.s, m[0])) {
				out = append(out, Span{Birth, m[0], m[1], MaskOf(Birth)})
			}
		}
	}
	return out
}
