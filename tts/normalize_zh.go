package tts

import "sync"

var chineseRules = sync.OnceValue(func() []rule { return nil })
