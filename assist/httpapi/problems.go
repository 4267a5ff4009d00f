package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/rules"
)

// problemType begins the type of every problem that has one; what follows is what pages know it by, to say it in the language of
// who looks.
const problemType = "urn:parley:problem:"

// The problems that a page says in its own words. A name that was once given stays.
const (
	ProblemChanged     = "changed"      // somebody else has stored it meanwhile
	ProblemBaseChanged = "base-changed" // the knowledge or the files have, so that something else would be done now
	ProblemState       = "state"        // what is asked does not go with the state of the thing
	ProblemDecided     = "decided"
	ProblemExists      = "exists" // an entry asks this already
	ProblemOver        = "over"   // a conversation
	ProblemLate        = "late"   // an appeal
	ProblemUnreadable  = "unreadable"
	ProblemGone        = "call-gone" // to somebody else, or ended
	ProblemNotThem     = "not-them"  // the caller is not known to be this customer
	ProblemNoCode      = "no-code"   // of nobody known
	ProblemNobody      = "nobody-there"
	ProblemRings       = "being-called"
	ProblemMuch        = "too-much"
	ProblemYourself    = "yourself"
	ProblemTaken       = "login-taken"
	ProblemLastAdmin   = "last-admin"
	ProblemNoKey       = "no-key"
	ProblemSilent      = "nothing-said" // in a call of a calibration
	ProblemClosed      = "calibration-closed"
	ProblemAway        = "not-taking-part" // in a calibration
	ProblemShown       = "result-shown"    // of a calibration
	ProblemAnswer      = "no-such-answer"  // to a question of a form
	ProblemFaults      = "faults"          // of a file; each is in errors, see Fault
)

// Fault is what is wrong in a file, as a value of the errors of a ProblemFaults, beside its words in English: where, and what as a
// page says it in its language, from the part of the file to what is wrong with it.
type Fault struct {
	Line int          `json:"line,omitempty" doc:"From 1; 0 or left out: the file as a whole, or it is not known"`
	Text string       `json:"text" doc:"In English"`
	Said []rules.Said `json:"said"`
}

// faulty is the answer to a file that something is wrong with.
func faulty(detail string, all []Fault) error {
	m := &huma.ErrorModel{Status: http.StatusUnprocessableEntity, Title: http.StatusText(http.StatusUnprocessableEntity), Type: problemType + ProblemFaults, Detail: detail}
	for _, f := range all {
		e := &huma.ErrorDetail{Message: f.Text, Value: f}
		if f.Line > 0 {
			e.Location = fmt.Sprintf("line %d", f.Line)
		}
		m.Errors = append(m.Errors, e)
	}
	return m
}

// badForm is the answer to a form that quality.Parse refuses.
func badForm(err error) error {
	var all []Fault
	for _, p := range quality.Problems(err) {
		all = append(all, Fault{p.Line, p.Text, p.Said})
	}
	return faulty(err.Error(), all)
}

// FaultOf is what is wrong with rules that rules.Compile refuses.
func FaultOf(err error) Fault { return Fault{rules.LineOf(err), err.Error(), rules.SaidOf(err)} }

// unfit is the answer to a request that is understood, and asks for what cannot be.
func unfit(problem, detail string) error {
	return &huma.ErrorModel{Status: http.StatusUnprocessableEntity, Title: http.StatusText(http.StatusUnprocessableEntity), Type: problemType + problem, Detail: detail}
}

// conflict is the answer to what cannot be done as things stand.
func conflict(problem, detail string) error {
	return &huma.ErrorModel{Status: http.StatusConflict, Title: http.StatusText(http.StatusConflict), Type: problemType + problem, Detail: detail}
}

// plainly is what an error says to people: the name of the package in front is for those who read logs.
func plainly(err error) string {
	s := err.Error()
	if room, what, ok := strings.Cut(s, ": "); ok && !strings.ContainsAny(room, " \t") {
		return what
	}
	return s
}

// typeOf is the type of the problem that an error is answered with, "" for none.
func typeOf(err error) string {
	var m *huma.ErrorModel
	if errors.As(err, &m) {
		return m.Type
	}
	return ""
}
