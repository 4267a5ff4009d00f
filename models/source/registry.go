package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Client names a registry's ordinary client.
type Client string

// The clients a package can come through.
const (
	Pip   Client = "pip"
	NPM   Client = "npm"
	Maven Client = "maven"
	Go    Client = "go"
)

// mavenCopy is the plugin goal that copies one artifact; pinned, so that the client does not look for the newest.
const mavenCopy = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"

// Package is one version of a package, written as its client writes it: "name==1.0" for pip, "name@1.0" for npm,
// "group:artifact:1.0" for Maven, "module@v1.0.0" for Go.
type Package struct {
	Client Client
	Name   string
}

func (p Package) String() string { return string(p.Client) + " " + p.Name }

// Fetch runs p's client and returns the archive it fetched, or the folder it unpacked it to; both may lie in dir, which
// must exist and be empty. It blocks until the client ends or ctx does. seen is told the size of dir as it grows.
func (p Package) Fetch(ctx context.Context, dir string, seen Seen) (string, error) {
	switch p.Client {
	case Pip:
		pip, err := pipCommand(ctx)
		if err != nil {
			return "", err
		}
		args := append(pip[1:], "download", "--no-deps", "--ignore-requires-python", "--progress-bar", "off", "-d", dir, p.Name)
		if _, err := p.run(ctx, dir, seen, pip[0], args...); err != nil {
			return "", err
		}
		return onlyFile(dir)
	case NPM:
		if _, err := p.run(ctx, dir, seen, "npm", "pack", "--silent", "--ignore-scripts", p.Name); err != nil {
			return "", err
		}
		return onlyFile(dir)
	case Maven:
		_, err := p.run(ctx, dir, seen, "mvn", "-q", "-B", mavenCopy, "-Dartifact="+p.Name+":jar", "-DoutputDirectory="+dir)
		if err != nil {
			return "", err
		}
		return onlyFile(dir)
	case Go:
		return p.fetchModule(ctx, dir, seen)
	}
	return "", fmt.Errorf("fetch %s: no such client", p)
}

func (p Package) fetchModule(ctx context.Context, dir string, seen Seen) (string, error) {
	out, err := p.run(ctx, dir, seen, "go", "mod", "download", "-json", p.Name)
	if err != nil {
		return "", err
	}
	var m struct{ Dir, Error string }
	if err := json.Unmarshal(out, &m); err != nil {
		return "", fmt.Errorf("fetch %s: %w", p, err)
	}
	if m.Error != "" || m.Dir == "" {
		return "", fmt.Errorf("fetch %s: %s", p, m.Error)
	}
	return m.Dir, nil
}

// pipCommand finds a pip that works: a bare "pip" can be a shim over a Python that has none.
func pipCommand(ctx context.Context) ([]string, error) {
	for _, c := range [][]string{{"pip"}, {"pip3"}, {"python3", "-m", "pip"}, {"/usr/bin/python3", "-m", "pip"}} {
		if exec.CommandContext(ctx, c[0], append(c[1:], "--version")...).Run() == nil {
			return c, nil
		}
	}
	return nil, errors.New("pip is missing: apt-get install python3-pip")
}

// run runs a client in dir without standard input and returns what it printed. Its temporary files go under dir too, so
// that they lie on the disk that was checked for space and show how far the download is.
func (p Package) run(ctx context.Context, dir string, seen Seen, name string, args ...string) ([]byte, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%s is missing: apt-get install %s", name, debian(name))
	}
	tmp := filepath.Join(dir, ".tmp")
	if err := os.Mkdir(tmp, 0o755); err != nil {
		return nil, fmt.Errorf("fetch %s: %w", p, err)
	}
	defer os.RemoveAll(tmp)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, "PIP_DISABLE_PIP_VERSION_CHECK=1", "npm_config_update_notifier=false", "GOFLAGS=-modcacherw")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	cmd.WaitDelay = 5 * time.Second
	stop := watch(dir, seen)
	err = cmd.Run()
	stop()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s failed: %s; check that %q works here", p, lastLine(complaints.String()+out.String(), err),
			name+" "+strings.Join(args, " "))
	}
	return out.Bytes(), nil
}

// watch tells seen the size of dir twice a second until the function it returns is called, which waits for the last time.
func watch(dir string, seen Seen) (stop func()) {
	if seen == nil {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() { // ends when stop closes quit; stop waits for it
		defer close(done)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				seen(folderSize(dir))
			}
		}
	}()
	return func() { close(quit); <-done }
}

func folderSize(dir string) (n int64) {
	// Files vanish while a client works; what cannot be read counts nothing.
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}

// onlyFile returns the one file a client left in dir.
func onlyFile(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("fetch: %w", err)
	}
	var found []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("fetch: the client left %d files, not one", len(found))
	}
	return found[0], nil
}

// lastLine is the line of a client's output that says most: the last one that names an error, or the last.
func lastLine(out string, err error) string {
	said := err.Error()
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		low := strings.ToLower(line)
		if strings.Contains(low, "error") && !strings.HasPrefix(low, "[help") {
			said = line
		}
	}
	if len(said) > 300 {
		said = said[:300]
	}
	return said
}

// debian names the Debian package of a client.
func debian(client string) string {
	switch client {
	case "mvn":
		return "maven"
	case "go":
		return "golang-go"
	}
	return client
}
