package desk

import (
	"fmt"
	"slices"
	"time"
	"unicode"

	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

// The prompts of the queue.
const (
	sayNobody = iota
	sayLate
	sayCallBack
	sayClosed
	sayCallGiven
)

func say(what int, lang string) string {
	en := []string{
		"I'm sorry, nobody is free to take your call right now. You can go on asking me, or call again later.",
		"I'm sorry, everybody is still busy. You can go on asking me, or call again later.",
		"We have noted that you want to be called back on the number you are calling from. Goodbye.",
		"I'm sorry, my colleagues are not at work at this hour. You can go on asking me, or call again in the opening hours.",
		"We have noted that you want to be called back on the number you gave. Goodbye.",
	}
	zh := []string{
		"抱歉，现在没有人工同事可以接听。您可以继续问我，或者稍后再打来。",
		"抱歉，人工同事仍在忙线中。您可以继续问我，或者稍后再打来。",
		"已经为您登记回电，我们会拨打您现在使用的号码。再见。",
		"抱歉，现在不是人工服务时间。您可以继续问我，或者在服务时间内再打来。",
		"已经为您登记回电，我们会拨打您留下的号码。再见。",
	}
	if lang == "zh" {
		return zh[what]
	}
	return en[what]
}

// closed is what a caller hears out of hours.
func (p Policy) closed(lang string) string {
	if p.Closed != nil {
		if text := p.Closed(lang); text != "" {
			return text
		}
	}
	return say(sayClosed, lang)
}

// place is the announcement of a caller's place.
func place(n int, estimate time.Duration, lang string) string {
	minutes := int(estimate.Round(time.Minute).Minutes())
	if lang == "zh" {
		out := fmt.Sprintf("您前面还有%d位。", n-1)
		if n == 1 {
			out = "您是下一位。"
		}
		if minutes > 0 {
			out += fmt.Sprintf("预计等待%d分钟。", minutes)
		}
		return out
	}
	out := fmt.Sprintf("There are %d callers before you.", n-1)
	switch n {
	case 1:
		out = "You are next."
	case 2:
		out = "There is one caller before you."
	}
	switch {
	case minutes == 1:
		out += " It will take about a minute."
	case minutes > 1:
		out += fmt.Sprintf(" It will take about %d minutes.", minutes)
	}
	return out
}

// noted is what somebody hears who wants to be called back.
func noted(v View) int {
	if v.Channel == "sip" {
		return sayCallBack
	}
	return sayCallGiven
}

// offerBack offers to call back, on the number they call from or on the one they gave.
func offerBack(key rune, lang string, given bool) string {
	name := string(key)
	if lang == "zh" {
		switch key {
		case '*':
			name = "星号键"
		case '#':
			name = "井号键"
		}
		if given {
			return "如需我们回电到您留下的号码，请按" + name + "。"
		}
		return "如需我们回电到您现在使用的号码，请按" + name + "。"
	}
	switch key {
	case '*':
		name = "the star key"
	case '#':
		name = "the hash key"
	}
	if given {
		return "To be called back on the number you gave, press " + name + "."
	}
	return "To be called back on the number you are calling from, press " + name + "."
}

// join puts sentences together.
func join(lang, a, b string) string {
	if lang == "zh" {
		return a + b
	}
	return a + " " + b
}

// reason says why a call comes to a person: what the caller asked last, in their words, and where they only asked for a
// person, that.
func reason(v *View) string {
	for _, t := range slices.Backward(v.Turns) {
		if t.Who == call.Caller && !courtesy(t.Intent) && says(t.Text) {
			return t.Text
		}
	}
	return v.Why
}

// courtesy reports whether an intent keeps a conversation going, or asks for a person, and is none of what people call about.
func courtesy(intent string) bool {
	switch nlu.Command(intent) {
	case nlu.Person, nlu.Repeat, nlu.Yes, nlu.No, nlu.Stop, nlu.Goodbye, nlu.English, nlu.Chinese, nlu.Choice:
		return true
	}
	return intent == "greeting" || intent == "thanks"
}

// says reports whether a turn is long enough to say what it is about: a character of Chinese says as much as a short word.
func says(text string) bool {
	n := 0
	for _, r := range text {
		if n++; unicode.Is(unicode.Han, r) {
			n += 2
		}
	}
	return n >= 12
}
