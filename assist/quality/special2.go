package quality

import (
	"regexp"
	"strings"
)

// --- what does it cost, how long does it take ---

var (
	feeWords = pat(`\b(fees?|charges?|charged|costs?|price|priced|pay|penalty|postage|surcharge|deducted|payable)\b`, `费|收取|价格|元|块|工本|扣|付`)
	freeOf   = pat(`\b(free( of charge)?|no (extra |additional )?(charge|fee|cost|fees|charges)|won't (cost|be charged|charge)|not (be )?charged|costs? (you )?nothing|at no cost|waived?)\b`, `免费|不收(取)?.{0,4}(费|钱)|不(用|需要)(花|付|交|收).{0,3}(钱|费)|免(手续|年|运|工本|服务)?费|没有.{0,6}费|零费用|减免|包邮`)
	wantSum  = pat(`amount|how much|exact|correct|right (fee|price|amount|cost|charge)|price`, `金额|多少|具体|准确|正确|价格`)
)

func (j *judge) fee(q *Question, window []sentence) outcome {
	var due []amount
	for _, f := range j.facts {
		if m := of(f.amount, "money"); len(m) > 0 {
			due = append(due, m...)
		}
		if p := of(f.amount, "percent"); len(p) > 0 && feeWords.in(f.text) {
			due = append(due, p...)
		}
	}
	var wrong, mention *sentence
	for i, s := range window {
		if s.asks && !confirmAsk.in(s.text) {
			continue
		}
		said := append(of(amounts(s.text), "money"), of(amounts(s.text), "percent")...)
		switch {
		case len(said) > 0 && (len(due) == 0 && feeWords.in(s.text) || meet(said, due)):
			return j.found(s, feeWords.find(s.text), 0.85, "facts", "the amount was said")
		case freeOf.in(s.text) && (len(due) == 0 || j.freeIsTrue()):
			return j.found(s, freeOf.find(s.text), 0.75, "wording", "it was said to be free")
		case len(said) > 0 && len(due) > 0 && feeWords.in(s.text) || freeOf.in(s.text):
			wrong = &window[i]
		case feeWords.in(s.text) && feeStrong.in(s.text) && !denies.MatchString(s.text):
			mention = &window[i]
		}
	}
	switch {
	case wrong != nil:
		o := j.found(*wrong, nil, 0.8, "facts", "an amount was said that the facts contradict")
		o.value = No
		return o
	case mention != nil && !wantSum.in(q.plan.core["en"]+" "+q.plan.core["zh"]) && len(due) == 0:
		return j.found(*mention, feeWords.find(mention.text), 0.6, "wording", "it was mentioned without an amount")
	}
	return absent("no amount was said")
}

// feeDue reports whether somebody has to be told a price: a fact names one, or the caller asks, or the agent takes money.
func (j *judge) feeDue() bool {
	for _, f := range j.facts {
		if feeFact.in(f.text) && (len(of(f.amount, "money"))+len(of(f.amount, "percent")) > 0 || freeOf.in(f.text) || duty.in(f.text)) && !noFee.in(f.text) {
			return true
		}
	}
	for _, s := range j.sents {
		switch {
		case s.who == Caller && askFee.in(s.text):
			return true
		case s.who == Agent && feeStrong.in(s.text) && len(of(amounts(s.text), "money")) > 0 && len(j.facts) == 0:
			return true
		}
	}
	return len(j.facts) == 0
}

var (
	feeFact = pat(`\b(fees?|charges?|charged|costs?|price|priced|pay|penalty|free)\b`, `费|收取|价格|元|块|付`)
	noFee   = pat(`\bno (fee|charge|cost)s?\b.{0,20}(appl|due|involved|arise|$)|(fee|charge)s? (does|do) not apply|^no fee`, `(不涉及|没有|无)(任何)?(费用|收费)|不收费|不收取`)
	askFee  = pat(`how much (is|are|does|do|will|would|is it)|what('s| is| does| will).{0,20}(cost|fee|charge|price)|is (it|there) .{0,14}(fee|charge|free|cost)|do i (have to )?pay`, `(多少|什么|哪些|要不要|收不收|有没有|需要).{0,6}(费|钱)|费用|收费吗|多少钱|免费吗`)

	confirmAsk = pat(`is that (ok|okay|all right|alright|fine)|okay\?|all right\?|happy with that`, `可以吗|好吗|行吗|您看|能接受|同意吗`)
	feeStrong  = pat(`\b(there('s| is| will be)|we charge|you('ll| will) (be charged|have to pay|pay)|costs?|a (small )?(fee|charge)|fee (applies|of|is))\b`, `(会|要|需要|得|将).{0,4}(收|扣|付|交)|费(用)?(是|为|需)|有.{0,6}费`)
)

func (j *judge) freeIsTrue() bool {
	for _, f := range j.facts {
		if freeOf.in(f.text) {
			return true
		}
	}
	return false
}

var (
	whenWords = pat(`\b(today|tomorrow|tonight|this (afternoon|morning|week|evening)|next (week|month|monday|tuesday|wednesday|thursday|friday)|by (the end|noon|monday|tuesday|wednesday|thursday|friday|saturday|sunday|close)|(on|this|until) (monday|tuesday|wednesday|thursday|friday|saturday|sunday)|immediately|straight ?away|right away|instantly|overnight|a (day|week|month|fortnight|couple of (days|hours|weeks))|(few|couple of|several) (minutes|hours|days|weeks)|same day|within the (hour|day|week)|end of (the )?(day|week|month))\b`,
		`今天|今晚|明天|后天|马上|立即|立刻|当天|本周|下周|下个?月|周[一二三四五六日末]|星期[一二三四五六日天]|月底|几(天|个?小时|分钟)|半(天|小时|个月)|实时|即时|次日|隔天|第二天|个把`)
	vagueWhen = pat(`\b(soon|shortly|as soon as possible|in due course|at some point|eventually)\b`, `尽快|稍后|很快|不久|过段时间|近期|到时候`)
	nextWords = pat(`\b(you('ll| will)|we('ll| will)|i('ll| will)|they('ll| will)|someone will|([a-z]+) will) (then |also |now |just |be |have to |need to )*(receiv\w*|get|send\w*|call\w*|contact\w*|email\w*|have|arriv\w*|post\w*|pass\w*|rais\w*|arrang\w*|order\w*|book\w*|log\w*|hear|follow\w*|text\w*|ring\w*|com\w+|process\w*|review\w*|investigat\w*|sent|in touch|look into|check\w*|visit\w*|issu\w*|refund\w*|fix\w*|updat\w*)|next step|what happens next|will (be|arrive|reach|take|come)\b|(the )?next thing|all you need to do`,
		`接下来|后续|下一步|会(给|为|帮|有|在|联系|发|寄|通知|退|安排|尽快|派|跟进|回|处理|收到|打|到)|我(会|将|来|这边|们会).{0,6}(帮|为|给|跟|安排|提交|登记|反馈|联系|转)|将(会|在|为|由)|届时|请您(先|留意|保持|注意|准备|携带)|您(需要|可以|只需)(先|在|到|带|登录|准备|提供|留意)`)
	wantTime  = pat(`time|how long|\bwhen\b|deadline|date|scale|by when`, `多久|时间|时限|多长|何时|什么时候|期限|日期`)
	wantSteps = pat(`next|follow|happen|steps?|process`, `后续|下一步|接下来|流程|步骤`)
)

func (j *judge) timeframe(q *Question, window []sentence) outcome {
	ask := q.plan.core["en"] + " " + q.plan.core["zh"]
	timed, stepped := wantTime.in(ask), wantSteps.in(ask)
	either := timed && stepped && q.plan.anyOf
	var due []amount
	for _, f := range j.facts {
		due = append(due, of(f.amount, "days")...)
		due = append(due, of(f.amount, "weekday")...)
	}
	var wrong, step *sentence
	for i, s := range window {
		if s.asks && !confirmAsk.in(s.text) || routine.in(s.text) {
			continue
		}
		list := amounts(s.text)
		said := append(of(list, "days"), of(list, "weekday")...)
		next := nextWords.find(s.text)
		m := whenWords.find(s.text)
		if len(said) > 0 && m == nil {
			m = []int{0, len(s.text)}
		}
		if next != nil && negated(s.text, next[0]) {
			next = nil
		}
		if vague := vagueWhen.find(s.text); m != nil && vague == nil || len(said) > 0 {
			if len(due) > 0 && len(said) > 0 && !meet(said, due) && sameUnit(said, due) {
				wrong = &window[i]
				continue
			}
			if !past.in(s.text) || next != nil {
				return j.found(s, m, 0.8, "wording", "a time was given")
			}
		}
		if next != nil && step == nil && s.turn > 0 {
			step = &window[i]
		}
	}
	switch {
	case wrong != nil:
		o := j.found(*wrong, nil, 0.75, "facts", "a time was given that the facts contradict")
		o.value = No
		return o
	case step != nil && (!timed || either):
		return j.found(*step, nextWords.find(step.text), 0.7, "wording", "the next step was told")
	}
	for _, s := range window {
		if m := hinted(q.Hints[j.lang], s); m != nil && (!timed || whenWords.in(s.text)) {
			return j.found(s, m, 0.6, "wording", "a phrase of the hints was said")
		}
	}
	return absent("no time or next step was given")
}

var past = pat(`\b(was|were|ago|last|yesterday|have a|enjoy|for calling)\b`, `祝您|上(个|周|次)|昨天|之前|愉快`)

func sameUnit(a, b []amount) bool {
	for _, x := range a {
		for _, y := range b {
			if x.unit == y.unit {
				return true
			}
		}
	}
	return false
}

// --- holding ---

// quiet is the silence in seconds between two turns that counts as a hold.
const quiet = 10

var (
	holdSaid  = pat(`\b(hold|one moment|one second|a moment|a minute|a second|just a sec\w*|bear with me|a couple of minutes|give me (a|one|two|just)|while i (check|look|pull|find|get|do)|let me (check|look|just check|find|see|pull)|hang on|wait|moment please|two minutes|stay on)\b`, `稍等|等一下|等一会|请等|等候|稍候|等待|查一下|看一下|别挂|不要挂|几分钟|一两分钟|片刻`)
	holdAsk   = pat(`permission|\bask|consent|\bmay\b|agree`, `征得|征求|询问|同意|许可`)
	holdThank = pat(`\bthank|apolog|return`, `感谢|致谢|致歉|道歉|返回`)
	holdBack  = pat(`\b(thank(s| you) for (holding|waiting|your patience|bearing)|sorry (for|about) (the|that|keeping|your) (wait|hold|you waiting|keeping)|appreciate your patience)`, `久等|感谢.{0,4}(等待|耐心|等候)|谢谢.{0,4}(等待|耐心|等候)`)
)

// held is the turn behind the longest silence, -1 without a long one.
func (j *judge) held() int {
	best, at := float64(quiet), -1
	for i := 1; i < len(j.call.Turns); i++ {
		if gap := j.call.Turns[i].StartS - j.call.Turns[i-1].EndS; gap >= best {
			best, at = gap, i
		}
	}
	return at
}

// saysHold reports whether the agent came back from a wait.
func (j *judge) saysHold() bool {
	for _, s := range j.sents {
		t := s.turn
		if s.who == Agent && holdBack.in(s.text) && t > 0 && j.call.Turns[t].StartS-j.call.Turns[t-1].EndS >= quiet/2 {
			return true
		}
	}
	return false
}

func (j *judge) hold(q *Question) outcome {
	ask := q.plan.core["en"] + " " + q.plan.core["zh"]
	at := j.held()
	if holdThank.in(ask) && !holdAsk.in(ask) {
		for _, s := range j.sents {
			if s.who == Agent && holdBack.in(s.text) {
				return j.found(s, holdBack.find(s.text), 0.85, "wording", "the agent thanked or apologised for the wait")
			}
		}
		return absent("nothing was said about the wait")
	}
	for _, s := range j.sents {
		if s.who != Agent || at >= 0 && s.turn >= at || holdBack.in(s.text) {
			continue
		}
		m := holdSaid.find(s.text)
		if m == nil || at >= 0 && at-s.turn > 3 {
			continue
		}
		if holdAsk.in(ask) && strings.Contains(q.plan.core["en"]+q.plan.core["zh"], "permission") && !s.asks {
			continue
		}
		return j.found(s, m, 0.8, "wording", "the wait was announced")
	}
	return absent("the wait was not announced")
}

// --- is it true, is it solved ---

var (
	guess  = pat(`\b(i don't know|no idea|not sure|i('m| am) guessing|i guess|couldn't tell you|can't remember)\b`, `不知道|不清楚|不太清楚|不确定|说不准|好像是吧|大概吧`)
	duty   = pat(`\b(had to|has to|have to|must|due|should|required|mandatory|needs? to)\b`, `必须|应当|应该|须|需要|要求`)
	refuse = pat(`\b(can't|cannot|unable to|couldn't) (help|do (anything|that|it)|assist)|nothing (i|we) can do|don't know|no idea|not my|call (back )?(later|again|tomorrow|someone)|you('ll)? have to (call|ring|ask|find)|can't tell`, `不知道|不清楚|没办法|没法|帮不了|办不了|不归|不管|你问别人|解决不了|处理不了|无能为力|您自己`)
	solves = pat(`\b(i('ve| have|'ll| will| can)|we('ve| have|'ll| will| can)|let me|you (can|could|need to|just|should|will|'ll)|you'll|here's|the (answer|reason|fee|balance|opening)|it (is|costs|takes|will|opens|closes|should)|that's|it's|all done|done|please (go|press|try|visit|log|bring|send))\b`, `(已经?|帮您|为您|给您|会|可以|需要|您(可|只需|先|在)|请您|登录|点击|建议|原因|因为|是|办好|处理好|解决)`)
	happy  = pat(`\b(great|perfect|brilliant|lovely|wonderful|that helps|that's (all|it|good|great|fine|helpful|clear|what i)|thank you|thanks|cheers|appreciate)\b`, `谢谢|好的|太好了|明白了|清楚了|知道了|感谢|可以了`)
	unmet  = pat(`\b((haven't|didn't|not) (answer\w*|help\w*|solv\w*|fix\w*)|useless|no help|waste of time|forget it|never mind|still (doesn't|don't|not|isn't)|that doesn't help)\b`, `没(有)?(解决|回答|用)|算了|白打|等于没|还是不(行|知道|明白|清楚)|没帮`)
)

func (j *judge) accuracy(q *Question) outcome {
	fine, broken := Yes, No
	ask := q.plan.core["en"] + " " + q.plan.core["zh"]
	if !q.plan.good && falsehood.MatchString(ask) {
		fine, broken = No, Yes
	}
	var heard *sentence
	for _, f := range j.facts {
		if s := j.contradicts(f); s != nil {
			o := j.found(*s, nil, 0.75, "facts", "it contradicts a fact")
			o.value = broken
			return o
		}
	}
	for i, s := range j.sents {
		if s.who != Agent || s.asks {
			continue
		}
		for _, f := range j.facts {
			if meet(amounts(s.text), f.amount) {
				return outcome{value: fine, conf: 0.85, ev: []Evidence{j.evidence(s, nil)}, by: "facts", why: "it agrees with a fact", turns: []int{s.turn}}
			}
		}
		if guess.in(s.text) && heard == nil {
			heard = &j.sents[i]
		}
	}
	if heard != nil && broken == No {
		o := j.found(*heard, guess.find(heard.text), 0.55, "wording", "the agent did not know")
		o.value = No
		return o
	}
	return outcome{value: fine, conf: 0.55, by: "absence", why: "nothing that was said contradicts the facts"}
}

// contradicts finds the agent's sentence that gives another value than f, nil if there is none.
func (j *judge) contradicts(f fact) *sentence {
	var found *sentence
	for k := range 5 * len(f.claims) {
		unit, cl := []string{"money", "percent", "days", "clock", "weekday"}[k%5], f.claims[k/5]
		due := of(cl.amount, unit)
		if len(due) == 0 {
			continue
		}
		agreed, wrong := false, (*sentence)(nil)
		for i, s := range j.sents {
			if s.who != Agent || s.asks && !confirmAsk.in(s.text) {
				continue
			}
			said := of(amounts(s.text), unit)
			switch {
			case len(said) == 0:
			case meet(said, due):
				agreed = true
			case j.elsewhere(said):
			case sumOf(said, j.facts):
				agreed = true
			case share(topical(cl.terms), j.around(s)) >= 0.2 || sameThing(cl.terms, j.around(s)):
				wrong = &j.sents[i]
			}
		}
		if !agreed && wrong != nil {
			found = wrong
		}
	}
	if found == nil && len(f.amount) == 0 && !duty.in(f.text) {
		return j.opposite(f)
	}
	return found
}

// around are the terms of a sentence with those of its turn and of the turn before, which it may answer.
func (j *judge) around(s sentence) map[string]bool {
	out := map[string]bool{}
	for _, o := range j.sents {
		if o.turn == s.turn || o.turn == s.turn-1 {
			for w := range terms(o.text) {
				out[w] = true
			}
		}
	}
	return out
}

// elsewhere reports whether another fact has the amount.
func (j *judge) elsewhere(said []amount) bool {
	for _, f := range j.facts {
		if meet(said, f.amount) {
			return true
		}
	}
	return false
}

// opposite finds a sentence that says of the same things what f denies, or denies what f says.
func (j *judge) opposite(f fact) *sentence {
	if len(f.terms) < 2 {
		return nil
	}
	for i, s := range j.sents {
		if s.who != Agent || s.asks || share(f.terms, terms(s.text)) < 0.6 {
			continue
		}
		if denies.MatchString(f.text) != denies.MatchString(s.text) {
			return &j.sents[i]
		}
	}
	return nil
}

func (j *judge) resolved(window []sentence) outcome {
	var solved *sentence
	for i, s := range window {
		if s.turn == 0 || routine.in(s.text) || s.asks || checks.in(s.text) || weakChecks.in(s.text) && len(terms(s.text)) < 5 {
			continue
		}
		if !refuse.in(s.text) && (len(terms(s.text)) > 2 || solves.in(s.text) && len(terms(s.text)) > 1 || len(amounts(s.text)) > 0) {
			solved = &window[i]
		}
	}
	for k := len(j.sents) - 1; k >= 0; k-- {
		if s := j.sents[k]; s.who == Caller && unmet.in(s.text) {
			o := j.found(s, unmet.find(s.text), 0.65, "wording", "the caller said that it did not help")
			o.value = No
			return o
		} else if s.who == Caller && happy.in(s.text) && solved != nil {
			break
		}
	}
	if solved == nil {
		return absent("no answer was given")
	}
	return j.found(*solved, nil, 0.6, "wording", "an answer was given")
}

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
		if share(terms(s.text), f.terms) > 0.2 && granted.MatchString(f.text) {
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
		if mayNot.in(f.text) && asksOutcome.in(asked) {
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

var (
	falsehood = regexp.MustCompile(`wrong|incorrect|false|mislead|misinform|untrue|mistake|\berrors?\b|conflict|contradict|inconsistent|错|误导|不符|出入|偏差|冲突|矛盾`)
	granted   = regexp.MustCompile(`approved|confirmed|granted|entitled|已(经)?(批准|通过|确认|审批)|符合`)
)
