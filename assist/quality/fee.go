package quality

var (
	feeWords = pat(`\b(fees?|charges?|charged|costs?|price|priced|pay|penalty|postage|surcharge|deducted|payable)\b`, `费|收取|价格|元|块|工本|扣|付`)
	freeOf   = pat(`\b(free( of charge)?|no (extra |additional )?(charge|fee|cost|fees|charges)|won't (cost|be charged|charge)|not (be )?charged|costs? (you )?nothing|at no cost|waived?)\b`, `免费|不收(取)?.{0,4}(费|钱)|不(用|需要)(花|付|交|收).{0,3}(钱|费)|免(手续|年|运|工本|服务)?费|没有.{0,6}费|零费用|减免|包邮|不要钱|不收钱|不用钱|免单`)
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
		case len(said) > 0 && (len(due) == 0 && feeWords.in(s.text) || meet(said, due) || sumOf(said, j.facts)):
			return j.found(s, feeWords.find(s.text), 0.85, "facts", "the amount was said")
		case len(said) == 0 && j.barely(s):
			return j.found(s, feeWords.find(s.text), 0.7, "facts", "the amount was said without its unit")
		case freeOf.in(s.text) && (len(due) == 0 || j.freeIsTrue()):
			return j.found(s, freeOf.find(s.text), 0.75, "wording", "it was said to be free")
		case len(said) > 0 && len(due) > 0 && sameUnit(said, due) && feeWords.in(s.text) || freeOf.in(s.text):
			if wrong = &window[i]; q.plan.lenient && len(said) > 0 && !wantSum.in(q.plan.core["en"]+" "+q.plan.core["zh"]) {
				return j.found(s, feeWords.find(s.text), 0.65, "wording", "an amount was said")
			}
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

// barely reports whether s says the amount of a fact without its unit: "it's eighty nine either way".
func (j *judge) barely(s sentence) bool {
	for _, f := range j.facts {
		if money := of(f.amount, "money"); len(money) > 0 && plainly(money, f.terms, s, j.claims("money") == 1 && feeWords.in(s.text)) {
			return true
		}
	}
	return false
}

// feeDue reports whether somebody has to be told a price: a fact names one, or the caller asks, or the agent takes money.
func (j *judge) feeDue() bool {
	for _, f := range j.facts {
		if feeFact.in(f.text) && (len(f.amount) > 0 || freeOf.in(f.text) || duty.in(f.text)) && !noFee.in(f.text) {
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
