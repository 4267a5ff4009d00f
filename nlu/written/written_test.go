package written_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/parley-voice/parley/nlu/written"
)

func TestEnglish(t *testing.T) {
	t.Parallel()
	check(t, "en", map[string]string{
		// numbers
		"it is three hundred and twelve in all":     "it is 312 in all",
		"two or three hundred pounds":               "200 or 300 pounds",
		"two to three million":                      "2 to 3 million",
		"it is four eighty five":                    "it is 485",
		"version three point two point six":         "version 3.2.6",
		"o k":                                       "o k",
		"two out of three":                          "two out of three",
		"about fourteen people":                     "about 14 people",
		"one hundred and two hundred":               "100 and 200",
		"a hundred and ten percent of it":           "110 % of it",
		"minus four":                                "-4",
		"six million two hundred thousand and five": "6200005",
		"eight million of them":                     "8 million of them",
		"three point one four":                      "3.14",
		"at this point two of us left":              "at this point two of us left",
		"twenty-seven":                              "27",
		"the forty third floor":                     "the 43rd floor",
		"the third floor":                           "the third floor",
		"first of all wait a second":                "first of all wait a second",
		"two thirds of it":                          "2/3 of it",
		"two and a half million":                    "2.5 million",
		"one and two and three":                     "one and two and three",
		"thirty, forty or more":                     "30, 40 or more",
		// dates and years
		"on the ninth of june twenty twenty four": "on 9 june 2024",
		"March twenty first":                      "March 21",
		"since nineteen ninety eight":             "since 1998",
		"in the nineteen sixties":                 "in the 1960s",
		"he may two or three times":               "he may two or three times",
		"third quarter of twenty nineteen":        "Q3 2019",
		// times
		"come at ten forty five":             "come at 10:45",
		"at half past nine":                  "at 09:30",
		"at a quarter to five p m please":    "at 04:45 p.m. please",
		"five o'clock":                       "05:00",
		"seven fifteen in the morning":       "07:15 in the morning",
		"ten to eleven people":               "ten to eleven people",
		"I am seven a member of the council": "I am seven a member of the council",
		// money
		"two hundred and fifty pounds":          "£250",
		"nineteen pounds ninety nine":           "£19.99",
		"it was sixty five euros and ten cents": "it was €65.10",
		"I paid eighty pence":                   "I paid 80p",
		"five pounds twenty people":             "£5 20 people",
		"a pound fifty":                         "£1.50",
		"two pounds of sugar":                   "2 pounds of sugar",
		"room three oh two":                     "room 302",
		"he is six foot two":                    "he is 6 ft 2",
		"plus four four seven seven double oh nine hundred one two three": "+44 7700 900123",
		"two hong kong dollars":          "HK$2",
		"thirty yuan":                    "30 yuan",
		"one and a half million dollars": "$1.5 million",
		// measures
		"it weighs twelve kilograms":      "it weighs 12 kg",
		"sixty miles per hour":            "60 mph",
		"four square meters":              "4 m²",
		"two hundred kilobits per second": "200 kbps",
		"give me one minute":              "give me one minute",
		"about two hours ago":             "about two hours ago",
		"within thirty minutes":           "within 30 minutes",
		"forty hours":                     "40 h",
		"the last two quarters":           "the last two quarters",
		"three quarters of it":            "3/4 of it",
		"account number one five six three three one four two one eight": "account number 1563314218",
		"seventy five point five per cent off":                           "75.5 % off",
		// telephone numbers, references, addresses
		"call oh seven seven double oh nine hundred one two three":  "call 07700 900123",
		"my number is six one seven five five five oh one nine two": "my number is 617-555-0192",
		"order four four eight one nine":                            "order 44819",
		"flight b a two one seven":                                  "flight ba217",
		"a two year plan":                                           "a two year plan",
		"my email is mary dot jones at g mail dot com":              "my email is mary.jones@gmail.com",
		"write to s underscore lee nine at example dot co dot uk":   "write to s_lee9@example.co.uk",
		"see w w w dot example dot org slash help":                  "see www.example.org/help",
		"h t t p s colon slash slash example dot net":               "https://example.net",
		"one nine two dot one six eight dot zero dot one":           "192.168.0.1",
		"I looked at example dot com":                               "I looked at example.com",
	})
}

func TestChinese(t *testing.T) {
	t.Parallel()
	check(t, "zh", map[string]string{
		"一共三百二十五个":   "一共325个",
		"一万两千":       "12,000",
		"大概二十万":      "大概20万",
		"第十二次":       "第12次",
		"第一次":        "第一次",
		"我等一下":       "我等一下",
		"千万别挂":       "千万别挂",
		"三个人":        "三个人",
		"二十几个":       "二十几个",
		"七八十个":       "七八十个",
		"三点一四":       "3.14",
		"我们三点一起去":    "我们3点一起去",
		"百分之十五点五":    "15.5%",
		"四分之三":       "3/4",
		"二零二五年十一月九号": "2025年11月9号",
		"三年":         "三年",
		"下午四点二十":     "下午04:20",
		"六点半":        "6点半",
		"便宜一点":       "便宜一点",
		"八十块钱":       "¥80",
		"十二块五毛":      "¥12.5",
		"两百欧元":       "€200",
		"四万五美元":      "US$45000",
		"我们一块去":      "我们一块去",
		"六公里":        "6公里",
		"电话是幺三八零零一三八零零零": "电话是13800138000",
		"负二十点三": "-20.3",
		"没有数字":  "没有数字",
		"二零二六年五月三日上午九点三十分": "2026年5月3日上午09:30",
	})
}

// check holds each text against how it is to be written, and what is written against itself.
func check(t *testing.T, lang string, cases map[string]string) {
	t.Helper()
	for in, want := range cases {
		if got := written.Write(in, lang); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		} else if again := written.Write(got, lang); again != got {
			t.Errorf("%q: %q became %q when written again", in, got, again)
		}
	}
}

func TestWrittenStays(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", " ", "£250 on 3 May 2026 at 02:30 p.m.", "see https://example.org/a-b or mail j.smith@example.com.", "AB-1234, 50 %\n\ttwo",
		"thanks for your help — bye", "don't, won't; it's one of those", "\xff\xfe two",
	} {
		if got := written.Write(s, "en"); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func FuzzWrite(f *testing.F) {
	for _, s := range []string{
		"two hundred and fifty pounds", "a dot b at c dot com", "half past two p m g m t", "minus one point double o three million",
		"plus four four one two three four five six seven", "x three eighty six", "july fifteen o six", "one hundredth of a second",
		"三点一刻", "负五万点二四五", "十二块五毛二分", "纪元前一九九四年", "百分之一百", "一又二分之一", "\xff一", "twenty-one-two -- three",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []string{"en", "zh"} {
			once := written.Write(s, lang)
			if again := written.Write(once, lang); again != once {
				t.Errorf("%s: %q is %q, then %q", lang, s, once, again)
			}
		}
	})
}

// TestLongTexts holds that long runs of one kind take no more than a walk over them.
func TestLongTexts(t *testing.T) {
	t.Parallel()
	for lang, list := range map[string][]string{"en": {"a ", "one ", "double ", "a dot ", "twenty ", "h t t p ", "one hundred "}, "zh": {"一 ", "两", "一点", "a 点 ", "十", "百分之"}} {
		for _, w := range list {
			written.Write(strings.Repeat(w, 5000), lang)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		written.Write("i paid two hundred and fifty pounds on the third of may and my email is mary dot jones at g mail dot com", "en")
	}
}

// TestAnyOrder goes over words in any order: each text that Write has written stays as it is.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	vocabulary := map[string][]string{
		"en": strings.Fields(`one two nine ten twelve nineteen twenty fifty hundred thousand million a an and half quarter past to o'clock
			o oh double point minus plus first second third twentieth hundredth of the may july p m am g m t dollars pounds cents pence
			per square kilo meters feet percent dot at dash com slash w b x gmail i people h t t p colon eighties or to foot point lakh yuan c c 5 £2 is`),
		"zh": strings.Split("一 二 两 三 九 零 十 百 千 万 亿 点 分 之 年 月 日 号 元 块 毛 角 第 百分之 半 刻 秒 公里 米 又 负 几 起 钟 下午 美元 幺 5 纪元 前 个 w a com 艾特 公里 九", " "),
	}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same texts each time
	for lang, list := range vocabulary {
		sep := map[string]string{"en": " ", "zh": ""}[lang]
		for range 15000 {
			parts := make([]string, 1+r.IntN(9))
			for i := range parts {
				parts[i] = list[r.IntN(len(list))]
			}
			in := strings.Join(parts, sep)
			once := written.Write(in, lang)
			if again := written.Write(once, lang); again != once {
				t.Fatalf("%q is %q, then %q", in, once, again)
			}
		}
	}
}
