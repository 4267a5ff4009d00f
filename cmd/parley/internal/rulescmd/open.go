package rulescmd

import (
	"github.com/parley-voice/parley/assist/rules"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/judging"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
)

// Builtin is the name of the built-in escalation rules.
const Builtin = builtin

// Load compiles rules by the names of built-in ones or the paths of files, which may build on each other in this order.
func Load(names ...string) (*rules.Set, error) { return load(names) }

// openEars readies what turns are understood with, by models that must be closed after the last use. With wordsOnly, and where the
// models are not there, which env is told, words decide alone.
func openEars(env *cli.Env, wordsOnly bool) (ears *judging.Ears, models knowledgecmd.Embedders) {
	if !wordsOnly {
		var err error
		if models, err = knowledgecmd.OpenEmbedders(env, "en", "zh"); err != nil {
			env.Log.Warn("meaning is not judged, words decide alone", "why", err)
		}
	}
	return judging.NewEars(models), models
}
