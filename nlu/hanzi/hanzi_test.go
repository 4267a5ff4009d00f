package hanzi_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
)

func TestSimplify(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"我想轉人工客服":          "我想转人工客服",
		"這個訂單甚麼時候發貨":       "这个订单甚么时候发货",
		"乾隆皇帝的衣服乾淨嗎":       "乾隆皇帝的衣服干净吗",
		"看著他，著名的作家":        "看着他，著名的作家",
		"反覆核對":             "反复核对",
		"plain English 12": "plain English 12",
		"已经是简体":            "已经是简体",
		"":                 "",
	} {
		if got := hanzi.Simplify(in); got != want {
			t.Errorf("Simplify(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	if got, want := hanzi.Fold("ＡＢＣ１２３，Ｈｉ！\u200bＸ"), "abc123,hi!x"; got != want {
		t.Errorf("Fold = %q, want %q", got, want)
	}
}

func TestSegment(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"我想查一下我的订单什么时候能到":  "我 想 查 一下 我 的 订单 什么 时候 能 到",
		"信用卡怎么还款":          "信用卡 怎么 还款",
		"退货要多久？":           "退货 要 多久",
		"iPhone15的价格是3.5元": "iPhone15 的 价格 是 3.5 元",
		"I don't know.":    "I don't know",
		"":                 "",
		"，。！":              "",
	} {
		if got := strings.Join(hanzi.Segment(in), " "); got != want {
			t.Errorf("Segment(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPinyin(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"银行":       "yin2 hang2",
		"不行":       "bu4 xing2",
		"还款":       "huan2 kuan3",
		"还有":       "hai2 you3",
		"重新登录":     "chong2 xin1 deng1 lu4",
		"重量":       "zhong4 liang4",
		"多长时间":     "duo1 chang2 shi2 jian1",
		"行长":       "hang2 zhang3",
		"利率":       "li4 lv4",
		"我的App闪退了": "wo3 de5 app shan3 tui4 le5",
		"a1b2":     "a1b2",
	} {
		if got := strings.Join(hanzi.Syllables(in), " "); got != want {
			t.Errorf("Syllables(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := strings.Join(hanzi.Pinyin("转人工 B12"), " "), "zhuan ren gong b12"; got != want {
		t.Errorf("Pinyin = %q, want %q", got, want)
	}
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		"零": 0, "一": 1, "十": 10, "十五": 15, "二十": 20, "一百二十三": 123, "两千": 2000, "三千五": 3500, "三千零五": 3005,
		"一万零五": 10005, "两万三": 23000, "一百零一": 101, "一百五": 150, "十二万": 120000, "一亿两千万": 120000000,
		"幺三八": 138, "二零二四": 2024, "壹佰贰拾": 120, "一万亿": 1000000000000, "100": 100,
	} {
		if got, ok := hanzi.ParseNumber(in); !ok || got != want {
			t.Errorf("ParseNumber(%q) = %d, %v, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "你好", "百", "一百千", "十百", "一二十", "万", "一十十"} {
		if got, ok := hanzi.ParseNumber(in); ok {
			t.Errorf("ParseNumber(%q) = %d, want none", in, got)
		}
	}
}

func TestSpeak(t *testing.T) {
	t.Parallel()
	for in, want := range map[int64]string{
		0: "零", 7: "七", 10: "十", 15: "十五", 20: "二十", 101: "一百零一", 110: "一百一十", 123: "一百二十三", 2000: "两千", 2222: "两千二百二十二",
		10005: "一万零五", 23000: "两万三千", 100000: "十万", 120000000: "一亿两千万", 200000010: "两亿零一十", -5: "负五", 20000: "两万",
	} {
		if got := hanzi.Speak(in); got != want {
			t.Errorf("Speak(%d) = %q, want %q", in, got, want)
		}
	}
}

func TestNumbersInText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"满1,200元减50": "满一千二百元减五十", "费率是3.5%": "费率是百分之三点五", "2024年3月": "二零二四年三月", "电话13800138000": "电话一三八零零一三八零零零",
		"7天内": "七天内", "版本1.2.3": "版本一.二.三",
	} {
		if got := hanzi.SpeakNumbers(in); got != want {
			t.Errorf("SpeakNumbers(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"满一千二百元减五十": "满1200元减50", "费率是百分之三点五": "费率是3.5%", "等一下": "等一下", "第一个": "第一个", "幺三八零零": "13800",
	} {
		if got := hanzi.ParseNumbers(in); got != want {
			t.Errorf("ParseNumbers(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	if got := hanzi.Share("我的 iPhone"); got < 0.6 || got > 0.7 {
		t.Errorf("Share = %v, want 2/3", got)
	}
	if got := hanzi.Share("..."); got != 0 {
		t.Errorf("Share of punctuation = %v", got)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"我想查订单", "乾隆", "a\xff\xfe零", "一百二十三点五", "1,2,3.4.5%年", "don't 3.", "亿亿亿万千"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		if v := hanzi.Simplify(s); utf8.ValidString(s) && hanzi.Simplify(v) != v && utf8.RuneCountInString(v) < 2 {
			t.Errorf("Simplify is not stable on %q", s)
		}
		for _, w := range hanzi.Segment(s) {
			if w == "" {
				t.Errorf("empty word in %q", s)
			}
		}
		if len(hanzi.Pinyin(s)) != len(hanzi.Syllables(s)) {
			t.Errorf("pinyin and syllables differ in length on %q", s)
		}
		hanzi.SpeakNumbers(hanzi.ParseNumbers(s))
		hanzi.Fold(s)
	})
}

func FuzzNumber(f *testing.F) {
	for _, n := range []int64{0, 1, 10, 11, 110, 1001, 10010, 100000000, 123456789, 1e12, 20200} {
		f.Add(n)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		if n < 0 || n > 1e15 {
			return
		}
		s := hanzi.Speak(n)
		if got, ok := hanzi.ParseNumber(s); !ok || got != n {
			t.Errorf("ParseNumber(Speak(%d) = %q) = %d, %v", n, s, got, ok)
		}
	})
}

func BenchmarkSegment(b *testing.B) {
	hanzi.Segment("热身")
	for b.Loop() {
		hanzi.Segment("我想查一下我的订单什么时候能到，退货要多久")
	}
}

func TestSegmentKeepsEverything(t *testing.T) {
	t.Parallel()
	in := "请问七天无理由退货的运费谁出"
	if got := strings.Join(hanzi.Segment(in), ""); got != in {
		t.Errorf("Segment lost characters: %q", got)
	}
	if got := hanzi.Segment("七天无理由退货"); !slices.Contains(got, "退货") {
		t.Errorf("Segment = %q", got)
	}
}

func TestCost(t *testing.T) {
	if common, odd := hanzi.Cost("巩固房地产市场"), hanzi.Cost("巩骨房地产市场"); common >= odd {
		t.Errorf("a text of words costs %.1f, one with a character in no word %.1f", common, odd)
	}
	if a, b := hanzi.Cost("设定 iPhone 30度"), hanzi.Cost("设定度"); a < hanzi.Cost("设定") || b < hanzi.Cost("设定") {
		t.Errorf("more characters cost less: %.1f, %.1f", a, b)
	}
	if c := hanzi.Cost("call me at 30"); c != 0 {
		t.Errorf("a text without Chinese costs %.1f", c)
	}
	if c := hanzi.Cost(""); c != 0 {
		t.Errorf("nothing costs %.1f", c)
	}
}
