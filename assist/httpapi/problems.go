package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
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
)

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
