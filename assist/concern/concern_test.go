package concern

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-voice/parley/knowledge/embed"
	"github.com/parley-voice/parley/pipeline/onnx"
)

// TestHeldBack judges each half of the examples by a model fitted on the other.
func TestHeldBack(t *testing.T) {
	models := os.Getenv("PARLEY_MODELS")
	if _, err := os.Stat(filepath.Join(models, "bge-small-zh", "model.onnx")); models == "" || err != nil {
		t.Skip("PARLEY_MODELS is not set or has no embedding models: the weights are needed")
	}
	if err := onnx.Start(os.Getenv("PARLEY_ONNXRUNTIME")); err != nil {
		t.Fatal(err)
	}
	for lang, raw := range map[string]string{"en": examplesEN, "zh": examplesZH} {
		em, err := embed.Open(filepath.Join(models, "bge-small-"+lang))
		if err != nil {
			t.Fatal(err)
		}
		defer em.Close()
		own := parse(raw)
		examples := append(slices.Clone(own), background(lang)...)
		texts := make([]string, len(examples))
		for i, e := range examples {
			texts[i] = e.text
		}
		vecs, err := em.Embed(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		const folds = 2
		right, kinds, concerned, found, wrong := 0, 0, 0, 0, 0
		for f := range folds {
			var train [][]float32
			var labels []string
			for i, e := range examples {
				if i%folds != f || i >= len(own) {
					train, labels = append(train, vecs[i]), append(labels, e.kind)
				}
			}
			m := fit(train, labels)
			for i, e := range own {
				if i%folds != f {
					continue
				}
				o := m.judge(vecs[i])
				if (o.Concern >= 0.5) == (e.kind != Calm) {
					right++
				} else {
					t.Logf("%s: %.2f %s: %s", e.kind, o.Concern, o.Kind, e.text)
				}
				if e.kind != Calm {
					concerned++
					if o.Kind == e.kind {
						kinds++
					}
					if o.Concern >= 0.7 {
						found++
					}
				} else if o.Concern >= 0.7 {
					wrong++
				}
			}
		}
		accuracy := float64(right) / float64(len(own))
		t.Logf("%s: right %.3f of %d; kind right %.3f; at 0.7: found %.3f, wrong alarms %d of %d", lang, accuracy, len(own),
			float64(kinds)/float64(concerned), float64(found)/float64(concerned), wrong, len(own)-concerned)
		if accuracy < 0.7 {
			t.Errorf("%s: right %.3f, want 0.7", lang, accuracy)
		}
	}
}
