package insight

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
)

// masked is what stands in a transcript for what was taken out: [card ••42].
var masked = regexp.MustCompile(`\[[^\]]{0,40}\]`) //nolint:gochecknoglobals // compiled once, never changed

// Words cuts a text into the words key phrases are made of: folded, Chinese as it is segmented, without what has no letter
// and without masks.
func Words(text, lang string) []string {
	text = hanzi.Fold(masked.ReplaceAllString(text, " "))
	if lang == "zh" || hanzi.HasHan(text) {
		text = hanzi.Simplify(text)
	}
	out := []string{}
	for _, w := range hanzi.Segment(text) {
		if strings.ContainsFunc(w, unicode.IsLetter) {
			out = append(out, w)
		}
	}
	return out
}

// Function words: a phrase neither begins nor ends with one. They are of the language, not of any trade.
const (
	functionEN = ` a an the this that these those i i'm i've i'd i'll me my mine we we're our us you you're your yours he she it its it's they they're their them one ones who whom whose which what what's where when why how
 is am are was were be been being do does did done doing have has had having can could will would shall should may might must ought let let's
 can't cannot couldn't won't wouldn't don't doesn't didn't isn't aren't wasn't weren't haven't hasn't hadn't shouldn't
 and or but if then than so because as while although of in on at to from for with without within by about into onto over under after before between during through until off out up down again
 not no nor yes yeah yep nope ok okay oh uh um er ah well please thanks thank hello hi hey bye goodbye sorry just only also too very really quite still yet already ever never always maybe perhaps actually
 some any all every each other another such more most much many few lot lots bit something anything nothing everything someone anyone there here now today get got getting go going gone want wanted wants need needs needed
 like know think see tell give make say said ask help question calling call called morning afternoon evening good `
	functionZH = ` 的 了 着 过 是 我 你 您 他 她 它 们 我们 你们 咱们 他们 这 那 这个 那个 这些 那些 这边 那边 这样 那样 哪 哪个 哪里 哪儿 什么 怎么 怎样 怎么样 如何 为什么 为啥 多少 几 谁 何时 吗 呢 啊 吧 呀 嘛 哦 嗯 哎 喂 哈 啦 诶 额 呃
 也 都 就 才 又 再 还 还是 很 太 非常 挺 更 最 已经 正在 刚 刚刚 现在 一直 总是 可能 应该 不 没 没有 别 和 跟 与 或 或者 但 但是 可是 不过 因为 所以 如果 然后 而 而且 以及 在 从 到 对 向 给 把 被 让 为 为了 用 于 以 之 其
 会 能 可以 要 想 想要 需要 得 去 来 说 看 问 问一下 请 请问 一下 一个 一些 有 有点 点 个 位 次 种 里 里面 上 下 中 后 前 时候 时 好 好的 对的 行 您好 你好 谢谢 再见 麻烦 帮 帮忙 知道 觉得 东西 事情 情况 自己 大家 是不是 有没有 能不能 可不可以 `
)

// functions is the set of function words.
func functions() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(functionEN + functionZH) {
		out[w] = true
	}
	return out
}

const (
	longestPhrase = 3    // words
	rare          = 0.12 // of the texts of a group
)

// phrasesOf are the phrases of a text, each once: runs of up to three words that neither begin nor end with a function
// word. A single Chinese character says too little.
func phrasesOf(words []string, function map[string]bool, into map[string]bool) {
	clear(into)
	for i := range words {
		for n := 1; n <= longestPhrase && i+n <= len(words); n++ {
			run := words[i : i+n]
			if function[run[0]] || function[run[n-1]] || n == 1 && hanzi.HasHan(run[0]) && len([]rune(run[0])) < 2 {
				continue
			}
			into[joined(run)] = true
		}
	}
}

// joined writes words as people do: Chinese ones without spaces.
func joined(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 && !(hanzi.HasHan(w) && hanzi.HasHan(words[i-1])) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
	return b.String()
}

// namer finds the phrases that set groups of texts apart.
type namer struct {
	function map[string]bool
	in       map[string]map[string]int // group, phrase: texts
	all      map[string]int            // phrase: texts
	size     map[string]int            // group: texts
	n        int
}

func newNamer() *namer {
	return &namer{function: functions(), in: map[string]map[string]int{}, all: map[string]int{}, size: map[string]int{}}
}

// add takes a text of a group.
func (n *namer) add(group string, words []string, scratch map[string]bool) {
	phrasesOf(words, n.function, scratch)
	g := n.in[group]
	if g == nil {
		g = map[string]int{}
		n.in[group] = g
	}
	for p := range scratch {
		g[p]++
		n.all[p]++
	}
	n.size[group]++
	n.n++
}

type scored struct {
	phrase string
	n      int
	score  float64
}

// phrases are the group's best, the most telling first: often in the group, rare outside it, and none that is only a part
// of a better one.
func (n *namer) phrases(group string, most int) []string {
	size := n.size[group]
	var all []scored
	for _, p := range slices.Sorted(maps.Keys(n.in[group])) {
		c := n.in[group][p]
		share := float64(c) / float64(size)
		if c < 2 && size > 3 || share < rare { // what few of them say does not name them all
			continue
		}
		rest := float64(n.all[p]-c+1) / float64(n.n-size+2)
		words := float64(1 + strings.Count(p, " "))
		if hanzi.HasHan(p) {
			words = float64(len([]rune(p))) / 2
		}
		score := math.Pow(share, 0.8) * math.Log(1+share/rest) * (1 + 0.25*math.Log(max(1, words)))
		all = append(all, scored{p, c, score})
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.phrase, b.phrase)) })
	out := []string{}
	for _, s := range all {
		if len(out) == most {
			break
		}
		if !slices.ContainsFunc(out, func(o string) bool { return within(o, s.phrase) || within(s.phrase, o) }) {
			out = append(out, s.phrase)
		}
	}
	return out
}

// within reports whether phrase b is a part of a.
func within(a, b string) bool {
	if hanzi.HasHan(a) {
		return strings.Contains(a, b)
	}
	return strings.Contains(" "+a+" ", " "+b+" ")
}

// title makes a name of phrases.
func title(phrases []string, lang string) string {
	sep := " · "
	if lang == "zh" {
		sep = "·"
	}
	return strings.Join(phrases[:min(2, len(phrases))], sep)
}
