package insight

// Unit is what a figure counts.
type Unit string

// The units. Shares are 0..1.
const (
	Count   Unit = "count"
	Share   Unit = "share"
	Seconds Unit = "s"
	Number  Unit = "number"
	Money   Unit = "money"
)

// Definition says what a figure is.
type Definition struct {
	ID      string `json:"id"`
	NameEn  string `json:"name_en"`
	NameZh  string `json:"name_zh"`
	Unit    Unit   `json:"unit" enum:"count,share,s,number,money"`
	En      string `json:"definition_en"`
	Zh      string `json:"definition_zh"`
	Formula string `json:"formula"`
	Better  int    `json:"better" doc:"1: more is better, -1: less is, 0: neither"`
	Machine bool   `json:"machine" doc:"Rests on what the machine made of the words, unless a person wrote it down"`
}

// state says how a call counts for a figure.
type state int

const (
	counts state = iota
	unknown
	apart // the figure is not about such a call
)

// measure is a figure with the way it is drawn from a call.
type measure struct {
	Definition
	of func(l *linked, o *Options) (float64, state)
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// toldOutcome leaves out calls whose outcome cannot be told.
func toldOutcome(want Outcome) func(*linked, *Options) (float64, state) {
	return func(l *linked, _ *Options) (float64, state) {
		if l.Outcome == CannotTell {
			return 0, unknown
		}
		return yes(l.Outcome == want), counts
	}
}

// timed is about calls that were spoken: nothing can be told where no turn has a time, and a chat has none to tell of.
func timed(value func(*linked) (float64, state)) func(*linked, *Options) (float64, state) {
	return func(l *linked, _ *Options) (float64, state) {
		switch {
		case l.Channel == "chat":
			return 0, apart
		case !l.Timed:
			return 0, unknown
		}
		return value(l)
	}
}

// part is a share of a whole, and about nothing where there is none.
func part(of, whole float64) (float64, state) {
	if whole <= 0 {
		return 0, apart
	}
	return of / whole, counts
}

// Definitions are those of all figures, in the order in which they are shown.
func Definitions() []Definition {
	var out []Definition
	for _, m := range measures() {
		out = append(out, m.Definition)
	}
	return append(out, savedDefinition())
}

func savedDefinition() Definition {
	return Definition{
		"saved", "Saved cost (estimate)", "节省成本（估算）", Money,
		"What the calls that the bot resolved would have cost had people taken them, as long as people take for a call. An estimate: it rests on the machine's view of what was resolved, and counts neither the bot's own cost nor calls that would not have been made.",
		"机器人解决的来电如由人工处理所需的成本，按人工平均处理时长计算。此为估算：依据机器对“是否解决”的判断，不含机器人自身成本，也不考虑本不会发生的来电。",
		"calls resolved by the bot × mean handle time (s) ÷ 3600 × insights.cost_per_hour", 1, true,
	}
}

func measures() []measure { return append(append(service(), outcomes()...), talking()...) }

func service() []measure {
	return []measure{
		{Definition{"calls", "Calls", "来电数", Count, "Calls that have ended, of bot and people, on all channels.", "已结束的全部来电，含机器人与人工、所有渠道。", "number of calls", 0, false},
			func(*linked, *Options) (float64, state) { return 1, counts }},
		{Definition{"containment", "Resolved by the bot", "机器人解决率", Share,
			"Share of the calls that the bot resolved alone: it answered what was asked last, no person was asked for, and nothing asked stayed without an answer after it. Calls of which this cannot be told (nothing was said, cut off, sent to a telephone outside) are left out.",
			"由机器人独立解决的来电占比：最后的问题已得到回答，没有要求人工，其后也没有未回答的问题。无法判断的来电（无声、中断、转至外部电话）不计入。",
			"calls with outcome resolved_bot ÷ calls whose outcome can be told", 1, true}, toldOutcome(ByBot)},
		{Definition{"fcr", "First-contact resolution", "一次解决率", Share,
			"Share of the first calls of a caller after which the same customer or number did not call again within the days set as insights.repeat_days. Calls without a known caller, calls that are repeats themselves, and calls so new that these days are not over are left out.",
			"首次来电后，同一客户或号码在设定天数（insights.repeat_days）内没有再次来电的占比。来电者未知、本身即重复来电、以及期限未满的来电不计入。",
			"first calls without another one within N days ÷ first calls of known callers whose N days are over", 1, false}, firstContact},
		{Definition{"repeat", "Repeat calls", "重复来电率", Share,
			"Share of the calls of known callers that follow another call of the same customer or number within the days set as insights.repeat_days.",
			"已知来电者的来电中，同一客户或号码在设定天数内曾来电的占比。", "calls with an earlier one within N days ÷ calls of known callers", -1, false}, repeated},
		{Definition{"handed", "Handed to people", "转人工率", Share, "Share of the calls in which a person was asked for, by the caller or by a rule.", "来电者或规则要求转人工的来电占比。", "calls with a hand-off asked for ÷ calls", 0, false},
			func(l *linked, _ *Options) (float64, state) { return yes(l.Handed), counts }},
		{Definition{"handle", "Handle time", "平均处理时长", Seconds, "Mean time a person had a call, hold included, writing afterwards not. Only calls that a person had.", "人工处理每通来电的平均时长，含保持，不含话后整理。仅计人工接听的来电。", "seconds with a person ÷ calls with a person", -1, false},
			func(l *linked, _ *Options) (float64, state) {
				if l.Agent == "" {
					return 0, apart
				}
				return l.HandleS, counts
			}},
		{Definition{"length", "Length", "平均通话时长", Seconds, "Mean time from answer to hang-up, of all calls but chats.", "从接通到挂断的平均时长，不含文字会话。", "seconds ÷ calls", 0, false},
			func(l *linked, _ *Options) (float64, state) {
				if l.Channel == "chat" {
					return 0, apart
				}
				return l.LengthS, counts
			}},
		{Definition{"wait", "Wait", "平均等待时长", Seconds, "Mean wait for a person at the desk, of the calls that somebody took; the first wait of a call counts.", "已被人工接起的来电在队列中的平均等待时长，以首次等待为准。", "seconds waited ÷ calls taken", -1, false},
			func(l *linked, _ *Options) (float64, state) {
				if l.Wait != Taken {
					return 0, apart
				}
				return l.WaitS, counts
			}},
		{Definition{"service_level", "Service level", "服务水平", Share, "Share of the calls that waited for a person at the desk and were taken within the seconds set as insights.service (20).", "要求人工的来电中，在设定秒数（insights.service，默认20秒）内被接起的占比。", "taken within S seconds ÷ waits (taken, abandoned, unserved)", 1, false},
			func(l *linked, o *Options) (float64, state) {
				if l.Wait == NoWait {
					return 0, apart
				}
				return yes(l.Wait == Taken && l.WaitS <= o.Service.Seconds()), counts
			}},
		{Definition{"abandonment", "Abandoned waits", "放弃率", Share, "Share of the waits for a person in which the caller hung up.", "等待人工期间来电者挂断的占比。", "waits that the caller ended ÷ waits (taken, abandoned, unserved)", -1, false},
			func(l *linked, _ *Options) (float64, state) {
				if l.Wait == NoWait {
					return 0, apart
				}
				return yes(l.Wait == Abandoned), counts
			}},
	}
}

// outcomes are the shares of what became of calls; "resolved_bot" is the containment.
func outcomes() []measure {
	one := func(id Outcome, en, zh, whatEn, whatZh string, better int) measure {
		return measure{Definition{
			string(id), en, zh, Share, whatEn + " What the agent wrote down counts before what the machine made of the call. Calls of which the outcome cannot be told are left out.",
			whatZh + "以坐席填写的结果为先，其次为机器判断；无法判断的来电不计入。", "calls with outcome " + string(id) + " ÷ calls whose outcome can be told", better, true,
		}, toldOutcome(id)}
	}
	return []measure{
		one(ByPerson, "Resolved by people", "人工解决率", "Share of the calls that a person had and in which nothing was promised or left open.", "由人工接听且没有承诺或遗留事项的来电占比。", 1),
		one(Promised, "Promised", "承诺跟进率", "Share of the calls in which a person promised that something will be done, or a call back was noted.", "人工承诺后续处理或已登记回电的来电占比。", 0),
		one(Open, "Left open", "未解决率", "Share of the calls in which something stayed without an answer, or a person was asked for and did not come.", "仍有未回答的问题，或要求人工而无人接听的来电占比。", -1),
		{Definition{"unanswered", "Questions without an answer", "未回答问题占比", Share, "Share of the calls with a question to the bot in which one of them stayed without an answer: the bot offered a person, or asked back and then gave none.", "向机器人提问的来电中，有问题未得到回答的占比：机器人提议转人工，或反问后仍未回答。", "calls with an unanswered question ÷ calls with a question to the bot", -1, true},
			func(l *linked, _ *Options) (float64, state) {
				if l.Asked == 0 {
					return 0, apart
				}
				return yes(l.Lacking > 0), counts
			}},
	}
}

func talking() []measure {
	return []measure{
		{Definition{"talk_share", "Talk share", "说话占比", Share, "Mean share of the speech that was the company's (bot or agent), of calls in which anybody spoke. Chats are not counted.", "企业方（机器人或坐席）说话时间占双方说话时间的平均比例。文字会话不计入。", "mean over calls of company speech ÷ (company + caller speech)", 0, false},
			timed(func(l *linked) (float64, state) { return part(l.CompanyS, l.CallerS+l.CompanyS) })},
		{Definition{"silence", "Silence", "静默占比", Share, "Mean share of a call in which nobody spoke, waiting for a person and hold left out. Chats are not counted.", "通话中无人说话的时间平均占比，不含等待人工与保持。文字会话不计入。", "mean over calls of silence ÷ (length − waiting − hold)", -1, false},
			timed(func(l *linked) (float64, state) { return part(l.SilenceS, l.BaseS) })},
		{Definition{"barge_in", "Caller spoke over", "来电者打断次数", Number, "Mean number of times a call in which the caller spoke over bot or agent: a reply of the bot that was cut short, or 0.8 s of both voices. Chats are not counted.", "每通来电中来电者打断机器人或坐席的平均次数：机器人话语被截断，或双方同时说话达0.8秒。文字会话不计入。", "interruptions by the caller ÷ calls", -1, false}, timed(func(l *linked) (float64, state) { return float64(l.BargeIn), counts })},
		{Definition{"cut_in", "Agent spoke over", "坐席打断次数", Number, "Mean number of times a call in which the agent began to speak over the caller for 0.8 s or more. Only calls that a person had.", "每通人工来电中坐席打断来电者（同时说话达0.8秒）的平均次数。", "interruptions by the agent ÷ calls with a person", -1, false},
			func(l *linked, o *Options) (float64, state) {
				if l.Agent == "" {
					return 0, apart
				}
				return timed(func(l *linked) (float64, state) { return float64(l.CutIn), counts })(l, o)
			}},
		{Definition{"upset", "Upset callers", "不满来电占比", Share, "Share of the calls in which the caller sounded upset at least once (sentiment of a turn at or below −0.85, by words and meaning).", "来电者至少一次表现不满（按用词和语义，单轮情绪不高于−0.85）的来电占比。", "calls with a turn at or below −0.85 ÷ calls in which the caller said something", -1, true},
			func(l *linked, _ *Options) (float64, state) {
				if !l.Felt {
					return 0, unknown
				}
				return yes(l.Worst <= Upset), counts
			}},
	}
}

// firstContact is about calls that no earlier one of the caller precedes.
func firstContact(l *linked, o *Options) (float64, state) {
	switch {
	case l.Who == "":
		return 0, unknown
	case l.prev != nil:
		return 0, apart
	case l.At.Add(o.within()).After(o.Now):
		return 0, unknown
	}
	return yes(l.next == nil), counts
}

func repeated(l *linked, _ *Options) (float64, state) {
	if l.Who == "" {
		return 0, unknown
	}
	return yes(l.prev != nil), counts
}
