package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/chat"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/httpapi"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/pipeline/call"
)

// wire writes down what is done to a call.
type wire struct {
	mu   sync.Mutex
	done []desk.Command
}

func (w *wire) Do(c desk.Command) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = append(w.done, c)
}
func (*wire) Emit(call.Kind, any) {}

func (w *wire) last() desk.Command {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.done) == 0 {
		return desk.Command{}
	}
	return w.done[len(w.done)-1]
}

// sound connects everybody at once.
type sound struct{ d *desk.Desk }

func (s sound) Talk(_ context.Context, id call.ID, a desk.Agent, _ string) (string, error) {
	return "v=0 answer", s.d.Arrive(id, a.ID, "leg")
}

func (sound) Listen(context.Context, call.ID, desk.Agent, string) (string, error) {
	return "", httpapi.ErrOffer
}

type shelf struct{}

func (shelf) Search(_ context.Context, a knowledge.Ask) ([]knowledge.Hit, error) {
	if !a.View.Desk {
		return nil, errors.New("agents were shown what the bot may say only")
	}
	return []knowledge.Hit{{Entry: knowledge.Entry{ID: "e1", Base: a.Base, Question: a.Text, Answer: "Yes."}, PRight: 0.9}}, nil
}

type drawer struct{}

func (drawer) Save(_ context.Context, _ call.ID, _ string, edited json.RawMessage) (json.RawMessage, error) {
	return edited, nil
}

// writings are those of the call c1, which ann passed on to bob.
type writings struct{}

func (writings) Wrapup(_ context.Context, id call.ID) (wrapup.Saved, error) {
	if id != "c1" {
		return wrapup.Saved{}, wrapup.ErrUnknown
	}
	sum := func(reason string) wrapup.Summary { return wrapup.Summary{Reason: wrapup.Line{Text: reason}} }
	edit := sum("as ann wrote it")
	return wrapup.Saved{Ticket: "T", Versions: []wrapup.Version{{Person: "ann", Original: sum("as made for ann"), Edited: &edit}, {Person: "bob", Original: sum("as made for bob")}}}, nil
}

// TestWritten reads what those who had a call wrote down, each of them beside what was made for them.
func TestWritten(t *testing.T) {
	r, d, _ := newFloor(t)
	defer d.End("c1", call.Ended{})
	type version struct {
		Person           string
		Original, Edited *wrapup.Summary
	}
	var got struct {
		Versions []version
		Ticket   string
	}
	r.do(t, 200, "GET", "/api/calls/c1/written", "", &got)
	if len(got.Versions) != 2 || got.Ticket != "T" || got.Versions[0].Edited == nil || got.Versions[0].Edited.Reason.Text != "as ann wrote it" ||
		got.Versions[0].Original.Reason.Text != "as made for ann" || got.Versions[1].Person != "bob" || got.Versions[1].Edited != nil {
		t.Errorf("%+v", got)
	}
	got.Versions = nil
	if r.do(t, 200, "GET", "/api/calls/c2/written", "", &got); got.Versions == nil || len(got.Versions) != 0 {
		t.Errorf("of a call that nobody has written down: %+v", got)
	}
}

// newFloor is an API over a desk at work.
func newFloor(t *testing.T) (*rig, *desk.Desk, *wire) {
	t.Helper()
	d := desk.New(desk.Options{WrapUp: func(_ context.Context, _ string, v desk.View) (any, error) {
		return map[string]any{"call": v.Call, "notes": v.Notes}, nil
	}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	// Ends in the clean-up.
	go func() { done <- d.Run(ctx) }()
	r := newRig(t, func(o *httpapi.Options) {
		o.Desk = httpapi.DeskOptions{Desk: d, Media: sound{d}, Finder: shelf{}, WrapUps: drawer{}, Writings: writings{}}
		o.Nodes = func(context.Context) ([]record.Node, error) { return []record.Node{{ID: "n1", Alive: true}}, nil }
	})
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	w := &wire{}
	d.Begin(t.Context(), "c1", call.Started{From: "+441632960000", Route: "bank", Base: "bank", Langs: []string{"en"}, At: time.Now()}, "sip", w)
	return r, d, w
}

// do sends a request and reads JSON into out; it fails the test on another status than want.
func (r *rig) do(t *testing.T, want int, method, path, body string, out any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, _ := io.ReadAll(res.Body)
	if res.StatusCode != want {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, res.StatusCode, want, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
}

// watch opens an event stream and passes the names of its events on until the test ends.
func (r *rig) watch(t *testing.T, path string) <-chan string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v %v", path, res, err)
	}
	names := make(chan string, 1000)
	read := make(chan struct{})
	// Ends when the stream is closed below.
	go func() {
		defer close(read)
		for sc := bufio.NewScanner(res.Body); sc.Scan(); {
			if name, ok := strings.CutPrefix(sc.Text(), "event: "); ok && name != "beat" {
				names <- name
			}
		}
	}()
	t.Cleanup(func() { cancel(); _ = res.Body.Close(); <-read })
	return names
}

func awaitEvent(t *testing.T, names <-chan string, want string) {
	t.Helper()
	for late := time.After(time.Minute); ; {
		select {
		case name := <-names:
			if name == want {
				return
			}
		case <-late:
			t.Fatalf("no event %s", want)
		}
	}
}

func TestDeskOverHTTP(t *testing.T) {
	r, d, w := newFloor(t)
	events := r.watch(t, "/api/desk/events")
	awaitEvent(t, events, "desk")
	r.do(t, 422, http.MethodPut, "/api/desk/state", `{"state":"busy"}`, nil)
	r.do(t, 200, http.MethodPut, "/api/desk/state", `{"state":"ready"}`, nil)
	taken := make(chan error, 1)
	// Ends when the call is taken.
	go func() {
		_, err := d.Seek(t.Context(), desk.Wish{Call: "c1", Why: "asked"}, func(string) {})
		taken <- err
	}()
	var b desk.Board
	for b.Offer == nil {
		r.do(t, 200, http.MethodGet, "/api/desk", "", &b)
		time.Sleep(20 * time.Millisecond) // polling, as a page without streams would
	}
	r.do(t, 409, http.MethodPost, "/api/desk/offers/nothing/accept", `{"sdp":"v=0"}`, nil)
	var accepted struct{ Call, SDP string }
	r.do(t, 200, http.MethodPost, "/api/desk/offers/"+b.Offer.ID+"/accept", `{"sdp":"v=0"}`, &accepted)
	if err := <-taken; err != nil || accepted.Call != "c1" || accepted.SDP != "v=0 answer" {
		t.Fatalf("accepted: %+v, %v", accepted, err)
	}
	r.do(t, 409, http.MethodPost, "/api/desk/offers/"+b.Offer.ID+"/accept", `{"sdp":"v=0"}`, nil)
	d.Event("c1", 0, call.KindParty, call.Part{Action: "joined", ID: "local", Role: "agent"})
	awaitEvent(t, events, "desk")
	const at = "/api/desk/calls/c1"
	r.do(t, 409, http.MethodPost, at+"/transfer", `{"kind":"blind","to":"loans"}`, nil) // nobody is there
	loans := d.Open(desk.Agent{ID: "eve", Name: "Eve", Queues: []string{"loans"}})
	defer loans.Close()
	if err := d.Set("eve", desk.Ready, ""); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]desk.Command{
		`hold {"on":true}`:                       {Do: "hold", On: true, Person: "local"},
		`mute {"on":true}`:                       {Do: "mute", On: true, Person: "local"},
		`recording {"on":false}`:                 {Do: "record", Person: "local"},
		`dtmf {"digits":"12#"}`:                  {Do: "dtmf", Text: "12#", Person: "local"},
		`transfer {"kind":"blind","to":"loans"}`: {Do: "transfer", Queue: "loans"},
		`to_bot {}`:                              {Do: "to_bot", Person: "local"},
	} {
		name, body, _ := strings.Cut(path, " ")
		r.do(t, 200, http.MethodPost, at+"/"+name, body, nil)
		if got := w.last(); got != want {
			t.Errorf("%s did %+v, want %+v", path, got, want)
		}
	}
	r.do(t, 200, http.MethodPost, at+"/notes", `{"text":"wants a call"}`, nil)
	r.do(t, 200, http.MethodPost, at+"/identity", `{"state":"verified","how":"questions"}`, nil)
	r.do(t, 404, http.MethodPost, at+"/nonsense", `{}`, nil)
	r.do(t, 404, http.MethodPost, "/api/desk/calls/other/hold", `{"on":true}`, nil)
	r.do(t, 409, http.MethodPost, at+"/transfer", `{"kind":"warm","to":"nobody"}`, nil)
	r.do(t, 409, http.MethodPost, at+"/transfer/complete", `{}`, nil)
	r.do(t, 404, http.MethodPost, at+"/cards/k1", `{"action":"used"}`, nil)
	r.do(t, 404, http.MethodPost, at+"/checklist/a%2Fb", `{"done":true}`, nil)
	var hits struct {
		Hits []struct{ Base, Entry string }
	}
	r.do(t, 200, http.MethodGet, "/api/desk/search?q=card&call=c1", "", &hits)
	if len(hits.Hits) != 1 || hits.Hits[0].Base != "bank" {
		t.Errorf("search: %+v", hits)
	}
	r.live(t)
	d.End("c1", call.Ended{By: call.Caller})
	awaitEvent(t, events, "wrapup")
	var written map[string]any
	r.do(t, 200, http.MethodGet, at+"/wrapup", "", &written)
	if written["notes"] != "wants a call" {
		t.Errorf("wrap-up: %v", written)
	}
	r.do(t, 200, http.MethodPut, at+"/wrapup", `{"disposition":"resolved"}`, nil)
	var after desk.Board
	r.do(t, 200, http.MethodPost, at+"/wrapup/done", `{}`, &after)
	if after.WrapUp != nil || after.Me.State != desk.Ready {
		t.Errorf("after the wrap-up: %+v", after)
	}
	r.do(t, 404, http.MethodGet, at+"/wrapup", "", nil)
}

// live looks at the supervisor's side of the running call.
func (r *rig) live(t *testing.T) {
	t.Helper()
	awaitEvent(t, r.watch(t, "/api/live/events"), "live")
	var f desk.Floor
	r.do(t, 200, http.MethodGet, "/api/live", "", &f)
	if len(f.Calls) != 1 || f.Calls[0].With != "agent" || len(f.Agents) != 2 || len(f.Figures) == 0 {
		t.Errorf("floor: %+v", f)
	}
	for _, fig := range f.Figures {
		if fig.En == "" || fig.Zh == "" {
			t.Errorf("figure %s has no definition", fig.ID)
		}
	}
	var nodes struct{ Items []record.Node }
	if r.do(t, 200, http.MethodGet, "/api/nodes", "", &nodes); len(nodes.Items) != 1 || nodes.Items[0].ID != "n1" {
		t.Errorf("nodes: %+v", nodes)
	}
	r.do(t, 400, http.MethodPost, "/api/live/calls/c1/listen", `{"sdp":"bad"}`, nil)
	r.do(t, 404, http.MethodPost, "/api/live/calls/none/listen", `{"sdp":"v=0"}`, nil)
	r.do(t, 404, http.MethodPost, "/api/live/alerts/a1/seen?call=c1", `{}`, nil)
}

// TestNodesWithoutARecord says that the nodes cannot be listed, and leaves what the database said to the log.
func TestNodesWithoutARecord(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *httpapi.Options) {
		o.Desk = httpapi.DeskOptions{Desk: desk.New(desk.Options{})}
		o.Nodes = func(context.Context) ([]record.Node, error) { return nil, errors.New("dial tcp 10.1.2.3:5432") }
	})
	var said json.RawMessage
	if r.do(t, http.StatusServiceUnavailable, http.MethodGet, "/api/nodes", "", &said); strings.Contains(string(said), "10.1.2.3") {
		t.Errorf("it is told with the address of the database: %s", said)
	}
}

// typist answers what is typed.
type typist struct{}

func (typist) Answer(_ context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error) {
	return answer.Decision{Lang: q.Reply, Next: d, Decision: answer.Known, Text: "You wrote: " + q.Text}, nil
}

type nothing struct{}

func (nothing) Emit(context.Context, call.Offset, call.Kind, any, bool) error { return nil }
func (nothing) Text(_ call.Party, text string) string                         { return text }
func (nothing) Heard(call.Party, string)                                      {}

// parlour opens chats.
type parlour struct {
	house *chat.House
	came  *httpapi.Arrival
}

func (p parlour) Open(a httpapi.Arrival) (*chat.Chat, string, error) {
	*p.came = a
	return p.house.Open(chat.Options{ID: call.NewID(), Started: call.Started{Route: a.Route, Langs: []string{"en"}}, Answerer: typist{}, Log: nothing{}, Redact: nothing{}, Greeting: "Hello."}, a.From, func() {})
}
func (p parlour) Find(id call.ID, token string) (*chat.Chat, error) { return p.house.Find(id, token) }

func TestChatOverHTTP(t *testing.T) {
	house, came := &chat.House{}, httpapi.Arrival{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	// Ends in the clean-up.
	go func() { done <- house.Run(ctx) }()
	r := newRig(t, func(o *httpapi.Options) { o.Chats = parlour{house, &came} })
	t.Cleanup(func() { cancel(); <-done })
	var opened struct{ ID, Token string }
	for range 50 { // until the house runs
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/api/chat", strings.NewReader(`{"route":"bank","call":"a1b2","name":"Bo","contact":"bo@mail.example"}`))
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			if err := json.Unmarshal(raw, &opened); err != nil {
				t.Fatal(err)
			}
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if came.Call != "a1b2" || came.Name != "Bo" || came.Contact != "bo@mail.example" {
		t.Errorf("who came: %+v", came)
	}
	path := "/api/chat/" + opened.ID
	events := r.watch(t, path+"/events?token="+opened.Token)
	awaitEvent(t, events, "message")
	r.do(t, 204, http.MethodPost, path+"/messages?token="+opened.Token, `{"text":"hi there"}`, nil)
	awaitEvent(t, events, "message") // mine
	awaitEvent(t, events, "message") // the answer
	r.do(t, 404, http.MethodPost, path+"/messages?token=wrong", `{"text":"hi"}`, nil)
	r.do(t, 404, http.MethodPost, path+"/messages", `{"text":"hi"}`, nil)
	r.do(t, 422, http.MethodPost, path+"/messages?token="+opened.Token, `{"text":"  "}`, nil)
	r.do(t, 204, http.MethodDelete, path+"?token="+opened.Token, "", nil)
	awaitEvent(t, events, "ended")
	r.do(t, 409, http.MethodPost, path+"/messages?token="+opened.Token, `{"text":"late"}`, nil)
}
