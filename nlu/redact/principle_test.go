package redact_test

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// principles holds texts with what must be hidden in «»; a text without them must come through as it is.
const principles = `
# what is read out
the thing on the back is «four one nine no sorry four one six double oh»
it's «k r nineteen, uh, p d w» on the front of the van
the membership card reads «seven oh, forty one, sixteen, oh three»
会员卡上面印的是«七零 四幺 呃 幺六 零三»
we sold two hundred and fifty of them in nineteen ninety nine
it takes the b forty two to get there by ten oh five
跑了三百五十公里，花了两千四

# people
my landlady «wilhelmina brandvold» has the key
it should be down as «Oyelaran»
the van is registered to «xiomara delatorre»
please ask for «jarek» when you ring
收款人写的«裘千羽»
这是«裘千羽»的手机
«闵思淼，闵子骞的闵»
叫练达文也行，«训练的练»，达到的事«达是到达的达»
姓裴，«非衣裴的裴»，名字是«金字旁的钰»
她叫乜桂花，«也字少一竖»
叫秦朔，«上面一个逆字没有走之»
左边一个按钮，下面一个把手
收件人尾号是«四四二七»，请核对
订单尾号是三三零九，请核对
it is the card ending in «double two oh seven»
it is the order ending in double two oh seven
他说的话对的，一个字一个字地说，我女儿的女儿也在
this is broadband support, isn't it
i'm with vodafone at the moment
my manager said the refund went through

# places
we're living at «the old smithy, ferry lane, porlock»
deliver it to «unit seventeen, kestrel business park, wrexham»
麻烦送到«锦绣山庄七栋幺幺零二»
i live in the north of england
i'll come to the shop at nine tomorrow

# dates, mail
«the ninth of february nineteen fifty eight»
we bought it on the ninth of february two thousand and nine
send it to «b hargreaves two hotmail dot com»
发到«zhaolei八八 qq点com»
`

func TestPrinciples(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(principles) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		hidden := 0
		rest := line
		text := strings.NewReplacer("«", "", "»", "").Replace(line)
		_, spans := redact.Text(text, "")
		at := 0
		for {
			before, after, ok := strings.Cut(rest, "«")
			if !ok {
				break
			}
			secret, tail, _ := strings.Cut(after, "»")
			at += len(before)
			if left := uncovered(at, at+len(secret), spans); left > 3 {
				t.Errorf("%q: %q remains, %v", text, secret, spans)
			}
			hidden++
			at, rest = at+len(secret), tail
		}
		if len(spans) > hidden {
			t.Errorf("%q: masked %v", text, spans)
		}
	}
}

// uncovered is how many bytes of [start,end) no span covers.
func uncovered(start, end int, spans []redact.Span) int {
	left := end - start
	for _, p := range spans {
		if a, b := max(start, p.Start), min(end, p.End); b > a {
			left -= b - a
		}
	}
	return left
}

// TestClausesOfAnswers: what is left of an answer is the value, whatever else is said in it.
func TestClausesOfAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ question, answer, secret string }{
		{"And who should I put down as the main driver?", "oh i don't drive any more, so make it radoslav", "radoslav"},
		{"What was the memorable word on file?", "i think i changed it, it was periwinkle", "periwinkle"},
		{"What do people call you?", "most of them say brigid", "brigid"},
		{"您的密保答案是什么", "我想想啊，应该是槐花胡同", "槐花胡同"},
		{"抬头写谁的名字", "不写公司的，写楚云帆", "楚云帆"},
		{"What came up on your screen?", "it says nine one four", "nine one four"},
	} {
		var s redact.Session
		s.Heard(call.Agent, c.question)
		masked, _ := s.Text(call.Caller, c.answer)
		if strings.Contains(masked, c.secret) {
			t.Errorf("%q: %q", c.question, masked)
		}
	}
	for _, c := range [][2]string{
		{"And who should I put down as the main driver?", "can you tell me why you need that"},
		{"What was the memorable word on file?", "i really can't remember"},
		{"您的密保答案是什么", "我忘了怎么办"},
		{"Which colour would you like?", "the dark green one please"},
	} {
		var s redact.Session
		s.Heard(call.Agent, c[0])
		if masked, spans := s.Text(call.Caller, c[1]); len(spans) > 0 {
			t.Errorf("%q: %q", c[0], masked)
		}
	}
}
