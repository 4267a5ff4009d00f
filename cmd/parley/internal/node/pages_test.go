package node

import (
	"bufio"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
)

// pageCall is a call that a person takes over in the browser.
type pageCall struct {
	line  string   // dialled
	says  []string // by the caller
	agent []string // said by them, as the script wants it
	heard string   // a word of the agent's after which the caller says the second line; any when empty
}

const pageForm = `form: walk
version: 1
languages: [en, zh]
questions:
  - {id: owns, text_en: "Did the agent give their name?", text_zh: "坐席是否报了自己的姓名？"}
  - {id: sorry, text_en: "Did the agent show empathy if the caller was upset?", text_zh: "客户不满时坐席是否安抚？"}
  - {id: lines, answer_by: rule, text_en: "Did the agent speak?", text_zh: "坐席是否说过话？", rule: "call.turns > 0"}
`

// TestTakenOverOnThePages has a caller on the phone and the agent in Chromium (e2e/node/desk.mjs of the pages), in both
// languages: a rule that waits for the agent's reply, a ticket that moves to another form, and the score of the call with
// the second of sound behind an answer. PARLEY_SHOTS names a folder for pictures.
func TestTakenOverOnThePages(t *testing.T) {
	app := walking(t)
	r := start(t, settings(""))
	if _, err := r.store.Scores().SaveForm(t.Context(), "walk", pageForm, "x", 0); err != nil {
		t.Fatal(err)
	}
	for lang, c := range map[string]pageCall{
		"en": {line: "english", says: []string{"I want to speak to a person, please.", "I want to make a formal complaint."}, heard: "help",
			agent: []string{"Hello, this is Ann. How can I help you today?", "I do not know. You will have to wait, there is nothing I can do."}},
		"zh": {line: "chinese", says: []string{"我要转人工。", "钱到现在都没退，我要正式投诉你们。"}, heard: "您好",
			agent: []string{"您好，我叫王敏，请问有什么可以帮您？", "我也不知道，您只能等着，我没有办法。"}},
	} {
		t.Run(lang, func(t *testing.T) { r.with(t).onThePages(app, "desk.mjs", lang, c) })
	}
}

// TestRudeAgentOnThePages has an agent say what nobody should, in both languages, on routes without a pack of rules
// (e2e/node/conduct.mjs): they are told, and a supervisor reads the words.
func TestRudeAgentOnThePages(t *testing.T) {
	app := walking(t)
	r := start(t, settings(""))
	for lang, c := range map[string]pageCall{
		"en": {line: "english", says: []string{"I want to speak to a person, please.", "Why do you speak to me like that?"}, agent: []string{"You are too stupid to understand it, stop wasting my time."}},
		"zh": {line: "chinese", says: []string{"我要转人工。", "你怎么这样跟我说话？"}, agent: []string{"你是不是听不懂人话？你这种人就是没事找事。"}},
	} {
		t.Run(lang, func(t *testing.T) { r.with(t).onThePages(app, "conduct.mjs", lang, c) })
	}
}

// TestDisabledInACall has an admin disable an agent who has a caller, who is brought to somebody else (e2e/node/disabled.mjs).
func TestDisabledInACall(t *testing.T) {
	app := walking(t)
	r := start(t, settings(""))
	link, err := r.access.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := script(ctx, app, "disabled.mjs", "http://"+r.Web(), link)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waiting, done := make(chan struct{}), make(chan struct{})
	go func() { // ends with the script
		defer close(done)
		once := sync.OnceFunc(func() { close(waiting) })
		defer once()
		for lines := bufio.NewScanner(out); lines.Scan(); {
			t.Log(lines.Text())
			if lines.Text() == "waiting" {
				once()
			}
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		cancel()
	}()
	<-waiting
	call := softphone.Script{Patience: 3 * time.Minute, Lines: []softphone.Line{r.line("I want to speak to a person, please."), r.line("Thank you.")}}
	call.May = func(line int) bool { return line == 0 } // an agent hangs up
	if res := r.phone.Call(ctx, "sip:english@"+r.SIP(), call); res.Err != nil && ctx.Err() == nil {
		t.Error("call:", res.Err)
	}
	<-done
}

// walking is the folder of the pages, for a test that walks through them in Chromium.
func walking(t *testing.T) string {
	t.Helper()
	if os.Getenv("PARLEY_WALK") == "" {
		t.Skip("the walk takes minutes and a machine of its own: make walk")
	}
	app := filepath.Join("..", "..", "..", "..", "assist", "web", "app")
	if _, err := os.Stat(filepath.Join(app, "node_modules", "playwright-core")); err != nil {
		t.Skip("the parts of the pages are not installed: run deploy/pages.sh --modules")
	}
	for _, name := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("no " + name + " on PATH: install it to walk through the pages")
		}
	}
	return app
}

// script runs a walk of e2e/node of the pages in app, which ends with ctx at the latest.
func script(ctx context.Context, app, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "node", append([]string{"e2e/node/" + name}, args...)...)
	cmd.Dir = app
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// TestWrittenBesideACall has a caller on the page write to the person who has their call (e2e/node/write.mjs).
func TestWrittenBesideACall(t *testing.T) {
	app := walking(t)
	r := start(t, settings(""))
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	if out, err := script(ctx, app, "write.mjs", "http://"+r.Web()).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func (r *rig) onThePages(app, name, lang string, c pageCall) {
	t := r.t
	dir := t.TempDir()
	args := []string{"http://" + r.Web(), lang}
	for i, text := range c.agent {
		file := filepath.Join(dir, strconv.Itoa(i)+".wav")
		if err := audio.WriteWAV(file, audio.Rate, 1, r.line(text).PCM); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := script(ctx, app, name, args...)
	done := make(chan struct{})
	go func() { // ends with the script
		defer close(done)
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Error(err)
		}
		cancel()
	}()
	r.dial(ctx, c)
	<-done
}

// dial makes the call once somebody is ready, and says the second line once the agent has said hello.
func (r *rig) dial(ctx context.Context, c pageCall) {
	script := softphone.Script{Patience: 3 * time.Minute}
	for _, text := range c.says {
		script.Lines = append(script.Lines, r.line(text))
	}
	var greeted atomic.Bool
	script.May = func(line int) bool { return line == 0 || line == 1 && greeted.Load() } // the agent hangs up
	watch := &agent{t: r.t, base: "http://" + r.Web()}
	until := func(ok func(desk.Board) bool) bool {
		for {
			var b desk.Board
			if err := watch.try(http.MethodGet, "/api/desk", nil, &b); err == nil && ok(b) {
				return true
			}
			select {
			case <-time.After(100 * time.Millisecond): // polling another process
			case <-ctx.Done():
				return false
			}
		}
	}
	if !until(func(b desk.Board) bool { return b.Me.State == desk.Ready }) {
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	wg.Go(func() { // ends with ctx, or when the agent has said hello
		greeted.Store(until(func(b desk.Board) bool { return b.Call != nil && said(b.Call.Said(), call.Agent, c.heard) }))
	})
	if res := r.phone.Call(ctx, "sip:"+c.line+"@"+r.SIP(), script); res.Err != nil && ctx.Err() == nil {
		r.t.Error("call:", res.Err)
	}
}
