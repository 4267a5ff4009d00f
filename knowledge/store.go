package knowledge

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// State is how far an entry is on its way to callers.
type State string

// The states. Only what is published is ever found; expired is what published becomes after its end, or by hand.
const (
	Draft     State = "draft"
	Review    State = "review"
	Published State = "published"
	Expired   State = "expired"
)

// Audience is who may be shown an entry.
type Audience string

// The audiences.
const (
	ForBot   Audience = "bot"   // safe to be said to a caller, and shown to agents
	ForAgent Audience = "agent" // shown to agents alone
)

// Status is what is known of an entry beside its texts. The store fills in Version, TextVersion, PairVersion and Updated.
type Status struct {
	State    State      `json:"state,omitempty"`    // "" is Published for a new entry, and what it was for one that is there
	Audience Audience   `json:"audience,omitempty"` // "" is ForBot likewise
	Queues   []string   `json:"queues,omitempty"`   // whose desks see it, and whose callers hear it; none = all
	From     *time.Time `json:"from,omitempty"`     // in force from here, inclusive; nil = always was
	Until    *time.Time `json:"until,omitempty"`    // in force before this; nil = for ever
	Version  int        `json:"version,omitempty"`  // counts every change from 1
	Updated  time.Time  `json:"updated,omitzero"`
	By       string     `json:"by,omitempty"` // who made this version
	// Pair is the ID of the same entry in the other language, in the same base. The side whose partner's text changed
	// after its own is stale.
	Pair        string `json:"pair,omitempty"`
	TextVersion int    `json:"text_version,omitempty"` // version that changed question or answer last
	PairVersion int    `json:"pair_version,omitempty"` // TextVersion of the partner that this text goes with
}

// Errors of a store. They may be wrapped.
var (
	ErrUnknown = errors.New("knowledge: no such entry")
	ErrStale   = errors.New("knowledge: the entry was changed since: read it again")
	ErrInvalid = errors.New("knowledge: the entry is not valid")
	// ErrMoved is of an import that would not do what was looked at before it.
	ErrMoved = errors.New("knowledge: the base has changed since this was checked")
)

// StateAt is the state at a time: what is published ends with Until.
func (e Entry) StateAt(t time.Time) State {
	if e.State == Published && e.Until != nil && !t.Before(*e.Until) {
		return Expired
	}
	return e.State
}

// View is who searches. The zero value is the bot on a call of no known queue.
type View struct {
	Desk  bool   // an agent: sees ForAgent too
	Queue string // of the call or the agent
}

// Shows reports whether e may be found in the view at a time.
func (v View) Shows(e Entry, t time.Time) bool {
	return e.StateAt(t) == Published && (e.From == nil || !t.Before(*e.From)) &&
		(v.Desk || e.Audience == ForBot) && (len(e.Queues) == 0 || slices.Contains(e.Queues, v.Queue))
}

// Aims is whom the entries of a base are for, as far as views differ in it.
type Aims struct {
	Agents bool     // some are for agents alone
	Queues []string // that entries name
}

// Add takes in an entry for an audience and a queue, "" for every queue.
func (a *Aims) Add(audience Audience, queue string) {
	a.Agents = a.Agents || audience != ForBot
	if queue != "" && !slices.Contains(a.Queues, queue) {
		a.Queues = append(a.Queues, queue)
	}
}

// Among is the plainest view that shows the same as v of a base with these aims, so that views that do not differ share what is
// made for them.
func (v View) Among(a Aims) View {
	v.Desk = v.Desk && a.Agents
	if !slices.Contains(a.Queues, v.Queue) {
		v.Queue = ""
	}
	return v
}

// StaleBeside reports whether the text of the partner changed after the text of e.
func (e Entry) StaleBeside(partner Entry) bool {
	return e.Pair != "" && e.Pair == partner.ID && partner.TextVersion > e.PairVersion
}

// Check reports what is wrong with an entry that is to be stored, as an ErrInvalid.
func (e Entry) Check() error {
	switch {
	case e.ID == "" || e.Base == "" || e.Question == "" || e.Answer == "":
		return fmt.Errorf("%w: entry %q: id, base, question and answer are needed", ErrInvalid, e.ID)
	case strings.ContainsRune(e.ID+e.Base+e.Question+e.Answer+strings.Join(e.Similar, "")+strings.Join(e.Queues, ""), 0):
		return fmt.Errorf("%w: entry %q holds a NUL character", ErrInvalid, e.ID)
	case e.State != "" && !slices.Contains([]State{Draft, Review, Published, Expired}, e.State):
		return fmt.Errorf("%w: entry %q: state %q is not draft, review, published or expired", ErrInvalid, e.ID, e.State)
	case e.Audience != "" && e.Audience != ForBot && e.Audience != ForAgent:
		return fmt.Errorf("%w: entry %q: audience %q is not bot or agent", ErrInvalid, e.ID, e.Audience)
	case IsTime(e.From) && IsTime(e.Until) && !e.From.Before(*e.Until):
		return fmt.Errorf("%w: entry %q ends (%s) before it begins (%s)", ErrInvalid, e.ID, e.Until.UTC().Format(time.RFC3339), e.From.UTC().Format(time.RFC3339))
	}
	return nil
}

// Settled fills an empty state and audience from the entry that e replaces; a nil old gives what new entries have.
func (e Entry) Settled(old *Entry) Entry {
	if old == nil {
		old = &Entry{Status: Status{State: Published, Audience: ForBot}}
	}
	if e.State == "" {
		e.State = old.State
	}
	if e.Audience == "" {
		e.Audience = old.Audience
	}
	return e
}

// IsTime reports whether t is a time: neither nil nor the zero time.
func IsTime(t *time.Time) bool { return t != nil && !t.IsZero() }

// Inherit fills everything that a file did not say about e from the entry it replaces, nil for a new one. The zero time for From or Until
// says that there is none, whatever it was.
func (e Entry) Inherit(old *Entry) Entry {
	e = e.Settled(old)
	if old == nil {
		old = &Entry{}
	}
	if e.Queues == nil {
		e.Queues = old.Queues
	}
	if e.From == nil {
		e.From = old.From
	}
	if e.Until == nil {
		e.Until = old.Until
	}
	for _, t := range []**time.Time{&e.From, &e.Until} {
		if !IsTime(*t) {
			*t = nil
		}
	}
	if e.Pair == "" && old.Pair != "" {
		e.Pair, e.PairVersion = old.Pair, old.PairVersion
	}
	return e
}

// SameText reports whether question, answer and similar questions are the same.
func (e Entry) SameText(o Entry) bool {
	return e.Question == o.Question && e.Answer == o.Answer && slices.Equal(e.Similar, o.Similar)
}

// Same reports whether two entries differ in nothing but version, time and author.
func (e Entry) Same(o Entry) bool { return len(e.Differs(o)) == 0 }

// Differs names what two entries differ in, as the fields of an entry are called; version, time and author are nothing.
func (e Entry) Differs(o Entry) []string {
	var out []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"id", e.ID == o.ID}, {"question", e.Question == o.Question}, {"answer", e.Answer == o.Answer},
		{"similar", slices.Equal(e.Similar, o.Similar)}, {"category", e.Category == o.Category}, {"lang", e.Lang == o.Lang},
		{"state", e.State == o.State}, {"audience", e.Audience == o.Audience}, {"queues", slices.Equal(e.Queues, o.Queues)},
		{"from", sameTime(e.From, o.From)}, {"until", sameTime(e.Until, o.Until)}, {"pair", e.Pair == o.Pair},
	} {
		if !f.same {
			out = append(out, f.name)
		}
	}
	return out
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// Base describes one base.
type Base struct {
	Name    string         `json:"name"`
	Entries int            `json:"entries"`
	Langs   map[string]int `json:"langs"` // entries by language
	// Generation grows with every change, by whichever process.
	Generation int64 `json:"-"`
}

// Change tells what an import did, or would do.
type Change struct {
	New, Changed, Same int
	// Answers are the entries that are new or whose answer changed: their speech has to be made.
	Answers []Entry
	// Forgotten are entries that are gone with their history, because a row that names the ID of another asks their question.
	Forgotten []Entry
	// Rows tell of each entry, in the order they were given; of a dry run alone.
	Rows []Row
	// Outlook is what it does to what was there.
	Outlook Outlook

	done  map[[2]string]bool // base and ID of entries that were taken
	taken int                // entries so far
}

// Row is what an import would do with one entry.
type Row struct {
	Entry Entry  // as it would be kept
	Was   *Entry // what it would take the place of, nil for nothing
	// Gone is another entry that would be forgotten with its history: it asks the question, and Was has the ID.
	Gone *Entry
	// Wrong is why the row cannot be kept beside what Was holds, an ErrInvalid. An import that is no dry run ends with it.
	Wrong error
}

// Same reports whether nothing would change.
func (r Row) Same() bool { return r.Was != nil && r.Gone == nil && r.Was.Same(r.Entry) }

// RowError is why an import ended: one of its entries cannot be kept. It unwraps to ErrInvalid.
type RowError struct {
	Row int // the place of the entry among those that were given
	Err error
}

func (e *RowError) Error() string { return e.Err.Error() }

// Unwrap is the reason.
func (e *RowError) Unwrap() error { return e.Err }

// Outlook names what an import does to what was there: for every entry what it takes the place of, in which version. Two of the same entries
// have the same when they do the same.
type Outlook [sha256.Size]byte

// Still is an ImportOptions.Before: ErrMoved when the import does anything else than o.
func (o Outlook) Still(ch Change) error {
	if ch.Outlook != o {
		return ErrMoved
	}
	return nil
}

// ImportOptions changes how an import works.
type ImportOptions struct {
	DryRun bool   // count only
	By     string // who imports
	// Progress is told of texts read for meaning, of which the vectors are made; nil tells nobody.
	Progress func(done, total int)
	// Writing is told of entries written after that, now and then; nil tells nobody. None is found before all are.
	Writing func(done, total int)
	// Before runs inside the transaction after everything was written; its error undoes the import.
	Before func(Change) error
}

// Begin is the Change of an import before its first entry.
func (o ImportOptions) Begin() Change {
	if o.DryRun {
		return Change{Rows: []Row{}}
	}
	return Change{}
}

// Wrote tells Writing, if it is there, that done of total entries are written: of every 256th and the last.
func (o ImportOptions) Wrote(done, total int) {
	if o.Writing != nil && (done%256 == 0 || done == total) {
		o.Writing(done, total)
	}
}

// Ask is what somebody searches for.
type Ask struct {
	View View   // who searches
	Base string // "" searches all
	Text string
	Lang string // "en" or "zh", whose entries are searched, or those there are where a base has none; "" tells it from Text
	Most int    // entries to find
	// Unread does without reading entries together with Text, which takes many times as long as all the rest: for whoever
	// searches several times for one answer.
	Unread bool
}

// clean is a with its language told and its text as it is searched for.
func (a Ask) clean() Ask {
	if a.Lang == "" {
		a.Lang = Language(a.Text)
	}
	a.Text = Clean(a.Text, a.Lang)
	return a
}

// Searcher finds entries.
type Searcher interface {
	// Search returns the entries that fit an Ask best and that its view shows now, best first. What the view does not show
	// takes no part in the ranking. It is an error when the base does not exist.
	Search(ctx context.Context, a Ask) ([]Hit, error)
}

// Reader reads entries in every state.
type Reader interface {
	Bases(ctx context.Context) ([]Base, error)
	Entries(ctx context.Context, base string) ([]Entry, error)
	// Entry returns one entry, false when there is none.
	Entry(ctx context.Context, base, id string) (Entry, bool, error)
}

// Editor changes entries one by one. Every change makes a version.
type Editor interface {
	// Save stores e, new or in place of the one with its ID, and returns it as stored. A Version above 0 must be the
	// present one (ErrStale). by is who changes it.
	Save(ctx context.Context, e Entry, by string) (Entry, error)
	SetState(ctx context.Context, base, id string, state State, by string) (Entry, error)
	// Versions returns all versions, newest first.
	Versions(ctx context.Context, base, id string) ([]Entry, error)
	// Rollback stores an earlier version again, as a new one. The state stays.
	Rollback(ctx context.Context, base, id string, version int, by string) (Entry, error)
	// Delete forgets an entry and its versions. A version above 0 must be the present one (ErrStale).
	Delete(ctx context.Context, base, id string, version int) error
}

// Mover moves knowledge in and out as a whole.
type Mover interface {
	// Import puts entries into their bases: all of them or, on any error, none.
	Import(ctx context.Context, entries []Entry, opt ImportOptions) (Change, error)
	// Export writes every entry of base ("" = all) with its versions, a JSON object a line.
	Export(ctx context.Context, base string, w io.Writer) error
	// Restore reads what Export wrote, all or nothing, in place of what has the same base and ID.
	Restore(ctx context.Context, r io.Reader) (int, error)
}

// Store keeps knowledge. It is safe for concurrent use.
type Store interface {
	Searcher
	Reader
	Editor
	Mover
	io.Closer
}

// Idly runs fn while nobody waits for anything else, once more where it had to give way, and returns its error or that of
// ctx. It blocks until then.
type Idly func(ctx context.Context, fn func(context.Context) error) error

// Kept is a line of an export: an entry with its earlier versions, newest first.
type Kept struct {
	Entry
	Earlier []Entry `json:"earlier,omitempty"`
}

// Renewed gives e, which takes the place of old (nil = new), its version numbers. partner is the entry e.Pair names, nil
// when there is none. touch is the PairVersion the partner should have from now, 0 to leave it: a side that catches up
// does not make the other one stale.
func Renewed(e Entry, old, partner *Entry, by string, now time.Time) (out Entry, touch int) {
	e.Version, e.By, e.Updated = 1, by, now.UTC().Truncate(time.Millisecond)
	caught := old == nil || partner != nil && (old.Pair != e.Pair || old.StaleBeside(*partner))
	if old != nil {
		e.Version, e.TextVersion = old.Version+1, old.TextVersion
	}
	if old != nil && e.SameText(*old) {
		if old.Pair == e.Pair {
			e.PairVersion = old.PairVersion
		} else if partner != nil {
			e.PairVersion = partner.TextVersion
		}
		return e, 0
	}
	e.TextVersion = e.Version
	if partner != nil {
		e.PairVersion = partner.TextVersion
		if caught && partner.Pair == e.ID {
			touch = e.TextVersion
		}
	}
	return e, touch
}
