package node

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
)

// next is what the version after this one adds, as changes of files: columns, a table, a field in everything that nodes tell
// each other and in the body of every event, and a kind of event.
var next = map[string][2]string{ //nolint:gochecknoglobals // a constant
	"assist/store/nodes.go": {
		"until_ms INTEGER NOT NULL);\n`}}",
		"until_ms INTEGER NOT NULL);\n`, `ALTER TABLE nodes ADD COLUMN lane TEXT NOT NULL DEFAULT '';\nCREATE TABLE nodes_lanes (name TEXT PRIMARY KEY)`}}",
	},
	"assist/store/schema.go": {
		"ALTER TABLE calls ADD COLUMN caller_sealed TEXT NOT NULL DEFAULT '';\n`}",
		"ALTER TABLE calls ADD COLUMN caller_sealed TEXT NOT NULL DEFAULT '';\n`, `ALTER TABLE calls ADD COLUMN lane TEXT NOT NULL DEFAULT 'fast'`}",
	},
	"pipeline/events/peers.go": {
		"	m.Data = data\n	m.Header",
		"	if len(data) > 2 && data[0] == '{' {\n		data = append([]byte(`{\"lane\":\"fast\",`), data[1:]...)\n	}\n	m.Data = data\n	m.Header",
	},
	"pipeline/events/log.go": {
		"		e.Body = b\n	}\n",
		"		if len(b) > 2 && b[0] == '{' {\n			b = append([]byte(`{\"lane\":\"fast\",`), b[1:]...)\n		}\n		e.Body = b\n	}\n" +
			"	if kind == call.KindStarted {\n		defer func() { _ = l.Emit(ctx, at, \"call.lane\", map[string]string{\"to\": \"fast\"}, false) }()\n	}\n",
	},
}

// nextVersion builds a node of the next version.
func nextVersion(t *testing.T) (program string) {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs(filepath.FromSlash("../../../../"))
	if err != nil {
		t.Fatal(err)
	}
	changed := map[string]string{}
	for file, change := range next {
		path := filepath.Join(root, filepath.FromSlash(file))
		text := read(t, path)
		if strings.Count(text, change[0]) != 1 {
			t.Fatalf("%s has changed: the next version has to be made in another way", file)
		}
		changed[path] = filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(changed[path], []byte(strings.Replace(text, change[0], change[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": changed})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, "next.test")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", list, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the next version: %s, %v", out, err)
	}
	return program
}

// TestRollingVersions upgrades one of two nodes to a next version while calls come and go, and has both run side by side:
// either shows the calls of both, and the older one takes over from the newer when that is killed. A node of this version does
// not start any more once the tables are newer. Then the other one is upgraded, too.
func TestRollingVersions(t *testing.T) {
	if os.Getenv("PARLEY_CLUSTER") == "" {
		t.Skip("takes minutes: make test-cluster")
	}
	first := environment(t)
	newer := nextVersion(t)
	url, bus, keys := pgtest.Database(t), natsServer(t), freshKeys(t)
	a := newBox(t, first.Home, url, bus, keys)
	a.start()
	b := newBox(t, beside(t, first.Home).Home, url, bus, keys)
	b.start()
	c := &crowd{t: t, phone: telephone(t), front: dispatcher(t, a, b)}
	i := 0
	number := func(i int) string { return fmt.Sprintf("+441632960%03d", i) }
	some := func(n int) {
		for range n {
			c.call(t.Context(), number(i), 10*time.Second)
			i++
			time.Sleep(700 * time.Millisecond) // as callers come
		}
	}
	upgrade := func(x *box) {
		stopped := make(chan struct{})
		go func() { x.drain(); close(stopped) }() // ends with the node
		some(4)
		<-stopped
		x.program = newer
		x.start()
	}
	some(4)
	c.await(4)
	upgrade(a)
	some(6)
	sideBySide(t, a, b)
	c.wg.Wait()
	t.Logf("one node upgraded under %d calls: %d answered and greeted, %d refused, %d cut", i, c.up, c.refused, c.cut)
	if c.up != i || c.refused+c.cut > 0 || len(b.calls(record.Cut)) > 0 {
		t.Error("calls were lost")
	}
	killed(t, c, a, b, number, 6) // the newer one

	old := newBox(t, beside(t, first.Home).Home, url, bus, keys)
	old.cmd = exec.Command(old.program, "node", old.home)
	old.cmd.Env = old.env
	if out, err := old.cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "written by a newer Parley: upgrade this one") {
		t.Errorf("a node of this version on tables of the next one: %s, %v", out, err)
	}
	a.start()
	c.up, c.refused, c.cut, i = 0, 0, 0, 100
	upgrade(b)
	some(2)
	c.wg.Wait()
	if c.up != i-100 || c.refused+c.cut > 0 {
		t.Errorf("the other node upgraded under %d calls: %d answered and greeted, %d refused, %d cut", i-100, c.up, c.refused, c.cut)
	}
}

// sideBySide waits until each of two nodes shows calls of both.
func sideBySide(t *testing.T, boxes ...*box) {
	t.Helper()
	for _, x := range boxes {
		var f desk.Floor
		on := map[string]int{}
		for deadline := time.Now().Add(30 * time.Second); len(on) < len(boxes); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s shows calls of %v only", x.sip, on)
			}
			clear(on)
			if x.try(http.MethodGet, "/api/live", nil, &f) != nil {
				continue
			}
			for _, r := range x.calls(record.Running) {
				if slices.ContainsFunc(f.Calls, func(l desk.Live) bool { return l.ID == r.ID }) {
					on[r.Node]++
				}
			}
		}
	}
}
