package kokoro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/parley-voice/parley/tts"
)

const styleLen = 256 // numbers in a row of a voice file; the row is chosen by the number of tokens

// style returns the voice file of that name, read once.
func (e *Engine) style(name string) ([]float32, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if s, ok := e.styles[name]; ok {
		return s, nil
	}
	if name == "" || strings.ContainsAny(name, `/\.`) {
		return nil, fmt.Errorf("%w %q", tts.ErrVoice, name)
	}
	b, err := os.ReadFile(filepath.Join(e.dir, "voices", name+".bin")) //nolint:gosec // the name has no separators
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w %q: put its file into %s", tts.ErrVoice, name, filepath.Join(e.dir, "voices"))
	}
	if err != nil {
		return nil, fmt.Errorf("read voice %s: %w", name, err)
	}
	if len(b) == 0 || len(b)%(4*styleLen) != 0 {
		return nil, fmt.Errorf("%w %q: its file is damaged, fetch it again", tts.ErrVoice, name)
	}
	s := make([]float32, len(b)/4)
	for i := range s {
		s[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	e.styles[name] = s
	return s, nil
}

// findEspeak returns the path of the phoneme program, "" when there is none.
func findEspeak(want string, log *slog.Logger) string {
	if want == "-" {
		return ""
	}
	if want == "" {
		want = "espeak-ng"
	}
	path, err := exec.LookPath(want)
	if err != nil {
		log.Warn("espeak-ng is missing: unknown words are read by simple rules; install the package espeak-ng", "err", err)
		return ""
	}
	return path
}
