package quality

import "strings"

// quiet is the silence in seconds between two turns that counts as a hold.
const quiet = 10

var (
	holdSaid  = pat(`\b(hold|one moment|one second|a moment|a minute|a second|just a sec\w*|bear with me|a couple of minutes|give me (a|one|two|just)|while i (check|look|pull|find|get|do)|let me (check|look|just check|find|see|pull)|hang on|wait|moment please|two minutes|stay on)\b`, `稍等|等一下|等一会|请等|等候|稍候|等待|查一下|看一下|别挂|不要挂|几分钟|一两分钟|片刻`)
	holdAsk   = pat(`permission|\bask|consent|\bmay\b|agree`, `征得|征求|询问|同意|许可`)
	holdThank = pat(`\bthank|apolog|return`, `感谢|致谢|致歉|道歉|返回`)
	holdBack  = pat(`\b(thank(s| you) for (holding|waiting|your patience|bearing)|sorry (for|about) (the|that|keeping|your) (wait|hold|you waiting|keeping)|appreciate (your patience|you (waiting|holding))|thank(s| you) for (hanging|staying|being patient)|sorry to (have )?(keep|kept)|(been|being) so patient)`, `久等|感谢.{0,4}(等待|耐心|等候)|谢谢.{0,4}(等待|耐心|等候)`)
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

// thankedAfter reports whether the agent thanks or apologises for a wait that was announced in a turn and ended with turn at,
// -1 where no silence shows it.
func (j *judge) thankedAfter(turn, at int) (bool, error) {
	for _, s := range j.sents {
		if s.who != Agent || s.turn <= turn {
			continue
		}
		l, err := j.leans("heldback", s)
		if err != nil || l.does() || holdBack.in(s.text) || s.turn == at && thanksOrSorry.in(s.text) {
			return true, err
		}
	}
	return false, nil
}

var thanksOrSorry = pat(`\b(thanks?|sorry|apolog\w*|appreciate)\b`, `谢|抱歉|不好意思|对不起|久等|耽误`)

func (j *judge) hold(q *Question) (outcome, error) {
	ask := q.plan.core["en"] + " " + q.plan.core["zh"]
	at := j.held()
	if holdThank.in(ask) && !holdAsk.in(ask) {
		for _, s := range j.sents {
			if s.who == Agent && holdBack.in(s.text) {
				return j.found(s, holdBack.find(s.text), 0.85, "wording", "the agent thanked or apologised for the wait"), nil
			}
		}
		if o, err := j.does("heldback", j.within(Agent, anywhere), func(sentence) bool { return true }); err != nil || o != nil {
			return value(o), err
		}
		return absent("nothing was said about the wait"), nil
	}
	for _, s := range j.sents {
		if s.who != Agent || at >= 0 && s.turn >= at || holdBack.in(s.text) {
			continue
		}
		m := holdSaid.find(s.text)
		if l, err := j.leans("hold", s); err != nil {
			return outcome{}, err
		} else if m == nil && l.does() {
			m = []int{0, len(s.text)}
		}
		if m == nil || at >= 0 && at-s.turn > 3 {
			continue
		}
		if holdAsk.in(ask) && strings.Contains(q.plan.core["en"]+q.plan.core["zh"], "permission") && !s.asks {
			continue
		}
		if thanked, err := j.thankedAfter(s.turn, at); err != nil {
			return outcome{}, err
		} else if holdThank.in(ask) && !thanked {
			o := j.found(s, m, 0.65, "wording", "the wait was announced, and nothing was said about it afterwards")
			o.value = No
			return o, nil
		}
		return j.found(s, m, 0.8, "wording", "the wait was announced"), nil
	}
	return absent("the wait was not announced"), nil
}
