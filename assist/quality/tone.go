package quality

import (
	"regexp"
	"strings"
)

var (
	letMe   = pat(`\b(let me (finish|speak|talk|explain)|stop interrupting|don't interrupt|(you )?keep (interrupting|cutting)|if you'd let me|i (wasn't|haven't|hadn't) finished|i was(n't)? (still )?(speaking|talking|saying))\b`, `让我(把话)?说完|(别|不要|老|总)(是)?打断|先听我(说|讲)|我(还没|没)说完|能不能让我说`)
	cutOff  = regexp.MustCompile(`(-|—|–|…|\.\.\.|——|-\s*)$`)
	overlap = 0.8 // seconds of talking at once that count as an interruption
)

func (j *judge) interrupt(q *Question) outcome {
	fine, broken := Yes, No
	if !q.plan.good {
		fine, broken = No, Yes
	}
	for i, t := range j.call.Turns {
		if side(t.Who) == Caller && letMe.in(fold(t.Text)) {
			for _, s := range j.sents {
				if s.turn == i {
					o := j.found(s, nil, 0.8, "wording", "the caller complained of being interrupted")
					o.value = broken
					return o
				}
			}
		}
		if i == 0 || side(t.Who) != Agent || side(j.call.Turns[i-1].Who) != Caller {
			continue
		}
		before := j.call.Turns[i-1]
		if before.EndS-t.StartS >= overlap || cutOff.MatchString(strings.TrimSpace(before.Text)) && before.EndS-t.StartS > -0.15 || j.cutShort(before) && before.EndS-t.StartS > -0.6 {
			for _, s := range j.sents {
				if s.turn == i {
					o := j.found(s, nil, 0.75, "timing", "the agent began while the caller spoke")
					o.value = broken
					return o
				}
			}
		}
	}
	return outcome{value: fine, conf: 0.75, by: "timing", why: "nobody was cut short"}
}

// cutShort reports whether a turn ends without a mark in a call in which the others end with one.
func (j *judge) cutShort(t Turn) bool {
	if endMark.MatchString(strings.TrimSpace(t.Text)) || len(strings.Fields(t.Text)) < 3 && len(hanOnly(t.Text)) < 4 {
		return false
	}
	marked := 0
	for _, o := range j.call.Turns {
		if endMark.MatchString(strings.TrimSpace(o.Text)) {
			marked++
		}
	}
	return 4*marked >= 3*len(j.call.Turns)
}

var endMark = regexp.MustCompile(`[.!?。！？…)）\]]["”']?$`)

// snarl finds what sounds rude without one of the usual words: a short sharp turn that answers nothing.
func (j *judge) snarl(window []sentence) *outcome {
	for _, s := range window {
		if m := sharp.find(s.text); m != nil {
			o := j.found(s, m, 0.6, "wording", "a sharp answer")
			return &o
		}
	}
	for _, s := range j.sents {
		if s.who == Caller {
			if m := hurt.find(s.text); m != nil && !praised.MatchString(s.text[m[0]:]) {
				o := j.found(s, m, 0.6, "wording", "the caller complained of the tone")
				return &o
			}
		}
	}
	return nil
}

var (
	sharp = pat(`^(yes|yeah|what|well),? ?(what|what is it|what do you want|and)\?$|^(what|what now|and\?|so\?|yeah\?)$|(that's|it's) all i('ve| have) to say|i('m| am) not (going to|here to) (argue|listen|repeat|discuss)|you're (wrong|not listening|being|the one)|don't blame (me|us)|blame yourself|(you|people) (never|always) (read|listen|do|say)|not going to happen|take it or leave it|(i|we) can't (help|do) (it|anything) if you`, `^(干嘛|干什么|怎么了|又怎么|啥事|说)[？?。]?$|你(听|看)(清楚|好)|(跟|和)你说不清|你(自己)?不(看|听|会)|怎么(这么|那么)(笨|烦|多事|麻烦)|您这(人|个人)|你这(人|个人)|嫌.{0,4}(慢|贵)(你|您)?就|不(想|愿意)(等|办|用)(就|拉倒)|(就)?拉倒|(我|我们)(就)?(这|这个)(态度|规定)|不满意(就|你就|您就)|那(是|就是)(你|您)(的|自己)`)
	hurt  = pat(`\b(don't (talk|speak) to me like that|(you're|you are|that's|that was|how|so|very|no need to be|don't be) (so |very |being |extremely )?(rude|patronising|patronizing|dismissive|sarcastic|impolite)|watch your tone|your (tone|attitude))\b`, `(你|您)(这|这是|这个)?(什么|啥)?态度|态度(怎么|太|这么|真)|怎么(说话|这么跟|这样跟)|你(怎么)?(这样|这么)说话`)
)

var (
	letFinish = regexp.MustCompile(`finish|speak|end of|complete|room to|time to|hear|get a word in|说完|讲完|把话`)
)

// praised is a tone that is not complained of.
var praised = regexp.MustCompile(`^.{0,12}态度(还|挺|很|真|都|蛮)?(算)?(可以|不错|好|行)`)
