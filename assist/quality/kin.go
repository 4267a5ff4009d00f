package quality

import "slices"

// kin are the looser words of a question about a concept. They count only for a question in which nothing of the usual words
// was found, and one that is there in two languages has to have them in both, or hints that fit: alone they say little.
type kin struct {
	name string
	asks pair
	hint func(folded string) bool // nil: hints say nothing about it
}

// families are tried in this order where two fit as well.
func families() []kin {
	said := func(name string) func(string) bool {
		return func(h string) bool {
			return slices.ContainsFunc(conceptsNamed(name), func(c concept) bool { return c.said.in(h) || c.refuse.in(h) })
		}
	}
	return []kin{
		{"secretask", pat(`\b(secret\w*|password|passcode|pin|one-time|otp|cvv)\b`, `密码|验证码|口令|安全码`), said("secretask")},
		{"promise", pat(`\b(hopes|vow\w*|pledg\w*|vouch\w*|commit\w*|binding|beyond (their|his|her|the agent's) \w+|overstep\w*|exceed\w*|over-?s(e|o)l[ld]\w*|over-?reach\w*|unapproved|authority|concessions?|unfounded)\b`, `许愿|包票|拍胸脯|越权|擅自|答应|权限|夸口|空头支票|做主|大包大揽|许诺`), said("promise")},
		{"identity", pat(`\b(account holder|right person|who the caller|pro(of|ve|ved|ven)\b.{0,20}(who|identity)|data protection|security|cleared|entitled|passed (the|a) check)\b`, `本人|是谁|核身|身份|安全验证|证明|有权`), checks.in},
		{"disclosure", pat(`\b(statements?|wording|notices?|points?|information)\b.{0,40}\b(required|must|had to|have to|has to|compulsory|prescribed|read|spoken|covered)\b|\b(required|must|has to|have to|had to|compulsory|obliged|prescribed|legally)\b.{0,40}\b(told|tell|said|say|wording|statements?|read|spoken|mention\w*|made|clear|cover\w*)\b|duty to (inform|tell)`,
			`告知义务|(该|必须|应该|应当|规定|要求|须|需要?).{0,8}(说|讲|告知|宣读|交代|提示).{0,14}(都|逐|全|到|齐)|注意事项`), nil},
		{"accuracy", pat(`\b(untrue|true|false|wrong|errors?|mistakes?|contradict\w*|conflict\w*|correct\w*|right|accura\w+|match\w*)\b`, `(说|讲|答|介绍|告知|内容).{0,10}(对|错|准|不符|相符|一致|偏差|出入)|与.{0,10}(不符|相符|一致|冲突|矛盾)|属实`), nil},
		{"interrupt", pat(`\b(speak|talk|spoke)\w* over\b|\bcut\b.{0,16}(off|short)|room to|time to (explain|speak|talk|finish)|(finish\w*|complete|end of) (their|his|her|the|a|what) (sentence|point|thought|story|they)\w*|hear(d)? .{0,10}out|get a word in|uninterrupted`, `抢话|插嘴|插话|打断|把话|说完|讲完`), nil},
		{"hold", pat(`\b(hold|silence|waiting|wait|pause|quiet)\b`, `等候|等待|静默|沉默|空白|保持|挂起|让.{0,6}等`), holdSaid.in},
		{"rude", pat(`\b(tone|temper|manners?|belittl\w*|mock\w*|brush\w* off|ridicul\w*|talk\w* down|patroni[sz]\w*|snap(ped)?|composure|pleasant|unkind|dignity|language|wording|remarks?)\b`, `态度|脾气|怼|得体|语气|平和|言语|口吻|嘲弄|贬低|打发|客气|热情|亲和|和气|说话`), said("rude")},
		{"empathy", pat(`\b(feelings?|emotion\w*|moods?|upset|anger|angry|distress\w*|frustrat\w*|cared|caring|warmth|compassion\w*|kindness)\b`, `情绪|心情|感受|体谅|稳住|关怀|同情|难过|恼火`), said("empathy")},
		{"fee", pat(`\b(costs?|money|amounts?|pric\w+|pay|payable|charg\w+)\b`, `花.{0,3}钱|多少钱|金额|收费|费用`), nil},
		{"timeframe", pat(`\bwhat (will|is going to|happens?)\b.{0,16}\b(happen|done|come|now|next)\b|\bwhen\b|\bnext\b|afterwards`, `后面|接下来|后续|什么时候|何时|多久|办结|回复时间|怎么办`), func(h string) bool { return whenWords.in(h) || nextWords.in(h) }},
		{"furtherhelp", pat(`\b(more|further|other|else|additional)\b.{0,20}\b(help|wish\w*|requests?|questions?|needs?)\b|\boffer\w* (of )?(more|further)`, `还(要|有|需)|别的|其他|其它`), said("furtherhelp")},
		{"closing", pat(`\b(parting|goodbye|farewell|sign(ed)? off|wound up|wrapp?(ed)? up)\b`, `道别|告别|再见|收线|收尾|致谢`), said("closing")},
		{"company", pat(`\b(which|what|whose) (firm|company|organi[sz]ation|business|department|shop|bank)\b|where (they|he|she|the agent) (are|is|was|were)\b|for which|\bfirm\b|organi[sz]ation|company`, `哪家|(哪个|什么|哪里的?)(公司|单位|机构|银行|部门)|亮明|单位`), nil},
		{"ownname", pat(`\bwho (was|is|were) (speaking|talking|on the line|answering|calling)\b|\bwhom\b|who they (are|were)|\bname\b`, `自报|哪位|由谁|工号|姓名|名字`), nil},
		{"need", pat(`\b(why|reason|purpose)\b|what the (caller|customer)|grasp\w*|bottom of|matter|(under|mis)(stood|stand)|own words|prob(e|es|ed|ing)\b|play\w* back`, `目的|来意|要办|想办|听懂|自己的话|抓住|复述|追问`), func(h string) bool { return restates.in(h) }},
	}
}

// pairs are concepts that one question often asks for together.
var pairs = map[string]string{"company": "ownname", "ownname": "company", "furtherhelp": "closing", "closing": "furtherhelp"}

// guess chooses concepts for a question without the usual words of any.
func (p *plan) guess(q *Question) {
	texts := []string{p.core["en"] + " ; " + p.before, p.core["zh"] + " ; " + p.before} // without what it is a condition of
	need := 0.0
	for _, t := range []string{q.TextEn, q.TextZh} {
		if t != "" {
			need++
		}
	}
	score := map[string]float64{}
	best, second := "", 0.0
	for _, k := range families() {
		s := 0.0
		for _, t := range texts {
			if k.asks.in(t) {
				s++
			}
		}
		if k.hint != nil && hintsFit(q, k.hint) {
			s += 0.9
		}
		score[k.name] = s
		switch {
		case best == "" || s > score[best]:
			if best != "" && pairs[best] != k.name {
				second = max(second, score[best])
			}
			best = k.name
		case pairs[best] != k.name:
			second = max(second, s)
		}
	}
	if score[best] < 0.9 || score[best] < need-0.1 && second > 0 {
		return
	}
	names := []string{best}
	if also := pairs[best]; also != "" && score[also] >= need {
		names = append(names, also)
	}
	p.want = append(p.want, conceptsNamed(names...)...)
	if best == "empathy" || best == "hold" || best == "interrupt" {
		p.before = ""
	}
}

// hintsFit reports whether most hints of a question are what fits says.
func hintsFit(q *Question, fits func(string) bool) bool {
	n, all := 0, 0
	for _, list := range q.Hints {
		for _, h := range list {
			all++
			if fits(phrase(h)) {
				n++
			}
		}
	}
	return n > 0 && 2*n > all
}

// settlePolarity finds out, for questions of what may go wrong, whether yes is the good answer, where no word of avoiding
// says so: a hint is a phrase that usually makes the answer yes.
func (p *plan) settlePolarity(q *Question) {
	if len(p.want) == 0 || p.good {
		return
	}
	c, text := p.want[0], p.core["en"]+" ; "+p.core["zh"]
	switch c.name {
	case "rude":
		p.settled = courtesy.in(text) || rudeWords.in(text)
		p.good = courtesy.in(text) && !rudeWords.in(text) // there are more words for bad manners than for good ones
	case "interrupt":
		p.good = (letFinish.MatchString(text) || hearsOut.in(text)) && !overWords.in(text)
	case "leak":
		p.good = private.in(text)
	case "identity":
		p.bad = p.bad || revealed.in(text) && toOthers.in(text) && !keepsTo.in(directZH.ReplaceAllString(toOthers.zh.ReplaceAllString(text, " "), " "))
	case "accuracy":
		p.bad2 = falsehood.MatchString(text)
	case "promise", "secretask":
		p.good = hintsFit(q, func(h string) bool { return c.refuse.in(h) || declines.in(h) })
	}
}

var (
	rudeWords = pat(`\b(rude\w*|disrespect\w*|discourte\w*|insult\w*|unprofessional\w*|sarcas\w*|impatient\w*|swear\w*|offensive|abusive|blam\w+|argu\w+|dismissive\w*|condescend\w*|harsh\w*|(los[et]|losing) (their|his|her) (temper|patience|composure)|belittl\w*|mock\w*|brush\w* off|ridicul\w*|talk\w* down|patroni[sz]\w*|snap(ped)?|unkind|inappropriate|aggressive\w*|raised? (their|his|her) voice)\b`,
		`粗鲁|粗暴|不文明|辱骂|侮辱|讽刺|嘲讽|嘲弄|不耐烦|顶撞|争执|争吵|推诿|指责|忌语|禁语|禁用语|敷衍|冷漠|反问|质问|脾气|怼|贬低|打发|不(被|受|够|太)?(尊重|礼貌|文明|耐心|专业|友好|客气)|冷言|恶语|难听|发火|轻视|怠慢|挖苦|推卸|吼|凶`)
	// courtesy are the words of good manners, beside those that avoids has.
	courtesy = pat(`\b(calm\w*|compos(ed|ure)|appropriate\w*|kind(ly|ness)?|decen(t|tly|cy)|pleasant\w*|warm\w*|nice(ly)?|dignity|manners|mannered|gentl[ey]|considerate\w*|tact\w*|well|good|fair(ly)?|clean|acceptable|proper(ly)?|helpful\w*|welcom\w+|even-tempered|level-headed|temper)\b`,
		`平和|和气|亲切|得体|友善|热情|客气|良好|好|温和|舒服|克制|稳重|妥当|规范|和蔼|文雅|合适|恰当|冷静|周到|耐烦|素质`)
	hearsOut = pat(`\b(wait\w*|until|room|space|chance|opportunity|time to|able to|both)\b`, `机会|充分|耐心|等|完整`)
	private  = pat(`\b(private|confidential|secret|kept|keeps?|withh[eo]ld|safe|protect\w*|only|discreet\w*|to (themselves|himself|herself))\b`, `保密|守住|都没|没有往外|不外传|保护|只`)
	// revealed, toOthers: something was told to whom it is not for. keepsTo: only to whom it is for.
	revealed  = pat(`\b(reveal\w*|disclos\w*|g[ai]v(e|en|ing) (away|out)|hand(ed|ing)? (out|over)|told|tell|telling|shar(e|ed|ing)|read(ing)? out|leak\w*|pass(ed)? on|discuss\w*)\b`, `透露|泄露|告诉|说出|报出|提供|讲给|念给`)
	toOthers  = pat(`\b(without|unverified|unidentified|unchecked|third part(y|ies)|(other|another|wrong) (people|person|customer)s?|somebody else|someone else|strangers?|before (having )?(made|making|check\w*|verif\w*|establish\w*|confirm\w*))\b`, `未经[^，,]{0,4}(验|核|确认)|没有?(核|验|确认|弄清|搞清)|不明|别人|他人|陌生|第三[方者人]|无关`)
	keepsTo   = pat(`\b(only|nothing|nobody|no one|no|never|not|kept|ke?ep|withh[eo]ld|avoid\w*|refrain\w*|refus\w*)\b`, `只|都没|没有|不|避免|拒绝|守住|未`)
	overWords = pat(`\b(speak|talk|spoke)\w* over|interrupt\w*|\bcut\b`, `抢话|插嘴|插话|打断|抢白`)
	declines  = pat(`\b(can't|cannot|couldn't|not able|unable|won't|don't|not for me|no say|depends?|decides?|decided|decision|up to|subject to|never|not)\b`, `不能|无法|不好|没法|不敢|不会|不要|不需要|取决|以.{0,12}为准|审核|审定|审批|决定|说了不算|不一定`)
)
