// Package nlu turns what a caller said into what they meant: language, command, intent, sentiment, entities. The parts
// are in the folders below (hanzi: Chinese text; intent; sentiment; entity; redact) and Understand joins them.
package nlu

// Turn is the input: one utterance of one party.
type Turn struct {
	Text string
	Lang string // as recognised, "en" or "zh"
	// Collecting is true while digits are being collected, when a lone "0" is a digit and not a cry for help.
	Collecting bool
	// Offered is true when the bot's last turn offered a choice, so that "yes", "no" and "the second one" mean something.
	Offered bool
}

// Command is something a caller can say at any moment.
type Command string

// The commands. None is the zero value.
const (
	None    Command = ""
	Person  Command = "person" // "a human", "人工", a lone 0
	Repeat  Command = "repeat"
	Yes     Command = "yes"
	No      Command = "no"
	Stop    Command = "stop" // be quiet, wait
	Goodbye Command = "goodbye"
	English Command = "english" // speak English
	Chinese Command = "chinese" // 说中文
	Choice  Command = "choice"  // the first, second, third one; see Understanding.Choice
)

// Understanding is the output.
type Understanding struct {
	Lang      string  `json:"lang"`
	Command   Command `json:"command,omitempty"`
	Choice    int     `json:"choice,omitempty"` // with Command Choice: 1-based, -1 is the last one
	Intent    string  `json:"intent"`           // name from the intent file, "" when none is sure
	IntentP   float64 `json:"intent_p"`
	Sentiment float64 `json:"sentiment"` // -1 (angry, sad) .. 1 (pleased)
	// Alone is true when the command is all that was said: "agent" is, "the agent was rude" is not.
	Alone bool `json:"alone,omitempty"`
	// SmallTalk is true when the whole utterance is a courtesy or a remark that asks for nothing; Intent says which.
	SmallTalk bool `json:"small_talk,omitempty"`
	// Open is how likely the caller has more to say after this, 0..1, and 0 where nobody judged it.
	Open float64 `json:"open,omitempty"`
	// Backchannel is true for "uh-huh", "嗯": speech that asks for nothing.
	Backchannel bool `json:"backchannel,omitempty"`
}

// GoesOn reports whether the caller probably has more to say.
func (u Understanding) GoesOn() bool { return u.Open >= 0.5 }

// Intents that need no examples: whole utterances of small talk.
const (
	IntentGreeting   = "greeting"
	IntentThanks     = "thanks"
	IntentHowAreYou  = "how_are_you"
	IntentWhoAreYou  = "who_are_you"
	IntentCompliment = "compliment"
	IntentComplaint  = "complaint"
)
