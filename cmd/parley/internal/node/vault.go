package node

import (
	"slices"
	"strings"
	"sync"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
)

// vault takes what was masked in one call and seals it, once it is sure that it was said. Card numbers, passwords,
// one-time codes and numbers that may be such are not kept even there.
type vault struct {
	n  *Node
	id call.ID

	mu     sync.Mutex
	said   []record.Original // finals that were masked and may become turns, newest last
	closed bool              // the caller does not want to be recorded
	write  sync.Mutex        // one line at a time
	writes sync.WaitGroup
}

// mostSaid is how many recognitions may be on their way to become turns.
const mostSaid = 16

// vaultOf opens the vault of a call that begins, nil when nothing is kept of it.
func (n *Node) vaultOf(id call.ID, recorded bool) *vault {
	if !recorded || !n.cfg.Security.Vault || n.keys.Load() == nil {
		return nil
	}
	v := &vault{n: n, id: id}
	n.vaults.Store(id, v)
	return v
}

// endVault ends the keeping of a call that is over; what it said last is still written.
func (n *Node) endVault(id call.ID) {
	if v, ok := n.vaults.LoadAndDelete(id); ok {
		v.(*vault).writes.Wait() //nolint:forcetypeassert // nothing else is stored
	}
}

// closeVault ends the keeping of a call at once: nothing more is written after it.
func (n *Node) closeVault(id call.ID) {
	if v, ok := n.vaults.LoadAndDelete(id); ok {
		v.(*vault).close() //nolint:forcetypeassert // nothing else is stored
	}
}

func (v *vault) close() {
	v.mu.Lock()
	v.closed, v.said = true, nil
	v.mu.Unlock()
	v.write.Lock() // what is being written is there for whoever removes the file next
	defer v.write.Unlock()
}

// original is a text with what may be kept of what was masked in it, "" when there is nothing.
func original(text string, spans []redact.Span) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	var b strings.Builder
	last, some := 0, false
	for _, p := range spans {
		if p.Kind != redact.Card && p.Kind != redact.Secret && p.Kind != redact.Number { // a number nobody knows may be a card's, misheard
			some = true
			continue
		}
		b.WriteString(text[last:p.Start])
		b.WriteString(p.Mask)
		last = p.End
	}
	if !some {
		return ""
	}
	return b.String() + text[last:]
}

// heard remembers a text that was masked, until it is said to be a turn.
func (v *vault) heard(o record.Original) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || o.Text == "" || o.Text == o.Masked {
		return
	}
	v.said = append(v.said, o)
	if len(v.said) > mostSaid {
		v.said = v.said[1:]
	}
}

// turn seals the original of a completed turn, in the background. It never blocks.
func (v *vault) turn(who call.Party, masked string) {
	v.mu.Lock()
	i := len(v.said) - 1
	for i >= 0 && (v.said[i].Who != who || v.said[i].Masked != masked) {
		i--
	}
	if i < 0 || v.closed {
		v.mu.Unlock()
		return
	}
	o := v.said[i]
	v.said = slices.Delete(v.said, 0, i+1) // what came before was other readings of it
	defer v.mu.Unlock()
	v.writes.Go(func() { // ends with the write
		v.write.Lock()
		defer v.write.Unlock()
		v.mu.Lock()
		closed := v.closed
		v.mu.Unlock()
		if closed {
			return
		}
		if err := v.n.store.KeepOriginal(v.id, o); err != nil { // lost rather than kept in the clear
			v.n.env.Log.Error("what was masked is not in the vault", "call", string(v.id), "err", err)
		}
	})
}

// transcript takes a final recognition and how it was masked.
func (v *vault) transcript(t, masked asr.Transcript, spans []redact.Span) {
	if t.Final {
		v.heard(record.Original{Who: t.Party, At: t.Start, Masked: masked.Text, Text: original(t.Text, spans)})
	}
}
