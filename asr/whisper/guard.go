package whisper

import (
	"bytes"
	"compress/zlib"
	"regexp"
	"strings"
	"unicode"
)

// Names of the guards, as asr.Transcript.Rejected has them.
const (
	rejectSilence    = "silence"
	rejectNoSpeech   = "no_speech"
	rejectLogProb    = "logprob"
	rejectRepetition = "repetition"
	rejectPhrase     = "phrase"
	rejectTag        = "tag"
)

// Bounds of the guards.
const (
	maxNoSpeech = 0.6  // above it with a weak text nobody spoke
	sureSilence = 0.9  // above it with any but a sure text nobody spoke
	weakLog     = -0.7 // mean log probability of a weak text
	sureLog     = -0.3 // and of a sure one
	lowestLog   = -1.4 // below it a text is a guess
	doubtLog    = -0.5 // below it another try is worth its time
	doubtLogZh  = -0.4 // the same for Chinese
	doubtP      = 0.2  // and below this probability of any token
	doubtPZh    = 0.4  // the same for Chinese
	maxRatio    = 2.4  // text that compresses better than this repeats itself
)

// tag is a description of sound instead of speech: [Music], (applause), *sighs*, 【音乐】, notes.
var tag = regexp.MustCompile(`\[[^\]]*\]?|\([^)]*\)?|（[^）]*）?|【[^】]*】?|\*[^*]+\*|[♪♫🎵🎶]+`)

// credit is who made the subtitles or the song, as whisper learned it from videos.
var credit = regexp.MustCompile(`^(?:中文)?(?:字幕|作词|作曲|编曲)\s*[:：]`)

// guard decides whether text was really said. It returns the text without sound tags, or "" and the name of the guard
// that emptied it. Text that was empty from the start has no guard to name.
func guard(text, lang string, h *heard) (string, string) {
	if text == "" {
		return "", ""
	}
	text = strings.TrimSpace(tag.ReplaceAllString(text, " "))
	plain := letters(text)
	switch {
	case plain == "":
		return "", rejectTag
	case h.noSpeech > maxNoSpeech && h.meanLog < weakLog, h.noSpeech > sureSilence && h.meanLog < sureLog:
		return "", rejectNoSpeech
	case h.meanLog < lowestLog:
		return "", rejectLogProb
	case h.repeated && len([]rune(plain)) < 8, ratio(text) > maxRatio:
		return "", rejectRepetition
	case credit.MatchString(text), invented(plain, lang, h):
		return "", rejectPhrase
	}
	return text, ""
}

// letters returns the letters and digits of s in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// ratio is the size of text over its compressed size.
func ratio(text string) float64 {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // a bytes.Buffer takes everything
	_ = w.Close()
	return float64(len(text)) / float64(b.Len())
}

// subtitles are sentences from the subtitles whisper learned from. No caller says them, wherever they stand in a text.
func subtitles(lang string) []string {
	if lang == "zh" {
		return []string{"字幕由", "字幕志愿者", "字幕制作", "字幕提供", "字幕by", "请不吝点赞", "订阅转发", "明镜与点点", "点点栏目",
			"感谢观看", "谢谢观看", "感谢收看", "谢谢收看", "谢谢大家观看", "多谢收看", "感谢您的观看", "中文字幕", "amaraorg", "優優獨播", "优优独播"}
	}
	return []string{"thanksforwatching", "thankyouforwatching", "thankyouforlistening", "pleasesubscribe", "subscribetomychannel",
		"likeandsubscribe", "dontforgettosubscribe", "amaraorg", "subtitlesby", "captionsby", "subtitledby", "transcriptionby",
		"seeyouinthenextvideo", "seeyounexttime", "illseeyouinthenext", "wwwmooji", "translatedby"}
}

// fillers are short things whisper likes to hear in noise and callers do say: they need good evidence.
func fillers(lang string) []string {
	if lang == "zh" {
		return []string{"谢谢", "谢谢大家", "好", "嗯", "啊", "哦", "对", "拜拜", "再见", "是", "我", "你", "的"}
	}
	return []string{"you", "thankyou", "thankyouverymuch", "thanks", "bye", "byebye", "okay", "ok", "so", "oh", "uh", "um", "hmm", "mm",
		"mmhmm", "ah", "yeah", "the", "i", "a", "goodnight", "imsorry", "hello", "no", "shh", "beep", "ding", "whoosh", "peace"}
}

// Bounds for fillers.
const (
	fillerLog      = -0.75
	fillerNoSpeech = 0.35
)

func invented(plain, lang string, h *heard) bool {
	for _, s := range subtitles(lang) {
		if strings.Contains(plain, s) {
			return true
		}
	}
	for _, s := range fillers(lang) {
		if plain == s {
			return h.meanLog < fillerLog || h.noSpeech > fillerNoSpeech
		}
	}
	return false
}
