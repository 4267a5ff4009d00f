package kokoro

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// How the phoneme program is treated.
const (
	phonemeDeadline = 2 * time.Second  // for one word
	restartPause    = 30 * time.Second // after a failed start or a word that was not answered
	wordsKept       = 4096
	longestWord     = 64
)

// phonemizer asks the espeak-ng program for the phonemes of single words. The program runs as one long-lived process,
// is started at the first question and again after it died. Methods may be called from any goroutine.
type phonemizer struct {
	program string
	log     *slog.Logger

	mu      sync.Mutex
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	stdout  *bufio.Reader
	known   map[string]string
	retryAt time.Time
	closed  bool
}

func newPhonemizer(program string, log *slog.Logger) *phonemizer {
	return &phonemizer{program: program, log: log, known: map[string]string{}}
}

var errNoPhonemes = errors.New("kokoro: no phonemes")

// ipa returns the IPA of one word of letters. It blocks for at most the deadline.
func (p *phonemizer) ipa(word string) (string, error) {
	word = strings.ToLower(word)
	if len(word) > longestWord || word == "" {
		return "", errNoPhonemes
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.known[word]; ok {
		return s, nil
	}
	if p.program == "" || p.closed || time.Now().Before(p.retryAt) {
		return "", errNoPhonemes
	}
	line, err := p.ask(word)
	if err != nil { // perhaps it died since the last question: once more with a fresh one
		p.stop()
		if line, err = p.ask(word); err != nil {
			p.stop()
			p.retryAt = time.Now().Add(restartPause)
			p.log.Warn("espeak-ng gives no phonemes; unknown words are spoken by simple rules", "err", err)
			return "", errNoPhonemes
		}
	}
	if len(p.known) >= wordsKept {
		clear(p.known)
	}
	p.known[word] = line
	return line, nil
}

// ask sends one word and reads one line. p.mu is held.
func (p *phonemizer) ask(word string) (string, error) {
	if p.cmd == nil {
		if err := p.start(); err != nil {
			return "", err
		}
	}
	// The deadline ends the program, and with it the read below.
	timer := time.AfterFunc(phonemeDeadline, func(cmd *exec.Cmd) func() {
		return func() { _ = cmd.Process.Kill() }
	}(p.cmd))
	defer timer.Stop()
	if _, err := io.WriteString(p.stdin, word+"\n"); err != nil {
		return "", fmt.Errorf("write to espeak-ng: %w", err)
	}
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read from espeak-ng: %w", err)
	}
	return strings.TrimSpace(line), nil
}

func (p *phonemizer) start() error {
	// The process lives as long as the phonemizer, not as long as one request, so no context ends it.
	cmd := exec.CommandContext(context.Background(), p.program, "-q", "--ipa", "-v", "en-us")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("start espeak-ng: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start espeak-ng: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start espeak-ng: %w", err)
	}
	p.cmd, p.stdin, p.stdout = cmd, stdin, bufio.NewReader(stdout)
	return nil
}

// stop ends the program and waits for it. p.mu is held.
func (p *phonemizer) stop() {
	if p.cmd == nil {
		return
	}
	_ = p.stdin.Close()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // killed: its status says nothing
	p.cmd = nil
}

func (p *phonemizer) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.stop()
}

// fromIPA writes the IPA of espeak-ng's American voice in Kokoro's symbols.
func fromIPA(s string) string {
	return ipaSymbols().Replace(s)
}

func ipaSymbols() *strings.Replacer {
	return strings.NewReplacer(
		"͡", "", "ʔn̩", "tᵊn", "ʔˌn̩", "tᵊn", "n̩", "ᵊn", "l̩", "ᵊl", "m̩", "ᵊm", "əl", "ᵊl",
		"aɪ", "I", "aʊ", "W", "eɪ", "A", "oʊ", "O", "ɔɪ", "Y", "tʃ", "ʧ", "dʒ", "ʤ",
		"ɜːɹ", "ɜɹ", "ɜː", "ɜɹ", "ɚ", "əɹ", "ɪə", "iə", "ɐ", "ə", "ː", "", "o", "ɔ", "e", "A", "r", "ɹ",
		"x", "k", "ç", "k", "ɬ", "l", "ʲ", "j", "ʔ", "t", "̃", "", "̩", "", "g", "ɡ", "a", "æ", " ", "", "_", "", "-", "",
	)
}
