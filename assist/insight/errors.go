package insight

import "errors"

// ErrUnknown means there is no such topic.
var ErrUnknown = errors.New("insight: there is no such topic")
