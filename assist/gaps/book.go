package gaps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// ErrGone means that there is no gap with an ID, or not any more.
var ErrGone = errors.New("gaps: there is no such gap any more: look at the list again")

// Asked knows what callers asked in vain since a time, newest first.
type Asked interface {
	Unanswered(ctx context.Context, base string, since time.Time, limit int) ([]record.Unanswered, error)
}

// Records are what calls left of the knowledge they used, and what people decided about gaps.
type Records interface {
	Steps(ctx context.Context, base string, since time.Time, limit int) ([]Step, error)
	Spoken(ctx context.Context, id call.ID) ([]Spoken, error)
	Dismissed(ctx context.Context, base string) (map[[2]string]time.Time, error)
}

// Book finds gaps in what is on record, for whoever looks: the page or the command line.
type Book struct {
	Asked    Asked    // nil: what was not answered is not known
	Records  Records  // nil: what was answered badly is not known, and nothing was dismissed
	Embedder Embedder // nil: questions are put together by their words alone
	// Decisions keeps what people decide; nil: nothing is kept.
	Decisions Decisions
	// Mask takes what is private out of a text in a language; nil leaves it. What calls keep is masked already.
	Mask func(text, lang string) string
}

// Limits of what is looked at.
const (
	MostTurns   = 5000   // unanswered questions
	MostSteps   = 50_000 // things that happened with the knowledge
	mostReplies = 5
)

// Reply is something an agent said in a call behind a gap that may answer it.
type Reply struct {
	Call call.ID `json:"call"`
	Turn int     `json:"turn"`
	Text string  `json:"text"`
}

// List returns the gaps of a base ("" = all) of the last days, the most asked first. Questions that were dismissed are left
// out unless they were asked since. It blocks while vectors are made and ends with ctx.
func (b Book) List(ctx context.Context, base string, days int) ([]Gap, error) {
	since := time.Now().AddDate(0, 0, -days)
	var asked []Question
	if b.Asked != nil {
		all, err := b.Asked.Unanswered(ctx, base, since, MostTurns)
		if err != nil {
			return nil, err
		}
		for _, u := range all {
			asked = append(asked, Question{Call: u.Call, Turn: u.Turn, Text: u.Text, Lang: u.Lang, Base: u.Base, At: u.At})
		}
	}
	if b.Records != nil {
		steps, err := b.Records.Steps(ctx, base, since, MostSteps)
		if err != nil {
			return nil, err
		}
		asked = append(asked, Badly(steps)...)
		cut, err := b.cutOff(ctx, asked, steps)
		if err != nil {
			return nil, err
		}
		asked = append(asked, cut...)
		gone, err := b.Records.Dismissed(ctx, base)
		if err != nil {
			return nil, err
		}
		asked = slices.DeleteFunc(asked, func(q Question) bool {
			at, ok := gone[[2]string{q.Base, knowledge.QuestionKey(q.Text)}]
			return ok && !q.At.After(at)
		})
	}
	em := b.Embedder
	if em == nil {
		em = blind{}
	}
	return Find(ctx, em, asked)
}

// cutOff are the questions of calls that ended before the bot had said that it does not know: no turn of the bot is on
// record for them, and they would be missed, though these callers had had enough.
func (b Book) cutOff(ctx context.Context, asked []Question, steps []Step) ([]Question, error) {
	known := map[call.ID]bool{}
	for _, q := range asked {
		known[q.Call] = true
	}
	var out []Question
	for _, one := range byCall(steps) {
		last := one[len(one)-1]
		if known[last.Call] || last.Kind != Said || last.Decision != answer.Offer && last.Decision != answer.Clarify || last.Query == "" || len(out) >= mostCut {
			continue
		}
		q := Question{Call: last.Call, Text: last.Query, Lang: last.Lang, Base: last.Base, At: last.At}
		turns, err := b.Records.Spoken(ctx, q.Call)
		if err != nil {
			return nil, err
		}
		for _, t := range turns {
			if t.Who == call.Caller {
				q.Turn = t.N
			}
		}
		out = append(out, q)
	}
	return out, nil
}

// mostCut is how many calls are looked at for the turn of a question.
const mostCut = 500

// blind knows no vectors.
type blind struct{}

func (blind) EmbedIn(_ context.Context, _ string, texts []string) ([][]float32, error) {
	return make([][]float32, len(texts)), nil
}

// One returns the gap with an ID among those List gives; ErrGone when it is not among them.
func (b Book) One(ctx context.Context, id, base string, days int) (Gap, error) {
	found, err := b.List(ctx, base, days)
	if err != nil {
		return Gap{}, err
	}
	i := slices.IndexFunc(found, func(g Gap) bool { return g.ID == id })
	if i < 0 {
		return Gap{}, ErrGone
	}
	return found[i], nil
}

// Answers returns what agents said in the calls of g that may answer it, masked, the likeliest first, at most five.
func (b Book) Answers(ctx context.Context, g Gap) ([]Reply, error) {
	out := []Reply{}
	if b.Records == nil {
		return out, nil
	}
	seen := map[call.ID]bool{}
	for _, q := range g.Asked {
		if seen[q.Call] || len(out) >= mostReplies {
			continue
		}
		seen[q.Call] = true
		turns, err := b.Records.Spoken(ctx, q.Call)
		if err != nil {
			return nil, fmt.Errorf("look for answers in call %s: %w", q.Call, err)
		}
		for _, r := range Replies(turns, q.Turn, q.Text, g.Lang) {
			out = append(out, Reply{q.Call, r.N, b.Masked(r.Text, g.Lang)})
		}
	}
	return out[:min(len(out), mostReplies)], nil
}

// Masked takes what is private out of a text.
func (b Book) Masked(text, lang string) string {
	if b.Mask == nil {
		return text
	}
	return b.Mask(text, lang)
}

// Keys are the questions of g as knowledge.QuestionKey writes them, by which they are dismissed.
func (g Gap) Keys() []string {
	out := make([]string, len(g.Texts))
	for i, t := range g.Texts {
		out[i] = knowledge.QuestionKey(t)
	}
	return out
}

// Dismissal is a gap that somebody says is none.
type Dismissal struct {
	Base     string    `json:"base"`
	Question string    `json:"question" doc:"The wording that spoke for the gap; the most telling one when it was dismissed before reasons were kept"`
	Wordings int       `json:"wordings"`
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// Origin is where a draft comes from and what became of it. It names calls but holds nothing that was said in them.
type Origin struct {
	Base     string     `json:"-"`
	Entry    string     `json:"-"`
	Gap      string     `json:"gap,omitempty" doc:"ID of its gap when it was made"`
	Count    int        `json:"count" doc:"How often its gap had been asked"`
	RatedBad int        `json:"rated_bad"`
	Calls    []CallTurn `json:"calls" doc:"Where it was asked, newest first, at most 10"`
	Reply    *CallTurn  `json:"reply,omitempty" doc:"The agent's turn the answer was taken from"`
	By       string     `json:"by"`
	At       time.Time  `json:"at"`
	Decision string     `json:"decision,omitempty" enum:"approved,returned"`
	Reason   string     `json:"reason,omitempty" doc:"Why it was returned"`
	Decider  string     `json:"decider,omitempty"`
	Decided  *time.Time `json:"decided,omitempty"`
}

// CallTurn is a turn of a call; turn 0 is not known.
type CallTurn struct {
	Call call.ID   `json:"call"`
	Turn int       `json:"turn"`
	At   time.Time `json:"at,omitzero" doc:"Start of the call"`
}

// What is decided of a draft.
const (
	Approved = "approved" // published: callers hear it
	Returned = "returned" // a draft again, with a reason
)

const mostOriginCalls = 10

// originOf tells where a draft made from g comes from.
func originOf(g Gap, reply *CallTurn) Origin {
	o := Origin{Gap: g.ID, Count: len(g.Asked), RatedBad: g.Rated, Calls: []CallTurn{}, Reply: reply}
	for _, q := range g.Asked[:min(len(g.Asked), mostOriginCalls)] {
		o.Calls = append(o.Calls, CallTurn{q.Call, q.Turn, q.At})
	}
	return o
}
