package wrapup

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/parley-voice/parley/nlu/entity"
	"github.com/parley-voice/parley/pipeline/call"
)

var ( //nolint:gochecknoglobals // compiled once, never changed
	// A wish or trouble, in the general forms of the language.
	wishEN = regexp.MustCompile(`(?i)\b(want|need|like to|trying to|help|problem|issue|wrong|calling (about|because|to)|can(not|'t)|could(n't)|have(n't)|has(n't)|did(n't)|does(n't)|never|not working|lost|stolen|missing|refund|cancel|complain\w*|question|wondering)\b`)
	wishZH = regexp.MustCompile(`想|要|需要|帮|问题|怎么|为什么|没有|没|不能|无法|坏|丢|退|取消|投诉|办理|查询|咨询|还没|一直`)

	// Somebody of the company says what will be done.
	promiseEN    = regexp.MustCompile(`(?i)\b((i|we)(('ll| will| shall)( also| now| then| definitely| certainly)?|('m|'re| am| are) going to) \w+|you(('ll| will)| should) (get|receive|have|hear|see|be (\w+ed|sent))|(it|that|this|someone|somebody|a colleague|the \w+|your \w+)('ll| will) (be|get|call|arrive|ring|contact|reach)\b|i (promise|guarantee)|we (promise|guarantee)|you have my word)`)
	notPromiseEN = regexp.MustCompile(`(?i)\b((i|we)('ll| will| am going to|'m going to) (just |quickly )?(have a look|take a look|look|check|see|need|have to ask|ask you|be (right )?(back|with you)|put you (on hold|through)|transfer|connect|pop|read|try|go ahead)\b|will not|won't|if (i|we|you)|connecting you|how (can|may) (i|we) help|what can (i|we) do for you)`)
	promiseZH    = regexp.MustCompile(`((我|我们|我这边|我们这边|这边|同事|专员|工作人员|客服|系统)[^，。？]{0,6}(会|将|马上|立即|尽快)|(会|将)[^，。？]{0,14}(给|为|帮|跟|和|与)?[^，。？]{0,2}[您你][^，。？]{0,8}(回|联系|退|发|寄|送|补|处理|办|安排|登记|解决|打电话)|(给|为|帮)[您你][^，。？]{0,10}(登记|安排|申请|退|补发|补偿|寄|上报|反馈|开)|[^，。？]{0,12}(内|之前|以内)[^，。？]{0,8}(到账|送达|回复|联系|处理|退|发货|寄出|解决)|保证|承诺)`)
	notPromiseZH = regexp.MustCompile(`不会|不能|无法|没法|(查|看|核实|核对|确认|问)一下|稍等|请稍|如果|要是|吗$|吗？|为您转接|转接人工|(可以|能)帮[您你]`)

	// A person is wanted, whatever for.
	personEN = regexp.MustCompile(`(?i)\b(speak|talk|through|connect\w*|transfer\w*)\b.{0,24}\b(person|human|agent|someone|somebody|representative|operator|adviser|advisor|manager|supervisor|colleague)\b|\b(want|need|get me) (a |an )?(real |live )?(person|human|agent|representative|operator|supervisor)\b`)
	personZH = regexp.MustCompile(`(转|找|要|接|换|叫).{0,4}(人工|真人|客服|经理|主管|专员)|人工(服务|客服)?$`)

	// Something is left for later.
	deferEN = regexp.MustCompile(`(?i)\b(get back to you|call(ing)? (you|me) back|ring (you|me) back|look(ing)? into|follow(ing)? (this |it )?up|escalat\w+|pending|await\w*|wait(ing)? (for|on|to)|still (waiting|open|not|no)|investigat\w+|let you know|has(n't| not) (arrived|come|been)|have(n't| not) (received|had|heard)|not (yet|resolved|sorted))\b`)
	deferZH = regexp.MustCompile(`回复[您你]|回电|回访|跟进|核实后|反馈|上报|升级|等待|等(结果|通知|消息)|尚未|还没|还未|没(解决|处理|收到|到账|结果)|稍后|再联系|联系[您你]`)

	complaintEN = regexp.MustCompile(`(?i)\b(i (want|wish|'d like|would like) to (make a complaint|complain)|file a complaint|(this is|that's|it's) (\w+ )?(unacceptable|ridiculous|disgraceful|outrageous)|report you)\b`)
	complaintZH = regexp.MustCompile(`(我要|我想|要去|去)[^，。]{0,6}投诉|曝光你们|太不像话|什么态度|消费者协会|12315`)
	thanksEN    = regexp.MustCompile(`(?i)\b(thanks|thank you|cheers|great|perfect|brilliant|that's (all|it|everything|helpful)|lovely)\b`)
	thanksZH    = regexp.MustCompile(`谢谢|多谢|感谢|明白了|知道了|好的.{0,4}(了|再见)|没有其他|没别的`)
)

func (s sentence) is(en, zh *regexp.Regexp) bool {
	if s.zh {
		return zh.MatchString(s.text)
	}
	return en.MatchString(s.text)
}

func line(s sentence) Line { return Line{clip(s.text), s.turn} }

// reason is the caller's sentence that says most, early in the call.
func (d *document) reason() Line {
	const early = 8 // turns of the caller
	best, most := Line{}, 0.0
	turns, last := 0, -1
	for _, s := range d.all {
		if s.who != call.Caller {
			continue
		}
		if s.at != last {
			turns, last = turns+1, s.at
		}
		if turns > early {
			break
		}
		score := s.weight + 0.1
		if s.is(wishEN, wishZH) {
			score += 1
		}
		if in := d.turns[s.at].Intent; in != "" && in != "smalltalk" && in != "oos" {
			score += 0.5
		}
		score /= 1 + 0.15*float64(turns-1)
		if s.is(personEN, personZH) { // what for is the reason, where it is said
			score /= 4
		}
		if score > most {
			best, most = line(s), score
		}
	}
	return best
}

// promised are the company's sentences that say what will be done.
func (d *document) promised() []Line {
	var picked []sentence
	for _, s := range d.all {
		if s.who == call.Caller || s.question || !s.is(promiseEN, promiseZH) || s.is(notPromiseEN, notPromiseZH) {
			continue
		}
		if !slices.ContainsFunc(picked, func(p sentence) bool { return alike(p.words, s.words) > 0.8 && entity.Within(s.text, p.text) }) {
			picked = append(picked, s)
		}
	}
	if len(picked) > mostPromised { // the last word counts
		picked = picked[len(picked)-mostPromised:]
	}
	return lines(picked)
}

// open is what was put off, and a question of the caller that nobody took up.
func (d *document) open(promised []Line) []Line {
	var picked []sentence
	for i, s := range d.all {
		unanswered := s.who == call.Caller && s.question && !d.answered(i)
		if !unanswered && (s.question || !s.is(deferEN, deferZH)) {
			continue
		}
		if slices.ContainsFunc(promised, func(l Line) bool { return l.Turn == s.turn && l.Text == clip(s.text) }) && !unanswered {
			continue // it is listed as a promise
		}
		if !slices.ContainsFunc(picked, func(p sentence) bool { return alike(p.words, s.words) > 0.8 }) {
			picked = append(picked, s)
		}
	}
	if len(picked) > mostOpen {
		picked = picked[len(picked)-mostOpen:]
	}
	return lines(picked)
}

// answered reports whether anybody of the company spoke after a sentence.
func (d *document) answered(i int) bool {
	return slices.ContainsFunc(d.all[i+1:], func(s sentence) bool { return s.who != call.Caller })
}

// said picks the sentences that carry most of the call, none twice, in order.
func (d *document) said(reason Line, listed []Line) []Line {
	want := min(mostSaid, 1+len(d.turns)/5)
	order := make([]int, 0, len(d.all))
	for i, s := range d.all {
		greeting := s.at == 0 && s.who != call.Caller
		procedure := s.who != call.Caller && s.is(notPromiseEN, notPromiseZH) && len(s.figures) == 0
		if len(s.words) > 0 && !greeting && !procedure && !(s.turn == reason.Turn && clip(s.text) == reason.Text) && !slices.Contains(listed, line(s)) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(d.all[b].weight, d.all[a].weight) })
	var chosen []int
	for _, i := range order {
		if len(chosen) == want {
			break
		}
		if !slices.ContainsFunc(chosen, func(j int) bool { return alike(d.all[i].words, d.all[j].words) > 0.6 }) {
			chosen = append(chosen, i)
		}
	}
	slices.Sort(chosen)
	var picked []sentence
	for _, i := range chosen {
		picked = append(picked, d.all[i])
	}
	return lines(picked)
}

func lines(picked []sentence) []Line {
	out := make([]Line, 0, len(picked))
	for _, s := range picked {
		out = append(out, line(s))
	}
	return out
}

// numbers lists the figures in the words they were said in; what was said again is listed once.
func (d *document) numbers() []Line {
	out := []Line{}
	seen := map[string]bool{}
	for _, s := range d.all {
		for _, f := range s.figures {
			if f.Kind == entity.Plain && f.Value < 10 || seen[string(f.Kind)+f.Text] {
				continue
			}
			seen[string(f.Kind)+f.Text] = true
			if out = append(out, Line{f.Text, s.turn}); len(out) == mostNumbers {
				return out
			}
		}
	}
	return out
}

// disposition proposes how to file the call.
func (d *document) disposition(s Summary, ended call.Ended) string {
	caller, company := 0, 0
	complaint := false
	for _, x := range d.all {
		if x.who == call.Caller {
			caller++
			complaint = complaint || !x.question && x.is(complaintEN, complaintZH)
		} else {
			company++
		}
	}
	last := slices.IndexFunc(d.all, func(x sentence) bool { return x.at >= len(d.turns)-4 })
	thanks := last >= 0 && slices.ContainsFunc(d.all[last:], func(x sentence) bool { return x.who == call.Caller && x.is(thanksEN, thanksZH) })
	switch {
	case caller == 0 && ended.Why != "transferred":
		return "silent"
	case complaint:
		return "complaint"
	case ended.Why == "transferred":
		return "transferred"
	case company <= 1 && ended.By == call.Caller && !thanks:
		return "abandoned"
	case len(s.Promised) > 0 || len(s.Open) > 0:
		return "follow_up"
	case thanks:
		return "resolved"
	}
	return "other"
}
