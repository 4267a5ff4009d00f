package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/asr/whisper"
	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/tts"
)

// TestMain is also the child processes that the tests start: the recogniser, and a node to be killed.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "asr-worker":
			exitOn(whisper.ServeWorker(context.Background(), os.Stdin, os.Stdout))
		case "node":
			exitOn(runChild(os.Args[2]))
		}
	}
	os.Exit(pgtest.Main(m))
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// faq is what the lines of these tests know: a few entries per language.
const faq = `question,answer,similar,lang
How do I report a lost card?,Call us at any hour and we block the card at once.,my card is gone|somebody stole my card,en
When does the branch open?,We open at nine in the morning.,opening hours|what time do you open,en
What does a transfer abroad cost?,A transfer abroad costs five pounds.,fee for sending money to another country,en
退货的运费由谁承担？,质量问题的退货运费由我们承担。,退货运费谁出|退货要不要我付邮费,zh
多久可以发货？,付款后两天以内发货。,什么时候发货|下单以后几天寄出,zh
怎么申请发票？,在订单页面点击申请发票就可以了。,发票怎么开|我要开发票,zh
`

// settings are a configuration with one line per language on free ports.
func settings(person string) *config.Config {
	cfg := config.Default()
	cfg.SIP.UDP, cfg.SIP.TCP, cfg.HTTP.Listen = "127.0.0.1:0", "", "127.0.0.1:0"
	cfg.Limits.Calls, cfg.Limits.Drain = 4, 0
	yes := true
	cfg.Routes = nil
	for _, r := range []struct{ name, lang, greeting string }{{"english", "en", "Hello."}, {"chinese", "zh", "您好。"}} {
		cfg.Routes = append(cfg.Routes, config.Route{
			Name: r.name, Match: []string{r.name}, Base: "test", Langs: []string{r.lang}, Record: &yes, Transfer: person,
			Voices: map[string]string{"en": "kokoro:af_heart", "zh": "kokoro:zf_xiaoxiao"}, Greeting: map[string]string{r.lang: r.greeting},
		})
	}
	return cfg
}

// environment is a fresh data folder over the installed weights; the test is skipped without them.
func environment(t *testing.T) *cli.Env {
	t.Helper()
	env := cli.New()
	if _, err := os.Stat(filepath.Join(env.Models, "kokoro-82m", "model.onnx")); err != nil {
		t.Skip("weights are not installed: run parley models pull")
	}
	env.Home = t.TempDir()
	env.Log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return env
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// rig is a running node with a phone beside it.
type rig struct {
	*Node
	t     *testing.T
	phone *softphone.Phone
	stop  func() // returns when the node has ended
}

func start(t *testing.T, cfg *config.Config) *rig {
	t.Helper()
	return startIn(t, environment(t), cfg)
}

func startIn(t *testing.T, env *cli.Env, cfg *config.Config) *rig {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n, err := Open(ctx, env, cfg)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	res := ingest.Bytes("test.csv", []byte(faq), "test")
	if len(res.Problems) > 0 {
		t.Fatal(res.Problems)
	}
	if _, err := n.brain.Store.Import(ctx, res.Entries, knowledge.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { // ends with cancel
		if err := n.Run(ctx); err != nil {
			t.Error("node:", err)
		}
	})
	wg.Go(func() { // ends with cancel
		if err := server.Serve(ctx, nil); err != nil && !errors.Is(err, context.Canceled) {
			t.Error("phone:", err)
		}
	})
	stop := func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return &rig{Node: n, t: t, phone: softphone.New(server), stop: stop}
}

// callers have other voices than the bot.
func (r *rig) line(text string) softphone.Line {
	r.t.Helper()
	v := tts.Voice{Name: "kokoro:am_michael", Lang: "en"}
	if text[0] > 127 {
		v = tts.Voice{Name: "kokoro:zm_yunxi", Lang: "zh"}
	}
	pcm, err := r.mouth.Say(r.t.Context(), text, v)
	if err != nil {
		r.t.Fatal(err)
	}
	return softphone.Line{Text: text, Lang: v.Lang, PCM: pcm}
}

// call phones a line, says texts, and returns the call's record.
func (r *rig) call(to string, script softphone.Script, texts ...string) (softphone.Result, record.Detail) {
	r.t.Helper()
	for _, text := range texts {
		script.Lines = append(script.Lines, r.line(text))
	}
	res := r.phone.Call(r.t.Context(), "sip:"+to+"@"+r.SIP(), script)
	if res.Err != nil {
		r.t.Fatal("call:", res.Err)
	}
	return res, r.recorded(res.CallID)
}

// recorded waits until the record of a call is complete.
func (r *rig) recorded(sipCall string) record.Detail {
	r.t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for time.Now().Before(deadline) {
		page, err := r.store.List(r.t.Context(), record.Query{})
		if err != nil {
			r.t.Fatal(err)
		}
		for _, c := range page.Calls {
			if c.SIPCall != sipCall || c.State == record.Running {
				continue
			}
			d, err := r.store.Get(r.t.Context(), c.ID)
			if err != nil {
				r.t.Fatal(err)
			}
			return d
		}
		time.Sleep(50 * time.Millisecond) // polling a record written by another goroutine
	}
	r.t.Fatal("the call has no complete record")
	return record.Detail{}
}

func decisions(d record.Detail) []string {
	var out []string
	for _, a := range d.Answers {
		out = append(out, a.Decision)
	}
	return out
}

func TestCalls(t *testing.T) {
	r := start(t, settings(""))
	for _, c := range []struct{ to, ask, want string }{
		{"english", "Hello, somebody stole my card.", "Call us at any hour and we block the card at once."},
		{"chinese", "怎么申请发票？", "在订单页面点击申请发票就可以了。"},
	} {
		t.Run("known question in "+c.to, func(t *testing.T) {
			r.t = t
			res, d := r.call(c.to, softphone.Script{}, c.ask)
			if !slices.Contains(decisions(d), answer.Known) || !slices.ContainsFunc(d.Turns, func(u call.Turn) bool { return u.Who == call.Bot && u.Text == c.want }) {
				t.Errorf("turns %+v\nanswers %+v", d.Turns, d.Answers)
			}
			if len(res.Gaps) != 1 || len(d.Waterfalls) == 0 {
				t.Errorf("gaps %v, waterfalls %v", res.Gaps, d.Waterfalls)
			}
			checkRecord(t, r, d, res)
		})
	}
	t.Run("freely worded question", func(t *testing.T) { // answered, or the right entry is asked about: recognition decides
		r.t = t
		_, d := r.call("chinese", softphone.Script{}, "你好，请问什么时候发货？")
		if !slices.ContainsFunc(d.Turns, func(u call.Turn) bool {
			return u.Who == call.Bot && (u.Text == "付款后两天以内发货。" || strings.Contains(u.Text, "多久可以发货"))
		}) {
			t.Errorf("turns %+v\nanswers %+v", d.Turns, d.Answers)
		}
	})
	t.Run("unknown question", func(t *testing.T) {
		r.t = t
		_, d := r.call("english", softphone.Script{}, "Can you teach me how to fly a helicopter?")
		if slices.Contains(decisions(d), answer.Known) {
			t.Errorf("answered what nobody knows: %+v", d.Answers)
		}
	})
	t.Run("goodbye", func(t *testing.T) {
		r.t = t
		res, d := r.call("english", softphone.Script{}, "Thank you, goodbye.")
		if res.EndedBy != "bot" || d.Why != "goodbye" {
			t.Errorf("ended by %s, %s", res.EndedBy, d.Why)
		}
	})
	t.Run("no such line", func(t *testing.T) {
		res := r.phone.Call(t.Context(), "sip:nobody@"+r.SIP(), softphone.Script{})
		if res.Status != 404 {
			t.Errorf("status %d, %v", res.Status, res.Err)
		}
	})
}

// checkRecord looks at the files of a call: recording of both sides, transcripts.
func checkRecord(t *testing.T, r *rig, d record.Detail, res softphone.Result) {
	t.Helper()
	dir := filepath.Join(r.env.Home, "calls", string(d.ID))
	for _, f := range []string{"transcript.json", "transcript.vtt", "transcript.txt"} {
		text, err := os.ReadFile(filepath.Join(dir, f))
		for range 100 { // they are written after the record
			if err == nil && len(text) > 0 {
				break
			}
			time.Sleep(50 * time.Millisecond)
			text, err = os.ReadFile(filepath.Join(dir, f))
		}
		if err != nil || len(text) == 0 {
			t.Errorf("%s: %d bytes, %v", f, len(text), err)
		}
	}
	clip, err := audio.Load(filepath.Join(dir, "audio.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if clip.Channels != 2 || clip.Rate != audio.Rate || clip.Seconds() < res.Duration.Seconds()-1.5 {
		t.Errorf("recording has %d channels at %d Hz, %.1f s of %.1f s", clip.Channels, clip.Rate, clip.Seconds(), res.Duration.Seconds())
	}
	for i, name := range []string{"caller", "bot"} {
		if audio.Level(clip.Channel(i)) < -45 {
			t.Errorf("the side of the %s is silent", name)
		}
	}
}

// person is a phone that answers, for calls to be transferred to.
type person struct{ calls chan string }

func (person) Admit(sip.Invite) sip.Verdict { return sip.Verdict{Accept: true} }
func (p person) Call(_ context.Context, leg *sip.Leg) {
	p.calls <- leg.Invite().To
	<-leg.Ended()
}

func TestPerson(t *testing.T) {
	agent, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	p := person{make(chan string, 4)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- agent.Serve(ctx, p) }() // ends with cancel
	defer func() { cancel(); <-done }()
	r := start(t, settings("sip:agent@"+agent.UDPAddr()))
	for name, script := range map[string]softphone.Script{
		"asked for": {Linger: 3 * time.Second, Lines: []softphone.Line{r.line("I want to talk to a real person.")}},
		"by key":    {Linger: 3 * time.Second, Lines: []softphone.Line{{Keys: "0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			res, d := r.call("english", script)
			if d.Why != "transferred" || res.Moved == "" {
				t.Errorf("ended: %s; moved to %q; %+v", d.Why, res.Moved, d.Turns)
			}
			select {
			case to := <-p.calls:
				if to != "agent" {
					t.Errorf("the person was called as %s", to)
				}
			case <-time.After(5 * time.Second):
				t.Error("the person's phone did not ring")
			}
		})
	}
}

func TestFullHouse(t *testing.T) {
	cfg := settings("")
	cfg.Limits.Calls = 2
	r := start(t, cfg)
	line := r.line("Hello, somebody stole my card.")
	var mu sync.Mutex
	status := map[int]int{}
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			res := r.phone.Call(t.Context(), "sip:english@"+r.SIP(), softphone.Script{Lines: []softphone.Line{line}})
			mu.Lock()
			defer mu.Unlock()
			status[res.Status]++
		})
	}
	wg.Wait()
	if status[200] != 2 || status[503] != 4 {
		t.Errorf("statuses %v, want two accepted and four told to try again", status)
	}
}
