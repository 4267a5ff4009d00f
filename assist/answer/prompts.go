package answer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names of the fixed sentences that only the engine uses.
const (
	sayNothing    = "nothing"     // I did not hear anything
	sayUnclear    = "unclear"     // the recogniser is not sure
	sayUnknown    = "unknown"     // no answer, first time: offers a person
	sayLater      = "later"       // the knowledge cannot be searched now: offers a person
	sayForeign    = "foreign"     // known in another language only: to be heard in it?
	sayElsewhere  = "elsewhere"   // perhaps known, in another language only: offers a person
	sayStill      = "still"       // no answer again: proposes a person firmly
	SayTransfer   = "transfer"    // one moment, you are put through
	sayBye        = "bye"         //
	saySwitched   = "switched"    // the language has changed
	SayHelp       = "help"        // how can I help?
	sayElse       = "else"        // anything else?
	sayGoOn       = "go_on"       // yes, go ahead
	sayNoMore     = "no_more"     // all right; I am here
	sayReword     = "reword"      // not what was meant: say it in other words
	sayStay       = "stay"        // no person wanted: what else
	sayWhich      = "which"       // yes, but which one?
	sayNoLast     = "no_last"     // nothing was said that could be repeated
	sayHello      = "hello"       // greeting
	sayThanks     = "thanks"      // you are welcome
	sayHowAreYou  = "how_are_you" //
	sayWhoAreYou  = "who_are_you" //
	sayComplaint  = "complaint"   // the caller is angry or complains
	sayCompliment = "compliment"  //
	sayKeys       = "keys"        // which keys do something
	sayNumber     = "number"      // a card or identity number was told
)

// sentences are the fixed sentences by name and language.
func sentences(lang string) map[string]string {
	if lang == "zh" {
		return map[string]string{
			SayAgain:      "不好意思，我没有听清，请您再说一遍。",
			SayThere:      "您还在吗？",
			SaySilent:     "我听不到您的声音，先挂断了，需要时请再打来。再见。",
			SayService:    "非常抱歉，系统需要短暂维护，请您过几分钟再打来。再见。",
			SayTooLong:    "本次通话已到最长时间，感谢您的来电。再见。",
			SayNoHelp:     "非常抱歉，这件事我没能帮到您，请您换个时间再打来。再见。",
			SayBack:       "不好意思，连接断开了，请稍等，我马上为您接回。",
			SayMoment:     "请稍等，我帮您查一下。",
			SayNoPerson:   "抱歉，现在暂时联系不上人工同事。您可以继续问我，或者稍后再打来。",
			sayNothing:    "不好意思，我没有听到，请您再说一遍。",
			sayUnclear:    "不好意思，这边听得不太清楚，能请您再说一遍吗？",
			sayUnknown:    "抱歉，这个问题我暂时没有答案。您可以换个说法，需要我帮您转人工吗？",
			sayLater:      "抱歉，我现在暂时查不到这项信息。需要我帮您转人工吗？",
			sayForeign:    "这个问题我只有英文的答案，要念给您听吗？您也可以要求转人工。",
			sayElsewhere:  "抱歉，这个问题我没有中文的答案。需要我帮您转人工吗？",
			sayStill:      "抱歉，我还是没能帮到您。我建议为您转接人工同事，可以吗？",
			SayTransfer:   "好的，请稍等，正在为您转接人工。",
			sayBye:        "感谢您的来电，再见。",
			saySwitched:   "好的，我们说中文。请问有什么可以帮您？",
			SayHelp:       "请问有什么可以帮您？",
			sayElse:       "请问还有什么可以帮您？",
			sayGoOn:       "好的，您请说。",
			sayNoMore:     "好的，您还有问题的话请直接说。",
			sayReword:     "好的，那请您换个说法，再告诉我一次。",
			sayStay:       "好的，那您还想了解什么？",
			sayWhich:      "请问您指的是哪一个？",
			sayNoLast:     "我刚才还没有说什么。请问有什么可以帮您？",
			sayHello:      "您好，请问有什么可以帮您？",
			sayThanks:     "不客气。请问还有什么可以帮您？",
			sayHowAreYou:  "谢谢您的关心，我很好。请问有什么可以帮您？",
			sayWhoAreYou:  "我是自动语音助手，可以回答常见问题，也可以帮您转人工。请问有什么可以帮您？",
			sayComplaint:  "非常抱歉给您带来不便。需要我帮您转接人工同事处理吗？",
			sayCompliment: "谢谢您。请问还有什么可以帮您？",
			sayNumber:     "为了您的安全，请不要在这里说卡号或证件号。请问您想了解什么，或者需要我帮您转人工吗？",
			sayKeys:       "您可以直接说出问题，按零转人工，按星号重听。",
		}
	}
	return map[string]string{
		SayAgain:      "Sorry, I didn't catch that. Could you say it again?",
		SayThere:      "Are you still there?",
		SaySilent:     "I can't hear you, so I'll hang up now. Please call again any time. Goodbye.",
		SayService:    "I am sorry, our service has to pause for a few minutes. Please call again shortly. Goodbye.",
		SayTooLong:    "This call has reached its longest time. Thank you for calling. Goodbye.",
		SayNoHelp:     "I'm sorry, I can't help with this. Please call again at another time. Goodbye.",
		SayMoment:     "One moment please, let me look that up.",
		SayBack:       "I'm sorry, we were cut off. One moment please, I'll get you back to a colleague.",
		SayNoPerson:   "I'm sorry, I can't reach a colleague at the moment. You can go on asking me, or call again later.",
		sayNothing:    "Sorry, I didn't hear anything. Could you say that again?",
		sayUnclear:    "Sorry, the line isn't very clear. Could you say that once more?",
		sayUnknown:    "I'm sorry, I don't have an answer to that. You can put it another way, or shall I connect you to a person?",
		sayLater:      "Sorry, I cannot look that up at the moment. Shall I put you through to a person?",
		sayForeign:    "I have the answer to that in Chinese only. Would you like to hear it? Or just ask for a person.",
		sayElsewhere:  "I'm sorry, I don't have an answer to that in English. Shall I connect you to a person?",
		sayStill:      "I'm sorry, I still can't help with that. I think a colleague should take over. Shall I connect you?",
		SayTransfer:   "One moment please, I'm connecting you to a person.",
		sayBye:        "Thank you for calling. Goodbye.",
		saySwitched:   "Sure, let's speak English. How can I help you?",
		SayHelp:       "How can I help you?",
		sayElse:       "Is there anything else I can help you with?",
		sayGoOn:       "Sure, go ahead.",
		sayNoMore:     "All right. If there is anything else, just ask.",
		sayReword:     "All right. Could you tell me in other words what you need?",
		sayStay:       "All right. What else would you like to know?",
		sayWhich:      "Which one do you mean?",
		sayNoLast:     "I haven't said anything yet. How can I help you?",
		sayHello:      "Hello! How can I help you?",
		sayThanks:     "You're welcome. Is there anything else I can help you with?",
		sayHowAreYou:  "I'm fine, thank you for asking. How can I help you?",
		sayWhoAreYou:  "I'm an automated assistant. I can answer common questions, or connect you to a person. How can I help you?",
		sayComplaint:  "I'm very sorry about that. Shall I connect you to a colleague who can look into it?",
		sayCompliment: "Thank you! Is there anything else I can help you with?",
		sayNumber:     "For your safety, please don't give card or account numbers here. What would you like to know, or shall I connect you to a person?",
		sayKeys:       "Just tell me your question. You can press zero for a person, or star to hear my last answer again.",
	}
}

// Say returns the fixed sentence of that name in lang ("zh", anything else is English). It is "" for an unknown name.
func Say(name, lang string) string { return sentences(lang)[name] }

// Prompts are all fixed sentences in lang, in a stable order, so that they can be made into speech ahead of time.
func Prompts(lang string) []string {
	var out []string
	for _, s := range sentences(lang) {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// didYouMean asks which of the questions was meant, the way a person would say it.
func didYouMean(questions []string, lang string) string {
	if lang == "zh" {
		qs := make([]string, len(questions))
		for i, q := range questions {
			qs[i] = strings.TrimRight(q, "？?。. ")
		}
		if len(qs) == 1 {
			return "您是想问，" + qs[0] + "，对吗？"
		}
		return "您是想问，" + strings.Join(qs[:len(qs)-1], "，") + "，还是，" + qs[len(qs)-1] + "？"
	}
	qs := spokenQuestions(questions)
	switch len(qs) {
	case 1:
		return "Did you mean: " + qs[0] + "?"
	case 2:
		return "Did you mean: " + qs[0] + ", or: " + qs[1] + "?"
	default:
		return "Did you mean: " + strings.Join(qs[:len(qs)-1], "; ") + "; or: " + qs[len(qs)-1] + "?"
	}
}

// twoThings asks which of two questions, both asked at once, should be answered first.
func twoThings(questions []string, lang string) string {
	if lang == "zh" {
		return "您问了两个问题：" + strings.TrimRight(questions[0], "？?。. ") + "，以及，" + strings.TrimRight(questions[1], "？?。. ") + "。先回答哪一个？"
	}
	qs := spokenQuestions(questions)
	return "You asked two things: " + qs[0] + ", and: " + qs[1] + ". Which one first?"
}

// spokenQuestions are questions of a list as they sound inside a sentence: no question mark, no capital.
func spokenQuestions(questions []string) []string {
	out := make([]string, len(questions))
	for i, q := range questions {
		q = strings.TrimRight(strings.TrimSpace(q), "?？.。! ")
		first, n := utf8.DecodeRuneInString(q)
		word, _, _ := strings.Cut(q, " ")
		capitals := strings.IndexFunc(word[min(n, len(word)):], unicode.IsUpper) >= 0
		if word != "I" && !strings.HasPrefix(word, "I'") && !capitals {
			q = string(unicode.ToLower(first)) + q[n:]
		}
		out[i] = q
	}
	return out
}
