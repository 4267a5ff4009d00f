package pipeline

import (
	"testing"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestTongue follows the language of a call.
func TestTongue(t *testing.T) {
	t.Parallel()
	say := func(lang string, p float64, long time.Duration) asr.Transcript {
		return asr.Transcript{Lang: lang, LangP: p, Start: call.Offset(time.Second), End: call.Offset(time.Second + long)}
	}
	sure, brief, vague := say("zh", 1, time.Second), say("zh", 1, time.Duration(longHeard)-1), say("zh", surelyHeard-0.01, time.Second)
	for name, c := range map[string]struct {
		heard []asr.Transcript
		want  string
	}{
		"the first, surely":      {[]asr.Transcript{sure}, "zh"},
		"the first, too short":   {[]asr.Transcript{brief}, "en"},
		"the first, not surely":  {[]asr.Transcript{vague}, "en"},
		"the second agrees":      {[]asr.Transcript{vague, brief}, "zh"},
		"after what is expected": {[]asr.Transcript{say("en", 0.5, time.Second), sure}, "en"},
		"two after it":           {[]asr.Transcript{say("en", 1, time.Second), vague, sure}, "zh"},
		"two, not in a row":      {[]asr.Transcript{say("en", 1, time.Second), sure, say("en", 1, time.Second), sure}, "en"},
		"not spoken here":        {[]asr.Transcript{say("fr", 1, time.Second)}, "en"},
		"and back":               {[]asr.Transcript{sure, say("en", 1, time.Second), say("en", 1, time.Second)}, "en"},
	} {
		got := tongue{lang: "en"}
		for _, u := range c.heard {
			got = got.after(u, []string{"en", "zh"})
		}
		if got.lang != c.want {
			t.Errorf("%s: %s", name, got.lang)
		}
	}
}
