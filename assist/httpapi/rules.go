package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/rules"
)

// ErrRules means that a rule file has a mistake; its text tells the line.
var ErrRules = errors.New("httpapi: the rules have a mistake")

// Rulebook holds the rules in use.
type Rulebook interface {
	Rules() RuleState
	// Try tells what would have happened in the last calls on record, at most that many, with text instead of a file
	// (beyond the last: beside them). A mistake in text is an ErrRules. It may take seconds and ends with ctx.
	Try(ctx context.Context, file int, text string, calls int) (rules.Change, error)
}

// RuleState is what is in use now.
type RuleState struct {
	Files []RuleFile `json:"files"`
	Rules []string   `json:"rules" doc:"Highest priority first"`
	// Texts are what the rules say when they fire, by id, in English and Chinese.
	Texts   map[string][2]string `json:"texts,omitempty"`
	Trouble string               `json:"trouble,omitempty" doc:"Why the files as they are now are not in use; those that were good last are"`
	// Fault is Trouble as a page says it in its language, where it is a mistake in a file.
	Fault *Fault `json:"fault,omitempty"`
}

// RuleFile is one file of rules.
type RuleFile struct {
	Name    string `json:"name"`
	Text    string `json:"text"`
	BuiltIn bool   `json:"built_in"`
}

type (
	ruleStateOutput struct{ Body RuleState }
	tryRulesInput   struct {
		Body struct {
			File  int    `json:"file" minimum:"0" maximum:"100" doc:"Number of the file that text takes the place of, from 0; beyond the last it is one more"`
			Text  string `json:"text" maxLength:"500000" doc:"YAML"`
			Calls int    `json:"calls,omitempty" minimum:"0" maximum:"200" doc:"How many of the last calls; 0 = 50"`
		}
	}
	tryRulesOutput struct{ Body rules.Change }
)

// triedCalls is how many calls rules are tried on unless asked otherwise.
const triedCalls = 50

// tryLimit is within what an answer may take.
const tryLimit = answerLimit - 5*time.Second

func (a *API) registerRules(api huma.API) {
	book := a.o.Rules
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"rules"}, Summary: summary, MaxBodyBytes: 1 << 20}
	}
	huma.Register(api, op("rules", http.MethodGet, "/api/rules", "The rules in use, with the files they come from"), func(context.Context, *struct{}) (*ruleStateOutput, error) {
		return &ruleStateOutput{book.Rules()}, nil
	})
	huma.Register(api, op("try-rules", http.MethodPost, "/api/rules/try", "What changed rules would have done in the last calls"), func(ctx context.Context, in *tryRulesInput) (*tryRulesOutput, error) {
		n := in.Body.Calls
		if n == 0 {
			n = triedCalls
		}
		ctx, cancel := context.WithTimeout(ctx, tryLimit)
		defer cancel()
		change, err := book.Try(ctx, in.Body.File, in.Body.Text, n)
		switch {
		case errors.Is(err, ErrRules):
			return nil, faulty(err.Error(), []Fault{FaultOf(err)})
		case errors.Is(err, context.DeadlineExceeded):
			return nil, huma.Error503ServiceUnavailable("so many calls could not be played in time: try fewer")
		case err != nil:
			return nil, a.fail(err)
		}
		return &tryRulesOutput{change}, nil
	})
}
