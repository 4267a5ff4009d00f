package rules

import (
	"cmp"
	"slices"

	"github.com/google/cel-go/cel"
)

// Variable describes a name that conditions can use.
type Variable struct {
	Name string
	Type string // "number", "whole number", "text", "yes or no", "list of numbers"
	Doc  string
}

// The families of variables that each list of words has.
const (
	saidVar   = "said."
	recentVar = "recent."
	heardVar  = "heard."
	scoreVar  = "score."

	concernVar = "concern." // of the turn's meaning, which may be known later than its words
	caseVar    = "case."    // likewise
	conductVar = "conduct." // likewise
	keptVar    = "wait.kept"
)

// fixed are the variables that do not depend on a rule file.
var fixed = []Variable{
	{"who", "text", "party of the turn: caller, agent or bot"},
	{"lang", "text", "language of the turn, en or zh"},
	{"text", "text", "the turn's words"},
	{"intent", "text", "intent of the turn, empty when none is sure"},
	{"decision", "text", "what the answer engine decided in the bot's last turn: answer, clarify, offer_person, command"},
	{"turn.seconds", "number", "length of the turn"},
	{"turn.words", "whole number", "words (Chinese: characters) of the turn"},
	{"turn.said", "number", "how much the turn says: natural logarithm of 1 + words, a Chinese character counting 0.6"},
	{"turn.more", "number", "how much more the caller's turn says than their earlier ones: turn.said less the mean of theirs (at least 2), at most 1; 0 for the first"},
	{"call.seconds", "number", "time since the start of the call, at the end of the turn"},
	{"call.turns", "whole number", "turns so far, this one included"},
	{"call.caller_turns", "whole number", "the caller's turns so far"},
	{"sentiment.now", "number", "sentiment of the turn, -1 (angry, sad) to 1 (pleased)"},
	{"sentiment.mean3", "number", "mean over the caller's last 3 turns"},
	{"sentiment.mean5", "number", "mean over the caller's last 5 turns"},
	{"sentiment.lowest5", "number", "minimum over the caller's last 5 turns"},
	{"sentiment.slope5", "number", "change per turn over the caller's last 5 turns, by least squares"},
	{"sentiment.last60s", "number", "mean over the caller's turns that ended in the last 60 seconds"},
	{"sentiment.turns", "list of numbers", "the caller's sentiment, turn by turn, newest last (at most 50)"},
	{"concern.known", "yes or no", "the turn's meaning has been judged"},
	{"concern.now", "number", "how likely the meaning of the turn needs somebody else, 0..1"},
	{"concern.recent", "number", "what concern.now was above 0.4, in units of 0.6, over the call, fading by 0.7 with each turn of the caller"},
	{"concern.kind", "text", "kind of concern: anger, stuck, demand, threat, complaint, leaving, danger, selfharm, fraud, abuse or distress"},
	{"case.known", "yes or no", "it has been judged how much what was said speaks for calling a supervisor"},
	{"case.said", "number", "how much what was said up to the turn does, whoever says it, as a logarithm of odds: 0 is even, 2 is seven to one"},
	{"case.highest", "number", "the highest case.said of the caller's earlier turns, counted from -3; 0 when there is none higher"},
	{"case.sustained", "number", "case.highest as far as this turn goes on in that way: times case.said as a probability"},
	{"case.recent", "number", "what case.said as a probability was above 0.4, in units of 0.6, over the call, fading by 0.7 with each turn of the caller"},
	{"conduct.now", "number", "how likely the meaning of the agent's turn is one that a supervisor should hear of, 0..1; 0 in other turns"},
	{"conduct.kind", "text", "kind of conduct: insult, deal, leak, promise, unsafe, discrimination or pressure"},
	{"conduct.recent", "number", "what conduct.now was above 0.4, in units of 0.6, over the call, fading by 0.7 with each turn of the agent"},
	{keptVar, "number", "what keep was when the rule that waits began to; for the condition reply"},
	{"loudness.now", "number", "loudness of the caller's turn in dBFS, 0 when unknown"},
	{"loudness.rise", "number", "dB above the caller's own mean so far"},
	{"rate.now", "number", "words (Chinese: characters) per second of the turn"},
	{"rate.rise", "number", "the caller's rate as a multiple of their own mean so far, 1 at first"},
	{"confidence.now", "number", "confidence of the recogniser, 1 when unknown"},
	{"confidence.mean3", "number", "mean over the caller's last 3 turns"},
	{"silence.before", "number", "seconds of silence before the turn"},
	{"silence.longest", "number", "longest silence of the call"},
	{"overlap.now", "number", "seconds of the turn during which another party spoke too"},
	{"overlap.count", "whole number", "how often two parties have spoken at the same time"},
	{"repeat.similarity", "number", "how much the caller says what they said in an earlier turn, 0..1"},
	{"repeat.count", "whole number", "caller's turns that said nearly the same as an earlier one"},
	{"failed.row", "whole number", "answers in a row that brought nothing"},
	{"failed.total", "whole number", "answers that brought nothing"},
	{"customer.known", "yes or no", "the customer is known"},
	{"customer.tier", "text", "tier of the customer, empty when unknown"},
	{"customer.value", "number", "value of the customer, 0 when unknown"},
}

// Variables lists every name that the conditions of s can use.
func (s *Set) Variables() []Variable {
	out := slices.Clone(fixed)
	for _, l := range s.lists {
		out = append(
			out, Variable{saidVar + l.name, "number", "weight of the words for " + l.name + " in this turn, 0..2"},
			Variable{recentVar + l.name, "number", "the same over the call, fading by 0.7 with each turn of the caller"},
			Variable{heardVar + l.name, "whole number", "turns so far with words for " + l.name},
		)
	}
	for _, d := range s.defines {
		out = append(out, Variable{scoreVar + d.name, "number", "defined in the rule file: " + d.source})
	}
	slices.SortStableFunc(out[len(fixed):], func(a, b Variable) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (v Variable) celType() *cel.Type {
	switch v.Type {
	case "text":
		return cel.StringType
	case "whole number":
		return cel.IntType
	case "yes or no":
		return cel.BoolType
	case "list of numbers":
		return cel.ListType(cel.DoubleType)
	default:
		return cel.DoubleType
	}
}

// rest is the value of v when nothing happens.
func (v Variable) rest() any {
	switch v.Type {
	case "text":
		return ""
	case "whole number":
		return int64(0)
	case "yes or no":
		return false
	case "list of numbers":
		return []float64{}
	}
	if v.Name == "confidence.now" || v.Name == "confidence.mean3" || v.Name == "rate.rise" {
		return 1.0
	}
	return 0.0
}
