package quality

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// asSense is the sense of a question of data with this label.
func asSense(label string) sense {
	name, bad := strings.CutSuffix(label, "!")
	name, kept := strings.CutSuffix(name, "~")
	name, _, _ = strings.Cut(name, "+")
	switch c := conceptsNamed(name); {
	case bad:
		return happened
	case kept, slices.Contains(slices.Collect(maps.Values(misdeeds)), name):
		return avoided
	case len(c) > 0 && c[0].kind == forbidden:
		return avoided
	}
	return done
}

// turned are questions of the forms of sets that are misread by their words, with the sense in which people meant them.
var turned = map[string]sense{
	"funeral/body": happened, "funeral/steer": happened, "funeral/date": happened, "gym/tuoyan": happened, "gym/yingqiang": happened, "gym/yingtui": happened,
	"gym/shangbing": done, "gym/yuqi": avoided, "vetclinic/dose": happened, "pestcontrol/chem": happened, "housekeeping/siqian": happened, "housekeeping/keqi": avoided, "school/shenfen": done, "telco/pushy": happened,
	"vetclinic/bye": done, "repair/signoff": done, "breakdown/safe": done, "breakdown/nopromise": avoided, "breakdown/noadvice": avoided, "postnatal/bukaiyao": avoided, "postnatal/budabao": avoided,
	"locksmith/assure": happened, "locksmith/tricks": happened, "optician/clinical": avoided, "optician/upsell": happened, "optician/record": done, "optician/urgent": done, "driving/baoguo": happened, "driving/sishou": happened,
	"driving/taidu": avoided, "driving/hedui": done, "moving/baozheng": happened, "moving/sili": happened, "moving/chaoren": happened, "moving/hedan": done, "moving/yikoujia": done, "locksmith/proof": done,
	"vanhire/check": done, "vanhire/pressure": avoided, "vanhire/private": avoided, "leakline/others": avoided, "dentalplan/other": avoided, "dentalplan/share": done, "dentalplan/unsure": done, "dentalplan/instead": done,
	"removals/baomi": avoided, "removals/daoqian": done, "removals/shuaiguo": avoided, "removals/xiayibu": done, "checkup/waixie": avoided, "checkup/buduan": avoided, "checkup/shaonian": avoided, "heating/yice": avoided, "heating/xuke": done,
	"elevator/trapped": done, "elevator/courtesy": avoided, "zufang/rude": avoided,
	"ambulance/outcome": avoided, "ambulance/clinical": avoided, "ambulance/others": avoided, "boilercover/noadvice": avoided, "boilercover/swipe": avoided, "drivermedical/noverdict": avoided, "drivermedical/others": avoided, "drivermedical/manner": avoided,
	"portout/nocode": avoided, "portout/norun": avoided, "portout/noprom": avoided, "portout/nopush": avoided, "weddings/tales": avoided, "weddings/hurry": avoided, "chongdian/chaiqiang": avoided, "chongdian/chengnuo": avoided, "chongdian/tuiwei": avoided,
	"ershouche/q5": avoided, "ershouche/q8": avoided, "ershouche/q9": avoided, "kouqiang/zhenduan": avoided, "kouqiang/xiaoguo": avoided, "kuajing/honest": avoided, "kuajing/eta": avoided, "kuajing/blame": avoided, "shebao/s07_weigui": avoided, "shebao/s08_xieluo": avoided,
	"stairlift/undertaking": avoided, "stairlift/demeanour": avoided, "letrepairs/bigtalk": avoided, "letrepairs/hush": avoided, "nookbox/digs": avoided, "nookbox/noguar": avoided, "kuaidigui/ma": avoided, "kuaidigui/shuai": avoided,
	"chongwu/kaiyao": avoided, "chongwu/nuan": done, "donorline/keypad": done, "letrepairs/danger": done, "letrepairs/finding": done, "letrepairs/listening": done, "stairlift/interim": done, "stairlift/veracity": done,
	"stairlift/conclusion": done, "tuifei/xinxi": done, "wuye/Q8": done,
	"ambulance/redflag": done, "ershouche/q6": done, "kuajing/start": done, "portout/cost": done, "portout/end": done, "shebao/s01_shoubao": done, "weddings/needs": done,
	"arrears/pressure": avoided, "arrears/health": done, "arrears/audience": done, "funeralplan/haste": avoided, "funeralplan/undertaking": avoided, "hotelres/card": avoided, "hotelres/rival": avoided, "motorclaims/excess": done,
	"motorclaims/thirdparty": avoided, "motorclaims/interruption": done, "parkingpermit/neighbour": avoided, "parkingpermit/blame": avoided, "pensionadmin/abstention": avoided, "pensionadmin/tax": avoided, "pensionadmin/documents": done, "pensionadmin/standard": done,
	"pensionadmin/deportment": avoided, "pethospital/q11": avoided, "rxdelivery/manner": avoided, "vetnight/verdict": avoided, "visacentre/candour": avoided,
	"betprotect/c_explore": done, "betprotect/f_induce": avoided, "betprotect/i_assured": avoided, "daikuan/promise": avoided, "daikuan/hardship": done, "jiadian/promise": avoided, "jiadian/blame": avoided, "jiadian/private": avoided,
	"jiankangzhongxin/leak": avoided, "jiaoyu/change": done, "jiaoyu/child": avoided, "jiaoyu/empathy": done, "jiaxiao/q11": avoided, "jiudian/guest": avoided, "jiudian/card": avoided, "jiudian/special": done,
	"jiudian/promise": avoided, "jiudian/rival": avoided, "schooltrips/undertaking": avoided, "schooltrips/reflecting": avoided, "yaofang/ask": done, "yaofang/scope": done, "yaofang/privacy": done,
}

// meant is the sense in which people meant a question of a set.
func meant(set string, q *Question) sense {
	if s, ok := turned[set+"/"+q.ID]; ok {
		return s
	}
	p := q.plan
	p.sense = nil // by the words alone
	return p.senseOfWords()
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
	l.readSensesFile(t, vector)
	for _, s := range allSamples(t, l.lang) {
		offends := done
		if c := conceptsNamed(s.is); len(c) > 0 && c[0].kind == forbidden || slices.Contains(slices.Collect(maps.Values(misdeeds)), s.is) {
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

// readSensesFile reads data/senses.tsv.
func (l *lessons) readSensesFile(t *testing.T, vector func(string) []float32) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("data", "senses.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		c := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if line[0] == '#' || len(c) != 5 {
			continue
		}
		is, at := sense(slices.Index(senseNames[:], c[0])), map[string]int{"en": 1, "zh": 3}[l.lang]
		l.senses = append(l.senses, senseLesson{is: is, vector: vector(callers(fold(c[at])))})
		if offends := done; c[at+1] != "" {
			if is == happened {
				offends = 1
			}
			l.senses = append(l.senses, senseLesson{hint: true, is: offends, vector: vector(phrase(c[at+1]))})
		}
	}
}

// actHead adds to h what sentences of data do: calls of the tests teach nothing here.
func (l *lessons) actHead(t *testing.T, h *head) {
	t.Helper()
	names := append(slices.Sorted(maps.Values(marks)), slices.Sorted(maps.Values(misdeeds))...)
	names = append(names, innocent)
	var vectors [][]float32
	var labels []int
	for _, s := range allSamples(t, l.lang) {
		v, err := l.by.Embed(t.Context(), []string{s.text})
		if err != nil {
			t.Fatal(err)
		}
		vectors, labels = append(vectors, v[0]), append(labels, slices.Index(names, s.is))
	}
	h.Acts = classes(names, fitVectors(vectors, labels))
}
