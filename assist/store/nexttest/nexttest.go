// Package nexttest builds the version after this one, from this source with additions, for tests that run both side by side.
package nexttest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// added is what the version after this one adds, as changes of files (old text and new one by turns): columns, a table, a field
// in everything that nodes tell each other and in the body of every event, a kind of event, and a column that is sealed which
// was in the clear.
var added = map[string][]string{ //nolint:gochecknoglobals // a constant
	"assist/store/nodes.go": {
		"ADD COLUMN version TEXT NOT NULL DEFAULT '';\n`}}",
		"ADD COLUMN version TEXT NOT NULL DEFAULT '';\n`, `ALTER TABLE nodes ADD COLUMN lane TEXT NOT NULL DEFAULT '';\nCREATE TABLE nodes_lanes (name TEXT PRIMARY KEY)`}}",
	},
	"assist/store/schema.go": {
		"`, dueMarks}",
		"`, dueMarks, `ALTER TABLE calls ADD COLUMN lane TEXT NOT NULL DEFAULT 'fast'`}",
	},
	"assist/store/sealedcolumns.go": {
		"	all := []sealedColumn{\n", "	all := []sealedColumn{\n		{table: \"calls\", name: \"codec\", row: []string{\"id\"}, since: 1},\n",
	},
	"assist/store/write.go": {"b.Codec,\n", "s.hide(\"calls.codec\", b.Codec, id),\n"},
	"assist/store/read.go":  {"&c.Codec,\n", "s.opened(&c.Codec, \"calls.codec\", &c.ID),\n"},
	"pipeline/events/peers.go": {
		"	m.Data = data\n	m.Header",
		"	if len(data) > 2 && data[0] == '{' {\n		data = append([]byte(`{\"lane\":\"fast\",`), data[1:]...)\n	}\n	m.Data = data\n	m.Header",
	},
	"pipeline/events/log.go": {
		"		e.Body = b\n	}\n",
		"		if len(b) > 2 && b[0] == '{' {\n			b = append([]byte(`{\"lane\":\"fast\",`), b[1:]...)\n		}\n		e.Body = b\n	}\n" +
			"	if kind == call.KindStarted {\n		defer func() { _ = l.Emit(ctx, at, \"call.lane\", map[string]string{\"to\": \"fast\"}, true) }()\n	}\n",
	},
}

// Build builds the tests of the package in the working folder in the next version, and returns the program. It takes seconds
// to minutes; the program goes with the test.
func Build(t testing.TB) (program string) {
	t.Helper()
	dir, root := t.TempDir(), module(t)
	changed := map[string]string{}
	for file, changes := range added {
		path := filepath.Join(root, filepath.FromSlash(file))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for change := range slices.Chunk(changes, 2) {
			if strings.Count(string(text), change[0]) != 1 {
				t.Fatalf("%s has changed: the next version has to be made in another way", file)
			}
			text = []byte(strings.Replace(string(text), change[0], change[1], 1))
		}
		changed[path] = filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		write(t, changed[path], text)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": changed})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	write(t, list, overlay)
	program = filepath.Join(dir, "next.test")
	if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", list, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the next version: %s, %v", out, err)
	}
	return program
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// module is the folder of the module that the working folder is in.
func module(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		switch {
		case err == nil:
			return dir
		case !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir):
			t.Fatal("find the module: ", err)
		}
		dir = filepath.Dir(dir)
	}
}
