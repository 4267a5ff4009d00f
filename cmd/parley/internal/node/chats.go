package node

import (
	"context"
	"slices"
	"time"

	"github.com/parley-voice/parley/assist/chat"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// typing answers callers who type.
type typing struct{ n *Node }

// Open implements httpapi.Chats.
func (t typing) Open(a httpapi.Arrival) (*chat.Chat, string, error) {
	n := t.n
	r, ok := n.conf().Find(a.Route)
	if !ok {
		return nil, "", record.ErrUnknown
	}
	langs := beginIn(r.Langs, a.Lang)
	if n.draining.Load() { // the page asks for another try, which another node takes
		return nil, "", chat.ErrFull
	}
	id, now := call.NewID(), time.Now()
	started := call.Started{From: "chat", To: a.Route, Route: r.Name, Base: r.Base, Langs: langs, Codec: call.Written, Remote: a.From.String(), At: now.UTC(), Node: n.id}
	n.vouch(&started, a.Customer, a.Name, a.Contact)
	greeting := r.Greeting[langs[0]]
	var line chat.Beside
	if started.Continues = n.pageCalls.get(a.Call); started.Continues != "" {
		greeting = "" // they were greeted in the call
		line = onLine{n, started.Continues}
	}
	log := watched{Log: events.NewLog(n.bus, id, now), desk: n.front, id: id}
	c, token, err := n.chats.Open(chat.Options{
		ID: id, Started: started, Answerer: n.engine, Log: log, Redact: n.writingOf(id, *r.Record), Desk: n.front, Beside: line,
		Logger: n.env.Log, Greeting: greeting,
	}, a.From, func() { n.front.End(id, call.Ended{Why: "cut"}); n.endVault(id) }) // does nothing after the end of the chat
	if err != nil {
		n.closeVault(id)
		return nil, "", err
	}
	n.front.Begin(n.running, id, started, "chat", c)
	return c, token, nil
}

// Find implements httpapi.Chats.
func (t typing) Find(id call.ID, token string) (*chat.Chat, error) { return t.n.chats.Find(id, token) }

// onLine is the call from the same page, while it runs here.
type onLine struct {
	n  *Node
	id call.ID
}

// Wrote implements chat.Beside.
func (l onLine) Wrote(ctx context.Context, text, lang string) bool {
	ctl, ok := l.n.controls.Load(l.id)
	return ok && ctl.(*pipeline.Control).Write(ctx, text, lang)
}

// writing masks one chat.
type writing struct {
	redact.Session

	vault *vault // nil: what is masked is gone
}

func (n *Node) writingOf(id call.ID, recorded bool) *writing {
	w := &writing{vault: n.vaultOf(id, recorded)}
	w.Sense = n.sense
	return w
}

// Text implements chat.Redactor.
func (w *writing) Text(who call.Party, text string) string {
	masked, spans := w.Session.Text(who, text)
	if w.vault != nil && masked != text {
		w.vault.heard(record.Original{Who: who, Masked: masked, Text: original(text, spans)})
		w.vault.turn(who, masked) // what was written was said
	}
	return masked
}

// beginIn is langs with the one that somebody wishes first, where it is among them.
func beginIn(langs []string, wish string) []string {
	langs = slices.Clone(langs)
	if i := slices.Index(langs, wish); i > 0 {
		langs[0], langs[i] = langs[i], langs[0]
	}
	return langs
}
