package concern_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/concern"
	"github.com/parley-voice/parley/nlu/softmax"
)

// plain gives texts vectors of two numbers: whether "fire" is in them, and whether anything else is.
type plain struct{ err error }

func (p plain) Embed(_ context.Context, texts []string) ([][]float32, error) {
	var out [][]float32
	for _, s := range texts {
		v := []float32{0, 1}
		if strings.Contains(s, "fire") {
			v = []float32{1, 0}
		}
		out = append(out, v)
	}
	return out, p.err
}

// weights take a turn that speaks of fire for kind 2, the more so when what was said before speaks of it, and others for kind 0.
func weights(kinds, features int) softmax.Rows {
	out := make(softmax.Rows, kinds*(features+1))
	row := out[2*(features+1):]
	row[0], row[features] = 1, -1
	if features > 2 {
		row[2] = 1
	}
	return out
}

func TestJudge(t *testing.T) {
	t.Parallel()
	learnt := map[string]concern.Weights{"en": {
		Caller: weights(len(concern.CallerKinds), 4), Agent: weights(len(concern.AgentKinds), 4), Open: softmax.Rows{0, 0, 0, 1, 0, -1},
	}}
	j := concern.NewJudge(map[string]concern.Embedder{"en": plain{}, "zh": plain{}}, learnt)
	calm, _ := j.Caller(t.Context(), "Hello", "I need a form", "en")
	grave, err := j.Caller(t.Context(), "Hello", "there is a fire", "en")
	worse, _ := j.Caller(t.Context(), "a fire?", "yes", "en")
	if err != nil || grave.Kind != concern.CallerKinds[2] || !grave.Case.Known || !(grave.Concern > calm.Concern && calm.Concern > 0 && grave.Concern < 1) {
		t.Errorf("calm %+v, grave %+v, %v", calm, grave, err)
	}
	if grave.Case.Said != grave.Case.Reply || !(worse.Case.Reply > worse.Case.Said) {
		t.Errorf("what was said before does not count: %+v, %+v", grave.Case, worse.Case)
	}
	if want := math.Log(1/(1-grave.Concern) - 1); math.Abs(want-grave.Case.Reply) > 1e-9 {
		t.Errorf("odds %v of %v", grave.Case.Reply, grave.Concern)
	}
	c, err := j.Agent(t.Context(), "there is a fire", "burn then", "en")
	if err != nil || c.Kind != concern.AgentKinds[2] || c.Unfair <= 0 || c.Unfair >= 1 || c.Open != -1 {
		t.Errorf("%+v, %v", c, err)
	}
	for name, of := range map[string]struct{ text, lang string }{"nothing": {" ", "en"}, "unlearnt": {"fire", "zh"}, "unknown": {"fire", "fr"}} {
		o, err := j.Caller(t.Context(), "", of.text, of.lang)
		c, err2 := j.Agent(t.Context(), "", of.text, of.lang)
		if err := errors.Join(err, err2); err != nil || o != (concern.Opinion{}) || c != (concern.Conduct{}) {
			t.Errorf("%s: %+v, %+v, %v", name, o, c, err)
		}
	}
	broken := errors.New("no memory")
	j = concern.NewJudge(map[string]concern.Embedder{"en": plain{broken}}, learnt)
	if _, err := j.Caller(t.Context(), "", "fire", "en"); !errors.Is(err, broken) {
		t.Errorf("a broken model: %v", err)
	}
	if _, err := j.Agent(t.Context(), "", "fire", "en"); !errors.Is(err, broken) {
		t.Errorf("a broken model: %v", err)
	}
}

// What is shipped fits the kinds, and embedders of both languages.
func TestLearnt(t *testing.T) {
	t.Parallel()
	for lang, width := range map[string]int{"en": 384, "zh": 512} {
		w, x := concern.Learnt()[lang], make([]float64, 2*width)
		if w.Caller.Scores(x, len(concern.CallerKinds)) == nil || w.Agent.Scores(x, len(concern.AgentKinds)) == nil || w.Open.Scores(x[:width], len(concern.OpenKinds)) == nil {
			t.Errorf("%s: %d, %d, %d numbers", lang, len(w.Caller), len(w.Agent), len(w.Open))
		}
	}
}
