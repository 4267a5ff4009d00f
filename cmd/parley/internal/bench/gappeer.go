package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/softphone"
	"github.com/parley-voice/parley/pipeline/sip"
)

// Peers of bench gap, by what is said with --peer: the arguments of their program. A ready one has the sound of its answers
// before it is called, as a running node has.
var gapPeers = map[string][]string{
	"pipecat": {"pipecat"}, "pipecat-ready": {"pipecat", "--ready"},
	"livekit": {"livekit"}, "livekit-ready": {"livekit", "--ready"},
}

const (
	voicePeerProgram = "parley-voice-peer" // deploy/peers/voice/install.sh writes it
	peerOpens        = 10 * time.Minute    // models read, answers rendered
	peerCloses       = 20 * time.Second
	peerPatience     = 20 * time.Second // what a caller waits for its reply
)

// asked is a question that was asked of our node, with its recording and the answer it should get.
type asked struct {
	lang, text, answer string
	pcm                []int16
}

// gapsOf phones the named peer with the questions, one call each, and measures as with our own node.
func gapsOf(ctx context.Context, env *cli.Env, name string, questions []asked) (gaps []time.Duration, err error) {
	for _, l := range lines() {
		lang := l.voices[0].Lang
		var mine []asked
		for _, q := range questions {
			if q.lang == lang {
				mine = append(mine, q)
			}
		}
		if len(mine) == 0 {
			continue
		}
		got, err := phonePeer(ctx, env, name, lang, l.greet, mine)
		if err != nil {
			return nil, fmt.Errorf("bench gap: phone %s: %w", name, err)
		}
		gaps = append(gaps, got...)
	}
	return gaps, nil
}

// phonePeer starts the peer for one language, asks it the questions and ends it.
func phonePeer(ctx context.Context, env *cli.Env, name, lang, greeting string, questions []asked) (gaps []time.Duration, err error) {
	script, err := peerScript(greeting, questions)
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(script) }()
	p, err := startPeer(ctx, env, slices.Concat(gapPeers[name], []string{"--lang", lang, "--models", env.Models, script}))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.end()) }()
	url, err := p.whereToCall()
	if err != nil {
		return nil, err
	}
	for _, q := range questions {
		r := askPeer(ctx, url, q)
		if r.Err != nil {
			return nil, fmt.Errorf("ask %q: %w", q.text, r.Err)
		}
		gaps = append(gaps, r.Gaps...)
		env.Infof("%s, %s: %v", name, q.text, r.Gaps)
	}
	return gaps, nil
}

// askPeer calls url, asks q when the greeting is over, and hangs up when the reply has begun.
func askPeer(ctx context.Context, url string, q asked) softphone.Result {
	script := softphone.Script{Brief: true, Patience: peerPatience, Lines: []softphone.Line{{Text: q.text, Lang: q.lang, PCM: q.pcm}}}
	var leg *socketLeg
	defer func() {
		if leg != nil {
			leg.Close()
		}
	}()
	return softphone.Talk(ctx, script, func(tap func(sip.Packet)) (_ softphone.Leg, err error) {
		leg, err = dialSocket(ctx, url, tap)
		return leg, err
	})
}

// peer is the running program of a peer.
type peer struct {
	cmd    *exec.Cmd
	in     io.Closer
	out    io.Reader
	cancel context.CancelFunc // kills it
}

// startPeer runs the peer's program with args until end is called or ctx ends.
func startPeer(ctx context.Context, env *cli.Env, args []string) (*peer, error) {
	program, err := besideUs(voicePeerProgram)
	if err != nil {
		return nil, fmt.Errorf("its program is missing, deploy/peers/voice/install.sh installs it: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &peer{cmd: exec.CommandContext(ctx, program, args...), cancel: cancel}
	p.cmd.Stderr, p.cmd.WaitDelay = env.Err, peerCloses
	var inErr, outErr error
	p.in, inErr = p.cmd.StdinPipe()
	p.out, outErr = p.cmd.StdoutPipe()
	if err = errors.Join(inErr, outErr); err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return p, nil
}

// whereToCall waits for the line with which the peer says that it can be called, and kills it when that takes too long.
func (p *peer) whereToCall() (string, error) {
	slow := time.AfterFunc(peerOpens, p.cancel)
	defer slow.Stop()
	line, err := bufio.NewReader(p.out).ReadBytes('\n')
	if err != nil {
		return "", fmt.Errorf("wait at most %v until it can be called: %w", peerOpens, err)
	}
	var ready struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(line, &ready); err != nil || ready.URL == "" {
		return "", fmt.Errorf("it said %q instead of where to call it", line)
	}
	return ready.URL, nil
}

// end closes the peer's input, upon which it ends by itself, or is killed after a while.
func (p *peer) end() error {
	defer p.cancel()
	_ = p.in.Close() // it may have ended already
	slow := time.AfterFunc(peerCloses, p.cancel)
	defer slow.Stop()
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("end the peer: %w", err)
	}
	return nil
}

// besideUs is the path of a program in the folder of this one.
func besideUs(name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	path := filepath.Join(filepath.Dir(self), name)
	if _, err := os.Stat(path); err != nil {
		return "", err
	}
	return path, nil
}

// peerScript writes what the peer greets with and answers, and returns the file.
func peerScript(greeting string, questions []asked) (string, error) {
	type entry struct {
		Asked  string `json:"asked"`
		Answer string `json:"answer"`
	}
	script := struct {
		Greeting string  `json:"greeting"`
		Entries  []entry `json:"entries"`
	}{Greeting: greeting}
	for _, q := range questions {
		script.Entries = append(script.Entries, entry{q.text, q.answer})
	}
	f, err := os.CreateTemp("", "parley-peer-*.json")
	if err != nil {
		return "", fmt.Errorf("make a file for the peer: %w", err)
	}
	err = json.NewEncoder(f).Encode(script)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(fmt.Errorf("write %s: %w", f.Name(), err), os.Remove(f.Name()))
	}
	return f.Name(), nil
}
