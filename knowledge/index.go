package knowledge

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/parley-voice/parley/knowledge/vector"
)

// Item is an entry with its vectors, all from the same embedder and of length one. Question is nil when the entry has
// no question (a passage), any vector may be nil when there is no embedder.
type Item struct {
	Entry
	Question []float32
	Similar  [][]float32
	Answer   []float32

	asked string // text that stands for a missing question
}

// question is the text that a query is compared with first.
func (it Item) question() string {
	if it.asked != "" {
		return it.asked
	}
	return it.Entry.Question
}

// Query is what is searched for. Text should have been through Clean, and Vector been made from the cleaned text; a nil
// Vector leaves the dense ranking out. NewQuery fills all of it.
type Query struct {
	Text   string
	Vector []float32
	// Meant is the vector of what a caller means by the text, of the same length; nil stands for Vector.
	Meant []float32
	// Pieces are the vectors of the text's word pieces, nil leaves the comparison piece by piece out.
	Pieces *Pieces
	// Make makes the pieces of entries that have none yet; nil compares only those that have. It must be safe for
	// concurrent use.
	Make func(text string) (*Pieces, error)
	// Fits tells how much better entries answer the text than vectors tell (see FittingEmbedder); nil, and a nil result, leave
	// the order to the vectors and words.
	Fits func(entries []string) ([]float32, error)
}

// Way is a ranking.
type Way string

// The rankings. Fused is what Search uses; the others are there to be compared with.
const (
	Fused   Way = "fused"
	Lexical Way = "lexical"
	Dense   Way = "dense"
)

// Index ranks the entries of one base in one language, in memory. It is immutable and safe for concurrent use.
type Index struct {
	lang     string
	entries  []Entry
	answers  []int32     // number of each entry's answer: entries that say the same are no rivals
	variants [][]variant // questions of each entry: the question and its similar ones
	owner    []int32     // entry of each question vector
	first    []int32     // first question vector of each entry, and one more
	qvec     []float32   // question vectors, one after the other
	avec     []float32   // answer vectors, one per entry
	hasA     []bool
	dim      int
	qscan    *vector.Scan // over qvec, nil in small bases
	ascan    *vector.Scan // over avec, nil in small bases
	deep     []atomic.Pointer[pieces]
	space    sync.Pool // of *scores
	words    *lexicon
	sounds   *lexicon           // nil unless Chinese
	held     [][]int32          // terms of each entry, all texts together
	worded   map[string][]int32 // entries by each of their questions, folded
	near     float64            // mean cosine of a question's nearest neighbour
	length   float64            // terms of the texts a query is matched with, on average
	mix      mix
	unasked  bool // no entry has a question
	once     bool // see Once
	readAll  bool // questions are read together with entries even where that is not needed, so that forks can be fitted
}

// variant is one way to ask for an entry, as the set of its terms.
type variant struct {
	terms []int32
	total float32 // worth of the terms
}

// NewIndex builds an index over items, which share the language lang. The vectors are copied.
func NewIndex(items []Item, lang string) *Index {
	unasked := !slices.ContainsFunc(items, func(it Item) bool { return it.Entry.Question != "" || len(it.Entry.Similar) > 0 })
	ix := &Index{lang: lang, unasked: unasked, entries: make([]Entry, len(items)), worded: map[string][]int32{}, hasA: make([]bool, len(items))}
	questions, answers := make([][]string, len(items)), make([][]string, len(items))
	soundsQ, soundsA := make([][]string, len(items)), make([][]string, len(items))
	asked := make([][][]string, len(items))
	items = titled(items, lang)
	same := map[string]int32{}
	forms := make([]int, len(items))
	for i, it := range items {
		ix.first = append(ix.first, int32(len(ix.owner)))
		ix.entries[i] = it.Entry
		key := strings.ToLower(strings.Join(strings.Fields(it.Entry.Answer), " "))
		if key == "" { // not known to say the same as another
			key = "\x00" + strconv.Itoa(i)
		}
		if _, ok := same[key]; !ok {
			same[key] = int32(len(same))
		}
		ix.answers = append(ix.answers, same[key])
		for _, q := range append([]string{it.question()}, it.Entry.Similar...) {
			ix.word(q, int32(i))
			t := Terms(q, lang)
			asked[i] = append(asked[i], t)
			questions[i] = append(questions[i], t...)
			if lang == "zh" {
				soundsQ[i] = append(soundsQ[i], syllablePairs(q)...)
			}
		}
		if it.asked == "" {
			answers[i] = Terms(it.Entry.Answer, lang)
		}
		forms[i] = 1 + len(it.Entry.Similar)
		if it.asked == "" && lang == "zh" {
			soundsA[i] = syllablePairs(it.Entry.Answer)
		}
		ix.addVectors(i, it)
	}
	ix.first = append(ix.first, int32(len(ix.owner)))
	ix.words = newLexicon(questions, answers)
	if lang == "zh" {
		ix.sounds = newLexicon(soundsQ, soundsA)
	}
	for i, forms := range asked {
		ix.variants = append(ix.variants, ix.newVariants(forms))
		ix.held = append(ix.held, ix.words.query(append(questions[i], answers[i]...)).ids)
	}
	if len(items) > lookAll && ix.dim > 0 {
		ix.qscan, ix.ascan = vector.New(ix.qvec, ix.dim), vector.New(ix.avec, ix.dim)
	}
	ix.deep = make([]atomic.Pointer[pieces], len(items))
	ix.near = ix.nearness()
	ix.length = meanLength(questions, answers, forms)
	ix.mix = ix.newMix()
	return ix
}

// titled takes short answers for questions in a collection that has no questions: what is found by a text that is
// itself as short as a question is found as one.
func titled(items []Item, lang string) []Item {
	terms := 0
	for _, it := range items {
		if it.Entry.Question != "" {
			return items
		}
		terms += len(Terms(it.Entry.Answer, lang))
	}
	if float64(terms)/density(lang) > shortText*float64(len(items)) {
		return items
	}
	out := make([]Item, len(items))
	for i, it := range items {
		out[i] = Item{Entry: it.Entry, Question: it.Answer, asked: it.Entry.Answer}
	}
	return out
}

// meanLength is the mean number of terms of one question, or of the answers of those entries that have none.
func meanLength(asked, answers [][]string, variants []int) float64 {
	sum := 0.0
	for i, q := range asked {
		if len(q) > 0 {
			sum += float64(len(q)) / float64(variants[i])
		} else {
			sum += float64(len(answers[i]))
		}
	}
	return sum / max(1, float64(len(asked)))
}

// Len is the number of entries.
func (ix *Index) Len() int { return len(ix.entries) }

// Once marks an index as made for one search, in which entries are not compared by pieces: to make those takes longer than
// everything else. Call it before the first search.
func (ix *Index) Once() { ix.once = true }

// Lang is the language of the entries.
func (ix *Index) Lang() string { return ix.lang }

func (ix *Index) addVectors(i int, it Item) {
	for _, v := range append([][]float32{it.Question}, it.Similar...) {
		if v == nil {
			continue
		}
		ix.dim = len(v)
		ix.owner = append(ix.owner, int32(i))
		ix.qvec = append(ix.qvec, v...)
	}
	if it.Answer != nil {
		ix.dim = len(it.Answer)
		if ix.avec == nil {
			ix.avec = make([]float32, len(ix.entries)*ix.dim)
		}
		copy(ix.avec[i*ix.dim:], it.Answer)
		ix.hasA[i] = true
	}
}

func (ix *Index) newVariants(forms [][]string) []variant {
	var out []variant
	for _, terms := range forms {
		q := ix.words.query(terms)
		if len(q.ids) > 0 {
			out = append(out, variant{q.ids, q.total})
		}
	}
	return out
}

// Search returns the k best entries for q, best first, with the probability of each to be the answer.
func (ix *Index) Search(q Query, k int) []Hit {
	s := ix.scores(q)
	defer ix.space.Put(s)
	ix.fuse(s)
	ix.putFirst(q.Text, s)
	order := best(s.fused, k)
	ranks := ix.ranks(s, order)
	hits := make([]Hit, len(order))
	for n, i := range order {
		hits[n] = Hit{Entry: ix.entries[i], Score: float64(s.fused[i]), Ranks: ranks[n]}
	}
	ix.calibrate(s, order, hits)
	return hits
}

// Rank returns the k best entries of one way of ranking, best first, without probabilities.
func (ix *Index) Rank(q Query, way Way, k int) []Hit {
	s := ix.scores(q)
	defer ix.space.Put(s)
	var by []float32
	switch way {
	case Lexical:
		by = s.lexical
	case Dense:
		by = s.dense
	case Fused:
		ix.fuse(s)
		ix.putFirst(q.Text, s)
		by = s.fused
	}
	order := best(by, k)
	hits := make([]Hit, 0, len(order))
	for _, i := range order {
		hits = append(hits, Hit{Entry: ix.entries[i], Score: float64(by[i])})
	}
	return hits
}

// best returns the numbers of the k highest scores above zero, highest first; equal scores keep the entries' order.
func best(by []float32, k int) []int32 {
	if k <= 0 {
		return nil
	}
	higher := func(a, b int32) int { return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(a, b)) }
	var out []int32
	for i, v := range by {
		if v <= 0 || len(out) == k && v <= by[out[k-1]] {
			continue
		}
		at, _ := slices.BinarySearchFunc(out, int32(i), higher)
		out = slices.Insert(out, at, int32(i))
		if len(out) > k {
			out = out[:k]
		}
	}
	return out
}

// ranks are the places of the entries in order in each separate ranking; 0 where an entry scores nothing.
func (ix *Index) ranks(s *scores, order []int32) []Ranks {
	out := make([]Ranks, len(order))
	place := func(by []float32, set func(*Ranks, int)) {
		if by == nil {
			return
		}
		for n, i := range order {
			if by[i] <= 0 {
				continue
			}
			rank := 1
			for _, v := range by {
				if v > by[i] {
					rank++
				}
			}
			set(&out[n], rank)
		}
	}
	place(s.lexical, func(r *Ranks, n int) { r.Lexical = n })
	place(s.pinyin, func(r *Ranks, n int) { r.Pinyin = n })
	place(s.dense, func(r *Ranks, n int) { r.Dense = n })
	return out
}
