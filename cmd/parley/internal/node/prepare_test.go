package node

import (
	"context"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/cmd/parley/internal/knowledgecmd"
	"github.com/parley-voice/parley/cmd/parley/internal/mouth"
	"github.com/parley-voice/parley/knowledge"
	"github.com/parley-voice/parley/knowledge/ingest"
	"github.com/parley-voice/parley/nlu"
	"github.com/parley-voice/parley/tts"
	"github.com/parley-voice/parley/tts/ttstest"
)

// TestRenderAhead: what is said word for word is sound before anybody calls, first of all what replies begin with.
func TestRenderAhead(t *testing.T) {
	env := environment(t)
	store, err := knowledgecmd.OpenStore(t.Context(), env, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	entries := ingest.Bytes("test.csv", []byte(faq), ingest.Into{Base: "test"}).Entries
	if _, err := store.Import(t.Context(), entries, knowledge.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	cache, err := tts.OpenCache(t.TempDir(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	cfg := settings("")
	cfg.TTS.Ahead = true
	for i := range cfg.Routes {
		cfg.Routes[i].Voices = map[string]string{"en": "test_en", "zh": "test_zh"}
	}
	n := &Node{
		env: env, cfg: cfg, fluent: make(chan struct{}), brain: &brain.Brain{Store: store}, engine: &engine{},
		mouth: &mouth.Mouth{Speaker: tts.NewSpeaker(&ttstest.Engine{}, cache, nil, nil)},
	}
	n.live.Store(cfg)
	n.engine.now.Store(answer.New(nlu.New(nlu.Options{}), store, answer.Options{}))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); n.makeReady(ctx) }() // ends with cancel
	defer func() { cancel(); <-done }()
	select {
	case <-n.Fluent():
	case <-time.After(30 * time.Second):
		t.Fatal("not fluent after half a minute")
	}
	for i, lang := range []string{"en", "zh"} {
		v := voicesOf(cfg.Routes[i])[lang]
		for _, text := range append(answer.Prompts(lang), greetingsOf(cfg.Routes[i])[lang]) {
			if !n.mouth.Has(text, v) {
				t.Errorf("%q is not rendered", text)
			}
		}
		for _, e := range entries {
			if clauses := tts.Clauses(e.Answer, e.Lang); e.Lang == lang && len(clauses) > 1 && !n.mouth.Has(clauses[0], v) {
				t.Errorf("the beginning of %q is not rendered", e.Answer)
			}
		}
		for _, e := range entries {
			for deadline := time.Now().Add(time.Minute); e.Lang == lang && !n.mouth.Has(e.Answer, v); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%q is not rendered", e.Answer)
				}
			}
		}
	}
}
