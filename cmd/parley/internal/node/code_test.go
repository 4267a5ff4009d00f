package node

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

// TestKeyedIn checks a caller by keypad on a node with real speech.
func TestKeyedIn(t *testing.T) {
	if os.Getenv("PARLEY_FAULTS") == "" {
		t.Skip("takes minutes on a busy machine: PARLEY_FAULTS=1 runs it")
	}
	cfg := settings("")
	cfg.Customers.CodeKey = strings.Repeat("k", customer.MinCodeKey)
	keyedIn(t, start(t, cfg))
}

// keyedIn has a known caller key in their code for an agent: wrong once, then right. It is nowhere in the record.
func keyedIn(t *testing.T, r *rig) {
	const number, code = "+447911123456", "271828"
	file := "id,name,numbers,code\nC1,Ann Smith," + number + "," + code + "\n"
	if rep, err := r.business.Customers.Load(t.Context(), strings.NewReader(file), false); err != nil || rep.New != 1 {
		t.Fatalf("%+v, %v", rep, err)
	}
	for _, text := range answer.CodePrompts("en") {
		if err := r.mouth.Render(t.Context(), text, tts.Voice{Name: "kokoro:af_heart", Lang: "en"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	a := r.agent()
	done := make(chan softphone.Result, 1)
	script := softphone.Script{Lines: []softphone.Line{r.line("I want to speak to a person, please."), {Keys: "999999#"}, {Keys: code + "#"}}, Patience: time.Minute, Linger: 3 * time.Second,
		Dial: sip.DialOptions{From: number}}
	// Ends with the call.
	go func() { done <- r.phone.Call(t.Context(), "sip:english@"+r.SIP(), script) }()
	b := a.await("a call that rings", func(b desk.Board) bool { return b.Offer != nil })
	if c := b.Offer.Caller; c.Name != "Ann Smith" || c.Identity.State != "unknown" || !b.Codes {
		t.Errorf("offer: %+v", c)
	}
	id := a.accept(b.Offer.ID)
	a.await("the call", func(b desk.Board) bool { return b.Call != nil && b.Call.With == "agent" })
	a.do(http.MethodPost, "/api/desk/calls/"+string(id)+"/code", map[string]any{}, nil)
	a.await("the second try", func(b desk.Board) bool { return b.Call != nil && b.Call.Code != nil && b.Call.Code.Try == 2 })
	b = a.await("the right code", func(b desk.Board) bool {
		return b.Call != nil && b.Call.Code != nil && b.Call.Code.State != "asked"
	})
	if i := b.Call.Caller.Identity; b.Call.Code.State != "verified" || i.State != "verified" || i.How != "keypad" || i.By == "" {
		t.Errorf("code %+v, identity %+v", b.Call.Code, i)
	}
	a.do(http.MethodPost, "/api/desk/calls/"+string(id)+"/end", map[string]any{}, nil)
	res := <-done
	if res.Err != nil && !errors.Is(res.Err, io.EOF) { // the agent may be gone before the last key has been let go
		t.Fatal(res.Err)
	}
	d := r.recorded(res.CallID)
	for _, turn := range d.Turns {
		if strings.Contains(turn.Text, code) || strings.Contains(turn.Text, "[2]") {
			t.Errorf("the code is in the record: %+v", turn)
		}
	}
	v, err := r.store.Customers().Visit(t.Context(), id)
	if err != nil || v.Identity.State != customer.Verified || v.Identity.How != "keypad" {
		t.Errorf("kept with the contact: %+v, %v", v.Identity, err)
	}
	a.do(http.MethodPost, "/api/desk/calls/"+string(id)+"/wrapup/done", map[string]any{}, nil)
}
