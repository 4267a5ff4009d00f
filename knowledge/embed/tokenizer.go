package embed

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Tokenizer cuts text into the word pieces of a BERT vocabulary: control characters removed, lower case, accents
// stripped, every Han character and every punctuation mark a word of its own, then the longest matching pieces. It is
// safe for concurrent use.
type Tokenizer struct {
	vocab                   map[string]int64
	prefix                  string // of pieces that continue a word
	maxWord                 int    // runes; longer words are unknown
	pad, unk, cls, sep      int64
	maxPiece                int // bytes of the longest piece, so that the search starts no longer than needed
	stripAccents, splitsHan bool
	marks                   map[int64]bool // pieces that are punctuation
	form                    map[int64]bool // pieces that are characters of form
	byFrequency             bool           // the commonest words come first in the vocabulary
}

// tokenizerFile is the part of a tokenizer.json that matters here.
type tokenizerFile struct {
	Normalizer struct {
		Type               string `json:"type"`
		HandleChineseChars *bool  `json:"handle_chinese_chars"`
		StripAccents       *bool  `json:"strip_accents"`
	} `json:"normalizer"`
	Model struct {
		Type    string           `json:"type"`
		Unknown string           `json:"unk_token"`
		Prefix  string           `json:"continuing_subword_prefix"`
		MaxWord int              `json:"max_input_chars_per_word"`
		Vocab   map[string]int64 `json:"vocab"`
	} `json:"model"`
}

// loadTokenizer reads a tokenizer.json with a WordPiece model and the usual BERT special tokens. Text is always folded
// to lower case, also where the file does not ask for it: the vocabularies in use hold no capital letters.
func loadTokenizer(path string) (*Tokenizer, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read tokenizer: %w", err)
	}
	var f tokenizerFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, fmt.Errorf("read tokenizer %s: %w", path, err)
	}
	if f.Model.Type != "WordPiece" || len(f.Model.Vocab) == 0 {
		return nil, fmt.Errorf("read tokenizer %s: model is %q, only WordPiece is understood; fetch the weights again", path, f.Model.Type)
	}
	t := &Tokenizer{
		vocab: f.Model.Vocab, prefix: f.Model.Prefix, maxWord: f.Model.MaxWord,
		stripAccents: f.Normalizer.StripAccents == nil || *f.Normalizer.StripAccents,
		splitsHan:    f.Normalizer.HandleChineseChars == nil || *f.Normalizer.HandleChineseChars,
	}
	if t.maxWord <= 0 {
		t.maxWord = 100
	}
	for name, id := range map[string]*int64{"[PAD]": &t.pad, f.Model.Unknown: &t.unk, "[CLS]": &t.cls, "[SEP]": &t.sep} {
		v, ok := t.vocab[name]
		if !ok {
			return nil, fmt.Errorf("read tokenizer %s: the vocabulary has no %q; fetch the weights again", path, name)
		}
		*id = v
	}
	t.marks, t.form = map[int64]bool{}, map[int64]bool{}
	for _, r := range formChars {
		if id, ok := t.vocab[string(r)]; ok {
			t.form[id] = true
		}
	}
	for piece, id := range t.vocab {
		t.maxPiece = max(t.maxPiece, len(piece))
		if !strings.ContainsFunc(strings.TrimPrefix(piece, t.prefix), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			t.marks[id] = true
		}
	}
	the, of := t.vocab["the"], t.vocab["of"]
	t.byFrequency = the > firstWord && the < firstWord+50 && of > firstWord && of < firstWord+50
	return t, nil
}

// Encode returns the token numbers of text with the start and end marks around them, cut so that there are at most
// limit in all (limit is at least 2).
func (t *Tokenizer) Encode(text string, limit int) []int64 {
	ids := make([]int64, 1, 32)
	ids[0] = t.cls
	for _, word := range t.words(text) {
		ids = t.appendPieces(ids, word.text)
		if len(ids) >= limit-1 {
			ids = ids[:max(1, limit-1)]
			break
		}
	}
	return append(ids, t.sep)
}

// word is one as the vocabulary has it, and where it stands in the text, in bytes.
type word struct {
	text       string
	start, end int
}

// words normalises text and splits it at spaces, punctuation and Han characters. Invalid bytes are left out.
func (t *Tokenizer) words(text string) []word {
	var out []word
	var cur strings.Builder
	start, end := 0, 0
	flush := func() {
		if cur.Len() > 0 {
			out = append(out, word{cur.String(), start, end})
			cur.Reset()
		}
	}
	for i, n := 0, 0; i < len(text); i += n {
		var r rune
		r, n = utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError {
			continue
		}
		lowered := strings.ToLower(string(r))
		if t.stripAccents {
			lowered = norm.NFD.String(lowered)
		}
		for _, q := range lowered {
			switch {
			case q == 0 || isControl(q) || t.stripAccents && unicode.Is(unicode.Mn, q):
			case unicode.IsSpace(q):
				flush()
			case isPunct(q) || t.splitsHan && isHan(q):
				flush()
				out = append(out, word{string(q), i, i + n})
			default:
				if cur.Len() == 0 {
					start = i
				}
				cur.WriteRune(q)
				end = i + n
			}
		}
	}
	flush()
	return out
}

// appendPieces appends the pieces of one word, or the unknown token when the word cannot be covered.
func (t *Tokenizer) appendPieces(ids []int64, word string) []int64 {
	if utf8.RuneCountInString(word) > t.maxWord {
		return append(ids, t.unk)
	}
	mark, start := len(ids), 0
	for start < len(word) {
		prefix := ""
		if start > 0 {
			prefix = t.prefix
		}
		end := min(len(word), start+t.maxPiece)
		found := false
		for ; end > start; end-- {
			if end < len(word) && !utf8.RuneStart(word[end]) {
				continue
			}
			if id, ok := t.vocab[prefix+word[start:end]]; ok {
				ids, start, found = append(ids, id), end, true
				break
			}
		}
		if !found {
			return append(ids[:mark], t.unk)
		}
	}
	return ids
}

func isControl(r rune) bool {
	if r == '\t' || r == '\n' || r == '\r' {
		return false
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs)
}

// isPunct takes every ASCII symbol for punctuation, as BERT does.
func isPunct(r rune) bool {
	if r >= 33 && r <= 47 || r >= 58 && r <= 64 || r >= 91 && r <= 96 || r >= 123 && r <= 126 {
		return true
	}
	return unicode.IsPunct(r)
}

// isHan reports the blocks BERT splits into single characters.
func isHan(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2CEAF || r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}
