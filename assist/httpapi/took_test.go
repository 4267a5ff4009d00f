package httpapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/events"
)

// TestWhoTookAChatMayReadIt has an agent take a chat: afterwards, when they write it down, they may look at what was said.
func TestWhoTookAChatMayReadIt(t *testing.T) {
	d := desk.New(desk.Options{})
	g := newGuarded(t, func(o *httpapi.Options) { o.Desk = httpapi.DeskOptions{Desk: d} })
	ctx, cancel := context.WithCancel(t.Context())
	ran, sought := make(chan error, 1), make(chan error, 1)
	go func() { ran <- d.Run(ctx) }() // ends with cancel
	defer func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	}()
	amy := g.first(t).join(t, "amy", `"roles":["agent"]`)
	log := events.NewLog(g.bus, call.NewID(), time.Now())
	started := call.Started{From: "chat", To: "bank", Route: "bank", Langs: []string{"en"}, At: time.Now()}
	emit(t, log, call.KindStarted, started)
	d.Begin(t.Context(), log.ID(), started, "chat", &wire{})
	defer d.End(log.ID(), call.Ended{})
	defer d.Open(desk.Agent{ID: amy.id, Name: "Amy"}).Close()
	if err := d.Set(amy.id, desk.Ready, ""); err != nil {
		t.Fatal(err)
	}
	go func() { // ends when the chat is taken
		_, err := d.Seek(t.Context(), desk.Wish{Call: log.ID()}, func(string) {})
		sought <- err
	}()
	for deadline := time.Now().Add(30 * time.Second); d.Board(amy.id).Offer == nil; time.Sleep(5 * time.Millisecond) { // polling
		if time.Now().After(deadline) {
			t.Fatal("it does not ring")
		}
	}
	at := "/api/calls/" + string(log.ID())
	amy.status(t, http.MethodGet, at, http.StatusNotFound)
	if res, body := amy.send(t, http.MethodPost, "/api/desk/offers/"+d.Board(amy.id).Offer.ID+"/accept", "{}"); res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode, body)
	}
	if err := <-sought; err != nil {
		t.Fatal(err)
	}
	amy.status(t, http.MethodGet, at, http.StatusOK)
}
