package chat

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// parrot answers by the first word. What must be quick has quick in it.
type parrot struct{}

func (parrot) Answer(ctx context.Context, d answer.Dialogue, q answer.Query) (answer.Decision, error) {
	if strings.Contains(q.Text, "quick") && !q.Quick { // a language model that is slow
		<-ctx.Done()
		return answer.Decision{}, ctx.Err()
	}
	dec := answer.Decision{Query: q.Text, Lang: q.Reply, Next: d, Decision: answer.Known, Text: "You said: " + q.Text}
	switch word, _, _ := strings.Cut(q.Text, " "); word {
	case "human":
		dec.Decision, dec.Command, dec.Text = answer.Obey, nlu.Person, "One moment."
	case "bye":
		dec.Decision, dec.Command, dec.Text = answer.Obey, nlu.Goodbye, "Goodbye."
	case "fail":
		return answer.Decision{}, errors.New("the knowledge is gone")
	}
	return dec, nil
}

type diary struct {
	mu    sync.Mutex
	kinds []call.Kind
	turns []call.Turn
	ended call.Ended
}

func (d *diary) Emit(_ context.Context, _ call.Offset, kind call.Kind, body any, _ bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.kinds = append(d.kinds, kind)
	switch b := body.(type) {
	case call.Turn:
		d.turns = append(d.turns, b)
	case call.Ended:
		d.ended = b
	}
	_, err := json.Marshal(body)
	return err
}

// stars masks the word secret.
type stars struct{}

func (stars) Text(_ call.Party, text string) string {
	return strings.ReplaceAll(text, "secret", "[secret]")
}
func (stars) Heard(call.Party, string) {}

// counter lets ann take every chat, or nobody.
type counter struct{ empty bool }

func (c counter) Seek(_ context.Context, w desk.Wish, tell func(string)) (desk.Taken, error) {
	if c.empty {
		return desk.Taken{}, &desk.NobodyError{Why: "nobody", Text: "Nobody is there."}
	}
	tell("You are next.")
	return desk.Taken{Agent: desk.Agent{ID: "ann", Name: "Ann"}}, nil
}
func (counter) Event(call.ID, call.Offset, call.Kind, any) {}

func begin(t *testing.T, d Desk) (*Chat, *diary, func()) {
	log := &diary{}
	c := New(Options{ID: "c", Started: call.Started{Langs: []string{"en", "zh"}}, Answerer: parrot{}, Log: log, Redact: stars{}, Desk: d, Greeting: "Hello."})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	// Ends with cancel, or by what is said.
	go func() { done <- c.Serve(ctx) }()
	return c, log, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		synctest.Wait()
	}
}

func texts(c *Chat) string {
	msgs, _, _ := c.Since(0)
	var out []string
	for _, m := range msgs {
		out = append(out, string(m.Who)+": "+m.Text)
	}
	return strings.Join(out, "\n")
}

func post(t *testing.T, c *Chat, text string) {
	t.Helper()
	if err := c.Post(text); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

func TestBotAnswersAndAPersonTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, log, stop := begin(t, counter{})
		defer stop()
		post(t, c, "my secret is out")
		post(t, c, "human please")
		post(t, c, "quick, are you there")
		c.Do(desk.Command{Do: "say", Person: "ann", Text: "Ann here."})
		c.Do(desk.Command{Do: "say", Person: "bob", Text: "Bob is not in this chat."})
		synctest.Wait()
		want := "bot: Hello.\ncaller: my secret is out\nbot: You said: my [secret] is out\ncaller: human please\nbot: One moment.\nbot: You are next.\ncaller: quick, are you there\nagent: Ann here."
		if got := texts(c); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if log.turns[1].Text != "my [secret] is out" {
			t.Errorf("written: %q", log.turns[1].Text)
		}
		if said := log.turns[len(log.turns)-1]; said.By != "ann" || said.Name != "Ann" {
			t.Errorf("whose turn it is: %+v", said)
		}
		for i, turn := range log.turns {
			if turn.N != i+1 {
				t.Errorf("turn %d has number %d", i+1, turn.N)
			}
		}
		c.Do(desk.Command{Do: "to_bot"})
		synctest.Wait()
		post(t, c, "again")
		if got := texts(c); !strings.HasSuffix(got, "bot: You said: again") {
			t.Errorf("back with the bot:\n%s", got)
		}
		c.Do(desk.Command{Do: "end"})
		synctest.Wait()
		if log.ended.By != call.Agent {
			t.Errorf("ended: %+v", log.ended)
		}
		if err := c.Post("late"); !errors.Is(err, ErrOver) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// TestAgentIsTakenOut takes the agent out of the chat: somebody else is sought.
func TestAgentIsTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, log, stop := begin(t, counter{})
		defer stop()
		post(t, c, "human please")
		c.Do(desk.Command{Do: "leave", Person: "bob"})
		c.Do(desk.Command{Do: "leave", Person: "ann"})
		synctest.Wait()
		log.mu.Lock()
		defer log.mu.Unlock()
		joined := 0
		for _, k := range log.kinds {
			if k == call.KindParty {
				joined++
			}
		}
		if joined != 3 || !strings.Contains(texts(c), answer.Say(answer.SayBack, "en")) { // joined, left, joined
			t.Errorf("%d changes of who has the chat:\n%s", joined, texts(c))
		}
	})
}

func TestEndings(t *testing.T) {
	for name, c := range map[string]struct {
		do  func(t *testing.T, c *Chat)
		by  call.Party
		why string
	}{
		"goodbye": {func(t *testing.T, c *Chat) { t.Helper(); post(t, c, "bye") }, call.Bot, "goodbye"},
		"leave":   {func(_ *testing.T, c *Chat) { c.Leave() }, call.Caller, "bye"},
		"silence": {func(_ *testing.T, _ *Chat) { time.Sleep(16 * time.Minute) }, call.Caller, "silence"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chat, log, stop := begin(t, counter{empty: true})
				defer stop()
				synctest.Wait()
				c.do(t, chat)
				synctest.Wait()
				if log.ended.By != c.by || log.ended.Why != c.why {
					t.Errorf("ended: %+v", log.ended)
				}
			})
		})
	}
}

// TestRetire ends the chats of a node that stops: with the bot and with a person, each is told so.
func TestRetire(t *testing.T) {
	for _, first := range []string{"hello", "human please"} {
		synctest.Test(t, func(t *testing.T) {
			c, log, end := begin(t, counter{})
			defer end()
			post(t, c, first)
			synctest.Wait()
			if !c.writtenSince(time.Minute) {
				t.Error("what was just written counts as a pause")
			}
			time.Sleep(2 * time.Minute)
			if c.writtenSince(time.Minute) {
				t.Error("a pause of two minutes is none")
			}
			c.Retire()
			synctest.Wait()
			msgs, _, over := c.Since(0)
			if last := msgs[len(msgs)-1]; !over || last.Who != call.Bot || last.Text != answer.Say(answer.SayService, "en") || log.ended.Why != "maintenance" {
				t.Errorf("%q: over %t, %+v, ended %+v", first, over, last, log.ended)
			}
			c.Retire() // again does no harm
		})
	}
}

func TestNobodyAndFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, stop := begin(t, counter{empty: true})
		defer stop()
		post(t, c, "human")
		post(t, c, "fail")
		got := texts(c)
		if !strings.Contains(got, "Nobody is there.") || !strings.HasSuffix(got, answer.Say(answer.SayAgain, "en")) {
			t.Errorf("got\n%s", got)
		}
		for text, want := range map[string]error{"": ErrText, "  ": ErrText, strings.Repeat("x", 2001): ErrText} {
			if err := c.Post(text); !errors.Is(err, want) {
				t.Errorf("Post(%.10q) = %v, want %v", text, err, want)
			}
		}
	})
}

func TestHouseKeepsItsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &House{Most: 3, PerHost: 2}
		open := func(id call.ID, host string) (*Chat, string, error) {
			return h.Open(Options{ID: id, Answerer: parrot{}, Log: &diary{}, Redact: stars{}}, netip.MustParseAddr(host), func() {})
		}
		if _, _, err := open("early", "10.0.0.1"); !errors.Is(err, ErrFull) {
			t.Errorf("before Run: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		// Ends with cancel.
		go func() { done <- h.Run(ctx) }()
		synctest.Wait()
		a, token, err := open("a", "10.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := open("b", "10.0.0.1"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := open("c", "10.0.0.1"); !errors.Is(err, ErrFull) {
			t.Errorf("a third of one address: %v", err)
		}
		if _, _, err := open("c", "2001:db8::1"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := open("d", "10.0.0.9"); !errors.Is(err, ErrFull) {
			t.Errorf("a fourth: %v", err)
		}
		if got, err := h.Find("a", token); err != nil || got != a {
			t.Errorf("Find: %v", err)
		}
		for _, bad := range []string{"", "x", token + "x"} {
			if _, err := h.Find("a", bad); !errors.Is(err, ErrUnknown) {
				t.Errorf("Find with token %q: %v", bad, err)
			}
		}
		a.Leave()
		synctest.Wait()
		if _, _, err := open("d", "10.0.0.1"); err != nil {
			t.Errorf("after one has left: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		time.Sleep(keepOver + time.Minute) // the timers that forget chats
	})
}

// clerk is a person on the line, if there is one.
type clerk struct {
	there bool
	read  string
}

func (c *clerk) Wrote(_ context.Context, text, lang string) bool {
	if c.there {
		c.read += text + " (" + lang + ")"
	}
	return c.there
}

// TestWrittenDuringACall has what is written go to the person on the line, masked, and to the bot while there is none.
func TestWrittenDuringACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, log, end := begin(t, nil)
		defer end()
		ann := &clerk{}
		c.o.Beside = ann
		post(t, c, "what does it cost")
		synctest.Wait()
		ann.there = true
		post(t, c, "my secret is AB12")
		synctest.Wait()
		if got, want := texts(c), "bot: Hello.\ncaller: what does it cost\nbot: You said: what does it cost\ncaller: my secret is AB12"; got != want {
			t.Errorf("said:\n%s\nwant:\n%s", got, want)
		}
		if want := "my [secret] is AB12 (en)"; ann.read != want {
			t.Errorf("the person read %q, want %q", ann.read, want)
		}
		log.mu.Lock()
		defer log.mu.Unlock()
		if n := len(log.turns); log.turns[n-1].Text != "my [secret] is AB12" {
			t.Errorf("on record: %+v", log.turns[n-1])
		}
	})
}

// nobodyYet is a desk at which callers wait until they leave.
type nobodyYet struct{ counter }

func (nobodyYet) Seek(ctx context.Context, _ desk.Wish, _ func(string)) (desk.Taken, error) {
	<-ctx.Done()
	return desk.Taken{}, context.Cause(ctx)
}

// TestWhoIsPutThroughIsToldOnce has a rule want a person for somebody who has asked for one with the same words.
func TestWhoIsPutThroughIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _, stop := begin(t, nobodyYet{})
		defer stop()
		post(t, c, "human please")
		c.Do(desk.Command{Do: "hand_over", Why: "rule:asks-for-a-person"})
		synctest.Wait()
		if got, want := texts(c), "bot: Hello.\ncaller: human please\nbot: One moment."; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	})
}
