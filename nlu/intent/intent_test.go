package intent_test

import (
	"context"
	"strings"
	"testing"

	"github.com/parley-voice/parley/nlu/intent"
	"github.com/parley-voice/parley/nlu/intent/intenttest"
)

func train(t *testing.T, ex []intent.Example) *intent.Classifier {
	t.Helper()
	e := intenttest.NewNgrams(256)
	c, err := intent.Train(t.Context(), ex, intent.Options{Embedders: map[string]intent.Embedder{"en": e, "zh": e}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefault(t *testing.T) {
	t.Parallel()
	c := train(t, intent.Default())
	for text, want := range map[string]string{
		"I think I lost my card":            "lost_or_stolen",
		"I forgot my password again":        "sign_in",
		"where is my order now":             "order_status",
		"我要退货":                              "return_or_refund",
		"怎么开发票啊":                            "invoice",
		"I want to make a complaint please": "complaint",
	} {
		lang := "en"
		if text[0] > 127 {
			lang = "zh"
		}
		if got, p, err := c.Best(t.Context(), text, lang); got != want || err != nil || p < 0 || p > 1 {
			t.Errorf("Best(%q) = %q, %.2f, %v; want %q", text, got, p, err, want)
		}
	}
	_, known, err := c.Best(t.Context(), "I lost my card", "en")
	if err != nil {
		t.Fatal(err)
	}
	if _, odd, err := c.Best(t.Context(), "giraffes dance under purple moons", "en"); err != nil || odd >= known {
		t.Errorf("nonsense has probability %.2f, an example %.2f (%v)", odd, known, err)
	}
	if name, p, err := c.Classify(t.Context(), "bonjour", "fr"); name != "" || p != 0 || err != nil {
		t.Errorf("an unknown language gave %q, %v, %v", name, p, err)
	}
}

func TestTrainErrors(t *testing.T) {
	t.Parallel()
	e := map[string]intent.Embedder{"en": intenttest.NewNgrams(64)}
	for name, ex := range map[string][]intent.Example{
		"none":           nil,
		"one intent":     {{Text: "a", Intent: "x", Lang: "en"}, {Text: "b", Intent: "x", Lang: "en"}},
		"other language": {{Text: "a", Intent: "x", Lang: "zh"}, {Text: "b", Intent: "y", Lang: "zh"}},
	} {
		if _, err := intent.Train(t.Context(), ex, intent.Options{Embedders: e}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := intent.Train(ctx, intent.Default(), intent.Options{Embedders: e}); err == nil {
		t.Error("no error although the context has ended")
	}
	one := []intent.Example{{Text: "red", Intent: "x", Lang: "en"}, {Text: "blue", Intent: "y", Lang: "en"}}
	if c, err := intent.Train(t.Context(), one, intent.Options{Embedders: e}); err != nil {
		t.Error(err)
	} else if got, _, err := c.Best(t.Context(), "red", "en"); got != "x" || err != nil {
		t.Errorf("one example each: %q, %v", got, err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"- name: a\n  en: [x]\n- name: a\n  en: [y]": "twice",
		"- en: [x]":            "no name",
		"- name: a":            "no examples",
		"- name: a\n  fr: [x]": "intents",
		"name: a":              "intents",
	} {
		if _, err := intent.Parse([]byte(raw)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): %v, want %q", raw, err, want)
		}
	}
	if n := len(intent.Default()); n < 150 {
		t.Errorf("%d built-in examples", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("- name: a\n  en: [x]\n"))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if len(raw) < 1000 {
			_, _ = intent.Parse(raw) // must not panic
		}
	})
}
