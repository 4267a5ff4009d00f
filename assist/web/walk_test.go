package web_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestWalk goes through every page in Chromium, button by button, in both languages: app/e2e against the mock server of
// app/mock, which takes and gives only what the real API does. PARLEY_SHOTS names a folder for pictures of each page; PARLEY_WALK names walks, such as "knowledge", or is 1 for all.
func TestWalk(t *testing.T) {
	needBuilt(t)
	names := os.Getenv("PARLEY_WALK")
	if names == "" {
		t.Skip("the walk through all pages takes minutes and a machine of its own: make walk")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on PATH: install it to walk through the pages")
	}
	if exec.Command(node, "-e", "process.exit(Number(process.versions.node.split('.')[0]) >= 20 ? 0 : 1)").Run() != nil {
		t.Skip("node is older than 20: install a newer one to walk through the pages")
	}
	if _, err := os.Stat("app/node_modules/playwright-core"); err != nil {
		t.Skip("the parts of the pages are not installed: run deploy/pages.sh --modules")
	}
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			browser = p
			break
		}
	}
	if browser == "" {
		t.Skip("no chromium on PATH: install it to walk through the pages")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 12*time.Minute)
	defer cancel()
	args := []string{"e2e/run.mjs"}
	if names != "1" {
		args = append(args, strings.Fields(names)...)
	}
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.Dir = "app"
	cmd.Env = append(os.Environ(), "PARLEY_CHROMIUM="+browser, "PARLEY_OPENAPI="+described(t))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
