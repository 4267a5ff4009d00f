package kokoro

import "strings"

// initials in Kokoro's symbols.
func initials() map[string]string {
	return map[string]string{
		"b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x", "j": "ʨ", "q": "ʨʰ", "x": "ɕ",
		"zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s", "": "",
	}
}

// finals in Kokoro's symbols; the tone's arrow takes the place of the 0.
func finals() map[string]string {
	return map[string]string{
		"a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ", "er": "ɚ0", "ê": "ɛ0",
		"i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0", "in": "i0n", "iou": "jou0", "ing": "i0ŋ", "iong": "jʊ0ŋ", "io": "jɔ0",
		"ong": "ʊ0ŋ", "ou": "ou0", "u": "u0", "uei": "wei0", "ua": "wa0", "uai": "wai0", "uan": "wa0n", "uen": "wə0n", "uang": "wa0ŋ", "ueng": "wə0ŋ",
		"uo": "wo0", "o": "wo0", "v": "y0", "ve": "ɥe0", "van": "ɥɛ0n", "vn": "y0n", "-i": "ɨ0", "n": "n0", "ng": "ŋ0", "m": "m0", "bare o": "ɔ0",
	}
}

// arrow is the tone's sign; the neutral tone has none.
func arrow(tone byte) string {
	switch tone {
	case '1':
		return "→"
	case '2':
		return "↗"
	case '3':
		return "↓"
	case '4':
		return "↘"
	}
	return ""
}

// syllables knows every pinyin syllable it has met.
type syllables struct{ initial, final map[string]string }

func newSyllables() syllables { return syllables{initials(), finals()} }

// symbols returns Kokoro's symbols of a syllable such as "zhuang1", with v for ü; false when it is not pinyin.
func (s syllables) symbols(p string) (string, bool) {
	if len(p) < 2 {
		return "", false
	}
	tone := p[len(p)-1]
	if tone < '1' || tone > '5' {
		return "", false
	}
	first, rest := parts(p[:len(p)-1])
	ini, ok := s.initial[first]
	if !ok {
		return "", false
	}
	fin, ok := s.final[rest]
	if !ok {
		return "", false
	}
	return ini + strings.Replace(fin, "0", arrow(tone), 1), true
}

// parts splits toneless pinyin into its initial and its full final: "you" is "" and "iou", "ju" is "j" and "v".
func parts(p string) (initial, final string) {
	switch p {
	case "o":
		return "", "bare o"
	case "yo":
		return "", "io"
	case "hm":
		return "h", "m"
	case "hng":
		return "h", "ng"
	}
	switch p[0] {
	case 'y':
		return "", afterY(p[1:])
	case 'w':
		return "", afterW(p[1:])
	}
	n := 0
	if strings.IndexByte("bpmfdtnlgkhjqxrzcs", p[0]) >= 0 && len(p) > 1 && p != "ng" {
		n = 1
		if len(p) > 2 && p[1] == 'h' && strings.IndexByte("zcs", p[0]) >= 0 {
			n = 2
		}
	}
	initial, final = p[:n], p[n:]
	switch {
	case final == "i" && strings.Contains(" zh ch sh r z c s ", " "+initial+" "):
		final = "-i"
	case strings.Contains(" j q x ", " "+initial+" ") && strings.HasPrefix(final, "u"):
		final = "v" + final[1:]
	case final == "iu":
		final = "iou"
	case final == "ui":
		final = "uei"
	case final == "un":
		final = "uen"
	case final == "ue": // lue, nue
		final = "ve"
	}
	return initial, final
}

func afterY(r string) string {
	switch {
	case strings.HasPrefix(r, "u"):
		return "v" + r[1:] // yu, yue, yuan, yun
	case strings.HasPrefix(r, "v"), strings.HasPrefix(r, "i"):
		return r
	}
	return "i" + r
}

func afterW(r string) string {
	if r == "u" {
		return r
	}
	return "u" + r
}
