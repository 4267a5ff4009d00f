package record

import (
	"encoding/json"
	"time"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/pipeline/call"
)

// Channel is how an imported call is marked where others have the name of a codec.
const Channel = "import"

// Import is a recording made elsewhere that was stored as a call.
type Import struct {
	Sound  string // hash of the recording
	Call   call.ID
	Path   string // where it was, for people
	At     time.Time
	Voices []talk.Voice
	Body   json.RawMessage // what was told when it was imported
}
