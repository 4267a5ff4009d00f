package hanzi

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed data/simplified.txt
var simplifiedText string

//go:embed data/readings.txt
var readingsText string

//go:embed data/words.txt.gz
var wordsGz []byte

//go:embed data/phrases.txt.gz
var phrasesGz []byte

// The tables are read once, at first use, and never change: they are constants that do not fit into source code.
var (
	simplified = sync.OnceValue(loadSimplified)
	words      = sync.OnceValue(loadWords)
	phrases    = sync.OnceValue(loadPhrases)
	readings   = sync.OnceValue(loadReadings)
)

type simpleTable struct {
	chars   map[rune]rune
	phrases map[string]string
	longest map[rune]int // longest phrase, in characters, that starts with the character
}

func loadSimplified() simpleTable {
	t := simpleTable{chars: make(map[rune]rune, 4200), phrases: make(map[string]string, 320), longest: make(map[rune]int, 128)}
	for line := range strings.Lines(simplifiedText) {
		from, to, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		f, n := utf8.DecodeRuneInString(from)
		if n == len(from) {
			t.chars[f], _ = utf8.DecodeRuneInString(to)
			continue
		}
		t.phrases[from] = to
		t.longest[f] = max(t.longest[f], utf8.RuneCountInString(from))
	}
	return t
}

type wordTable struct {
	cost    map[string]float32 // negative log probability
	unknown float32            // cost of a character that is in no word
	longest int                // characters of the longest word
}

func loadWords() wordTable {
	text := unzip(wordsGz)
	t := wordTable{cost: make(map[string]float32, 90_000)}
	var total float64
	for line := range strings.Lines(text) {
		w, n, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if !ok {
			continue
		}
		f, err := strconv.Atoi(n)
		if err != nil {
			continue
		}
		total += float64(f)
		t.cost[w] = float32(f)
		t.longest = max(t.longest, utf8.RuneCountInString(w))
	}
	log := math.Log(total)
	for w, f := range t.cost {
		t.cost[w] = float32(log - math.Log(max(1, float64(f))))
	}
	t.unknown = float32(log)
	return t
}

type phraseTable struct {
	syllables map[string]string // syllables joined by spaces
	longest   int
}

func loadPhrases() phraseTable {
	t := phraseTable{syllables: make(map[string]string, 8200)}
	for line := range strings.Lines(unzip(phrasesGz)) {
		w, s, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if ok {
			t.syllables[w] = s
			t.longest = max(t.longest, utf8.RuneCountInString(w))
		}
	}
	return t
}

func loadReadings() map[rune]string {
	t := make(map[rune]string, 32)
	for line := range strings.Lines(readingsText) {
		c, s, ok := strings.Cut(strings.TrimSpace(line), " ")
		if r, n := utf8.DecodeRuneInString(c); ok && n == len(c) && r != '#' {
			t[r] = s
		}
	}
	return t
}

// unzip returns the text of an embedded table. The tables are part of the program, so a broken one is a broken build.
func unzip(b []byte) string {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		panic("hanzi: embedded table: " + err.Error())
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic("hanzi: embedded table: " + err.Error())
	}
	return string(text)
}
