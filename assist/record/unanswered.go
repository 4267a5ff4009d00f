package record

import (
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Unanswered is something a caller said to which the bot had no answer: it asked back or offered a person.
type Unanswered struct {
	Call     call.ID
	Turn     int    // of the caller
	Text     string // redacted
	Lang     string
	Base     string // knowledge of the call, "" = all
	At       time.Time
	Decision string // what the bot did: clarify or offer_person
}
