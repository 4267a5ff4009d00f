package scoring

import (
	"cmp"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// Calibration is a set of calls that several reviewers answer a form about without seeing each other's answers or the
// machine's.
type Calibration struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Form    string    `json:"form"`
	Version int       `json:"version"`
	Calls   []call.ID `json:"calls" doc:"Those that are still there, in the order of their ids"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Closed  bool      `json:"closed" doc:"No more answers; everybody sees the result"`
}

// Standing is a calibration as it stands for one person.
type Standing struct {
	Calibration

	Answered int  `json:"answered" doc:"Questions you have answered, of all calls"`
	Asked    int  `json:"asked" doc:"Questions there are, of all calls: those that the machine answered"`
	Away     bool `json:"away" doc:"You do not take part, so that you may see the scores of the calls"`
}

// Blind reports whether the person must not see what others or the machine answered: until everything is answered, the
// calibration is closed, or the person does not take part.
func (s Standing) Blind() bool { return !s.Closed && !s.Away && s.Answered < s.Asked }

// Final is why the person can answer no more and not leave, nil where both is possible: the result was shown, or never will be.
func (s Standing) Final() error {
	switch {
	case s.Closed:
		return ErrClosed
	case s.Away:
		return ErrAway
	case !s.Blind():
		return ErrShown
	}
	return nil
}

// Standings says which calibrations are looked for, and for whom. Only those count all of whose calls are within Scope.
type Standings struct {
	Person string
	Scope  *record.Scope // nil: all calls
	ID     string        // one alone; "" for any
	Call   call.ID       // those that have this call; "" for any
	Open   bool          // those that are not closed
	Limit  int           // at most so many, 0 for all
	After  *Calibration  // with Limit: those that come after this one, of which At and ID count; nil: from the newest on
}

// Vote is one answer in a calibration. By is Machine for the machine's.
type Vote struct {
	Call     call.ID       `json:"call"`
	Question string        `json:"question"`
	By       string        `json:"by"`
	Answer   quality.Value `json:"answer"`
}

// Row is how far raters agree about one question, or with an empty question about all.
type Row struct {
	Question string          `json:"question"`
	People   quality.Concord `json:"people" doc:"Among people: pairwise percent and Fleiss' kappa"`
	Machine  quality.Concord `json:"machine" doc:"Each person's answer against the machine's: percent and Cohen's kappa, without what the machine could not tell"`
	Untold   int             `json:"untold" doc:"Calls about which the machine could not tell"`
	Reword   bool            `json:"reword" doc:"People agree too little about it: the question wants other words"`
}

// Result is the outcome of a calibration: all questions together, then each, those to reword first.
type Result struct {
	Raters    []string `json:"raters"`
	All       Row      `json:"all"`
	Questions []Row    `json:"questions"`
}

// Below rewordAt of agreement among people a question is one to reword; with fewer items than enough nothing is said.
const (
	rewordAt = 0.4 // kappa
	rewordPc = 75  // percent, where kappa has no meaning
	enough   = 3
)

// Compare works out a calibration from all votes.
func Compare(f *quality.Form, votes []Vote) Result {
	r := Result{Raters: []string{}, Questions: []Row{}}
	for _, v := range votes {
		if v.By != Machine && !slices.Contains(r.Raters, v.By) {
			r.Raters = append(r.Raters, v.By)
		}
	}
	slices.Sort(r.Raters)
	r.All = row("", votes)
	for _, q := range f.Questions {
		one := row(q.ID, slices.DeleteFunc(slices.Clone(votes), func(v Vote) bool { return v.Question != q.ID }))
		if k := one.People.Kappa; one.People.Items >= enough {
			one.Reword = k != nil && *k < rewordAt || k == nil && one.People.Percent < rewordPc
		}
		r.Questions = append(r.Questions, one)
	}
	slices.SortStableFunc(r.Questions, func(a, b Row) int {
		if a.Reword != b.Reword {
			if a.Reword {
				return -1
			}
			return 1
		}
		return cmp.Compare(doubt(b), doubt(a))
	})
	return r
}

// doubt orders questions by how little people agree.
func doubt(r Row) float64 {
	if r.People.Items == 0 {
		return -1
	}
	return 100 - r.People.Percent
}

func row(question string, votes []Vote) Row {
	r := Row{Question: question}
	machine := map[string]quality.Value{}
	var people []quality.Rating
	for _, v := range votes {
		item := string(v.Call) + " " + v.Question
		if v.By == Machine {
			machine[item] = v.Answer
			if v.Answer == quality.CannotTell {
				r.Untold++
			}
			continue
		}
		people = append(people, quality.Rating{Item: item, Rater: v.By, Value: v.Answer})
	}
	var pairs []quality.Pair
	for _, p := range people {
		if m, ok := machine[p.Item]; ok && m != quality.CannotTell {
			pairs = append(pairs, quality.Pair{First: p.Value, Second: m})
		}
	}
	r.People, r.Machine = quality.Among(people), quality.Between(pairs)
	return r
}
