package replaycmd

import (
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/gaps"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// moments are what a caller said to the bot, or keyed in, with what it did then.
func moments(d record.Detail) []gaps.Moment {
	var out []gaps.Moment
	next := 0 // turn to look from
	for _, a := range d.Answers {
		q := answer.Query{Base: d.Base, Queue: d.Route, Spoken: d.Codec != call.Written}
		if r, n := utf8.DecodeRuneInString(a.Query); n == len(a.Query) && strings.ContainsRune("0123456789*#", r) {
			q.Key, q.Spoken = r, false
		} else {
			q.Text = a.Query
		}
		q.Lang, q.Reply = d.Lang, d.Lang
		for i := next; i < len(d.Turns); i++ {
			t := d.Turns[i]
			if t.Who != call.Caller || t.Text != a.Query && q.Key == 0 {
				continue
			}
			q.Lang, q.Confidence, next = t.Lang, t.Confidence, i+1
			if next < len(d.Turns) && d.Turns[next].Who == call.Bot {
				q.Reply = d.Turns[next].Lang
			}
			break
		}
		out = append(out, gaps.Moment{Query: q, Was: gaps.Outcome{Entry: a.Entry, Decision: a.Decision, Text: a.Text, PRight: a.PRight, Choices: []string{}}})
	}
	return out
}
