package quality

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/nlu/sentiment"
)

// What the caller was in the call, by the facts and by what they say: upset, in hardship, buying, made to wait.

var (
	theCaller = regexp.MustCompile(`caller|customer|client|guest|patient|citizen|resident|member|passenger|driver|tenant|debtor|borrower|student|parent|visitor|buyer|owner|user|holder|subscriber|traveller|household|\b(he|she|they)\b|客户|来电|他|她|用户|对方|群众|市民|患者|病人|旅客|乘客|客人|家长|学员|学生|居民|业主|户主|机主|主人|租客|家属|会员|顾客|买家|借款人|债务人`)
	waiting   = regexp.MustCompile(`\bhold\b|wait|等待|等候|稍等`)
	waitedRE  = regexp.MustCompile(`\bon hold\b|(caller|customer) (had to wait|waited|was asked to wait|was kept waiting)|客户.{0,6}等(待|候)|等待了|保持.{0,4}等待`)
)

// feltFact is a fact in which the feeling itself is not denied, whatever else is.
var feltFact = pat(`\b(was|were|is|are|felt|became|sounded|got) (very |quite |really |so |clearly |visibly |extremely )?(upset|angry|furious|frustrated|annoyed|distressed|worried|anxious|unhappy|irritated|scared|mad|shaken|nervous|afraid|terrified|frightened|panicking|grieving|sad|cross|devastated|tearful|shocked|desperate|disappointed)\b`, `(感到|很|非常|十分|特别|极其)(不满|生气|愤怒|着急|焦急|激动|担心|焦虑|害怕|失望|难过|不安|紧张)`)

var emotion = pat(`\b(upset|angry|furious|frustrat\w*|annoy\w*|distress\w*|worried|anxious|cry\w*|emotion\w*|unhappy|irritat\w*|complain\w*|calm|mood|scared|dissatisf\w*|mad|apolog\w*|empath\w*|sooth\w*|disappoint\w*|worry|inconvenien\w*|stress\w*|terrif\w*|frighten\w*|afraid|panic\w*|griev\w*|sad|cross|devastated|nervous|tearful|shocked|desperate|embarrassed)\b`,
	`不满|生气|愤怒|情绪|着急|焦急|激动|投诉|抱怨|担心|焦虑|不高兴|不悦|发火|安抚|道歉|致歉|平静|心情|难过|不安|害怕|失望|同理`)

var calm = pat(`\b(calm|friendly|cheerful|polite|content|relaxed|(in a )?good mood|good spirits|normal|neutral|satisfied|happy|not upset|not angry|isn't upset|wasn't upset|no emotion)\b`, `平静|心平气和|稳定|平稳|平和|友好|没有不满|不生气|满意|没有情绪|无不满|心情(好|不错|愉快|很好)|正常|愉快|未表现`)

// plainEmpathy: with a calm caller it does not matter, unless the agent showed it all the same.
func (j *judge) plainEmpathy(q *Question, c concept) bool {
	for _, f := range j.facts {
		if calm.in(f.text) && emotion.in(f.text) {
			return false
		}
	}
	if callerMood.in(q.plan.core["en"]) || callerMood.in(q.plan.core["zh"]) {
		return false
	}
	for _, s := range j.sents {
		if s.who == Agent && j.hit(c, s) != nil {
			return true
		}
	}
	return false
}

var callerMood = pat(`\b(upset|angry|unhappy|frustrated|annoyed|worried|distressed|dissatisfied|emotional|irritated|anxious)\b`, `不满|生气|愤怒|激动|情绪|焦急|着急|担心`)

var grief = pat(`\b(ridiculous|unacceptable|angry|furious|fed up|terrible|disgrace\w*|useless|appalling|awful|(second|third|fourth|fifth) time|complain\w*|worst|frustrat\w*|annoy\w*|worried|scared|upset|nobody|how dare|desperate|sick of|stress\w*|panic\w*|shocking|disgusting|ages|a joke|joke|outrageous|horrible|hate|robbed|stolen|had enough|no one|for weeks|for hours|let me down|disappoint\w*|still (haven't|hasn't|not|no|waiting)|again and again|incompeten\w*|(is|are|absolute|total|complete|utter) rubbish|livid|fuming|can't (cope|go on|take)|crying|in tears|at my wits|heartbroken|passed around|hung up on|cheat\w*)\b`,
	`太差|投诉|气死|生气|(太|真|什么|是|简直)垃圾|垃圾(公司|服务|银行|平台|客服|态度)|撑不下去|难过|欺负人|没法活|受不了|什么破|搞什么|急死|着急|忽悠|骗|差劲|离谱|烦死|担心|害怕|第[二三四五几]次|怎么(还|又|老|总)|太(慢|过分|离谱|坑|气|失望)|过分|失望|气人|火大|恼火|什么态度|什么服务|到底|没人(管|理|接)|等了(那么|这么|好|半|两|三|快|一)|都.{0,4}(天|周|个月|次|遍)了|愁|慌|崩溃|无语|坑人|讨说法|说法|曝光|不满|一直(没|不)|推来推去|踢皮球`)

// upset reports whether the caller was: the facts say so, or the caller sounds so.
func (j *judge) upset() bool {
	for _, f := range j.facts {
		if emotion.in(f.text) && theCaller.MatchString(f.text) {
			m := emotion.find(f.text)
			for _, part := range parts.Split(f.text, -1) {
				if feltFact.in(part) && !calm.in(part) || hanziFelt.MatchString(strings.TrimSpace(part)) {
					return true
				}
			}
			return feltFact.in(f.text) && !calm.in(f.text) || !calm.in(f.text) && !negated(f.text, m[0]) && (!f.frees || complains.in(f.text[:m[1]]))
		}
	}
	for _, s := range j.sents {
		if s.who != Caller {
			continue
		}
		if m := grief.find(s.text); m != nil && !negated(s.text, m[0]) || sentiment.Score(s.raw, j.lang) <= -0.6 {
			return true
		}
	}
	return false
}

// hanziFelt is a part of a fact that says only that the caller feels so: "用户生气".
var hanziFelt = regexp.MustCompile(`^\p{Han}{1,5}?(?:很|非常|十分|特别|极其|有些|有点|又|既)*(?:着急|焦急|生气|愤怒|不满|害怕|担心|难过|委屈|恼火|激动|焦虑|失望|慌张|伤心)(?:、\p{Han}{2})?$`)

// neverHeld reports whether a fact says that the caller was not made to wait.
func (j *judge) neverHeld() bool {
	for _, f := range j.facts {
		for _, part := range parts.Split(f.text, -1) {
			if waiting.MatchString(part) && (denies.MatchString(part) || nobody.MatchString(part)) {
				return true
			}
		}
	}
	return false
}

var nobody = regexp.MustCompile(`\b(nobody|no one)\b`)

// complains tells that somebody did, whatever about.
var complains = pat(`\bcomplain\w*|\bdissatisf\w*`, `投诉|抱怨`)

var (
	sale     = pat(`\b(sold|sale|sales|sell|bought|buys?|purchas\w*|signed up|took out|new (contract|product|policy))\b`, `成交|购买|买|下单|签约|投保|销售|推销|卖`)
	saleFact = pat(`\b(buys|bought|sold|purchas\w*|order(s|ed) (the|a|an)|signs? up|signed|takes? out|took out|agreed to (buy|take))\b`, `(购买|买|下单|签约|投保|订购)了?|成交|办理了`)
	saleDone = pat(`\b(put (it|that|the order|this) through|(it's|that's|all) (ordered|gone through|booked)|placed (the|your) order|order is (placed|confirmed)|signed you up|set (it|that) up)\b`, `下好了|下单了|下单成功|给您订好|签好|办好|投保成功`)
)

// sold reports whether the caller bought something in the call.
func (j *judge) sold() bool {
	for _, f := range j.facts {
		for _, part := range parts.Split(f.text, -1) {
			if saleFact.in(part) {
				return !frees.MatchString(part) && !freesZH.MatchString(part) && !denies.MatchString(part)
			}
		}
	}
	for _, s := range j.sents {
		if s.who == Agent && saleDone.in(s.text) {
			return true
		}
	}
	return false
}

// hardship are the words of somebody who has not enough money or health, or of who speaks of that.
var hardship = pat(`\b(hardship|money (trouble|problems?|worries)|financial\w* (difficult\w*|trouble|problems?)|in difficult\w*|vulnerab\w*|illness|(is|are|was|been|very|so|seriously) (ill|sick)|lost (his|her|my|their|the) (job|work|income|husband|wife)|lost work|out of work|unemployed|redundan\w*|laid off|between jobs|hours (got|were|have been) cut|(can't|cannot|couldn't|can not|not able to) (afford|pay|find that)|don't have (it|the money|that (kind|sort) of money)|no money|(in|out of|from) hospital|chemo\w*|cancer|on benefits|only got my pension|struggl\w*|bereave\w*|disab\w*)\b`,
	`经济困难|生活困难|困难|生病|住院|失业|下岗|没(了)?工作|没钱|还不(上|起)|交不(上|起)|没有收入|低保|残疾|癌|化疗|重病|特殊群体|老人独居`)

// struggles reports whether the caller is in hardship: the facts say so, or the caller.
func (j *judge) struggles() bool {
	for _, f := range j.facts {
		if m := hardship.find(f.text); m != nil && theCaller.MatchString(f.text) {
			return !f.frees && !negated(f.text, m[0])
		}
	}
	for _, s := range j.sents {
		if s.who == Caller && hardship.in(s.text) && !s.asks {
			return true
		}
	}
	return false
}

// waitFact reports whether a fact says that the caller was made to wait in the call.
func (j *judge) waitFact() bool {
	for _, f := range j.facts {
		if waitedRE.MatchString(f.text) {
			return !f.frees
		}
	}
	return false
}
