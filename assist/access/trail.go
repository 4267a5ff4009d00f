package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// ErrTampered means the audit trail was changed after it was written.
var ErrTampered = errors.New("access: the audit trail was changed")

// What somebody did, as the trail names it.
const (
	LookedAtCalls      = "calls.list"
	LookedAtCall       = "call.read"
	HeardCall          = "call.audio"
	ReadTranscript     = "call.transcript"
	ReadOriginals      = "call.originals" // what was masked; each look is noted, with the reason
	WatchedCall        = "call.watch"
	RefusedCall        = "call.refused" // asked for a call of another queue or person
	SignedIn           = "session.started"
	FailedSignIn       = "session.failed"
	SignedOut          = "session.ended"
	ChangedPassword    = "password.changed"
	AddedPerson        = "person.added"
	ChangedPerson      = "person.changed"
	DisabledPerson     = "person.disabled"
	EnabledPerson      = "person.enabled"
	RemovedPerson      = "person.removed"
	InvitedPerson      = "person.invited"
	LookedAtTrail      = "audit.read"
	LookedAtCustomer   = "customer.read"
	ChangedCustomer    = "customer.changed"
	ImportedCustomers  = "customers.imported"
	ChangedKnowledge   = "knowledge.changed"
	ReplayedDeliveries = "webhooks.replayed"
	ErasedCall         = "call.erased"
	ReportedErasure    = "erasure.reported" // with the ID of the report, and whether it proves that nothing is left
	SetHold            = "hold.set"
	LiftedHold         = "hold.lifted"
	MadeBackup         = "backup.made"
	RestoredBackup     = "backup.restored"
	RotatedKeys        = "keys.rotated"
	ExportedCalls      = "calls.exported"
	Reviewed           = "quality." // with what was done: answer, appealed, decided, ...
	LookedAtInsights   = "insights.read"
	ExportedInsights   = "insights.exported"
	ChangedTopic       = "topic.changed"
	OfferedMoney       = "compensation.offered"
	DecidedMoney       = "compensation.decided"
	CancelledCallBack  = "callback.cancelled"
)

// Entry is one line of the trail. Each hash covers the entry and the hash before it, under a key that is not in the
// database, so that a changed, removed or inserted line breaks the chain.
type Entry struct {
	N      int64     `json:"n"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"`  // id of a person, "program", "local", "console", or "" when nobody is signed in
	Name   string    `json:"name"` // name at that time
	What   string    `json:"what"`
	Call   call.ID   `json:"call,omitempty"`
	Detail string    `json:"detail,omitempty"`
	From   string    `json:"from,omitempty"` // address
	Hash   string    `json:"hash"`
}

// TrailQuery selects entries, newest first. The zero value is the newest 100.
type TrailQuery struct {
	Who, What string
	Call      call.ID
	Before    int64 // entries with a lower number; 0 = from the newest
	Limit     int   // 1..500, 0 for 100
}

// Trail keeps the entries.
type Trail interface {
	// AppendEntry gives next the newest entry (zero when there is none) and stores what it returns, alone: a second
	// process waits.
	AppendEntry(ctx context.Context, next func(last Entry) Entry) error
	Entries(ctx context.Context, q TrailQuery) ([]Entry, error)
	// WalkEntries calls f with every entry, oldest first, until f fails.
	WalkEntries(ctx context.Context, f func(Entry) error) error
}

// seal is the hash of e after the hash of its forerunner. Every field is written with its length, so that no two entries
// read the same.
func seal(key []byte, before string, e Entry) string {
	h := hmac.New(sha256.New, key)
	for _, s := range []string{
		before, fmt.Sprint(e.N), fmt.Sprint(e.At.UnixMilli()), e.Who, e.Name, e.What, string(e.Call), e.Detail, e.From,
	} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Note adds a line to the trail. Looks that repeat within five minutes (a player asking for the next part of a recording,
// a page that refreshes its list, or that asks for two parts of a call at once) are one line; while that is being written the
// repeats wait for it. An error means it was not written: then do not show what was asked for.
func (g *Gate) Note(ctx context.Context, e Entry) error {
	repeat := e.Who + "\x00" + e.What + "\x00" + string(e.Call) + "\x00" + e.Detail + "\x00" + e.From
	looks := e.What == LookedAtCalls || e.What == LookedAtCall || e.What == HeardCall || e.What == ReadTranscript || e.What == WatchedCall || e.What == LookedAtTrail || e.What == LookedAtCustomer
	now := g.now()
	if looks {
		mine, err := g.seen.claim(ctx, repeat, now)
		if err != nil {
			return fmt.Errorf("write audit trail: %w", err)
		}
		if !mine {
			return nil
		}
	}
	noted := false
	defer func() {
		if looks {
			g.seen.settle(repeat, now, noted)
		}
	}()
	e.At = now.UTC().Truncate(time.Millisecond)
	err := g.store.AppendEntry(ctx, func(last Entry) Entry {
		e.N = last.N + 1
		e.Hash = seal(g.key, last.Hash, e)
		return e
	})
	if err != nil {
		return fmt.Errorf("write audit trail: %w", err)
	}
	noted = true
	return nil
}

// Entries reads the trail.
func (g *Gate) Entries(ctx context.Context, q TrailQuery) ([]Entry, error) {
	return g.store.Entries(ctx, q)
}

// Head is the end of a trail. Written down somewhere else it proves later that nothing was cut off.
type Head struct {
	N    int64  `json:"n"`
	Hash string `json:"hash"`
}

// Verify checks the whole chain, and that it still contains each of known; it returns the newest entry. The error is
// ErrTampered with the number of the first entry that does not fit.
func (g *Gate) Verify(ctx context.Context, known ...Head) (Head, error) {
	var last Head
	left := map[int64]string{}
	for _, k := range known {
		left[k.N] = k.Hash
	}
	err := g.store.WalkEntries(ctx, func(e Entry) error {
		if e.N != last.N+1 || !hmac.Equal([]byte(e.Hash), []byte(seal(g.key, last.Hash, e))) {
			return fmt.Errorf("%w: entry %d does not fit the one before", ErrTampered, e.N)
		}
		if want, ok := left[e.N]; ok && want != e.Hash {
			return fmt.Errorf("%w: entry %d is not the one noted", ErrTampered, e.N)
		}
		delete(left, e.N)
		last = Head{e.N, e.Hash}
		return nil
	})
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("%w: it ends at %d, before an entry noted earlier", ErrTampered, last.N)
	}
	return last, err
}

const (
	lookWindow = 5 * time.Minute
	mostLooks  = 10_000
)

// recent remembers looks for a while.
type recent struct {
	mu      sync.Mutex
	at      map[string]time.Time
	writing map[string]chan struct{} // closed when it was tried to note the look
}

// claim reports whether a look is still to be noted, by who asks, who then calls settle. It blocks while somebody else notes
// the same look; the error is that of ctx.
func (r *recent) claim(ctx context.Context, k string, now time.Time) (bool, error) {
	for {
		lately, tried := r.begin(k, now)
		if lately || tried == nil {
			return !lately, nil
		}
		select {
		case <-tried:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// begin says whether a look was noted lately, and otherwise what to wait for; nil: nothing, it is for who asks to note it.
func (r *recent) begin(k string, now time.Time) (lately bool, tried <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t, ok := r.at[k]; ok && now.Sub(t) < lookWindow {
		return true, nil
	}
	if other, ok := r.writing[k]; ok {
		return false, other
	}
	if r.writing == nil {
		r.writing = map[string]chan struct{}{}
	}
	r.writing[k] = make(chan struct{})
	return false, nil
}

// settle ends what claim began.
func (r *recent) settle(k string, now time.Time, noted bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.writing[k])
	delete(r.writing, k)
	if !noted {
		return
	}
	if r.at == nil || len(r.at) >= mostLooks { // forgetting costs repeated lines, never a missing one
		r.at = map[string]time.Time{}
	}
	r.at[k] = now
}
