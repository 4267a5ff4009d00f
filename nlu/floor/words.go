package floor

import (
	"hash/fnv"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/spell"
)

// wordsOf are the words of a text without punctuation, in lower case; each Chinese character is one.
func wordsOf(text string) []string {
	var out []string
	text = strings.NewReplacer("'", "", "’", "").Replace(hanzi.Simplify(hanzi.Fold(text)))
	for f := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		from := 0
		for i, r := range f {
			if hanzi.IsHan(r) {
				if i > from {
					out = append(out, f[from:i])
				}
				from = i + len(string(r))
				out = append(out, f[i:from])
			}
		}
		if from < len(f) {
			out = append(out, f[from:])
		}
	}
	return out
}

// Sizes of what is learnt from.
const (
	wordDims = 2048 // runs of words share this many features
	wordNorm = 3.5
	lastRows = 3 // pieces at the end of a text that are looked at
)

// WordFeatures are what is learnt from the words of text, which has some: which runs of words are in it, begin it and above all
// end it, the same of its frame, and how long it is.
func WordFeatures(text, lang string) []float64 { return wordFeatures(wordsOf(text), lang) }

func wordFeatures(words []string, lang string) []float64 {
	x := make(runs, wordDims)
	longest := 3
	if lang == "zh" {
		longest = 4
	}
	x.addAll("", words, longest, 2)
	f := frameOf(words)
	x.addAll("frame ", f, 5, 3)
	x.add(1, "ends", words[0], words[len(words)-1])
	x.add(1, "frame ends", f[0], f[len(f)-1])
	x.add(1.5, "long", strconv.Itoa(int(math.Log2(float64(len(words)))*2)))
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	for i := range x {
		x[i] *= wordNorm / math.Sqrt(sum)
	}
	return x
}

// runs are features that runs of words share by their hashes.
type runs []float64

func (x runs) add(weight float64, name string, run ...string) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name + " " + strings.Join(run, " "))) // never fails
	n := h.Sum32()
	if n&(1<<31) != 0 {
		weight = -weight
	}
	x[n%wordDims] += weight
}

// addAll adds the runs of up to longest words that end words and begin it, and those inside of up to inside words.
func (x runs) addAll(name string, words []string, longest, inside int) {
	n := len(words)
	for size := 1; size <= min(longest, n); size++ {
		x.add(2, name+"end", words[n-size:]...)
		x.add(1, name+"begin", words[:size]...)
		for i := 0; i+size <= n && size <= inside; i++ {
			x.add(0.7, name+"in", words[i:i+size]...)
		}
	}
}

// Features are what is learnt from WordFeatures and the vectors that a Reader gives: of the whole, of the pieces at the end
// without punctuation, the last one first, and of all pieces on average, each spread to the size that softmax.Fit wants.
func Features(words []float64, whole, rows, weights []float32) []float64 {
	width := len(whole)
	x := append(make([]float64, 0, (lastRows+2)*width+len(words)), words...)
	put := func(v []float32) {
		for i := range width {
			if v == nil {
				x = append(x, 0)
			} else {
				x = append(x, 1.8*float64(v[i]))
			}
		}
	}
	put(whole)
	n := len(weights)
	for n > 0 && weights[n-1] < leastWeight {
		n--
	}
	for i := n - 1; i >= n-lastRows; i-- {
		if i < 0 {
			put(nil)
		} else {
			put(rows[i*width : (i+1)*width])
		}
	}
	mean := make([]float32, width)
	for i := range n {
		for j := range width {
			mean[j] += rows[i*width+j] / float32(n)
		}
	}
	put(mean)
	return x
}

// leastWeight is what a piece weighs that is no punctuation.
const leastWeight = 0.03

// trailsOff reports whether the recogniser heard that a text breaks off.
func trailsOff(text string) bool {
	text = strings.TrimSpace(text)
	for _, end := range []string{",", "，", "、", "...", "…", "-", "—"} {
		if strings.HasSuffix(text, end) {
			return true
		}
	}
	return false
}

// dictates reports whether a text ends in at least two digits or spelled letters, in figures or spoken: the caller may be
// reading a number.
func dictates(words []string) bool {
	n := 0
	for i := len(words) - 1; i >= 0 && n < 2; i-- {
		switch w := words[i]; {
		case digitWords[w], spell.Alphabet(w) != 0, len(w) == 1 && w != "a" && w != "i":
			n++
		case strings.Trim(w, "0123456789") == "":
			n += len(w)
		default:
			return false
		}
	}
	return n >= 2
}

var digitWords = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq("zero one two three four five six seven eight nine oh double triple 零 一 二 三 四 五 六 七 八 九 幺") {
		m[w] = true
	}
	return m
}()
