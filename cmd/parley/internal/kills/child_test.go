package kills

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/chat"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/nlu/redact"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// house is what a node is made of without sound.
type house struct {
	bus      *events.Bus
	store    *store.Store
	recorder *store.Recorder
	courier  *hooks.Courier
	tickets  *ticket.Desk
	chats    chat.House
}

func open(ctx context.Context, home, url string) (*house, error) {
	h := &house{}
	var err error
	if h.bus, err = events.Open(ctx, events.Options{Dir: filepath.Join(home, "events")}); err != nil {
		return nil, err
	}
	if h.store, err = store.Open(ctx, home, nil); err != nil {
		return nil, err
	}
	h.recorder = store.NewRecorder(h.store, nil)
	all := hooks.Target{Name: "all", URL: url + "/hook"}
	h.courier = hooks.New(hooks.Options{Outbox: h.store.Outbox(), Targets: []hooks.Target{all}, Client: http.DefaultClient, First: 50 * time.Millisecond})
	if err := h.courier.Begin(ctx, h.bus); err != nil {
		return nil, err
	}
	forms, err := ticket.Load("")
	if err != nil {
		return nil, err
	}
	h.tickets = &ticket.Desk{Forms: forms, Store: h.store.Tickets(all), Told: h.courier.Nudge}
	return h, nil
}

// run starts what runs beside the calls; all of it ends with ctx, or with the process.
func (h *house) run(ctx context.Context) {
	go func() { _ = h.recorder.Run(ctx, h.bus) }()
	go func() { _ = h.courier.Run(ctx) }()
	go func() { _ = h.courier.Follow(ctx, h.bus) }()
	go func() { _ = h.chats.Run(ctx) }()
}

// told is a log that prints each turn once it is acknowledged: from then on it is completed.
type told struct{ *events.Log }

func (l told) Emit(ctx context.Context, at call.Offset, kind call.Kind, body any, durable bool) error {
	err := l.Log.Emit(ctx, at, kind, body, durable)
	if turn, ok := body.(call.Turn); ok && err == nil && durable {
		fmt.Println("turn", l.ID(), turn.N)
	}
	return err
}

// echo answers at once; "human" seeks a person.
type echo struct{}

func (echo) Answer(_ context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error) {
	dec := answer.Decision{Query: q.Text, Lang: "en", Next: d, Decision: answer.Known, Text: "You asked " + q.Text}
	if q.Text == "human" {
		dec.Decision, dec.Command, dec.Text = answer.Obey, "person", "One moment."
	}
	return dec, nil
}

// exchange connects callers with a person: each connection is something that happens outside.
type exchange struct {
	url  string
	id   call.ID
	done chan struct{}
}

func (x exchange) Seek(ctx context.Context, w desk.Wish, _ func(string)) (desk.Taken, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url+"/transfer", strings.NewReader(string(x.id)))
	if err != nil {
		return desk.Taken{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return desk.Taken{}, err
	}
	defer close(x.done)
	return desk.Taken{Agent: desk.Agent{ID: "ann", Name: "Ann"}}, res.Body.Close()
}
func (exchange) Event(call.ID, call.Offset, call.Kind, any) {}

type writing struct{ redact.Session }

func (w *writing) Text(who call.Party, text string) string {
	out, _ := w.Session.Text(who, text)
	return out
}

// child is the process that is killed: callers write to it, ask for tickets and people. What it was asked for before, and got
// no answer to, is on standard input; clients try that again under the same key.
func child(home, url string) error {
	ctx := context.Background()
	h, err := open(ctx, home, url)
	if err != nil {
		return err
	}
	h.run(ctx)
	<-h.recorder.Ready()
	fmt.Println("ready")
	for keys := bufio.NewScanner(os.Stdin); keys.Scan(); {
		if err := h.ticket(ctx, keys.Text()); err != nil {
			return err
		}
	}
	for who := range 3 {
		go func() { // ends with the process
			for n := 0; ; n++ {
				if err := h.talk(ctx, url, byte(who)); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
			}
		}()
	}
	select {}
}

// ticket makes the one ticket of a call.
func (h *house) ticket(ctx context.Context, id string) error {
	fmt.Println("asked", id)
	t, err := h.tickets.Create(ctx, id, ticket.Ticket{Form: "refund", Fields: map[string]string{"reason": "broken"}, Call: call.ID(id)}, ticket.Calendar{})
	if err == nil {
		fmt.Println("ticket", id, t.ID)
	}
	return err
}

// talk is one short conversation.
func (h *house) talk(ctx context.Context, url string, who byte) error {
	id, now := call.NewID(), time.Now()
	joined := make(chan struct{})
	c, _, err := h.chats.Open(chat.Options{
		ID: id, Started: call.Started{From: "chat", To: "shop", Route: "shop", Langs: []string{"en"}, Codec: "text", At: now.UTC(), Node: "n1"}, Answerer: echo{},
		Log: told{events.NewLog(h.bus, id, now)}, Redact: &writing{}, Desk: exchange{url, id, joined}, Greeting: "Hello.",
	}, netip.AddrFrom4([4]byte{192, 0, 2, who}), func() {})
	if err != nil {
		return err
	}
	defer c.Leave()
	for i := range 3 {
		if err := say(c, "question "+strconv.Itoa(i), 2*i+3); err != nil {
			return err
		}
	}
	if err := h.ticket(ctx, string(id)); err != nil {
		return err
	}
	if err := say(c, "human", 9); err != nil {
		return err
	}
	select {
	case <-joined:
		return nil
	case <-time.After(20 * time.Second):
		return errors.New("nobody came")
	}
}

// say writes something and waits until so many lines are there.
func say(c *chat.Chat, text string, lines int) error {
	if err := c.Post(text); err != nil {
		return err
	}
	for limit := time.After(20 * time.Second); ; {
		msgs, more, over := c.Since(0)
		if len(msgs) >= lines {
			return nil
		}
		if over {
			return errors.New("the conversation is over")
		}
		select {
		case <-more:
		case <-limit:
			return fmt.Errorf("no reply to %q: %d lines", text, len(msgs))
		}
	}
}
