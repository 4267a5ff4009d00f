package ingest

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/parley-voice/parley/knowledge"
)

// place is a problem at a line of the raw file; line 0 is the whole file.
type place struct {
	line int
	why  message
}

// decodeText finds out how raw is encoded (UTF-8 with or without byte order mark, UTF-16 with one, GB18030) and
// returns it as text with \n line ends. It refuses NUL bytes and bytes no encoding explains.
func decodeText(raw []byte) (string, []place) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xEF, 0xBB, 0xBF}):
		raw = raw[3:]
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return fromUTF16(raw[2:], binary.LittleEndian)
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		return fromUTF16(raw[2:], binary.BigEndian)
	}
	if i := bytes.IndexByte(raw, 0); i >= 0 {
		return "", []place{{lineOf(raw, i), say("nul-byte", "a NUL byte: this is not a text file, or it is damaged; save it as UTF-8 text")}}
	}
	if utf8.Valid(raw) {
		return unixLines(string(raw)), nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err == nil && plausibleGB(text) {
		return strings.TrimPrefix(unixLines(string(text)), "\uFEFF"), nil
	}
	if text, ok := western(raw); ok {
		return unixLines(text), nil
	}
	return "", brokenLines(raw)
}

// western reads what Excel writes in the West when it is not told otherwise (Windows-1252), as far as that is sure: English in which only quotation
// marks, dashes, currencies and the like are not ASCII.
func western(raw []byte) (string, bool) {
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return "", false
	}
	for _, r := range string(text) {
		if r >= 0x80 && !strings.ContainsRune("€‚„…‘’“”•–—™\u00A0£©®°·×½¼¾±", r) {
			return "", false
		}
	}
	return strings.ReplaceAll(string(text), "\u00A0", " "), true
}

// plausibleGB reports whether text decoded as GB18030 looks like Chinese rather than like another encoding read wrongly.
func plausibleGB(text []byte) bool {
	var han, odd int
	for _, r := range string(text) {
		switch {
		case r == utf8.RuneError || unicode.Is(unicode.Co, r):
			return false
		case r >= 0x4E00 && r <= 0x9FFF || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF:
			han++
		case r > 0x2FF && !(r >= 0x2000 && r <= 0x27FF):
			odd++
		}
	}
	return han > 0 && odd*10 <= han && frequentHan(string(text))*100 >= han
}

// frequentHan counts characters every Chinese FAQ is full of.
func frequentHan(text string) (n int) {
	for _, r := range text {
		if strings.ContainsRune("的是在有不我您你可以请怎么如何需要会后时到用和或为了吗什么问答，。？、", r) {
			n++
		}
	}
	return n
}

// brokenLines names the lines that are not UTF-8, at most twenty.
func brokenLines(raw []byte) []place {
	var out []place
	for n, line := range bytes.Split(raw, []byte{'\n'}) {
		if !utf8.Valid(line) {
			out = append(out, place{n + 1, say("encoding", "broken encoding: neither UTF-8 nor GB18030; save the file as UTF-8")})
		}
		if len(out) == 20 {
			break
		}
	}
	return out
}

func fromUTF16(raw []byte, order binary.ByteOrder) (string, []place) {
	if len(raw)%2 != 0 {
		return "", []place{{0, say("encoding-odd", "broken encoding: UTF-16 with an odd number of bytes; save the file as UTF-8")}}
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	text := string(utf16.Decode(units))
	if i := strings.IndexRune(text, 0); i >= 0 {
		return "", []place{{lineOf([]byte(text), i), say("nul", "a NUL character: the file is damaged")}}
	}
	if strings.ContainsRune(text, utf8.RuneError) {
		return "", []place{{0, say("encoding-half", "broken encoding: half a character in UTF-16; save the file as UTF-8")}}
	}
	return unixLines(text), nil
}

func lineOf(raw []byte, at int) int { return 1 + bytes.Count(raw[:at], []byte{'\n'}) }

func unixLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func hasWord(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// langOf returns the language of an entry: the one written, or the one its script tells.
func langOf(e knowledge.Entry) (string, bool) {
	switch name, _, _ := strings.Cut(strings.ReplaceAll(e.Lang, "_", "-"), "-"); name {
	case "":
		return knowledge.Language(e.Question + " " + e.Answer), true
	case "en", "eng", "english", "英文", "英语":
		return "en", true
	case "zh", "cn", "chi", "zho", "cmn", "chinese", "mandarin", "中文", "汉语", "普通话":
		return "zh", true
	}
	return "", false
}
