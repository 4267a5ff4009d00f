package quality

var (
	refuse = pat(`\b(can't|cannot|unable to|couldn't) (help|do (anything|that|it)|assist)|nothing (i|we) can do|don't know|no idea|not my|call (back )?(later|again|tomorrow|someone)|you('ll)? have to (call|ring|ask|find)|can't tell`, `不知道|不清楚|没办法|没法|帮不了|办不了|不归|不管|你问别人|解决不了|处理不了|无能为力|您自己`)
	solves = pat(`\b(i('ve| have|'ll| will| can)|we('ve| have|'ll| will| can)|let me|you (can|could|need to|just|should|will|'ll)|you'll|here's|the (answer|reason|fee|balance|opening)|it (is|costs|takes|will|opens|closes|should)|that's|it's|all done|done|please (go|press|try|visit|log|bring|send))\b`, `(已经?|帮您|为您|给您|会|可以|需要|您(可|只需|先|在)|请您|登录|点击|建议|原因|因为|是|办好|处理好|解决)`)
	happy  = pat(`\b(great|perfect|brilliant|lovely|wonderful|that helps|that's (all|it|good|great|fine|helpful|clear|what i)|thank you|thanks|cheers|appreciate)\b`, `谢谢|好的|太好了|明白了|清楚了|知道了|感谢|可以了`)
	unmet  = pat(`\b((haven't|didn't|not) (answer\w*|help\w*|solv\w*|fix\w*)|useless|no help|waste of time|forget it|never mind|still (doesn't|don't|not|isn't)|that doesn't help)\b`, `没(有)?(解决|回答|用)|算了|白打|等于没|还是不(行|知道|明白|清楚)|没帮`)
)

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
