package answer_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/nlu/hanzi"
)

// faq is a base in memory: an entry's probability is the share of the query's longer words that its question has.
type faq []knowledge.Entry

func (f faq) Search(_ context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	var hits []knowledge.Hit
	for _, e := range f {
		if len(e.Queues) > 0 && !slices.Contains(e.Queues, a.View.Queue) {
			continue
		}
		in := " " + strings.Join(hanzi.Segment(hanzi.Fold(e.Question)), " ") + " "
		n, all := 0, 0
		for _, w := range hanzi.Segment(hanzi.Fold(a.Text)) {
			if len(w) < 4 || slices.Contains([]string{"what", "with", "have", "meant", "know", "does", "when", "怎么"}, w) {
				continue
			}
			all++
			if strings.Contains(in, " "+w+" ") {
				n++
			}
		}
		if n > 0 {
			hits = append(hits, knowledge.Hit{Entry: e, PRight: 0.95 * float64(n) / float64(all)})
		}
	}
	slices.SortStableFunc(hits, func(a, b knowledge.Hit) int {
		switch {
		case a.PRight > b.PRight:
			return -1
		case a.PRight < b.PRight:
			return 1
		}
		return 0
	})
	return hits[:min(a.Most, len(hits))], nil
}

var bank = faq{
	{ID: "lost", Question: "How do I report a lost card?", Answer: "Call 0800 555 010. We block it at once.", Lang: "en"},
	{ID: "fee", Question: "What does a foreign card payment cost?", Answer: "1.5 percent.", Lang: "en"},
	{ID: "hours", Question: "What are the opening hours?", Answer: "Nine to five.", Lang: "en"},
	{ID: "退货", Question: "怎么申请退货？", Answer: "七天内可以在订单页申请退货。", Lang: "zh"},
	{ID: "运费", Question: "退货运费谁承担？", Answer: "质量问题由我们承担。", Lang: "zh"},
}

// engine answers from two of three words on, unless o says otherwise.
func engine(o answer.Options) *answer.Engine {
	if o.Bar == 0 {
		o.Bar = 0.6
	}
	return answer.New(nlu.New(nlu.Options{}), bank, o)
}

// step is one exchange: what is said, and what must come of it.
type step struct {
	say, decision, entry, contains string
	command                        nlu.Command
	conf                           float64
	key                            rune
	reply                          string
}

func converse(t *testing.T, e *answer.Engine, steps ...step) answer.Dialogue {
	t.Helper()
	var d answer.Dialogue
	for _, s := range steps {
		before := d
		dec, err := e.Answer(t.Context(), d, answer.Query{Text: s.say, Key: s.key, Reply: s.reply, Confidence: s.conf, Spoken: s.conf > 0})
		if err != nil {
			t.Fatalf("%q: %v", s.say, err)
		}
		if !reflect.DeepEqual(before, d) {
			t.Fatalf("%q changed the dialogue it was given", s.say)
		}
		if dec.Decision != s.decision || dec.Entry != s.entry || dec.Command != s.command || !strings.Contains(dec.Text, s.contains) {
			t.Errorf("%q: %s entry %q command %q %q; want %s %q %q %q", s.say, dec.Decision, dec.Entry, dec.Command, dec.Text, s.decision, s.entry, s.command, s.contains)
		}
		d = dec.Next
	}
	return d
}

func TestConversations(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]step{
		"known, repeat, goodbye": {
			{say: "Hello", decision: answer.Obey, contains: "How can I help"},
			{say: "I need to report a lost card", decision: answer.Known, entry: "lost", contains: "Call 0800 555 010. We block it at once."},
			{say: "say that again", decision: answer.Obey, command: nlu.Repeat, contains: "0800"},
			{say: "thanks", decision: answer.Obey, contains: "welcome"},
			{say: "that's all", decision: answer.Obey, command: nlu.Goodbye, contains: "Goodbye"},
		},
		"choice by number": {
			{say: "question about the card payment of my lost holidays", decision: answer.Clarify, contains: "Did you mean"},
			{say: "the second one", decision: answer.Known, entry: "fee"},
		},
		"choice by words": {
			{say: "something about my card", decision: answer.Clarify, contains: ", or: "},
			{say: "the lost one", decision: answer.Known, entry: "lost"},
		},
		"choice by key": {
			{say: "something about my card", decision: answer.Clarify},
			{key: '1', decision: answer.Known, entry: "lost"},
		},
		"no to the choices, twice": {
			{say: "something about my card", decision: answer.Clarify},
			{say: "no", decision: answer.Clarify, contains: "other words"},
			{say: "giraffes elephants", decision: answer.Offer, contains: "colleague"},
			{say: "yes please", decision: answer.Obey, command: nlu.Person},
		},
		"unknown twice": {
			{say: "giraffes elephants", decision: answer.Offer, contains: "person"},
			{say: "zebras lions", decision: answer.Offer, contains: "colleague should take over"},
			{say: "no", decision: answer.Obey, contains: "What else"},
			{say: "opening hours", decision: answer.Known, entry: "hours"},
		},
		"person": {
			{say: "I want to talk to a human", decision: answer.Obey, command: nlu.Person, contains: "connecting"},
		},
		"keys": {
			{key: '0', decision: answer.Obey, command: nlu.Person},
			{key: '5', decision: answer.Clarify, contains: "zero"},
		},
		"silence": {
			{say: " ", decision: answer.Clarify, contains: "didn't hear", reply: "en"},
			{say: "", decision: answer.Offer, reply: "en"},
		},
		"unclear": {
			{say: "report something card foo", decision: answer.Clarify, conf: 0.2, contains: "once more"},
			{say: "report lost card", decision: answer.Known, entry: "lost", conf: 0.9},
		},
		"stop keeps the choices": {
			{say: "something about my card", decision: answer.Clarify},
			{say: "wait", decision: answer.Obey, command: nlu.Stop},
			{say: "the first one", decision: answer.Known, entry: "lost"},
		},
		"two questions": {
			{say: "What are the opening hours? And how do I report a lost card?", decision: answer.Clarify, contains: "two things"},
			{say: "the first", decision: answer.Known, entry: "hours"},
		},
		"a story around the question": {
			{say: "Giraffes elephants zebras are lions. What are your opening hours?", decision: answer.Known, entry: "hours"},
		},
		"chinese": {
			{say: "你好", decision: answer.Obey, contains: "您好"},
			{say: "怎么申请退货", decision: answer.Known, entry: "退货", contains: "七天内"},
			{say: "再说一遍", decision: answer.Obey, command: nlu.Repeat, contains: "七天内"},
			{say: "转人工", decision: answer.Obey, command: nlu.Person, contains: "转接人工"},
		},
		"known in another language": {
			{say: "report lost card 怎么办", reply: "zh", decision: answer.Clarify, contains: "只有英文的答案"},
			{say: "好的", reply: "zh", decision: answer.Known, entry: "lost"},
			{say: "opening hours 是几点", reply: "zh", decision: answer.Known, entry: "hours"},
		},
		"not wanted in another language": {
			{say: "report lost card 怎么办", reply: "zh", decision: answer.Clarify},
			{say: "不用了", reply: "zh", decision: answer.Offer, contains: "没有中文的答案"},
			{say: "好的", reply: "zh", decision: answer.Obey, command: nlu.Person},
		},
		"choices in another language are none": {
			{say: "something card 什么", reply: "zh", decision: answer.Offer, contains: "没有中文的答案"},
		},
		"a question in the language of the entry": {
			{say: "report lost card", reply: "zh", decision: answer.Known, entry: "lost"},
		},
		"which of the English choices": {
			{say: "something about my card", reply: "zh", decision: answer.Clarify, contains: "Did you mean"},
			{say: "好的", reply: "zh", decision: answer.Clarify, contains: "Did you mean"},
		},
		"switch": {
			{say: "speak Chinese please", decision: answer.Obey, command: nlu.Chinese, contains: "中文"},
			{say: "说英文", decision: answer.Obey, command: nlu.English, contains: "English"},
		},
		"a card number": {
			{say: "my card number is [card ••11]", decision: answer.Offer, contains: "safety"},
			{say: "how do I report a lost card [card ••11]", decision: answer.Known, entry: "lost"},
		},
		"what is only given is no question": {
			{say: "it's [phone]", decision: answer.Obey, contains: "How can I help"},
			{say: "my name is [name] and I live at [address]", decision: answer.Obey, contains: "How can I help"},
			{say: "我叫[name]，电话[phone]", decision: answer.Obey, contains: "请问有什么可以帮您"},
			{say: "the password is [secret]", decision: answer.Offer, contains: "safety"},
			{say: "no", decision: answer.Obey, contains: "What else"},
			{say: "it is [name], the opening hours please", decision: answer.Known, entry: "hours"},
		},
		"a name keeps the choices": {
			{say: "something about my card", decision: answer.Clarify},
			{say: "I'm [name]", decision: answer.Obey},
			{say: "the first one", decision: answer.Known, entry: "lost"},
		},
		"who is there": {
			{say: "are you a robot", decision: answer.Obey, contains: "automated"},
			{say: "this is ridiculous", decision: answer.Offer, contains: "sorry"},
			{say: "yes", decision: answer.Obey, command: nlu.Person},
		},
		"yes without an offer": {
			{say: "yes", decision: answer.Obey, contains: "How can I help"},
			{say: "yes", decision: answer.Obey, contains: "go ahead"},
			{say: "opening hours", decision: answer.Known, entry: "hours"},
			{say: "okay", decision: answer.Obey, contains: "anything else"},
			{say: "no", decision: answer.Obey, command: nlu.Goodbye},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			converse(t, engine(answer.Options{}), steps...)
		})
	}
}

type phraser struct{ err error }

func (p phraser) Phrase(_ context.Context, _, _ string, ps []answer.Passage) (string, []string, error) {
	return "It depends on the card.", []string{ps[0].ID}, p.err
}

func TestPhraser(t *testing.T) {
	t.Parallel()
	converse(t, engine(answer.Options{Phraser: phraser{}}), step{say: "something about my card", decision: answer.Known, entry: "lost", contains: "It depends"})
	converse(t, engine(answer.Options{Phraser: phraser{errors.New("down")}}), step{say: "something about my card", decision: answer.Clarify, contains: "Did you mean"})
}

func TestSearchFailure(t *testing.T) {
	t.Parallel()
	e := answer.New(nlu.New(nlu.Options{}), broken{}, answer.Options{})
	if _, err := e.Answer(t.Context(), answer.Dialogue{}, answer.Query{Text: "opening hours"}); err == nil {
		t.Error("no error although the search failed")
	}
	dec, err := e.Answer(t.Context(), answer.Dialogue{}, answer.Query{Text: "opening hours", Lang: "en", Spoken: true, Confidence: 1})
	if err != nil || dec.Failed == nil || dec.Decision != answer.Offer || !dec.Next.Person || dec.Text == "" {
		t.Errorf("a caller got %+v, %v", dec, err)
	}
	if dec, err := e.Answer(t.Context(), answer.Dialogue{}, answer.Query{Text: "a person please"}); err != nil || dec.Command != nlu.Person {
		t.Errorf("a person needs no search: %v, %v", dec.Command, err)
	}
}

type broken struct{}

func (broken) Search(context.Context, knowledge.Ask) ([]knowledge.Hit, error) {
	return nil, errors.New("disk on fire")
}

func TestPrompts(t *testing.T) {
	t.Parallel()
	en, zh := answer.Prompts("en"), answer.Prompts("zh")
	if len(en) != len(zh) || len(en) < 20 {
		t.Errorf("%d English and %d Chinese sentences", len(en), len(zh))
	}
	for _, s := range slices.Concat(en, zh) {
		if strings.TrimSpace(s) == "" {
			t.Error("an empty sentence")
		}
	}
	for _, n := range []string{answer.SayAgain, answer.SayThere, answer.SaySilent, answer.SayTooLong, answer.SayNoPerson} {
		if answer.Say(n, "en") == "" || answer.Say(n, "zh") == "" {
			t.Errorf("no sentence %q", n)
		}
	}
}

// What is for the calls of one queue is not said in others.
func TestQueues(t *testing.T) {
	t.Parallel()
	e := answer.New(nlu.New(nlu.Options{}), faq{{ID: "vip", Lang: "en", Question: "airport lounge entry", Answer: "Show your gold card.", Status: knowledge.Status{Queues: []string{"gold"}}}}, answer.Options{})
	for queue, want := range map[string]string{"gold": answer.Known, "": answer.Offer, "silver": answer.Offer} {
		got, err := e.Answer(t.Context(), answer.Dialogue{}, answer.Query{Text: "airport lounge entry", Lang: "en", Queue: queue})
		if err != nil || got.Decision != want && (want == answer.Known || got.Decision == answer.Known) {
			t.Errorf("queue %q: %s %q, %v", queue, got.Decision, got.Text, err)
		}
	}
}
