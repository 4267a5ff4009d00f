package tts

import (
	"strings"
	"testing"
	"unicode"
)

func TestNormalizeEnglish(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Hello there.", "Hello there."},
		{"It costs $5.", "It costs five dollars."},
		{"$1,234.56", "one thousand two hundred thirty-four dollars and fifty-six cents"},
		{"a $0.50 fee", "a fifty cents fee"},
		{"$1.01", "one dollar and one cent"},
		{"$2.5 million", "two point five million dollars"},
		{"up to $10k", "up to ten thousand dollars"},
		{"€20 or £3.99", "twenty euros or three pounds and ninety-nine pence"},
		{"USD 500", "five hundred U S dollars"},
		{"500 EUR today", "five hundred euros today"},
		{"$5-$10", "five to ten dollars"},
		{"$12/month", "twelve dollars per month"},
		{"£29.99/mo or $5/yr", "twenty-nine pounds and ninety-nine pence per month or five dollars per year"},
		{"£50k–£100k incl. tax, £1–2m", "fifty to one hundred thousand pounds including tax, one to two million pounds"},
		{"£500k to £2m, £500k-£2m", "five hundred thousand pounds to two million pounds, five hundred thousand pounds to two million pounds"},
		{"① Open it ② Click", "one, Open it two, Click"},
		{"-$40", "minus forty dollars"},
		{"19.99%", "nineteen point nine nine percent"},
		{"3-5%", "three to five percent"},
		{"-0.5%", "minus zero point five percent"},
		{"March 5, 2026", "March fifth, twenty twenty-six"},
		{"Mar. 5th", "March fifth"},
		{"5 March 2026", "the fifth of March, twenty twenty-six"},
		{"2026-03-05", "March fifth, twenty twenty-six"},
		{"03/15/2024", "March fifteenth, twenty twenty-four"},
		{"25/12/2024", "December twenty-fifth, twenty twenty-four"},
		{"June 2005", "June two thousand five"},
		{"in 1905", "in nineteen oh five"},
		{"in 2000", "in two thousand"},
		{"in 1900", "in nineteen hundred"},
		{"the 1990s", "the nineteen nineties"},
		{"the 2010s and the 1900s", "the twenty tens and the nineteen hundreds"},
		{"in the 80s, the '90s", "in the eighties, the nineties"},
		{"a 30s wait", "a thirty seconds wait"},
		{"the 30s timeout, the 90s ring limit", "the thirty seconds timeout, the ninety seconds ring limit"},
		{"the 60s hits, in her 20s", "the sixties hits, in her twenties"},
		{"150ms, 5min, 2h and 500GB, 10km", "one hundred fifty milliseconds, five minutes, two hours and five hundred gigabytes, ten kilometers"},
		{"10-15min, 30s-60s, 500MB-2GB", "ten to fifteen minutes, thirty to sixty seconds, five hundred megabytes to two gigabytes"},
		{"1h30m, 2h 5m 3s, 1h 30min, 10m", "one hour thirty minutes, two hours five minutes three seconds, one hour thirty minutes, ten meters"},
		{"512 KB/s or 5GB/month", "five hundred twelve kilobytes per second or five gigabytes per month"},
		{"a ratio of 1:10, mixed 1:10 with water", "a ratio of one to ten, mixed one to ten with water"},
		{"at 1:10, a mix at 1:10 pm", "at one ten, a mix at one ten P M"},
		{"16:9, 60:40 and 1:100", "sixteen to nine, sixty to forty and one to one hundred"},
		{"closed 24-26 December", "closed the twenty-fourth to the twenty-sixth of December"},
		{"from 1st–3rd May 2027", "from the first to the third of May, twenty twenty-seven"},
		{"3 Feb 10:00", "the third of February ten o'clock"},
		{"Feb 3, 10:00", "February third, ten o'clock"},
		{"at 9.30am, 9.30am-5.15pm", "at nine thirty A M, nine thirty A M to five fifteen P M"},
		{"the card ending 4321", "the card ending four three two one"},
		{"the year ending 2026", "the year ending twenty twenty-six"},
		{"at 9:30 am", "at nine thirty A M"},
		{"at 9am", "at nine A M"},
		{"at 5 p.m. sharp", "at five P M sharp"},
		{"at 17:05", "at five oh five P M"},
		{"9:00-17:00", "nine o'clock to five P M"},
		{"9am-5pm", "nine A M to five P M"},
		{"9-5pm", "nine to five P M"},
		{"10:00", "ten o'clock"},
		{"24/7", "twenty-four seven"},
		{"call 1-800-555-0199", "call one, eight zero zero, five five five, zero one nine nine"},
		{"+1 (800) 555-0199", "plus one, eight zero zero, five five five, zero one nine nine"},
		{"(415) 555-2671", "four one five, five five five, two six seven one"},
		{"800.555.0199", "eight zero zero, five five five, zero one nine nine"},
		{"dial 911", "dial nine one one"},
		{"card ending in 4321", "card ending in four three two one"},
		{"code 2048", "code two zero four eight"},
		{"account number 12345678", "account number one two three four, five six seven eight"},
		{"routing 021000021", "routing zero two one, zero zero zero, zero two one"},
		{"1st, 2nd, 3rd, 21st and 12th", "first, second, third, twenty-first and twelfth"},
		{"1/2 and 3/4", "one half and three quarters"},
		{"3-5 business days", "three to five business days"},
		{"100,000 points", "one hundred thousand points"},
		{"10000", "ten thousand"},
		{"1000000", "one million"},
		{"3.14", "three point one four"},
		{"version 1.2.3", "version one point two point three"},
		{"-7", "minus seven"},
		{"5 GB", "five gigabytes"},
		{"1 kg", "one kilogram"},
		{"30°C outside", "thirty degrees Celsius outside"},
		{"100 Mbps", "one hundred megabits per second"},
		{"5 min", "five minutes"},
		{"Dr. Smith and Mrs. Jones", "Doctor Smith and Missus Jones"},
		{"e.g. a loan", "for example, a loan"},
		{"terms & conditions", "terms and conditions"},
		{"Mon-Fri", "Monday to Friday"},
		{"and/or", "and or"},
		{"help@acme-bank.com", "help at acme dash bank dot com"},
		{"See https://www.acme.com/help.", "See W W W dot acme dot com slash help."},
		{"acme.com", "acme dot com"},
		{"B2B", "B two B"},
		{"a 401k plan", "a four oh one K plan"},
		{"401(k)s", "four oh one K s"},
		{"5G", "five G"},
		{"form W-2", "form W two"},
		{"COVID-19", "COVID nineteen"},
		{"#3", "number three"},
		{"SWIFT code FNBAUS33", "SWIFT code F N B A U S thirty-three"},
		{"**bold** text", "bold text"},
		{"５００", "five hundred"},
		{"٣ items", "three items"},
		{"½ cup", "one half cup"},
	} {
		got := Normalize(c.in, "en")
		if got != c.want {
			t.Errorf("Normalize(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
		if again := Normalize(got, "en"); again != got {
			t.Errorf("Normalize(%q) twice gives %q", got, again)
		}
	}
}

func TestNormalizeChinese(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"①打开应用；②点击退货", "一、打开应用；二、点击退货"},
		{"好的~周一~周五都在~", "好的，周一到周五都在"},
		{"周一~ 周五，星期一 ~ 星期六，周一 - 周五，周六～ 日", "周一到周五，星期一到星期六，周一到周五，周六到日"},
		{"好的~ 周一见", "好的， 周一见"},
		{"您好，请问有什么可以帮您？", "您好，请问有什么可以帮您？"},
		{"运费12元", "运费十二元"},
		{"共99.5元", "共九十九点五元"},
		{"¥1,299.00", "一千两百九十九元"},
		{"￥0.5", "零点五元"},
		{"2元", "两元"},
		{"第3-5天", "第三到五天"},
		{"积分按1:1换", "积分按一比一换"},
		{"积分按1:10换，按1:10稀释", "积分按一比十换，按一比十稀释"},
		{"比例为1:10，师生比1：15", "比例为一比十，师生比一比十五"},
		{"以1:20的杠杆，16:9，1:2:3", "以一比二十的杠杆，十六比九，一比二比三"},
		{"1:10开始，下午1:10兑换", "一点十分开始，下午一点十分兑换"},
		{"按1:10的班车", "按一点十分的班车"},
		{"12:30:45", "十二点半"},
		{"30s超时，5-10s，10-15min", "三十秒超时，五到十秒，十到十五分钟"},
		{"2h30min后", "两小时三十分钟后"},
		{"$20", "二十美元"},
		{"¥100-200", "一百到两百元"},
		{"满200元减20元", "满两百元减二十元"},
		{"1.5万元", "一点五万元"},
		{"2万", "两万"},
		{"10500", "一万零五百"},
		{"100200300", "幺零零，二零零，三零零"},
		{"1,002,003个", "一百万两千零三个"},
		{"5.5%", "百分之五点五"},
		{"10%-20%", "百分之十到百分之二十"},
		{"2024年12月25日", "二零二四年十二月二十五日"},
		{"2024-12-25", "二零二四年十二月二十五日"},
		{"2026/3/5前", "二零二六年三月五日前"},
		{"12月25号", "十二月二十五号"},
		{"11月1日-11日", "十一月一日到十一日"},
		{"2年质保", "两年质保"},
		{"12年", "十二年"},
		{"3月份", "三月份"},
		{"9:30", "九点半"},
		{"9:00-18:00", "九点到十八点"},
		{"9:05", "九点零五分"},
		{"14:20", "十四点二十分"},
		{"早上8点", "早上八点"},
		{"下午2点", "下午两点"},
		{"24小时", "二十四小时"},
		{"7×24小时", "七乘二十四小时"},
		{"13800138000", "幺三八，零零幺三，八零零零"},
		{"请拨打400-820-8820", "请拨打四零零，八二零，八八二零"},
		{"4008208820", "四零零，八二零，八八二零"},
		{"010-12345678", "零幺零，幺二三四，五六七八"},
		{"客服热线95588", "客服热线九五五八八"},
		{"拨打12315投诉", "拨打幺二三幺五投诉"},
		{"尾号1234的卡", "尾号幺二三四的卡"},
		{"订单号202411250001", "订单号二零二四，幺幺二五，零零零幺"},
		{"+86 13800138000", "加八六，幺三八，零零幺三，八零零零"},
		{"第3天", "第三天"},
		{"第12条", "第十二条"},
		{"2件", "两件"},
		{"22件", "二十二件"},
		{"3-5天", "三到五天"},
		{"7~15个工作日", "七到十五个工作日"},
		{"1/3", "三分之一"},
		{"5kg", "五公斤"},
		{"2kg", "两公斤"},
		{"10km内", "十公里内"},
		{"500ml", "五百毫升"},
		{"25℃", "二十五摄氏度"},
		{"-5℃", "负五摄氏度"},
		{"30㎡", "三十平方米"},
		{"5G套餐", "五G套餐"},
		{"A4纸", "A四纸"},
		{"iPhone 15 Pro", "iPhone 十五 Pro"},
		{"VIP会员", "VIP会员"},
		{"下载APP", "下载A P P"},
		{"service@shop.com", "service 艾特 shop 点 com"},
		{"官网www.shop.cn查询", "官网 W W W 点 shop 点 cn 查询"},
		{"买1送1", "买一送一"},
		{"8折", "八折"},
		{"0.5折", "零点五折"},
		{"105", "一百零五"},
		{"110", "一百一十"},
		{"1010", "一千零一十"},
		{"20000", "两万"},
		{"退/换货", "退或换货"},
		{"男&女", "男和女"},
		{"１２３", "一百二十三"},
		{"V2.0.1版本", "V二点零点一版本"},
	} {
		got := Normalize(c.in, "zh")
		if got != c.want {
			t.Errorf("Normalize(%q)\n got %q\nwant %q", c.in, got, c.want)
		}
		if again := Normalize(got, "zh"); again != got {
			t.Errorf("Normalize(%q) twice gives %q", got, again)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"$1,234.56 on 03/05/2026 at 9:30", "运费¥12.5，400-820-8820", "½ ²③ ٣ ५ 𝟗 １", "1/0 0/0 99/99/9999 25:99", "a1b2-3c+4=5%°"} {
		f.Add(s, "en")
		f.Add(s, "zh")
	}
	f.Fuzz(func(t *testing.T, s, lang string) {
		got := Normalize(s, lang)
		if i := strings.IndexFunc(got, unicode.IsDigit); i >= 0 {
			t.Fatalf("Normalize(%q, %q) = %q has a digit", s, lang, got)
		}
	})
}
