package quality

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// firstAnswer is what the machine answered when it had never seen the set, and how it had read the question.
type firstAnswer struct {
	set, call, question string
	with, bare          outcome // with the facts of the call, and without them
	unknown             bool    // it had found no concept
	words               sense
	trust               float64
}

// firstAnswers are the lines of data/first.tsv.
func firstAnswers(t *testing.T) []firstAnswer {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("data", "first.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var out []firstAnswer
	for line := range strings.Lines(string(raw)) {
		c := strings.Split(strings.TrimSpace(line), "\t")
		if line[0] == '#' || len(c) != 10 || c[0] == "set" {
			continue
		}
		trust, err := strconv.ParseFloat(c[9], 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, firstAnswer{
			set: c[0], call: c[1], question: c[2], with: outcome{value: Value(c[3]), by: c[4]}, bare: outcome{value: Value(c[5]), by: c[6]},
			unknown: c[7] == "-", words: sense(slices.Index(senseNames[:], c[8])), trust: trust,
		})
	}
	return out
}

// fit is the softmax regression of labels on rows: few hundred steps of gradient descent with momentum, shrunk towards nothing.
// Weights of rows are optional.
func fit(rows [][]float64, labels []int, weigh []float64, shrink float64, steps int) [][]float64 {
	n := len(rows[0])
	w, v, g := make([][]float64, 3), make([][]float64, 3), make([][]float64, 3)
	for c := range w {
		w[c], v[c], g[c] = make([]float64, n), make([]float64, n), make([]float64, n)
	}
	// The steepness is at most half the largest eigenvalue of the rows' products, which a power iteration finds.
	x, top := make([]float64, n), 0.0
	for i := range x {
		x[i] = 1
	}
	for range 30 {
		y := make([]float64, n)
		for r, row := range rows {
			d := 0.0
			for i, z := range row {
				d += z * x[i]
			}
			if weigh != nil {
				d *= weigh[r]
			}
			for i, z := range row {
				y[i] += d * z
			}
		}
		top = 0
		for _, z := range y {
			top += z * z
		}
		top = math.Sqrt(top)
		for i := range x {
			x[i] = y[i] / max(top, 1e-12)
		}
	}
	rate, momentum := 1/(0.55*top+shrink), 1.0
	for range steps {
		for c := range g {
			for i := range g[c] {
				g[c][i] = shrink * v[c][i]
			}
		}
		for r, row := range rows {
			var p [3]float64
			for c := range v {
				for i, z := range row {
					p[c] += v[c][i] * z
				}
			}
			most, total := max(p[0], p[1], p[2]), 0.0
			for c := range p {
				p[c] = math.Exp(p[c] - most)
				total += p[c]
			}
			for c := range p {
				d := p[c] / total
				if c == labels[r] {
					d--
				}
				if weigh != nil {
					d *= weigh[r]
				}
				for i, z := range row {
					g[c][i] += d * z
				}
			}
		}
		next := (1 + math.Sqrt(1+4*momentum*momentum)) / 2
		for c := range v {
			for i := range v[c] {
				was := w[c][i]
				w[c][i] = v[c][i] - rate*g[c][i]
				v[c][i] = w[c][i] + (momentum-1)/next*(w[c][i]-was)
			}
		}
		momentum = next
	}
	return w
}

// fitSigns is fit for signs.
func fitSigns(list []signs, labels []int, weigh []float64, shrink float64) weights {
	at, names := map[string]int{}, []string{}
	for _, s := range list {
		for name := range s {
			if _, ok := at[name]; !ok {
				at[name] = 0
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for i, name := range names {
		at[name] = i
	}
	rows := make([][]float64, len(list))
	for i, s := range list {
		rows[i] = make([]float64, len(names))
		for name, v := range s {
			rows[i][at[name]] = v
		}
	}
	w := fit(rows, labels, weigh, shrink, 300)
	out := weights{}
	for i, name := range names {
		out[name] = []float64{rounded(w[0][i]), rounded(w[1][i]), rounded(w[2][i])}
	}
	return out
}

func rounded(x float64) float64 { return math.Round(x*1e3) / 1e3 }

// fitVectors draws lines between vectors: weights as in head.Classes, for each of the labels 0 to 2.
func fitVectors(vectors [][]float32, labels []int) [][]float64 {
	const scale, shrink, steps = 3, 0.3, 250
	mean := meanOf(vectors)
	rows := make([][]float64, len(vectors))
	for i, v := range vectors {
		for x := range v {
			rows[i] = append(rows[i], scale*float64(v[x]-mean[x]))
		}
		rows[i] = append(rows[i], 1)
	}
	w := fit(rows, labels, nil, shrink, steps)
	for _, line := range w {
		for x := range mean {
			line[x] = rounded(line[x] * scale)
			line[len(mean)] -= line[x] * float64(mean[x])
		}
		line[len(mean)] = rounded(line[len(mean)])
	}
	return w
}

func meanOf(vectors [][]float32) []float32 {
	mean := make([]float32, len(vectors[0]))
	for _, v := range vectors {
		for x := range v {
			mean[x] += v[x] / float32(len(vectors))
		}
	}
	for x := range mean {
		mean[x] = float32(math.Round(float64(mean[x])*1e4) / 1e4)
	}
	return mean
}

// asSense is the sense of a question of data with this label.
func asSense(label string) sense {
	name, bad := strings.CutSuffix(label, "!")
	name, _, _ = strings.Cut(name, "+")
	switch c := conceptsNamed(name); {
	case bad:
		return happened
	case len(c) > 0 && c[0].kind == forbidden:
		return avoided
	}
	return done
}

// turned are questions of the forms of sets that are misread by their words, with the sense in which people meant them.
var turned = map[string]sense{
	"pestcontrol/chem": happened, "housekeeping/siqian": happened, "housekeeping/keqi": avoided, "school/shenfen": done, "telco/pushy": happened,
	"vetclinic/bye": done, "repair/signoff": done,
}

// meant is the sense in which people meant a question of a set.
func meant(set string, q *Question) sense {
	if s, ok := turned[set+"/"+q.ID]; ok {
		return s
	}
	return q.plan.senseOfWords()
}

// senseHeads adds to h what the texts and hints of questions say of their sense, learnt from data and the sets that are not left out.
func (l *lessons) senseHeads(h *head, out func(set string) bool) {
	var texts, hints [][]float32
	var senses, offends []int
	for _, x := range l.senses {
		if x.set != "" && out(x.set) {
			continue
		}
		if x.hint {
			hints, offends = append(hints, x.vector), append(offends, int(x.is))
		} else {
			texts, senses = append(texts, x.vector), append(senses, int(x.is))
		}
	}
	w := fitVectors(texts, senses)
	h.Senses = map[string][]float64{}
	for i, name := range senseNames {
		h.Senses[name] = w[i]
	}
	w = fitVectors(hints, offends)
	h.Offends = make([]float64, len(w[0]))
	for i := range h.Offends { // of two classes the difference decides
		h.Offends[i] = rounded(w[1][i] - w[0][i])
	}
	h.Mean = l.mean
}

// senseLesson is a question and its sense, or a hint and whether it does what must not be (1).
type senseLesson struct {
	set    string // "" for data
	hint   bool
	is     sense
	vector []float32
}

// readSenses fills in the lessons about senses.
func (l *lessons) readSenses(t *testing.T) {
	t.Helper()
	vector := func(text string) []float32 {
		v, err := l.by.Embed(t.Context(), []string{text})
		if err != nil {
			t.Fatal(err)
		}
		return v[0]
	}
	var all [][]float32
	raw, err := os.ReadFile(filepath.Join("data", "asks-"+l.lang+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if label, text, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			l.senses = append(l.senses, senseLesson{is: asSense(label), vector: vector(callers(fold(text)))})
		}
	}
	for _, s := range samples(t, l.lang) {
		offends := done
		if c := conceptsNamed(s.is); len(c) > 0 && c[0].kind == forbidden {
			offends = 1
		}
		l.senses = append(l.senses, senseLesson{hint: true, is: offends, vector: vector(s.text)})
	}
	for _, dir := range allSets(t) {
		set := readGolden(t, dir)
		for i := range set.Form.Questions {
			q := &set.Form.Questions[i]
			if q.Kind() != YesNo || q.By != "" {
				continue
			}
			is := meant(dir, q)
			if text := q.reads(l.lang); text != "" {
				l.senses = append(l.senses, senseLesson{set: dir, is: is, vector: vector(callers(text))})
			}
			for _, h := range q.Hints[l.lang] {
				offends := done
				if is == happened {
					offends = 1
				}
				l.senses = append(l.senses, senseLesson{set: dir, hint: true, is: offends, vector: vector(phrase(h))})
			}
		}
		for _, c := range set.Calls {
			if languageOf(c) != l.lang {
				continue
			}
			for _, s := range newJudge(New(Options{}), c).sents {
				all = append(all, vector(s.text))
			}
		}
	}
	l.mean = meanOf(all)
}

// example is an answer of a person with what speaks for the answers.
type example struct {
	set   string
	signs signs
	label int
	cost  float64
	call  string
	q     *Question
}

// study is what there is to learn opinions from.
type study struct {
	by    map[string]Embedder
	all   map[string]*lessons
	first []firstAnswer
	seen  map[string]map[string]*Question // by set and question: as read without the set
	sense []example                       // questions
	said  []example                       // answers with facts, and then without
}

// readStudy reads every set with what was learnt of senses without it.
func readStudy(t *testing.T) *study {
	t.Helper()
	y := &study{by: map[string]Embedder{}, all: map[string]*lessons{}, first: firstAnswers(t), seen: map[string]map[string]*Question{}}
	for lang, e := range models(t) {
		y.by[lang] = remembering(e)
		y.all[lang] = &lessons{lang: lang, by: y.by[lang]}
		y.all[lang].readSenses(t)
	}
	for _, dir := range allSets(t) {
		y.readQuestions(t, dir)
	}
	s := y.scorer(t, "")
	for _, dir := range allSets(t) {
		y.readAnswers(t, s, dir)
	}
	return y
}

// scorer judges with what was learnt of senses without a set.
func (y *study) scorer(t *testing.T, without string) *Scorer {
	t.Helper()
	s := New(Options{Embedders: y.by})
	s.bents.fits = map[string]*head{}
	for lang, l := range y.all {
		v, err := l.by.Embed(t.Context(), []string{probeText})
		if err != nil {
			t.Fatal(err)
		}
		h := &head{Probe: probeText, Begins: v[0][:16], Dims: len(v[0])}
		l.senseHeads(h, func(set string) bool { return set == without })
		s.bents.fits[lang] = h
	}
	return s
}

// firstOf is what the machine had read a question as when it had never seen the set, false for sets of which that is not known.
func (y *study) firstOf(set, question string) (firstAnswer, bool) {
	i := slices.IndexFunc(y.first, func(f firstAnswer) bool { return f.set == set && f.question == question })
	if i < 0 {
		return firstAnswer{}, false
	}
	return y.first[i], true
}

// none of the sets is left out.
func none(string) bool { return false }

func (y *study) readQuestions(t *testing.T, dir string) {
	t.Helper()
	s, set := y.scorer(t, dir), readGolden(t, dir)
	y.seen[dir] = map[string]*Question{}
	for i := range set.Form.Questions {
		q := &set.Form.Questions[i]
		if q.Kind() != YesNo || q.By != "" {
			continue
		}
		g, err := s.senseSigns(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		p, cost := q.plan, 0.3 // words that were mended because of the set are less telling
		p.worded = p.senseOfWords()
		if f, ok := y.firstOf(dir, q.ID); ok {
			cost, p.worded, p.loose = 1, f.words, false
			if f.unknown {
				p.want = nil
			}
		}
		p.wordSigns(g, q.AutoFail)
		y.seen[dir][q.ID] = q
		y.sense = append(y.sense, example{set: dir, signs: g, label: int(meant(dir, q)), cost: cost, q: q})
	}
}

// leansWithout are the senses of the questions of each set, by what was learnt of the others.
func (y *study) leansWithout(set string) {
	w := fitWithout(set, y.sense, 2)
	for _, x := range y.sense {
		if x.set == set {
			l := leanings(w.shares(x.signs))
			x.q.plan.sense = &l
		}
	}
}

func (y *study) readAnswers(t *testing.T, s *Scorer, dir string) {
	t.Helper()
	y.leansWithout(dir)
	set := readGolden(t, dir)
	people := map[[2]string]Value{}
	for _, l := range set.Labels {
		if k := [2]string{l.Call, l.Question}; people[k] == "" {
			people[k] = l.Answer
		}
	}
	for _, f := range y.first {
		if f.set != dir {
			continue
		}
		q, label := y.seen[dir][f.question], slices.Index(weighed[:], people[[2]string{f.call, f.question}])
		if q == nil || label < 0 {
			continue
		}
		at := slices.IndexFunc(set.Calls, func(c Call) bool { return c.ID == f.call })
		for _, bare := range []bool{false, true} {
			c, o, cost := set.Calls[at], f.with, 1.0
			if bare {
				c.Facts, o, cost = nil, f.bare, 0.5
			}
			j := newJudge(s, c)
			j.ctx = t.Context()
			asked := *q
			asked.plan.worded, asked.plan.trust = f.words, f.trust
			if f.unknown {
				asked.plan.want = nil
			}
			g, _, err := j.signs(&asked, o)
			if err != nil {
				t.Fatal(err)
			}
			y.said = append(y.said, example{set: dir, signs: g, label: label, cost: cost * dear(dir, q, weighed[label]), call: f.call, q: q})
		}
	}
}

// dear is what missing an answer costs: one that fails a call more than another.
func dear(set string, q *Question, v Value) float64 {
	s := meant(set, q)
	if !q.AutoFail || v != map[bool]Value{true: Yes, false: No}[s == happened] {
		return 1
	}
	if s == done {
		return 1.5
	}
	return 2
}

// answersWithout are the weights of signs of answers, learnt without a set.
func (y *study) answersWithout(set string) weights {
	return fitWithout(set, y.said, 3)
}

// fitWithout fits weights to the examples that are not of a set.
func fitWithout(set string, examples []example, decay float64) weights {
	var list []signs
	var labels []int
	var costs []float64
	for _, x := range examples {
		if x.set != set {
			list, labels, costs = append(list, x.signs), append(labels, x.label), append(costs, x.cost)
		}
	}
	return fitSigns(list, labels, costs, decay)
}

// TestOpinions learns data/opinions.json and what data/heads.json has of senses anew where PARLEY_LEARN is set, and says how
// well that does on each set when it is learnt from the others. What its reading made of a set is what it made of it the first
// time.
func TestOpinions(t *testing.T) {
	if os.Getenv("PARLEY_LEARN") == "" {
		t.Skip("set PARLEY_LEARN to learn")
	}
	y := readStudy(t)
	right, n := 0, 0
	for _, x := range y.sense {
		if n++; int(x.q.plan.sense.surest()) == x.label {
			right++
		} else {
			t.Logf("%s %s: %s is read as %v", x.set, x.q.ID, senseNames[x.label], *x.q.plan.sense)
		}
	}
	t.Logf("of %d questions %d are taken in the sense in which they were meant", n, right)
	y.report(t)

	var all map[string]*head
	if err := json.Unmarshal(headsJSON, &all); err != nil {
		t.Fatal(err)
	}
	for lang, l := range y.all {
		l.senseHeads(all[lang], none)
	}
	y.leansWithout("")
	writeJSON(t, "heads.json", all)
	var list []signs
	var labels []int
	var costs []float64
	for _, x := range y.sense {
		list, labels, costs = append(list, x.signs), append(labels, x.label), append(costs, x.cost)
	}
	writeJSON(t, "opinions.json", opinion{fitSigns(list, labels, costs, 2), y.answersWithout("")})
}

func writeJSON(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("data", name), append(raw, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

// report prints how the answers of each set agree with people, with and without facts: those of the first time, and those
// that are weighed by what was learnt without the set.
func (y *study) report(t *testing.T) {
	t.Helper()
	first := map[[3]string]firstAnswer{}
	sets := []string{}
	for _, f := range y.first {
		first[[3]string{f.set, f.call, f.question}] = f
		if !slices.Contains(sets, f.set) {
			sets = append(sets, f.set)
		}
	}
	pools := map[string]*tally{"en": {}, "zh": {}, "all": {}}
	for _, set := range sets {
		var one tally
		w := y.answersWithout(set)
		lang := languageOf(readGolden(t, set).Calls[0])
		bare := false // each answer stands with facts, then without
		for _, x := range y.said {
			if x.set != set {
				continue
			}
			p, best := w.shares(x.signs), 0
			for i := range p {
				if p[i] > p[best] {
					best = i
				}
			}
			f, person := first[[3]string{set, x.call, x.q.ID}], weighed[x.label]
			for _, a := range []*tally{&one, pools[lang], pools["all"]} {
				if bare {
					a.wasBare.Add(person, f.bare.value)
					a.isBare.Add(person, weighed[best])
					continue
				}
				a.was.Add(person, f.with.value)
				a.is.Add(person, weighed[best])
				if x.q.AutoFail {
					fails := func(bad bool) Value { return map[bool]Value{true: Yes, false: No}[bad] }
					mean := map[bool]Value{true: Yes, false: No}[meant(set, x.q) == happened]
					was := map[bool]Value{true: Yes, false: No}[f.words == happened]
					is := map[bool]Value{true: Yes, false: No}[x.q.plan.sense.surest() == happened]
					a.wasFail.Add(fails(person == mean), fails(f.with.value == was))
					a.isFail.Add(fails(person == mean), fails(weighed[best] == is))
				}
			}
			bare = !bare
		}
		t.Logf("%s: %s", set, one.line())
	}
	for lang, a := range pools {
		t.Logf("%s: %s", lang, a.line())
	}
}

// tally compares answers with people's: what was answered the first time and what is now, also without facts and of fails.
type tally struct{ was, is, wasBare, isBare, wasFail, isFail Agreement }

func (a *tally) line() string {
	return fmt.Sprintf("kappa %.3f, %.3f the first time; without facts %.3f, %.3f; fails %d right, %d wrong, %d missed, the first time %d, %d, %d", a.is.Kappa(), a.was.Kappa(), a.isBare.Kappa(), a.wasBare.Kappa(),
		a.isFail.Count(Yes, Yes), a.isFail.Count(No, Yes), a.isFail.Count(Yes, No), a.wasFail.Count(Yes, Yes), a.wasFail.Count(No, Yes), a.wasFail.Count(Yes, No))
}
