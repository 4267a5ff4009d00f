package quality

// Agreement counts how two raters answered the same questions.
type Agreement struct {
	N     int
	table map[[2]Value]int
}

// Add counts one answer of each.
func (a *Agreement) Add(first, second Value) {
	if a.table == nil {
		a.table = map[[2]Value]int{}
	}
	a.N++
	a.table[[2]Value{first, second}]++
}

// Count is how often the first rater said first and the second rater second.
func (a *Agreement) Count(first, second Value) int { return a.table[[2]Value{first, second}] }

// Share is the part of equal answers, 0..1; 0 without any.
func (a *Agreement) Share() float64 {
	if a.N == 0 {
		return 0
	}
	same := 0
	for k, n := range a.table {
		if k[0] == k[1] {
			same += n
		}
	}
	return float64(same) / float64(a.N)
}

// Kappa is Cohen's: agreement beyond what chance gives, 1 at best, 0 at chance. It is 1 when both always say the same
// one thing and 0 without answers.
func (a *Agreement) Kappa() float64 {
	if a.N == 0 {
		return 0
	}
	first, second := map[Value]float64{}, map[Value]float64{}
	for k, n := range a.table {
		first[k[0]] += float64(n)
		second[k[1]] += float64(n)
	}
	chance := 0.0
	for v, n := range first {
		chance += n * second[v]
	}
	chance /= float64(a.N) * float64(a.N)
	if chance >= 1 {
		return 1
	}
	return (a.Share() - chance) / (1 - chance)
}

// Confusion is the table by the two answers, first rater first.
func (a *Agreement) Confusion() map[Value]map[Value]int {
	out := map[Value]map[Value]int{}
	for k, n := range a.table {
		if out[k[0]] == nil {
			out[k[0]] = map[Value]int{}
		}
		out[k[0]][k[1]] += n
	}
	return out
}
