package quality

import (
	"slices"
	"testing"

	"github.com/parley-voice/parley/assist/quality/reads"
)

// example is an answer of a person with what speaks for the answers.
type example struct {
	set   string
	part  string // of the sets, which are left out together
	signs signs
	label int
	cost  float64
	call  string
	q     *Question
}

// study is what there is to learn opinions from.
type study struct {
	by     map[string]Embedder
	all    map[string]*lessons
	acts   map[string]*head  // by language: what was learnt of acts from data alone
	parts  map[string]string // by set
	first  []firstAnswer
	read   map[[4]string]reads.Answer       // by set, call, question and withFacts: of readers that were not learnt from the set
	seen   map[string]map[string]*Question  // by set and question: as read without the set
	sense  []example                        // questions
	said   []example                        // answers with facts, and then without
	made   map[[2]string]answering          // of signs of answers, by the parts they were learnt without
	fails  map[string]features              // of how odds stand, by the part they were learnt without
	speaks map[[2]string]map[string]float64 // of signs of answers that fail, by the parts they were learnt without
}

// readStudy reads every set with what was learnt of senses without it and some others.
func readStudy(t *testing.T) *study {
	t.Helper()
	y := &study{by: map[string]Embedder{}, parts: map[string]string{}, fails: map[string]features{}, all: map[string]*lessons{}, acts: map[string]*head{}, made: map[[2]string]answering{}, speaks: map[[2]string]map[string]float64{}, first: firstAnswers(t), read: readAnswers(t), seen: map[string]map[string]*Question{}}
	for lang, e := range models(t) {
		y.by[lang] = remembering(t, lang, e)
		y.all[lang] = &lessons{lang: lang, by: y.by[lang]}
		y.all[lang].readSenses(t)
		y.all[lang].readInnocent(t)
		y.acts[lang] = &head{}
		y.all[lang].actHead(t, y.acts[lang])
	}
	without := map[string]*Scorer{}
	for _, dir := range allSets(t) {
		part := foldOf(t, dir)
		y.parts[dir] = part
		if without[part] == nil {
			without[part] = y.scorer(t, func(set string) bool { return foldOf(t, set) == part })
		}
		y.readQuestions(t, without[part], dir)
	}
	for _, dir := range allSets(t) {
		y.readAnswers(t, without[foldOf(t, dir)], dir)
	}
	return y
}

// scorer judges with what was learnt of what questions ask for, of senses and of faults without some sets, and of acts without any.
func (y *study) scorer(t *testing.T, without func(set string) bool) *Scorer {
	t.Helper()
	s := New(Options{Embedders: y.by})
	s.bents.fits = map[string]*head{}
	for lang, l := range y.all {
		v, err := l.by.Embed(t.Context(), []string{probeText})
		if err != nil {
			t.Fatal(err)
		}
		h := &head{Probe: probeText, Begins: v[0][:16], Dims: len(v[0]), Acts: y.acts[lang].Acts, Asks: learnAsks(readAsks(t, lang, l.by, without))}
		l.senseHeads(h, without)
		h.Faults, h.Told = l.faults(t, without), l.told(t)
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

func (y *study) readQuestions(t *testing.T, s *Scorer, dir string) {
	t.Helper()
	set := readGolden(t, dir)
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
		if q.plan.profiles, err = s.profiles(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		y.seen[dir][q.ID] = q
		y.sense = append(y.sense, example{set: dir, part: foldOf(t, dir), signs: g, label: int(meant(dir, q)), cost: cost, q: q})
	}
}

// leansWithout are the senses of the questions of the sets of each part, by what was learnt of the others.
func (y *study) leansWithout(part string) {
	w := fitWithout(y.sense, 2, part)
	for _, x := range y.sense {
		if x.part == part {
			l := leanings(w.shares(x.signs))
			if x.q.plan.noneIsYes {
				l = leanings{avoided: 1}
			}
			x.q.plan.sense = &l
		}
	}
}

func (y *study) readAnswers(t *testing.T, s *Scorer, dir string) {
	t.Helper()
	part := foldOf(t, dir)
	y.leansWithout(part)
	for _, q := range y.seen[dir] {
		means, err := s.means(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		q.plan.mayAsk = q.plan.readings(q, means)
	}
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
			g.read(y.read[[4]string{dir, f.call, f.question, withFacts(!bare)}], asked.plan.sense)
			y.said = append(y.said, example{set: dir, part: part, signs: g, label: label, cost: cost * dear(dir, q, weighed[label]) * worth(dir), call: f.call, q: q})
		}
	}
}

// unmended are the sets after which no rule was changed. What is answered about them is what to expect of a form that nobody has seen.
var unmended = []string{
	"tankers", "hunjie", "elevator", "zufang", "ambulance", "boilercover", "drivermedical", "portout", "weddings", "chongdian", "ershouche", "kouqiang", "kuajing", "shebao",
	"nookbox", "stairlift", "donorline", "letrepairs", "kuaidigui", "chongwu", "wuye", "tuifei",
	"vets", "pethospital", "motorclaims", "visacentre", "arrears", "funeralplan", "pensionadmin", "lounge", "rxdelivery", "hotelres", "parkingpermit", "vetnight",
	"shuidian", "jiankangzhongxin", "daikuan", "jiudian", "hangkong", "jiadian", "jiaoyu", "yaofang", "jiaxiao", "pestfirm", "betprotect", "schooltrips", "wastecouncil",
}

// worth is how much an answer about a set counts beside others.
func worth(set string) float64 {
	if slices.Contains(unmended, set) {
		return 3
	}
	return 1
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

// answersWithout are what tells answers by their signs, learnt without two parts of the sets; "" stands for none.
func (y *study) answersWithout(a, b string) answering {
	k := [2]string{min(a, b), max(a, b)}
	if y.made[k].Weights == nil {
		w := fitWithout(y.said, 3, a, b)
		var list []example
		for _, x := range y.said {
			if x.part != a && x.part != b {
				list = append(list, x)
			}
		}
		y.made[k] = answering{w, growTrees(list, w)}
	}
	return y.made[k]
}

// chances are the probabilities of the answers of x.
func (x example) chances(a answering) chances { return x.q.possible(a.chances(x.signs), x.signs) }

// fitWithout fits weights to the examples that are not of some parts of the sets.
func fitWithout(examples []example, decay float64, parts ...string) weights {
	var list []signs
	var labels []int
	var costs []float64
	for _, x := range examples {
		if !slices.Contains(parts, x.part) {
			list, labels, costs = append(list, x.signs), append(labels, x.label), append(costs, x.cost)
		}
	}
	return fitSigns(list, labels, 3, costs, decay)
}

// failed is an answer that fails a call or might have.
type failed struct {
	at       int // in study.said
	features features
	fails    bool // says the person
}

// badAt is the answer to the question of x that fails a call, as an index of weighed.
func (x example) badAt() int {
	if meant(x.set, x.q) == happened {
		return 0
	}
	return 1
}

// round is a question that was asked about calls with facts or without.
type round struct {
	q    *Question
	bare bool
}

// askedOf are the examples of a set by question, as indices of said: of questions that fail a call, or also of those of what
// must not happen.
func (y *study) askedOf(set string, all bool) map[round][]int {
	out := map[round][]int{}
	for i, x := range y.said {
		if x.set == set && (x.q.AutoFail || all && x.q.plan.sense[done] < 0.5) {
			k := round{x.q, i%2 == 1}
			out[k] = append(out[k], i)
		}
	}
	return out
}

// middling are the signs of examples less what they are on average, and one that is always 1.
func (y *study) middling(at []int) []signs {
	mean := signs{}
	for _, i := range at {
		for name, v := range y.said[i].signs {
			mean[name] += v / float64(len(at))
		}
	}
	out := make([]signs, len(at))
	for n, i := range at {
		out[n] = signs{"": 1}
		for name, m := range mean {
			out[n].add(name, y.said[i].signs[name]-m)
		}
	}
	return out
}

// speaksWithout is what signs weigh for the answer that fails, among calls that the same question was asked about, learnt without
// two parts of the sets; "" stands for none.
func (y *study) speaksWithout(a, b string) map[string]float64 {
	k := [2]string{min(a, b), max(a, b)}
	if y.speaks[k] != nil {
		return y.speaks[k]
	}
	var list []signs
	var labels []int
	var costs []float64
	for _, set := range y.firstSets() {
		if part := y.parts[set]; part == a || part == b {
			continue
		}
		for _, at := range y.askedOf(set, true) {
			list = append(list, y.middling(at)...)
			for _, i := range at {
				x := y.said[i]
				cost := 1 - 0.5*float64(i%2)
				if x.q.AutoFail {
					cost *= 2
				}
				labels, costs = append(labels, map[bool]int{true: 0, false: 1}[x.label == x.badAt()]), append(costs, cost)
			}
		}
	}
	out := map[string]float64{}
	for name, w := range fitSigns(list, labels, 2, costs, 1) {
		if name != "" {
			out[name] = rounded(w[0] - w[1])
		}
	}
	y.speaks[k] = out
	return out
}

// failings are those of a set, by weights that were learnt without it and another part of the sets.
func (y *study) failings(set, part string) []failed {
	o, w := opinion{Speaks: y.speaksWithout(part, y.parts[set])}, y.answersWithout(part, y.parts[set])
	var out []failed
	for _, at := range y.askedOf(set, false) {
		var list []float64
		for _, i := range at {
			list = append(list, o.odds(y.said[i].signs))
		}
		for n, i := range at {
			others := slices.Delete(slices.Clone(list), n, n+1)
			x := y.said[i]
			out = append(out, failed{i, beside(x.chances(w)[x.badAt()], list[n], others), x.label == x.badAt()})
		}
	}
	slices.SortFunc(out, func(a, b failed) int { return a.at - b.at })
	return out
}

// failsWithout are the weights of how odds stand, learnt without a part of the sets from odds by what was learnt without that part and
// their own.
func (y *study) failsWithout(part string) features {
	if w, ok := y.fails[part]; ok {
		return w
	}
	var rows [][]float64
	var labels []int
	var costs []float64
	for _, other := range y.firstSets() {
		if y.parts[other] == part {
			continue
		}
		for _, f := range y.failings(other, part) {
			rows, labels = append(rows, f.features[:]), append(labels, map[bool]int{true: 0, false: 1}[f.fails])
			costs = append(costs, worth(other)*(1-0.5*float64(f.at%2)))
		}
	}
	fitted := fit(rows, labels, 2, costs, 1, 2000)
	var w features
	for i := range w {
		w[i] = rounded(fitted[0][i] - fitted[1][i])
	}
	y.fails[part] = w
	return w
}

// firstSets are the sets of which it is known what was answered the first time.
func (y *study) firstSets() (sets []string) {
	for _, f := range y.first {
		if !slices.Contains(sets, f.set) {
			sets = append(sets, f.set)
		}
	}
	return sets
}
