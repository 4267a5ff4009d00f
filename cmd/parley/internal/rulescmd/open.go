package rulescmd

import (
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
)

// Builtin is the name of the built-in escalation rules.
const Builtin = builtin

// Load compiles rules by the names of built-in ones or the paths of files, which may build on each other in this order.
func Load(names ...string) (*rules.Set, error) { return load(names) }

// Embedders are the models of meaning that the listener uses, none with words only. They are closed with it.
func (l *Listener) Embedders() knowledgecmd.Embedders { return l.embedders }
