package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/deskagent"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/cmd/parley/internal/node"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/tts"
)

// deskLine is the line whose callers reach a person at the desk.
const deskLine = "desk"

// What is said in the call that people take over.
const (
	agentHello = "Hello, this is Ann. How can I help you today?"
	agentBye   = "You are welcome. Goodbye."
)

func deskWords() []string {
	return []string{"I would like to speak to a person, please.", "I lost my card. How can I block it?", "Thank you, that helps."}
}

// personCall makes the call that people take over: an agent answers on the page /desk in Chromium where that is installed,
// and with a headset alone where it is not.
func personCall(ctx context.Context, env *cli.Env, n *node.Node, m *mouth.Mouth, phone *softphone.Phone) (oneCall, error) {
	script := softphone.Script{Patience: time.Minute, Linger: 1500 * time.Millisecond}
	for _, text := range deskWords() {
		pcm, err := m.Say(ctx, text, tts.Voice{Name: "kokoro:am_michael", Lang: "en"})
		if err != nil {
			return oneCall{}, err
		}
		script.Lines = append(script.Lines, softphone.Line{Text: text, Lang: "en", PCM: pcm})
	}
	g, gctx := errgroup.WithContext(ctx)
	actx, leave := context.WithCancel(gctx)
	if err := startAgent(actx, g, env, n, m); err != nil {
		leave()
		return oneCall{}, errors.Join(err, g.Wait())
	}
	r := phone.Call(gctx, "sip:"+deskLine+"@"+n.SIP(), script)
	wait(gctx, 30*time.Second, func() bool { return !busy(n) }) // the agent writes up
	leave()
	err := g.Wait()
	if r.Err != nil {
		err = r.Err
	}
	c := oneCall{Title: "a person takes over", Line: deskLine, Status: r.Status, EndedBy: r.EndedBy, Gaps: []int64{}}
	for _, gap := range r.Gaps {
		c.Gaps = append(c.Gaps, gap.Milliseconds())
	}
	return c, err
}

// startAgent lets an agent sit down and returns when they are ready.
func startAgent(ctx context.Context, g *errgroup.Group, env *cli.Env, n *node.Node, m *mouth.Mouth) error {
	if cmd, ok := browser(ctx, env, n, m); ok {
		g.Go(func() error { // ends with the script or ctx
			if err := cmd.Run(); err != nil && ctx.Err() == nil {
				return fmt.Errorf("the agent in the browser: %w", err)
			}
			return nil
		})
		if wait(ctx, 60*time.Second, func() bool { return ready(n) }) {
			return nil
		}
		return errors.New("the page of the agent did not become ready within a minute: open /desk in a browser to see why")
	}
	hello, err := m.Say(ctx, agentHello, tts.Voice{Name: "kokoro:bf_emma", Lang: "en"})
	if err != nil {
		return err
	}
	bye, err := m.Say(ctx, agentBye, tts.Voice{Name: "kokoro:bf_emma", Lang: "en"})
	if err != nil {
		return err
	}
	a, err := deskagent.New(n, desk.Agent{ID: "ann", Name: "Ann"})
	if err != nil {
		return err
	}
	v := &voice{env: env, agent: a, hello: hello, bye: bye, node: n, words: m}
	g.Go(func() error { // ends with ctx
		defer func() { _ = a.Close() }()
		return a.Work(ctx, func(msg desk.Message) { v.see(ctx, msg) })
	})
	wait(ctx, 10*time.Second, func() bool { return ready(n) })
	return nil
}

func ready(n *node.Node) bool {
	for _, a := range n.Desk().Floor(func(string) bool { return true }).Agents {
		if a.State == desk.Ready {
			return true
		}
	}
	return false
}

func busy(n *node.Node) bool {
	for _, a := range n.Desk().Floor(func(string) bool { return true }).Agents {
		if a.State == desk.Busy || a.State == desk.WrapUp {
			return true
		}
	}
	return false
}

// wait waits until ok holds, or not.
func wait(ctx context.Context, most time.Duration, ok func() bool) bool {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(most)
	defer end.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// browser is the agent in Chromium; ok is false where the parts are missing, or people have to sign in.
func browser(ctx context.Context, env *cli.Env, n *node.Node, m *mouth.Mouth) (*exec.Cmd, bool) {
	exe, err := os.Executable()
	if err != nil {
		return nil, false
	}
	app := filepath.Join(filepath.Dir(exe), "..", "assist", "web", "app")
	script := filepath.Join(app, "demo", "agent.mjs")
	nodejs, errNode := exec.LookPath("node")
	_, errChromium := exec.LookPath("chromium")
	_, errDriver := os.Stat(filepath.Join(app, "node_modules", "playwright-core"))
	_, errScript := os.Stat(script)
	if errors.Join(errNode, errChromium, errDriver, errScript) != nil || !open(ctx, n) {
		return nil, false
	}
	pcm, err := m.Say(ctx, agentHello, tts.Voice{Name: "kokoro:bf_emma", Lang: "en"})
	if err != nil {
		return nil, false
	}
	wav := filepath.Join(env.Home, "demo-agent.wav")
	if err := audio.WriteWAV(wav, audio.Rate, 1, append(make([]int16, audio.Samples(6*time.Second)), pcm...)); err != nil {
		return nil, false
	}
	cmd := exec.CommandContext(ctx, nodejs, script, "http://"+n.Web(), filepath.Join(env.Home, "demo-pictures"), wav)
	cmd.Stdout, cmd.Stderr = lines{env}, lines{env}
	cmd.WaitDelay = 5 * time.Second
	return cmd, true
}

// open reports whether the pages can be used without signing in.
func open(ctx context.Context, n *node.Node) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Web()+"/api/session", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	var s struct {
		Insecure bool `json:"insecure"`
	}
	return json.NewDecoder(res.Body).Decode(&s) == nil && s.Insecure
}

// lines writes what the script tells among the conversation.
type lines struct{ env *cli.Env }

// Write implements io.Writer.
func (l lines) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		fmt.Fprintf(out(l.env), "          page: %s\n", strings.TrimSpace(line))
	}
	return len(p), nil
}

// voice is what the agent without a browser says: hello, the answer of the card that came, goodbye.
type voice struct {
	env        *cli.Env
	agent      *deskagent.Agent
	node       *node.Node
	words      *mouth.Mouth
	hello, bye []int16
	greeted    bool
	answered   atomic.Bool
}

func (v *voice) see(ctx context.Context, m desk.Message) {
	switch body := m.Data.(type) {
	case desk.Board:
		if body.Call != nil && !v.greeted {
			v.greeted = true
			fmt.Fprintf(out(v.env), "          Ann has taken the call; why it came to her: %s\n", body.Call.Reason)
			v.agent.Headset.Say(make([]int16, audio.Samples(time.Second)))
			v.agent.Headset.Say(v.hello)
		}
		if body.Me.State == desk.WrapUp && body.WrapUp != nil {
			_ = v.node.Desk().Wrapped("ann") // nothing to write: this agent only talks
		}
	case desk.Card:
		fmt.Fprintf(out(v.env), "          on Ann's screen: %s\n", body.Title)
		if body.Kind == "answer" && !v.answered.Swap(true) {
			pcm, err := v.words.Say(ctx, body.Text, tts.Voice{Name: "kokoro:bf_emma", Lang: "en"})
			if err == nil {
				v.agent.Headset.Say(pcm)
			}
		}
	case desk.Spoken:
		if v.answered.Load() && thanks(body) {
			v.agent.Headset.Say(v.bye)
		}
	}
}

// thanks reports whether a turn is the caller's thanks, after which the agent says goodbye.
func thanks(t desk.Spoken) bool {
	return t.Who == call.Caller && strings.Contains(strings.ToLower(t.Text), "thank")
}
