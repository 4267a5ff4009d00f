package quality

import "regexp"

var (
	whenWords = pat(`\b(today|tomorrow|tonight|this (afternoon|morning|week|evening)|next (week|month|monday|tuesday|wednesday|thursday|friday)|by (the end|noon|monday|tuesday|wednesday|thursday|friday|saturday|sunday|close)|(on|this|until) (monday|tuesday|wednesday|thursday|friday|saturday|sunday)|immediately|straight ?away|right away|instantly|overnight|a (day|week|month|fortnight|couple of (days|hours|weeks))|(few|couple of|several) (minutes|hours|days|weeks)|same day|within the (hour|day|week)|end of (the )?(day|week|month))\b`,
		`今天|今晚|明天|后天|马上|立即|立刻|当天|本周|下周|下个?月|周[一二三四五六日末]|星期[一二三四五六日天]|月底|几(天|个?小时|分钟)|半(天|小时|个月)|实时|即时|次日|隔天|第二天|个把`)
	vagueWhen = pat(`\b(soon|shortly|as soon as possible|in due course|at some point|eventually)\b`, `尽快|稍后|很快|不久|过段时间|近期|到时候`)
	nextWords = pat(`\b(you('ll| will)|we('ll| will)|i('ll| will)|they('ll| will)|someone will|([a-z]+) will) (then |also |now |just |be |have to |need to )*(receiv\w*|get|send\w*|call\w*|contact\w*|email\w*|have|arriv\w*|post\w*|pass\w*|rais\w*|arrang\w*|order\w*|book\w*|log\w*|hear|follow\w*|text\w*|ring\w*|com\w+|process\w*|review\w*|investigat\w*|sent|in touch|look into|check\w*|visit\w*|issu\w*|refund\w*|fix\w*|updat\w*)|next step|what happens next|will (be|arrive|reach|take|come)\b|(the )?next thing|all you need to do`,
		`接下来|后续|下一步|会(给|为|帮|有|在|联系|发|寄|通知|退|安排|尽快|派|跟进|回|处理|收到|打|到)|我(会|将|来|这边|们会).{0,6}(帮|为|给|跟|安排|提交|登记|反馈|联系|转)|将(会|在|为|由)|届时|请您(先|留意|保持|注意|准备|携带)|您(需要|可以|只需)(先|在|到|带|登录|准备|提供|留意)`)
	wantTime  = pat(`time|how long|\bwhen\b|deadline|date|scale|by when`, `多久|时间|时限|多长|何时|什么时候|期限|日期`)
	wantSteps = pat(`next|follow|happen|steps?|process`, `后续|下一步|接下来|流程|步骤`)
)

func (j *judge) timeframe(q *Question, window []sentence) (outcome, error) {
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
		if next := clockZH.FindStringIndex(s.text); next != nil && len(said) == 0 && !past.in(s.text) {
			return j.found(s, next, 0.7, "wording", "a time was given"), nil
		}
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
				if wrong = &window[i]; q.plan.lenient {
					o := j.found(s, m, 0.65, "wording", "a time was given")
					return o, nil
				}
				continue
			}
			if !past.in(s.text) || next != nil {
				return j.found(s, m, 0.8, "wording", "a time was given"), nil
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
		return o, nil
	case step != nil && (!timed || either):
		return j.found(*step, nextWords.find(step.text), 0.7, "wording", "the next step was told"), nil
	}
	for _, s := range window {
		if m := hinted(q.Hints[j.lang], s); m != nil && (!timed || whenWords.in(s.text)) {
			return j.found(s, m, 0.6, "wording", "a phrase of the hints was said"), nil
		}
	}
	if !timed || either {
		if o, err := j.does("timeframe", window, func(s sentence) bool { return !s.asks && !routine.in(s.text) }); err != nil || o != nil {
			return value(o), err
		}
	}
	return absent("no time or next step was given"), nil
}

var clockZH = regexp.MustCompile(`(?:上午|下午|晚上|中午|早上).{0,6}点`)

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
