// Package answer decides what to say: the engine that the bot on the phone, the desk and `parley ask` share. Commands
// come first, then approved knowledge word for word, then a choice between what may be meant, and when nothing fits it
// says so and offers a person.
package answer

import (
	"iter"

	"github.com/parley-voice/parley/nlu"
)

// What a Decision can be.
const (
	Known   = "answer"       // Text is an approved answer, word for word
	Clarify = "clarify"      // Text asks: did you mean, say it again
	Offer   = "offer_person" // Text says that it is not known and offers a person
	Obey    = "command"      // Text (which may be empty) carries out Command
)

// Query is one thing said, typed or pressed by the caller.
type Query struct {
	Text string
	Key  rune   // a key 0-9 * # instead of Text; 0 is no key
	Lang string // language of Text
	// Reply is the language to answer in; "" is Lang. Fixed sentences are in it, approved answers in their own.
	Reply      string
	Base       string  // knowledge base; "" searches all
	Queue      string  // of the call: entries for other queues alone are not answered from
	Confidence float64 // of the recogniser, 0..1; 0 is unknown
	Spoken     bool    // Text was recognised from speech
	// Quick keeps the language model out: what is wanted is only whether this is a command or a question that is known.
	Quick bool
	// Stream lets a phrased reply be given sentence by sentence: Decision.Text is the first one and Decision.More the
	// rest. The context given to Answer must then last until the reply is complete or dropped.
	Stream bool
	// Asking is called, on the goroutine of Answer, with what is understood when a language model is asked, which can take
	// seconds; nil tells nobody.
	Asking func(nlu.Understanding)
}

// Choice is an entry offered to the caller.
type Choice struct {
	Entry    string `json:"entry"`
	Question string `json:"question"`
	Answer   string `json:"-"`
	Lang     string `json:"-"`
}

// Dialogue is what the engine remembers between the turns of one conversation. It is a value: a reply that was prepared
// and thrown away leaves no trace. The zero value is a new conversation.
type Dialogue struct {
	Last     string   // last reply, for "say that again"
	LastLang string   // its language
	Offered  []Choice // choices the last reply offered
	Person   bool     // the last reply offered a person, so that "yes" means one
	Foreign  bool     // the caller takes answers in another language than the conversation's
	Failures int      // turns in a row that brought nothing
	Turns    int
}

// Decision is what to say and what to do after it.
type Decision struct {
	Query     string      `json:"query"`
	Decision  string      `json:"decision"` // Known, Clarify, Offer or Obey
	Entry     string      `json:"entry"`    // ID of the entry answered from, "" when none
	Text      string      `json:"text"`     // to be spoken; "" says nothing
	PRight    float64     `json:"p_right"`  // probability that the best entry is right, 0..1
	Intent    string      `json:"intent"`
	Sentiment float64     `json:"sentiment"` // -1..1
	MS        float64     `json:"ms"`        // time the decision took
	Lang      string      `json:"lang"`      // language of Text
	Command   nlu.Command `json:"command,omitempty"`
	Switch    string      `json:"switch,omitempty"` // language the caller asked for
	Choices   []Choice    `json:"choices,omitempty"`
	Cited     []string    `json:"cited,omitempty"` // entries a phrased reply rests on

	// More yields the sentences after Text as the language model makes them; nil when Text is all. It may be ranged over
	// once; it ends early when the context given to Answer does.
	More iter.Seq[string] `json:"-"`

	// Failed is why the knowledge could not be searched, nil when it was or need not be. A person is offered then.
	Failed error `json:"-"`

	Understanding nlu.Understanding `json:"-"`
	Next          Dialogue          `json:"-"` // the dialogue after this reply has been given
}

// Names of the fixed sentences for Say.
const (
	SayAgain    = "again"     // I did not catch that
	SayThere    = "there"     // are you still there?
	SaySilent   = "silent"    // I hear nothing, goodbye
	SayService  = "service"   // the service is interrupted, please call again
	SayTooLong  = "too_long"  // this call has reached its longest time
	SayNoPerson = "no_person" // the transfer failed; what else can be done
	SayBack     = "back"      // the person was cut off and is sought again
	SayMoment   = "moment"    // the answer takes a moment
	SayNoHelp   = "no_help"   // I cannot help, goodbye
)
