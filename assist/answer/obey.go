package answer

import (
	"strings"

	"github.com/parley-voice/parley/nlu"
)

// key answers a key press: 0 is a person, * repeats, 1 to 3 choose what was offered.
func (r *request) key() error {
	k := r.q.Key
	switch {
	case k == '0':
		r.person()
	case k == '*':
		r.repeat()
	case k >= '1' && k <= '9' && int(k-'0') <= len(r.d.Offered):
		r.give(r.d.Offered[k-'1'], 1)
	case k == '1' && r.d.Person:
		r.person()
	case len(r.d.Offered) > 0:
		r.which()
	default:
		r.say(Clarify, sayKeys)
	}
	return nil
}

// obey carries out a command, if there is one. done is false when the text must be looked up.
func (r *request) obey() (done bool, err error) {
	switch r.u.Command {
	case nlu.Person:
		r.person()
	case nlu.Repeat:
		r.repeat()
	case nlu.Stop:
		r.out.Decision, r.out.Command, r.out.Text = Obey, nlu.Stop, ""
		r.out.Choices = r.d.Offered
	case nlu.Goodbye:
		r.say(Obey, sayBye)
		r.out.Command = nlu.Goodbye
	case nlu.English:
		r.change("en")
	case nlu.Chinese:
		r.change("zh")
	case nlu.Choice:
		return r.choose(), nil
	case nlu.Yes:
		return r.yes(), nil
	case nlu.No:
		return r.no(), nil
	default:
		return false, nil
	}
	return true, nil
}

func (r *request) person() {
	r.say(Obey, SayTransfer)
	r.out.Command = nlu.Person
	r.out.Next.Failures = 0
}

func (r *request) repeat() {
	if r.d.Last == "" {
		r.say(Clarify, sayNoLast)
		return
	}
	r.out.Decision, r.out.Command = Obey, nlu.Repeat
	r.out.Text, r.out.Lang = r.d.Last, r.d.LastLang
	r.out.Choices = r.d.Offered
}

func (r *request) change(lang string) {
	r.q.Reply = lang
	r.say(Obey, saySwitched)
	r.out.Switch, r.out.Command = lang, nlu.English
	if lang == "zh" {
		r.out.Command = nlu.Chinese
	}
}

func (r *request) choose() bool {
	n := r.u.Choice
	if n < 0 {
		n = len(r.d.Offered)
	}
	switch {
	case n >= 1 && n <= len(r.d.Offered):
		r.give(r.d.Offered[n-1], 1)
	case len(r.d.Offered) > 0:
		r.which()
	case r.d.Person && n == 1:
		r.person()
	default:
		return false
	}
	return true
}

// which asks again what was meant, with the same choices.
func (r *request) which() {
	qs := make([]string, len(r.d.Offered))
	for i, c := range r.d.Offered {
		qs[i] = c.Question
	}
	r.say(Clarify, sayWhich)
	r.out.Lang = questionsLang(qs, r.q.Reply)
	r.out.Text = didYouMean(qs, r.out.Lang)
	r.out.Choices = r.d.Offered
	r.out.Next.Failures = r.d.Failures + 1
}

// yes is a "yes" to what was offered; with more words it may still be a question of its own.
func (r *request) yes() bool {
	switch {
	case !r.u.Alone:
		return false // the search prefers what was offered
	case r.d.Person:
		r.person()
	case len(r.d.Offered) == 1:
		r.give(r.d.Offered[0], 1)
	case len(r.d.Offered) > 1:
		r.which()
	case r.d.Turns == 0:
		r.say(Obey, SayHelp)
	case r.askedForMore():
		r.say(Obey, sayGoOn)
	default:
		r.say(Obey, sayElse)
	}
	return true
}

// askedForMore reports whether the last reply asked what else there is.
func (r *request) askedForMore() bool {
	for _, name := range []string{sayElse, sayThanks, sayCompliment, SayHelp, sayHello, sayNoMore, sayStay} {
		if r.d.Last == Say(name, r.d.LastLang) {
			return true
		}
	}
	return false
}

func (r *request) no() bool {
	switch {
	case !r.u.Alone:
		return false
	case len(r.d.Offered) == 1 && r.d.Offered[0].Lang != r.q.Reply:
		r.elsewhere()
	case len(r.d.Offered) > 0:
		r.failed(Clarify, sayReword)
	case r.d.Person:
		r.say(Obey, sayStay)
	case r.d.Turns == 0:
		r.say(Obey, SayHelp)
	case r.askedForMore():
		r.say(Obey, sayBye)
		r.out.Command = nlu.Goodbye
	default:
		r.say(Obey, sayNoMore)
	}
	return true
}

// Intents that the engine answers itself. They belong to the built-in intents of package nlu.
func (r *request) smallTalk() bool {
	decision := Obey
	name := ""
	switch r.u.Intent {
	case nlu.IntentGreeting:
		name = sayHello
	case nlu.IntentThanks:
		name = sayThanks
	case nlu.IntentHowAreYou:
		name = sayHowAreYou
	case nlu.IntentWhoAreYou:
		name = sayWhoAreYou
	case nlu.IntentCompliment:
		name = sayCompliment
	case nlu.IntentComplaint:
		if !r.u.SmallTalk {
			return false
		}
		r.offer(sayComplaint)
		return true
	}
	if name == "" || !r.u.SmallTalk {
		return false
	}
	r.say(decision, name)
	r.out.Choices = r.d.Offered
	r.out.Next.Person = r.d.Person
	return true
}

// afterYes is the text without the "yes" or "no" that answers an offer.
func afterYes(text string) string {
	t := strings.TrimSpace(text)
	low := strings.ToLower(t)
	for _, w := range []string{"yes", "yeah", "yep", "no", "nope", "是的", "对的", "不是", "不对", "对", "嗯", "好的"} {
		if rest, ok := strings.CutPrefix(low, w); ok {
			rest = t[len(t)-len(rest):]
			if trimmed := strings.TrimLeft(rest, " ,.，。、!"); len(trimmed) >= 4 && (w[0] > 'z' || trimmed != rest) {
				return trimmed
			}
		}
	}
	return t
}
