package wrapup_test

import (
	"testing"

	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestSpokenFigures holds that what was spoken out is prefilled in figures beside the words, and what was not stays.
func TestSpokenFigures(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		"i was charged two hundred and fifty pounds on the third of may": {"amount": "£250 (two hundred and fifty pounds)"},
		"i was charged £12.50 on 3 May":                                  {"amount": "£12.50", "date": "3 May"},
		"it cost me 30 pounds":                                           {"amount": "30 pounds"},
		"多扣了我三百二十块钱":                                                     {"amount": "¥320 (三百二十块钱)"},
	} {
		lang := "en"
		if text[0] > 0x7f {
			lang = "zh"
		}
		all := []call.Turn{{N: 1, Who: call.Caller, Text: text, Lang: lang}}
		got := wrapup.Summarise(wrapup.Call{Turns: all, Lang: lang}).Values(all)
		for name, v := range want {
			if got[name] != v {
				t.Errorf("%q: %s is %q, want %q", text, name, got[name], v)
			}
		}
	}
}
