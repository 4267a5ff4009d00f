package quality

import "strings"

var (
	restates = pat(`^(okay|ok|right|alright|sure|i see|got it)?,? ?so[, ]+(just |basically |what )?(you|your|it|the|to|that|there|it's|that's|when|i understand|we)|\bto (confirm|clarify|be clear|recap|summari[sz]e|make sure)|let me (make sure|just make sure|check i|confirm|repeat|recap|see if i|just (confirm|check i|recap|make))|if i('ve| have)? (understand|understood|got|heard)|\b(you're|you are|you were) (saying|calling|asking|looking|trying|wanting|after|having|ringing|phoning|locked|unable)|\byou('d| would) (like|want)|you want(ed)? (to|me|a|your|us)|sounds like|(i understand|i see) (that )?(you|your)|do you mean|am i right|in other words|what i'm hearing|you need (to|a|your|us|me)`,
		`(您|你)(的意思|是(想|要|说|需要|打算|问|指|希望)|想(要|办|查|咨询|问|了解|取消|退|换|申请)|需要(办|查|咨询|申请|退|换)|说的是|反映的?(问题|情况)?是|咨询的是|的(问题|需求|诉求)是|要(办|查|咨询|退|换|申请)|希望)|(跟|和|与|向)您(确认|核对|复述)|确认一下|我(复述|总结|重复|理解)|也就是说|就是说|(明白|了解|清楚)了?[，,]?(您|也就是|就是)`)
	probes = pat(`\b(how (much|many)|what (amount|size|colou?r|date|day|time|seems|exactly|happened|is the|kind|type|sort|was|does|model|error|do you|were|would)|when did|when was|which\b|where did|where was|how (long|many|often|much) (have|has|did|are|do)|have you (tried|checked|already|got|noticed|had)|did you|was (it|the|there|that)|is (it|the|there|that) (for|a|the|on|still|a|in|your)|do you (have|know|remember|want|need|see|still)|could you (tell|describe|explain|give me (more|some))|can you (tell|describe|explain|give me (more|some)|walk)|tell me (more|a bit|what|about)|(are|were) you|anything unusual|more (detail|about)|\w+ or (the|a|is|to|did|do|would|from|for|by|on|at|your)\b.*\?)`,
		`什么(时候|问题|情况|原因|时间|地方|型号|颜色|提示|方式)|具体|哪(个|里|种|一|款|家|天)|是不是|有没有|多久|几(天|次|号|点)|是(在|从|通过|因为|想|要|什么).{0,16}(吗|呢|还是)|还是|怎么(回事|了|样)|描述一下|详细说|方便(说|告诉|讲)`)
	routine = pat(`anything else|how (can|may) i help|what can i (do|help)|date of birth|postcode|security|verify|who am i|your name`, `有什么可以帮|什么可以帮|需要什么(帮助|服务)|还有什么|其他|核实|身份|贵姓|姓名`)
	restate = pat(`summari|paraphras|repeat|restat|reflect|play back|played back|read back|recap|own words|again|summed up|go(ne|es)? over|went over`, `复述|总结|归纳|重复|一遍|再说|再确认|念给|读给`)
	probe   = pat(`\bquestions?\b|prob(e|ing)|clarif|explor|find out|found out|ask`, `询问|提问|追问|挖掘|澄清|探寻|引导`)
)

// grasp asks only whether it was understood what the caller wants, which also shows in what is said about it.
var grasp = pat(`underst|grasp|find out|found out|work(ed)? out|clear what|after\b|reason|establish`, `弄清|搞清|弄明白|搞明白|听懂|听明白|理解|清楚|明白`)

// plainProbe asks for questions and nothing else.
var plainProbe = pat(`\bquestions?\b`, `提问|追问|引导`)

// need looks for the agent saying back what the caller wants, or asking about it.
func (j *judge) need(q *Question, window []sentence) (outcome, error) {
	ask := q.plan.core["en"] + " " + q.plan.core["zh"]
	wantBack, wantAsk := restate.in(ask), probe.in(ask)
	wantAsk = wantAsk || !wantBack
	wantBack = wantBack || !plainProbe.in(ask) // who says back what is wanted has found it out
	grasps := grasp.in(ask) && !restate.in(ask) && !plainProbe.in(ask)
	var onTopic *outcome
	said := map[string]bool{}
	next := 0
	for _, s := range window {
		for ; next < len(j.sents) && j.sents[next].turn < s.turn; next++ {
			if j.sents[next].who == Caller {
				for w := range terms(j.sents[next].text) {
					said[w] = true
				}
			}
		}
		if len(said) == 0 || routine.in(s.text) && !restates.in(s.text) {
			continue
		}
		mine := terms(s.text)
		both := 0
		for w := range mine {
			if said[w] {
				both++
			}
		}
		if o := j.backOrAsked(s, wantBack, wantAsk, len(mine), both); o != nil {
			return *o, nil
		}
		if m := hinted(q.Hints[j.lang], s); m != nil && len(q.plan.want) == 1 {
			return j.found(s, m, 0.65, "wording", "a phrase of the hints was said"), nil
		}
		if grasps && both >= 2 && onTopic == nil && s.who == Agent {
			o := j.found(s, nil, 0.55, "wording", "the agent went into what the caller had said")
			onTopic = &o
		}
	}
	if wantBack && len(said) > 0 {
		heard := false
		o, err := j.does("need", window, func(s sentence) bool {
			heard = heard || s.turn > 0 && side(j.call.Turns[s.turn-1].Who) == Caller
			return heard && !routine.in(s.text)
		})
		if err != nil || o != nil {
			return value(o), err
		}
	}
	if o := j.recaps(q, window); wantBack && o != nil {
		return *o, nil
	}
	if onTopic != nil {
		return *onTopic, nil
	}
	return absent("the agent neither said back nor asked what the caller wants"), nil
}

// backOrAsked is how a sentence says back what the caller wants, or asks about it, where that is looked for; nil when it does not. Of the
// words of the sentence, so many are the caller's too.
func (j *judge) backOrAsked(s sentence, wantBack, wantAsk bool, words, both int) *outcome {
	var o outcome
	m := restates.find(s.text)
	switch {
	case wantBack && m != nil && (both >= 1 || words <= 1 || s.asks || confirms.in(s.text) || firm1.in(s.text)), wantBack && m == nil && backAgain.in(s.text):
		o = j.found(s, m, 0.8, "wording", "the agent said back what the caller wants")
	case wantBack && goesOver.in(s.text) && s.turn > 1:
		o = j.found(s, goesOver.find(s.text), 0.7, "wording", "the agent went over it again")
	case wantBack && both >= 2 && 3*both >= words && (s.asks || strings.HasSuffix(s.text, "right?") || confirms.in(s.text)):
		o = j.found(s, nil, 0.6, "wording", "the agent said back the caller's words")
	case wantAsk && s.asks && probes.in(s.text):
		o = j.found(s, probes.find(s.text), 0.7, "wording", "the agent asked about what the caller wants")
	default:
		return nil
	}
	return &o
}

// recaps is where the agent says again what was said before in the last turns, for a question of what is repeated at
// the end; nil without.
func (j *judge) recaps(q *Question, window []sentence) *outcome {
	if !again.in(q.plan.core["en"]+" ; "+q.plan.core["zh"]) || !endPart.in(q.reads("en")+" ; "+q.reads("zh")) || len(j.agent) < 3 {
		return nil
	}
	last := j.agent[len(j.agent)-2]
	before := map[string]bool{}
	for _, s := range j.sents {
		if s.turn < last-1 {
			for w := range terms(digits(s.text)) {
				before[w] = true
			}
		}
	}
	for _, s := range window {
		mine := terms(digits(s.text))
		if both := share(mine, before) * float64(len(mine)); s.turn >= last && !s.asks && both >= 1.9 && 2*both >= float64(len(mine)) {
			o := j.found(s, nil, 0.6, "wording", "the agent said again what had been agreed")
			return &o
		}
	}
	return nil
}

// goesOver are the words for saying again what was agreed.
var goesOver = pat(`\b(go|going|goes|run|running) (over|through) (it|that|this|everything|all)\b|\b(so|okay|ok|right|great),? (so )?(for now|that's|just to|we've agreed|you'll pay|i've got you down)\b|^(\w+, )?\w+ (payments|instal+ments) of\b|have i got (that|it) right|is that (right|correct|what we)|to recap|in summary`, `(再|跟您|给您)(说|念|确认|核对|复述)一(遍|下|次)|(约|订|改|登记)(好|上)了?[：:，,].{8,}`)

// backAgain is a statement about the caller that asks for a yes.
var backAgain = pat(`^.{0,12}\b(you|you've|you're|your)\b.{15,}\b(right|correct|yes|is that it|is that so)\?$`, `(您|你).{6,}(是吗|对吗|对吧|是吧|对不对|没错吧|是不是)[？?]?$`)

var firm1 = pat(`\b(so|okay|right)\b,? you|you('d| would) like|you want(ed)? to|you're (calling|asking|looking|trying)|sounds like`, `(您|你)(是想|的意思|反映的)`)

var confirms = pat(`\b(right|correct|is that)\b`, `对吗|对吧|是吗|是吧|没错吧|登记|记下|记录|记好`)
