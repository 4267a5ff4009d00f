package quality

import "regexp"

// softPromise finds a promise without the usual words: that what the question names will happen.
func (j *judge) softPromise(q *Question, s sentence) []int {
	if s.asks || !promised.in(s.text) || unsure.in(s.text) {
		return nil
	}
	m := promised.find(s.text)
	if negated(s.text, m[0]) {
		return nil
	}
	for _, f := range j.facts {
		if share(terms(s.text), f.terms) > 0.2 && granted.MatchString(f.text) && f.decided() == nil {
			return nil
		}
	}
	topic := terms(q.plan.core["en"] + " " + q.plan.core["zh"])
	for _, w := range []string{"promis", "guarante", "avoid", "making", "outcom", "result", "forbidden", "承诺", "保证", "避免", "违规", "无法", "结果", "没有"} {
		delete(topic, w)
	}
	for _, f := range j.facts { // what the facts say may not be promised
		if mayNot.in(f.text) {
			for w := range f.terms {
				topic[w] = !promising.MatchString(w)
			}
		}
	}
	for _, f := range j.facts { // nor what somebody else decides
		if others := f.decided(); len(others) > 0 && (share(others, terms(s.text)) > 0 || sameThing(others, terms(s.text))) {
			return m
		}
	}
	for w, keep := range topic {
		if !keep {
			delete(topic, w)
		}
	}
	if m := strongSoft.find(s.text); m != nil && !unsure.in(s.text) {
		return m
	}
	if share(topic, terms(s.text)) > 0 {
		return m
	}
	return nil
}

// saysYes reports whether s says yes to a caller who asks for what the facts say may not be promised.
func (j *judge) saysYes(s sentence) bool {
	if s.turn == 0 || side(j.call.Turns[s.turn-1].Who) != Caller || !yesWord.in(s.text) || unsure.in(fold(j.call.Turns[s.turn].Text)) {
		return false
	}
	asked := fold(j.call.Turns[s.turn-1].Text)
	for _, f := range j.facts {
		others := f.decided()
		if asksOutcome.in(asked) && (mayNot.in(f.text) || len(others) > 0 && (share(others, terms(asked)) > 0 || sameThing(others, terms(asked)))) {
			return !denies.MatchString(s.text)
		}
	}
	return false
}

var (
	mayNot      = pat(`(may|must|can|cannot|can't|could|should)( not)? (not )?(be )?(promis|guarante)|not (allowed to|to) (promise|guarantee)|nothing (may|can) be promised`, `(不得|不能|不可|无法|禁止|不应|不允许)(作出|做出|对)?.{0,8}(承诺|保证)`)
	promising   = regexp.MustCompile(`promis|guarante|承诺|保证|不得|不能|无法`)
	yesWord     = pat(`^(oh,? )?(yes|yeah|of course|sure|certainly|absolutely|definitely|no problem)`, `^(能|会|可以|行|当然|没问题|肯定|放心)`)
	asksOutcome = pat(`\b(will|would|going to|can you (promise|guarantee|make sure)|do i get)\b`, `(能|会|可以|行)[^，。]{0,10}(吗|么|不)`)
)

var (
	promised   = pat(`\b(you('ll| will)|we('ll| will)|i('ll| will)|it('ll| will)|they('ll| will)|the \w+ will|i'll make sure|i can make sure)\b`, `(会|能|将|一定|肯定|包|马上|可以).{0,8}(退|赔|批|通过|到账|成功|解决|免|涨|赚|收益|到货|送到)`)
	strongSoft = pat(`\b(i'll (personally )?(make sure|see to it|ensure) (that )?(you|it|they|your)|(you|your \w+)('ll| will) (get|have) (it back|your money|the money|all (of )?(it|your)|a full refund|every penny)|i'll get (the |your |that |it )[a-z ]{0,20}(wiped|waived|refunded|removed|cancelled|approved|paid|sorted|back)|(no|without) (question|problem)s?,? (you'll|we'll|it)|(it|this|that)('ll| will) (never|not) happen again|you have nothing to worry about)\b`, `(没问题|放心)[，,].{0,10}(退|赔|批|通过|到账|能|会)|我(说了算|做主|打保票)|(收益|回报|利润).{0,6}(稳|固定|至少|最少)`)
	unsure     = pat(`\b(if|may|might|could|usually|normally|typically|should|subject|depend\w*|try|hope\w*|whether|once|unless|review\w*|consider\w*|decide[sd]?|decision|assess\w*|request\w*|check|ask|look into|forward\w*|pass)\b`, `如果|若|可能|一般|通常|视|取决|尽量|尽力|争取|是否|审核|评估|申请|以.{0,8}为准|结果|看情况|不一定|需要.{0,6}(审核|核实)|预计|帮您(反馈|登记|申请|提交|催|问)|具体`)
)

// decided are the terms of what f says that somebody else decides, nil for nothing.
func (f fact) decided() map[string]bool {
	m := decidedBy.find(f.text)
	if m == nil {
		return nil
	}
	return topical(terms(f.text[:m[0]]))
}

// decidedBy stands between a thing and who has the say about it.
var decidedBy = pat(`\b(is|are|has to be|have to be|must be|may be|can be|can only be|may only be) (only )?(decided|granted|approved|determined|confirmed|assessed|authori[sz]ed|frozen|waived|settled|removed) (only )?by\b|\b(is|are) (up to|for|at the discretion of) the\b|\b(needs?|requires?) (the )?\w* ?approval\b`,
	`由.{1,14}(决定|认定|审核|审批|批准|作出|做出|判断|裁定|核定|说了算)|以.{1,14}为准|(须|需|要)(经)?.{0,8}(审批|审核|批准|认定)`)

var granted = regexp.MustCompile(`approved|confirmed|granted|entitled|已(经)?(批准|通过|确认|审批)|符合`)
