package keepcmd_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/backup"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/keepcmd"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/pgvector/pgtest"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	h := fill(t)
	file := filepath.Join(t.TempDir(), "b.tar.gz")
	out, err := h.run(keepcmd.NewBackup, true, file, "--config", countries(t))
	if err != nil || !strings.Contains(out, `"settled":true`) {
		t.Fatal(out, err)
	}
	if _, err := h.run(keepcmd.NewBackup, true, file); err == nil {
		t.Error("a backup was replaced")
	}
	if _, err := h.run(keepcmd.NewErase, true, "--caller", number, "--customer"); err != nil {
		t.Fatal(err)
	}
	list := h.listOfErased()
	if _, err := h.run(keepcmd.NewRestore, true, file); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("without --force: %v", err)
	}
	if out, err := h.run(keepcmd.NewRestore, false, file, "--check"); err != nil || !strings.Contains(out, "is whole") {
		t.Errorf("check: %s, %v", out, err)
	}
	out, err = h.run(keepcmd.NewRestore, true, file, "--force")
	if err != nil {
		t.Fatal(out, err)
	}
	var r struct {
		Replaced, Config string
		Erased           []call.ID
	}
	h.must(json.Unmarshal([]byte(out), &r))
	if len(r.Erased) != 1 || r.Erased[0] != h.a || r.Replaced == "" {
		t.Errorf("%+v", r)
	}
	if b, err := os.ReadFile(filepath.Join(r.Config, "parley.yaml")); err != nil || !strings.Contains(string(b), "GB") {
		t.Errorf("configuration: %s, %v", b, err)
	}
	h.must(os.RemoveAll(r.Replaced))
	h.staysErased()
	h.comesBack(file)
	elsewhere := house{t: t, home: filepath.Join(t.TempDir(), "listed"), a: h.a, b: h.b}
	if out, err := elsewhere.run(keepcmd.NewRestore, true, file, "--erased", list); err != nil || !strings.Contains(out, `"proved":true`) {
		t.Fatal(out, err)
	}
	elsewhere.staysErased()
}

// listOfErased is a file with what was erased so far.
func (h house) listOfErased() string {
	h.t.Helper()
	out, err := h.run(keepcmd.NewErase, false, "--list")
	h.must(err)
	if !strings.Contains(out, "call "+string(h.a)+" ") || !strings.Contains(out, "customer ") || strings.Contains(out, string(h.b)) {
		h.t.Errorf("list of what was erased: %s", out)
	}
	path := filepath.Join(h.t.TempDir(), "erased")
	h.must(os.WriteFile(path, []byte(out), 0o600))
	wrong := path + ".wrong"
	h.must(os.WriteFile(wrong, []byte(out+"call ../x "+time.Now().Format(time.RFC3339)+"\n"), 0o600))
	if _, err := h.run(keepcmd.NewRestore, true, path, "--erased", wrong); cli.Code(err) != cli.ExitUsage || !strings.Contains(err.Error(), ":3:") {
		h.t.Errorf("a line that is none: %v", err)
	}
	return path
}

// staysErased looks for the erased call, what was drafted from it, and its customer, where a backup came back to.
func (h house) staysErased() {
	h.t.Helper()
	for _, text := range []string{"heliotrope wheelbarrow", zh, number, "Ada Heliotrope"} {
		if left := h.everywhere(text); len(left) > 0 {
			h.t.Errorf("after the restore %q is in %v", text, left)
		}
	}
	if len(h.everywhere("another matter altogether")) == 0 {
		h.t.Error("what others said is gone too")
	}
	s := h.record()
	defer s.Close()
	if trail, err := s.People().Entries(h.t.Context(), access.TrailQuery{What: access.ErasedCall, Call: h.a}); err != nil || len(trail) != 1 {
		h.t.Errorf("audit trail %+v, %v", trail, err)
	}
	reports, err := s.Keeping(nil).Reports(h.t.Context(), 0, 10)
	if err != nil || len(reports) == 0 || !reports[0].Report.Proved || len(reports[0].Report.Already) != 1 {
		h.t.Errorf("reports %+v, %v", reports, err)
	}
	gone, err := s.Keeping(nil).Gone(h.t.Context(), time.Time{})
	if err != nil || len(gone) != 2 {
		h.t.Errorf("the record knows of %+v as erased, %v", gone, err)
	}
}

// TestRestoreTellsOfTraces brings back a backup with an entry that somebody approved although it quotes a caller.
func TestRestoreTellsOfTraces(t *testing.T) {
	t.Parallel()
	for _, db := range []string{"", pgtest.Database(t)} {
		h := fillIn(t, db)
		lib := h.library()
		_, err := lib.Save(t.Context(), knowledge.Entry{ID: "p2", Base: "bank", Question: "Is " + secret + " here?", Answer: "No.", Lang: "en", Status: knowledge.Status{State: knowledge.Published}}, "somebody")
		h.must(errors.Join(err, lib.Close()))
		file := filepath.Join(t.TempDir(), "b.tar")
		if _, err := h.run(keepcmd.NewBackup, true, file); err != nil {
			t.Fatal(err)
		}
		if _, err := h.run(keepcmd.NewErase, true, string(h.a)); cli.Code(err) != cli.ExitCheck {
			t.Fatal(err)
		}
		out, err := h.run(keepcmd.NewRestore, true, file, "--force")
		if cli.Code(err) != cli.ExitCheck || !strings.Contains(out, `"proved":false`) || !strings.Contains(out, "bank/p2") || strings.Contains(out, "bank/d1") {
			t.Errorf("%s, %v", out, err)
		}
		s := h.record()
		if reports, err := s.Keeping(nil).Reports(t.Context(), 0, 10); err != nil || len(reports) != 2 || reports[0].Report.Proved {
			t.Errorf("reports %+v, %v", reports, err)
		}
		h.must(s.Close())
	}
}

// comesBack brings the backup to a machine that knows nothing of what was erased: all of it is there.
func (h house) comesBack(file string) {
	t := h.t
	t.Helper()
	elsewhere := house{t: t, home: filepath.Join(t.TempDir(), "new"), a: h.a, b: h.b}
	if out, err := elsewhere.run(keepcmd.NewRestore, true, file); err != nil || strings.Contains(out, `"replaced"`) { // nothing was there
		t.Fatal(out, err)
	}
	s, err := store.Open(t.Context(), elsewhere.home, nil)
	h.must(err)
	defer s.Close()
	if d, err := s.Get(t.Context(), h.a); err != nil || len(d.Turns) != 3 || d.Turns[1].Text != zh || !d.Audio {
		t.Errorf("on a new machine: %+v, %v", d, err)
	}
	stop := elsewhere.serve() // a server starts on it
	stop()
}

// TestBackupHoldsConfiguration copies every file that the configuration names, also two of one name.
func TestBackupHoldsConfiguration(t *testing.T) {
	t.Parallel()
	h, dir := fill(t), t.TempDir()
	texts := map[string]string{"bank/rules.yaml": "rules of the bank", "shop/rules.yaml": "rules of the shop", "forms.yaml": "forms of tickets"}
	for name, text := range texts {
		path := filepath.Join(dir, name)
		h.must(os.MkdirAll(filepath.Dir(path), 0o700))
		h.must(os.WriteFile(path, []byte(text), 0o600))
	}
	conf := filepath.Join(dir, "parley.yaml")
	h.must(os.WriteFile(conf, []byte(fmt.Sprintf("desk: {rules: [%[1]s/bank/rules.yaml, %[1]s/shop/rules.yaml]}\ntickets: {forms: %[1]s/forms.yaml}\n", dir)), 0o600))
	file := filepath.Join(t.TempDir(), "b.tar")
	if out, err := h.run(keepcmd.NewBackup, true, file, "--config", conf); err != nil {
		t.Fatal(out, err)
	}
	elsewhere := house{t: t, home: filepath.Join(t.TempDir(), "new")}
	if out, err := elsewhere.run(keepcmd.NewRestore, true, file); err != nil {
		t.Fatal(out, err)
	}
	var back []string
	copies, err := filepath.Glob(filepath.Join(elsewhere.home, "restored-config", "*"))
	h.must(err)
	for _, c := range copies {
		text, err := os.ReadFile(c)
		h.must(err)
		back = append(back, string(text))
	}
	for name, text := range texts {
		if !slices.Contains(back, text) {
			t.Errorf("%s is not in the backup, which has %v", name, copies)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	h := fill(t)
	file := filepath.Join(t.TempDir(), "b.tar")
	if _, err := h.run(keepcmd.NewBackup, true, file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	h.must(err)
	before := fmt.Sprint(h.holding(secret))
	bad := map[string][]byte{"cut": whole[:len(whole)/2], "changed": bytes.Replace(whole, []byte(zh), []byte(strings.Repeat("x", len(zh))), 1), "text": []byte("hello")}
	for name, b := range bad {
		path := filepath.Join(t.TempDir(), name)
		h.must(os.WriteFile(path, b, 0o600))
		if _, err := h.run(keepcmd.NewRestore, true, path, "--force"); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := fmt.Sprint(h.holding(secret)); after != before {
		t.Errorf("something was changed: %s, was %s", after, before)
	}
	if left, _ := filepath.Glob(filepath.Join(h.home, ".restore*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestRestoreSearchesWhatItPutsAside restores over a record that does not know of an erasure, which a list tells of: what is put
// aside holds the caller, and the report says so. It is not in what is brought back.
func TestRestoreSearchesWhatItPutsAside(t *testing.T) {
	t.Parallel()
	locked := sealUp(t)
	for name, h := range map[string]house{"file": fill(t), "database": fillIn(t, pgtest.Database(t)), "sealed": locked.house} {
		file, list := filepath.Join(t.TempDir(), "b.tar"), filepath.Join(t.TempDir(), "erased")
		early := time.Now().Add(-time.Hour)
		h.must(os.WriteFile(list, []byte("call "+string(h.a)+" "+early.Format(time.RFC3339)+"\n"), 0o600)) // before the backup was made
		if _, err := h.run(keepcmd.NewBackup, true, file); err != nil {
			t.Fatal(name, err)
		}
		withKeys := func(env *cli.Env) *cobra.Command {
			if name == "sealed" {
				env.Keys = cli.KeysOf(locked.keys, nil)
			}
			return keepcmd.NewRestore(env)
		}
		out, err := h.run(withKeys, true, file, "--force", "--erased", list)
		var r restoredShared
		if out == "" {
			t.Fatal(name, err)
		}
		h.must(json.Unmarshal([]byte(out), &r))
		if cli.Code(err) != cli.ExitCheck || r.Again == nil || r.Again.Proved || len(r.Erased) != 1 {
			t.Fatalf("%s: %s, %v", name, out, err)
		}
		want := []string{"folders that restores put aside"}
		if h.db != "" {
			want = append(want, "tables that the restore puts aside")
		}
		for _, w := range want {
			if i := slices.IndexFunc(r.Again.Looked, func(l retain.Look) bool { return l.What == w }); i < 0 || r.Again.Looked[i].Found == 0 || r.Again.Looked[i].Why == "" {
				t.Errorf("%s: %s: %+v", name, w, r.Again.Looked)
			}
		}
	}
}
