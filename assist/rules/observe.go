package rules

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parley-voice/parley/nlu/hanzi"
	"github.com/parley-voice/parley/nlu/sentiment"
	"github.com/parley-voice/parley/pipeline/call"
)

// most turns and bytes that a session looks back on or into.
const (
	maxHistory = 50
	maxText    = 4000
)

// state is what the observed variables are computed from.
type state struct {
	turns       int64
	callerTurns int64
	lastEnd     call.Offset
	recent      []spoken  // the last turns, in the order in which they came
	sentiments  []float64 // the caller's
	ends        []call.Offset
	confidences []float64
	loudness    running
	rate        running
	says        running // turn.said of the caller
	longest     float64
	overlaps    int64
	said        []map[string]bool // what the caller said: pairs of words or syllables
	saidAt      []Reason
	repeats     int64
	concern     float64
	conduct     float64
	highest     float64 // of the case of earlier turns, from lowestCase
	grave       float64 // what the case of earlier turns has come to
	failedRow   int64
	failedTotal int64
}

// spoken is when somebody spoke.
type spoken struct {
	who        call.Party
	start, end call.Offset
}

// recentTurns is how many turns back somebody may have been speaking at the same time: a turn comes when it has ended,
// so a long one comes after the short ones that were spoken into it.
const recentTurns = 12

// running is a mean so far.
type running struct {
	sum float64
	n   int
}

func (r *running) add(v float64) { r.sum += v; r.n++ }

func (r *running) mean() float64 {
	if r.n == 0 {
		return 0
	}
	return r.sum / float64(r.n)
}

// evidence is where values other than words come from.
type evidence struct {
	repeated Reason // the earlier turn that was said again
}

// observe brings the variables up to date with t.
func (s *Session) observe(t Turn) {
	if len(t.Text) > maxText {
		t.Text = strings.ToValidUTF8(t.Text[:maxText], "")
	}
	lang := languageOf(t.Text, t.Lang)
	st := &s.state
	st.turns++
	tx := newText(t.Text, lang)
	s.put("who", string(t.Who))
	s.put("lang", lang)
	s.put("text", t.Text)
	s.put("intent", t.Intent)
	s.put("call.turns", st.turns)
	s.put("call.seconds", t.End.Seconds())
	s.observeTime(t, tx)
	s.observeWords(t, tx)
	if t.Who == call.Caller {
		s.observeCaller(t, tx)
	} else {
		s.observeAnswer(t)
	}
	s.put("customer.known", s.customer.Known)
	s.put("customer.tier", s.customer.Tier)
	s.put("customer.value", s.customer.Value)
	st.lastEnd = max(st.lastEnd, t.End)
	st.recent = lastOf(append(st.recent, spoken{t.Who, t.Start, t.End}), recentTurns)
}

func (s *Session) put(name string, v any) { s.values[s.set.index[name]] = v }

// hanWord is how much of a word a Chinese character is.
const hanWord = 0.6

// Bounds of turn.more: after a few words most turns are longer, and what is twice as long says no less than a speech.
const (
	fewSaid  = 2.0 // turn.said of six words
	mostMore = 1.0
)

func (s *Session) observeTime(t Turn, tx *text) {
	st := &s.state
	length := max(0, (t.End - t.Start).Seconds())
	words := int64(0)
	for _, u := range tx.units {
		if !isMark(u) {
			words++
		}
	}
	s.put("turn.seconds", length)
	s.put("turn.words", words)
	units := float64(words)
	if tx.lang == "zh" {
		units *= hanWord
	}
	says := math.Log1p(units)
	s.put("turn.said", says)
	s.put("turn.more", 0.0)
	if t.Who == call.Caller {
		if st.says.n > 0 {
			s.put("turn.more", min(mostMore, says-max(fewSaid, st.says.mean())))
		}
		st.says.add(says)
	}
	gap := (t.Start - st.lastEnd).Seconds()
	if st.turns == 1 {
		gap = 0
	}
	st.longest = max(st.longest, gap)
	over := 0.0
	for _, o := range st.recent {
		if both := min(o.end, t.End) - max(o.start, t.Start); o.who != t.Who && both > 0 {
			over += both.Seconds()
			st.overlaps++
		}
	}
	over = math.Min(over, length)
	s.put("silence.before", max(0, gap))
	s.put("silence.longest", st.longest)
	s.put("overlap.now", over)
	s.put("overlap.count", st.overlaps)
	if t.Who != call.Caller || length < 0.5 {
		return
	}
	rate, rise := float64(words)/length, 1.0
	if m := st.rate.mean(); m > 0 {
		rise = rate / m
	}
	st.rate.add(rate)
	s.put("rate.now", rate)
	s.put("rate.rise", rise)
}

func (s *Session) observeWords(t Turn, tx *text) {
	agent := t.Who != call.Caller
	hits := s.set.lexicons[tx.lang].find(tx, s.set.lists, s.set.contexts, agent)
	for i, l := range s.set.lists {
		w := &s.words[i]
		said := weightOf(hits[i])
		if !agent {
			w.recent *= fade
		}
		if said > 0 {
			w.heard++
			w.recent += said
			h := hits[i][0]
			from, to := tx.from[h.from], tx.to[h.to-1]
			w.last = Reason{Turn: t.N, Start: t.Start, End: t.End, Quote: tx.quote(h.from, h.to), From: from, To: to}
		}
		s.put(saidVar+l.name, said)
		s.put(recentVar+l.name, w.recent)
		s.put(heardVar+l.name, w.heard)
	}
}

func (s *Session) observeCaller(t Turn, tx *text) {
	st := &s.state
	st.callerTurns++
	s.put("call.caller_turns", st.callerTurns)
	st.sentiments = lastOf(append(st.sentiments, sentiment.OfTurn(t.Sentiment, t.Text, t.Lang)), maxHistory)
	st.ends = lastOf(append(st.ends, t.End), maxHistory)
	v := st.sentiments
	s.put("sentiment.now", v[len(v)-1])
	s.put("sentiment.mean3", mean(lastOf(v, 3)))
	s.put("sentiment.mean5", mean(lastOf(v, 5)))
	s.put("sentiment.lowest5", slices.Min(lastOf(v, 5)))
	s.put("sentiment.slope5", slope(lastOf(v, 5)))
	from := len(v)
	for from > 0 && time.Duration(t.End-st.ends[from-1]) <= time.Minute {
		from--
	}
	s.put("sentiment.last60s", mean(v[from:]))
	s.put("sentiment.turns", slices.Clone(v))
	confidence := t.Confidence
	if confidence == 0 {
		confidence = 1
	}
	st.confidences = lastOf(append(st.confidences, confidence), 3)
	s.put("confidence.now", confidence)
	s.put("confidence.mean3", mean(st.confidences))
	if t.Loudness < 0 {
		rise := 0.0
		if st.loudness.n > 0 {
			rise = t.Loudness - st.loudness.mean()
		}
		st.loudness.add(t.Loudness)
		s.put("loudness.now", t.Loudness)
		s.put("loudness.rise", rise)
	}
	st.concern *= fade
	s.observeConcern(0, "")
	s.putCase(Case{})
	s.observeRepeat(t, tx)
}

// again is the similarity from which a turn says what an earlier one said; fewer than leastUnits say too little to tell.
const (
	again      = 0.6
	leastUnits = 4
)

func (s *Session) observeRepeat(t Turn, tx *text) {
	st := &s.state
	pairs := shingles(tx)
	best := 0.0
	for i, old := range st.said {
		if v := overlap(pairs, old); v > best {
			best, s.evidence.repeated = v, st.saidAt[i]
		}
	}
	if best >= again {
		st.repeats++
	}
	if len(pairs) >= leastUnits {
		st.said = lastOf(append(st.said, pairs), maxHistory)
		st.saidAt = lastOf(append(st.saidAt, Reason{Turn: t.N, Start: t.Start, End: t.End, Quote: t.Text}), maxHistory)
	}
	s.put("repeat.similarity", best)
	s.put("repeat.count", st.repeats)
}

// shingles is the set of words (Chinese: syllables, so that words misheard alike are alike) and of their pairs.
func shingles(tx *text) map[string]bool {
	units := tx.units
	if tx.lang == "zh" {
		units = hanzi.Pinyin(string(tx.runes))
	}
	out := map[string]bool{}
	before := ""
	for _, u := range units {
		if isMark(u) || isFiller(u) {
			continue
		}
		out[u] = true
		if before != "" {
			out[before+" "+u] = true
		}
		before = u
	}
	return out
}

var fillers = strings.Fields("um uh er the a an i my me is it to and you please so well ok okay yes no hello hi that of en a ne ba ma le de o ou")

func isFiller(u string) bool { return slices.Contains(fillers, u) || utf8.RuneCountInString(u) == 0 }

// overlap is the share that two sets have in common, 0 when either says too little.
func overlap(a, b map[string]bool) float64 {
	if len(a) < leastUnits || len(b) < leastUnits {
		return 0
	}
	n := 0
	for k := range a {
		if b[k] {
			n++
		}
	}
	return 2 * float64(n) / float64(len(a)+len(b))
}

func (s *Session) observeAnswer(t Turn) {
	st := &s.state
	if t.Decision == "" {
		return
	}
	s.put("decision", t.Decision)
	switch t.Decision {
	case "clarify", "offer_person":
		st.failedRow++
		st.failedTotal++
	case "answer":
		st.failedRow = 0
	}
	s.put("failed.row", st.failedRow)
	s.put("failed.total", st.failedTotal)
}

// of is where the value of a variable comes from.
func (e evidence) of(s *Session, name string, t Turn) Reason {
	for _, family := range []string{saidVar, recentVar, heardVar} {
		if l, ok := strings.CutPrefix(name, family); ok {
			for i := range s.set.lists {
				if s.set.lists[i].name == l {
					return s.words[i].last
				}
			}
		}
	}
	if strings.HasPrefix(name, "repeat.") {
		return e.repeated
	}
	return Reason{Turn: t.N, Start: t.Start, End: t.End}
}

func lastOf[T any](v []T, n int) []T { return v[max(0, len(v)-n):] }

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(max(1, len(v)))
}

// slope is the change per step of the line nearest to v.
func slope(v []float64) float64 {
	n := float64(len(v))
	if n < 2 {
		return 0
	}
	middle, m := (n-1)/2, mean(v)
	var up, down float64
	for i, y := range v {
		x := float64(i) - middle
		up += x * (y - m)
		down += x * x
	}
	return up / down
}
