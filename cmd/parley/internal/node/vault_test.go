package node

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/asr"
	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline/call"
)

// vaulted is as much of a node as the vault of a call needs, with a key.
func vaulted(t *testing.T) *Node {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys")
	if _, err := seal.AddKey(file); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Load(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	env := cli.New()
	env.Home, env.Log = t.TempDir(), slog.New(slog.DiscardHandler)
	s, err := store.Open(t.Context(), env.Home, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.UseKeys(keys)
	n := &Node{env: env, cfg: config.Default(), store: s}
	n.keys.Store(keys)
	return n
}

// TestVaultKeepsTurns seals what was masked in completed turns, and only that.
func TestVaultKeepsTurns(t *testing.T) {
	t.Parallel()
	n, id := vaulted(t), call.NewID()
	n.vaultOf(id, true)
	r := n.redactorOf(id)
	say := func(who call.Party, text string, turn bool) string {
		masked, _ := r.Mask(asr.Transcript{Party: who, Text: text, Lang: "en", Final: true})
		if turn {
			r.Heard(who, masked.Text)
		}
		return masked.Text
	}
	say(call.Caller, "Where is my parcel?", true)
	say(call.Caller, "write to ada at first dot org no", false) // another reading, which became no turn
	mail := say(call.Caller, "Please write to ada@example.org.", true)
	both := say(call.Caller, "Card 4111 1111 1111 1111, mail bob@example.org.", true)
	card := say(call.Caller, "My card is 4111 1111 1111 1111.", true)
	if strings.Contains(mail+card+both, "4111") || strings.Contains(mail+both, "example") {
		t.Fatalf("not masked: %q %q %q", mail, card, both)
	}
	v, _ := n.vaults.Load(id)
	v.(*vault).writes.Wait() //nolint:forcetypeassert // nothing else is stored
	all, err := n.store.Originals(t.Context(), id)
	if err != nil || len(all) != 2 {
		t.Fatalf("originals %+v, %v; %q", all, err, both)
	}
	slices.SortFunc(all, func(a, b record.Original) int { return len(a.Text) - len(b.Text) })
	if all[0].Text != "Please write to ada@example.org." || all[0].Masked != mail {
		t.Errorf("%+v", all[0])
	}
	if strings.Contains(all[1].Text, "4111") || !strings.Contains(all[1].Text, "bob@example.org") {
		t.Errorf("%+v", all[1])
	}
	n.closeVault(id) // the caller refuses
	say(call.Caller, "And carl@example.org.", true)
	v.(*vault).writes.Wait() //nolint:forcetypeassert // nothing else is stored
	if all, _ := n.store.Originals(t.Context(), id); len(all) != 2 {
		t.Errorf("kept after the end: %+v", all)
	}
	for name, v := range map[string]*vault{"never recorded": n.vaultOf(call.NewID(), false), "switched off": func() *vault { n.cfg.Security.Vault = false; return n.vaultOf(call.NewID(), true) }()} {
		if v != nil {
			t.Errorf("%s: a vault is open", name)
		}
	}
}

// TestVaultIsReadByRight asks a whole node for what was masked in a chat: an admin with a reason gets it, and the trail
// says so; nobody else does.
func TestVaultIsReadByRight(t *testing.T) {
	besideAnother(t)
	file := filepath.Join(t.TempDir(), "keys")
	if _, err := seal.AddKey(file); err != nil {
		t.Fatal(err)
	}
	cfg := settings("")
	cfg.Security.KeyFile, cfg.HTTP.Token = file, "house"
	r := start(t, cfg)
	id := call.NewID()
	began := call.Started{From: "1", To: "english", Route: "english", At: time.Now().UTC()}
	raw, err := json.Marshal(began)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.Record(t.Context(), []call.Event{{V: call.Version, Call: id, Seq: 1, Kind: call.KindStarted, Body: raw}}); err != nil {
		t.Fatal(err)
	}
	if err := r.store.KeepOriginal(id, record.Original{Who: call.Caller, Masked: "[email]", Text: "ada@example.org"}); err != nil {
		t.Fatal(err)
	}
	ask := func(query, token string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.Web()+"/api/calls/"+string(id)+"/originals"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	if code, body := ask("?reason=a+complaint", "wrong"); code != http.StatusUnauthorized || strings.Contains(body, "ada") {
		t.Errorf("a stranger got %d %s", code, body)
	}
	if code, body := ask("", "house"); code < 400 || strings.Contains(body, "ada") {
		t.Errorf("without a reason: %d %s", code, body)
	}
	before := time.Now()
	code, body := ask("?reason=a+complaint", "house")
	if code != http.StatusOK || !strings.Contains(body, "ada@example.org") {
		t.Errorf("with a reason: %d %s", code, body)
	}
	trail, err := r.access.Entries(t.Context(), access.TrailQuery{Limit: 10})
	if err != nil || !slices.ContainsFunc(trail, func(e access.Entry) bool {
		return e.What == access.ReadOriginals && e.Call == id && e.Detail == "a complaint" && !e.At.Before(before.Add(-time.Minute))
	}) {
		t.Errorf("trail %+v, %v", trail, err)
	}
}
