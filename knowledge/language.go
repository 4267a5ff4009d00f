package knowledge

import "github.com/parley-voice/parley/nlu/hanzi"

// Language tells "zh" from "en" by script: a text with a fair share of Chinese characters is Chinese.
func Language(text string) string {
	if hanzi.Share(text) >= 0.3 {
		return "zh"
	}
	return "en"
}

// language returns lang when it is one Parley knows, else the one the text is in.
func language(lang, text string) string {
	if lang == "en" || lang == "zh" {
		return lang
	}
	return Language(text)
}
