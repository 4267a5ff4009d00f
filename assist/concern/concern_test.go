package concern_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/concern"
)

// plain takes what speaks of fire for kind 2, the more so when what was said before speaks of it, and everything else for kind 0.
type plain struct {
	err    error
	length int // of what it tells, where it is not 0
	given  *[]string
}

func (p plain) Read(_ context.Context, before []string, now string) ([]float32, error) {
	if p.given != nil {
		*p.given = append(slices.Clone(before), now)
	}
	out := make([]float32, 1+len(concern.CallerKinds)+len(concern.AgentKinds))
	fires := float32(strings.Count(strings.Join(before, " ")+now, "fire"))
	out[0], out[1+2], out[1+len(concern.CallerKinds)+2] = 2*fires-1, fires, fires
	if p.length > 0 {
		out = out[:p.length]
	}
	return out, p.err
}

func TestJudge(t *testing.T) {
	t.Parallel()
	j := concern.NewJudge(map[string]concern.Reader{"en": plain{}})
	hello := []concern.Said{{Text: "Hello"}}
	calm, _ := j.Caller(t.Context(), hello, "I need a form", "en")
	grave, err := j.Caller(t.Context(), hello, "there is a fire", "en")
	worse, _ := j.Caller(t.Context(), []concern.Said{{Text: "a fire?"}}, "yes, a fire", "en")
	if err != nil || grave.Kind != concern.CallerKinds[2] || grave.Case != (concern.Case{Known: true, Said: 1}) || calm.Case.Said != -1 {
		t.Errorf("calm %+v, grave %+v, %v", calm, grave, err)
	}
	if want := (math.E + 10) / (math.E + 11); math.Abs(grave.Concern-want) > 1e-6 || !(worse.Concern > grave.Concern && grave.Concern > calm.Concern) {
		t.Errorf("concern %v, want %v; %v of worse, %v of what is calm", grave.Concern, want, worse.Concern, calm.Concern)
	}
	c, err := j.Agent(t.Context(), []concern.Said{{Caller: true, Text: "there is a fire"}}, "let it fire", "en")
	if err != nil || c.Kind != concern.AgentKinds[2] || c.Unfair <= 0 || c.Unfair >= 1 || c.Case != (concern.Case{Known: true, Said: 3}) {
		t.Errorf("%+v, %v", c, err)
	}
}

// A reader is told who says what, in words of the language, and of a very long turn the end.
func TestSpeakers(t *testing.T) {
	t.Parallel()
	var given []string
	j := concern.NewJudge(map[string]concern.Reader{"en": plain{given: &given}, "zh": plain{given: &given}})
	before := []concern.Said{{Text: "Hello"}, {Caller: true, Text: strings.Repeat("a", 5000) + "b"}}
	if _, err := j.Agent(t.Context(), before, "Wait", "en"); err != nil || len(given) != 3 || given[0] != "agent: Hello" || given[2] != "agent: Wait" {
		t.Errorf("%.100q, %v", given, err)
	}
	if long := given[1]; !strings.HasPrefix(long, "caller: a") || !strings.HasSuffix(long, "ab") || len(long) > 1000 {
		t.Errorf("of a long turn %d letters: %.20q", len(long), long)
	}
	if _, err := j.Caller(t.Context(), before[:1], "喂", "zh"); err != nil || !slices.Equal(given, []string{"客服：Hello", "客户：喂"}) {
		t.Errorf("%q, %v", given, err)
	}
}

func TestNoOpinion(t *testing.T) {
	t.Parallel()
	broken := errors.New("no memory")
	for name, c := range map[string]struct {
		reader     plain
		text, lang string
		fails      bool
	}{
		"nothing is said":  {plain{}, " ", "en", false},
		"another language": {plain{}, "fire", "fr", false},
		"a broken model":   {plain{err: broken}, "fire", "en", true},
		"another model":    {plain{length: 3}, "fire", "en", true},
	} {
		j := concern.NewJudge(map[string]concern.Reader{"en": c.reader})
		o, err := j.Caller(t.Context(), nil, c.text, c.lang)
		a, err2 := j.Agent(t.Context(), nil, c.text, c.lang)
		if o != (concern.Opinion{}) || a != (concern.Conduct{}) || (err != nil) != c.fails || (err2 != nil) != c.fails {
			t.Errorf("%s: %+v, %+v, %v, %v", name, o, a, err, err2)
		}
		if c.reader.err != nil && !(errors.Is(err, broken) && errors.Is(err2, broken)) {
			t.Errorf("%s: %v, %v", name, err, err2)
		}
	}
}
