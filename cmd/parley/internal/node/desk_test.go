package node

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/webrtc"
)

// agent is somebody at the desk, without a browser.
type agent struct {
	t       *testing.T
	base    string
	headset *webrtc.Headset
}

func (r *rig) agent() *agent {
	r.t.Helper()
	a := &agent{t: r.t, base: "http://" + r.Web(), headset: newHeadset(r.t)}
	ctx, cancel := context.WithCancel(r.t.Context())
	open, read := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(open) })
	go func() { // ends with cancel; as a page does, it opens the stream again when it ends
		defer close(read)
		for ctx.Err() == nil {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+"/api/desk/events", nil)
			if err != nil {
				return
			}
			if res, err := http.DefaultClient.Do(req); err == nil {
				if res.StatusCode == http.StatusOK {
					lines := bufio.NewScanner(res.Body)
					lines.Buffer(nil, 1<<20)
					for lines.Scan() {
						if lines.Text() == "event: desk" { // what comes before it says nothing of the agent being at work
							once()
						}
					}
				}
				_ = res.Body.Close()
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
			}
		}
	}()
	r.t.Cleanup(func() {
		cancel()
		<-read
	})
	select {
	case <-open:
	case <-time.After(20 * time.Second):
		r.t.Fatal("the desk does not open")
	}
	a.do(http.MethodPut, "/api/desk/state", map[string]string{"state": "ready"}, nil)
	return a
}

func newHeadset(t *testing.T) *webrtc.Headset {
	t.Helper()
	h, err := webrtc.NewHeadset()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func (a *agent) do(method, path string, in, out any) {
	a.t.Helper()
	if err := a.try(method, path, in, out); err != nil {
		a.t.Fatal(err)
	}
}

// try asks once.
func (a *agent) try(method, path string, in, out any) error {
	a.t.Helper()
	return a.tryAs("", method, path, in, out)
}

// tryAs asks for something to be made that is made once for a key.
func (a *agent) tryAs(key, method, path string, in, out any) error {
	a.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		a.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.base+path, bytes.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, raw)
	}
	if out != nil {
		return json.Unmarshal(raw, out)
	}
	return nil
}

// await polls the desk until ok.
func (a *agent) await(what string, ok func(desk.Board) bool) desk.Board {
	a.t.Helper()
	var b desk.Board
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		b = desk.Board{}
		a.do(http.MethodGet, "/api/desk", nil, &b)
		if ok(b) {
			return b
		}
	}
	a.t.Fatalf("waited for %s; the desk is %+v", what, b)
	return b
}

// accept takes the call that rings and connects the headset.
func (a *agent) accept(offer string) call.ID {
	a.t.Helper()
	sdp, err := a.headset.Offer()
	if err != nil {
		a.t.Fatal(err)
	}
	var out struct {
		Call call.ID `json:"call"`
		SDP  string  `json:"sdp"`
	}
	a.do(http.MethodPost, "/api/desk/offers/"+offer+"/accept", map[string]string{"sdp": sdp}, &out)
	if err := a.headset.Answer(out.SDP); err != nil {
		a.t.Fatal(err)
	}
	return out.Call
}

// takenOver takes a call over from the bot: it rings with what is known, two people talk, each is heard and written down
// apart, the right card comes, and the agent hangs up and writes up.
func takenOver(t *testing.T, r *rig) {
	a := r.agent()
	done := make(chan softphone.Result, 1)
	script := softphone.Script{Lines: []softphone.Line{
		r.line("I want to speak to a person, please."), r.line("What does a transfer abroad cost?"), r.line("And how long does it take?"),
	}, Patience: time.Minute}
	// Ends with the call.
	go func() { done <- r.phone.Call(t.Context(), "sip:english@"+r.SIP(), script) }()
	b := a.await("a call that rings", func(b desk.Board) bool { return b.Offer != nil })
	if b.Offer.Why != "asked" || len(b.Offer.Turns) == 0 || len(b.Offer.WhyYou) == 0 {
		t.Errorf("offer: %+v", b.Offer)
	}
	id := a.accept(b.Offer.ID)
	a.await("the call", func(b desk.Board) bool { return b.Call != nil && b.Call.With == "agent" })
	a.headset.Say(r.line("Hello, this is Ann. How can I help you today?").PCM)
	a.await("the agent's words", func(b desk.Board) bool { return b.Call != nil && said(b.Call.Said(), call.Agent, "help") })
	b = a.await("the caller's question", func(b desk.Board) bool { return b.Call != nil && said(b.Call.Said(), call.Caller, "transfer") })
	b = a.await("a card", func(b desk.Board) bool { return b.Call != nil && len(b.Call.Cards) > 0 })
	if c := b.Call.Cards[0]; !strings.Contains(c.Text, "five pounds") {
		t.Errorf("card: %+v", c)
	}
	if level(a.headset.Heard()) == 0 {
		t.Error("the agent heard nothing")
	}
	a.do(http.MethodPost, "/api/desk/calls/"+string(id)+"/end", map[string]any{}, nil)
	res := <-done
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	d := r.recorded(res.CallID)
	if d.State != record.Ended || d.EndedBy != call.Agent {
		t.Errorf("record: %s by %s", d.State, d.EndedBy)
	}
	who := map[call.Party]int{}
	for i, turn := range d.Turns {
		who[turn.Who]++
		if turn.N != i+1 {
			t.Errorf("turn %d has number %d", i+1, turn.N)
		}
	}
	if who[call.Agent] == 0 || who[call.Caller] < 2 || who[call.Bot] == 0 {
		t.Errorf("turns by party: %v", who)
	}
	a.await("the writing", func(b desk.Board) bool {
		m, ok := b.WrapUp.(map[string]any)
		return b.Me.State == desk.WrapUp && ok && m["pending"] == nil
	})
	var made map[string]any
	a.do(http.MethodGet, "/api/desk/calls/"+string(id)+"/wrapup", nil, &made)
	if made["method"] != "extractive" || made["reason"] == nil || made["ticket"] == nil {
		t.Errorf("wrap-up: %v", made)
	}
	made["disposition"] = "resolved"
	a.do(http.MethodPut, "/api/desk/calls/"+string(id)+"/wrapup", made, &made)
	if tk, _ := made["ticket"].(map[string]any); tk["number"] == "" || made["edited"] != true {
		t.Errorf("saved wrap-up: %v", made)
	}
	// Saved once more, changed: it is the same ticket.
	tk, _ := made["ticket"].(map[string]any)
	number, fields := tk["number"], tk["fields"].(map[string]any)
	name := textField(made["ticket_forms"], tk["form"])
	fields[name] = "changed"
	a.do(http.MethodPut, "/api/desk/calls/"+string(id)+"/wrapup", made, &made)
	if tk, _ = made["ticket"].(map[string]any); tk["number"] != number || tk["fields"].(map[string]any)[name] != "changed" {
		t.Errorf("%s saved again: %v", name, tk)
	}
	// Another form chosen: the ticket moves there.
	other := "fault"
	if tk["form"] == other {
		other = "refund"
	}
	tk["form"] = other
	tk["fields"].(map[string]any)["reason"] = "moved"
	a.do(http.MethodPut, "/api/desk/calls/"+string(id)+"/wrapup", made, &made)
	if tk, _ = made["ticket"].(map[string]any); tk["number"] != number || tk["form"] != other || tk["fields"].(map[string]any)["reason"] != "moved" {
		t.Errorf("saved with form %s: %v", other, tk)
	}
	a.do(http.MethodPost, "/api/desk/calls/"+string(id)+"/wrapup/done", map[string]any{}, nil)
	a.await("the next call", func(b desk.Board) bool { return b.Me.State == desk.Ready })
}

// textField is the name of a field of a form, as JSON has it, that any text may be written into.
func textField(forms, id any) string {
	all, _ := forms.([]any)
	for _, f := range all {
		form, _ := f.(map[string]any)
		fields, _ := form["fields"].([]any)
		for _, x := range fields {
			if field, _ := x.(map[string]any); form["id"] == id && field["type"] == "text" {
				name, _ := field["name"].(string)
				return name
			}
		}
	}
	return ""
}

func said(turns []call.Turn, who call.Party, word string) bool {
	for _, t := range turns {
		if t.Who == who && strings.Contains(strings.ToLower(t.Text), word) {
			return true
		}
	}
	return false
}

func level(pcm []int16) int {
	n := 0
	for _, v := range pcm {
		if v > 300 || v < -300 {
			n++
		}
	}
	return n
}
