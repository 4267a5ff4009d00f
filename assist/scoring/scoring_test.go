package scoring

import (
	"errors"
	"testing"

	"github.com/parley-voice/parley/assist/quality"
)

func TestPacks(t *testing.T) {
	t.Parallel()
	packs, err := Packs()
	if err != nil || len(packs) != 5 {
		t.Fatal(len(packs), err)
	}
	for _, p := range packs {
		f, err := quality.Parse([]byte(p.YAML))
		if err != nil {
			t.Errorf("%s: %v", p.ID, err)
			continue
		}
		for _, q := range f.Questions {
			if q.FailOn != quality.No {
				t.Errorf("%s %s: the bad answer is %s", p.ID, q.ID, q.FailOn)
			}
		}
	}
}

func TestFor(t *testing.T) {
	t.Parallel()
	f := &quality.Form{Languages: []string{"en"}, Queues: []string{"a"}}
	for c, want := range map[[2]string]bool{{"en", "a"}: true, {"en-GB", "a"}: true, {"en", "b"}: false, {"fr", "a"}: false, {"", "a"}: true} {
		if got := For(f, quality.Call{Lang: c[0], Queue: c[1]}); got != want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

func TestOverruleUnknown(t *testing.T) {
	t.Parallel()
	if _, err := Overrule(&quality.Form{}, quality.Card{}, "q", quality.Yes, "r"); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}
