package models

import (
	"os"
	"strings"
	"testing"

	"slices"
)

func TestBuiltInCatalogue(t *testing.T) {
	t.Parallel()
	c, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"whisper-base", "silero-vad", "bge-small-en", "bge-small-zh", "kokoro-82m"} {
		if !slices.Contains(c.Defaults(), name) {
			t.Errorf("%s is not in the default set", name)
		}
	}
	for i := range c.Models {
		m := &c.Models[i]
		if m.Default && m.Commercial != Yes {
			t.Errorf("%s is a default and its commercial use is %s", m.Name, m.Commercial)
		}
		if m.Licence.Text == "" || m.Note == "" {
			t.Errorf("%s lacks the text of its licence or its note", m.Name)
		}
	}
	for file, hash := range map[string]string{"model.onnx": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"} {
		m, err := c.Find("kokoro-82m")
		if err != nil {
			t.Fatal(err)
		}
		if f, err := m.File(file); err != nil || f.SHA256 != hash {
			t.Errorf("kokoro-82m/%s: %v", file, err)
		}
	}
}

func TestPlanSaysWhy(t *testing.T) {
	t.Parallel()
	c, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	picks, err := c.Plan("zh-CN")
	if err != nil {
		t.Fatal(err)
	}
	var taken, passed []string
	for _, p := range picks {
		if p.Why == "" {
			t.Errorf("%s: no reason", p.Name)
		}
		if p.Taken {
			taken = append(taken, p.Name)
		} else {
			passed = append(passed, p.Name)
		}
	}
	if want := []string{"whisper-base", "silero-vad", "bge-small-zh", "kokoro-82m"}; !slices.Equal(taken, want) {
		t.Errorf("takes %v, want %v", taken, want)
	}
	if !slices.Contains(passed, "sensevoice-small") {
		t.Errorf("does not say why sensevoice-small is not taken: %v", passed)
	}
	if _, err := c.Plan("xx"); err == nil {
		t.Error("plans for a language that no voice speaks")
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	const good = `
version: 1
models:
  - name: m
    task: asr
    languages: [en]
    licence: {spdx: MIT, attribution: a}
    commercial: yes
    files:
      - path: f
        sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        sources: [{url: "http://localhost/"}]
`
	if _, err := Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, old, new string }{
		{"unknown field", "    task: asr", "    task: asr\n    tusk: asr"},
		{"unknown version", "version: 1", "version: 2"},
		{"unknown task", "task: asr", "task: cooking"},
		{"commercial maybe", "commercial: yes", "commercial: maybe"},
		{"no licence", "{spdx: MIT, attribution: a}", "{}"},
		{"path leads out", "path: f", "path: ../f"},
		{"absolute path", "path: f", "path: /f"},
		{"hidden path", "path: f", "path: .f"},
		{"name leads out", "name: m", "name: ../m"},
		{"short hash", "aaaaaaaaaaaaaaaa", "aa"},
		{"negative size", "path: f", "path: f\n        size: -1"},
		{"two sources in one", `url: "http://localhost/"`, `url: "http://localhost/", pip: "a==1", member: b`},
		{"package without member", `url: "http://localhost/"`, `pip: "a==1"`},
		{"made from itself", `url: "http://localhost/"`, `quantize: q8_0, from: [f]`},
		{"made from nothing", `url: "http://localhost/"`, `quantize: q8_0`},
		{"default of unclear use", "commercial: yes", "commercial: unclear\n    default: true"},
		{"not YAML", "models:", "models: ]["},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(good, tc.old, tc.new, 1)
			if text == good {
				t.Fatal("the case changes nothing")
			}
			if _, err := Parse([]byte(text)); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(builtIn)
	f.Add([]byte("version: 1\nmodels: []"))
	f.Add([]byte("{"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_, _ = Parse(text) // must not panic, whatever it says
	})
}

// TestInstalledDefaultsVerify holds the checksums of the installed files, those converted here among them.
func TestInstalledDefaultsVerify(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("PARLEY_MODELS")
	if dir == "" {
		t.Skip("needs PARLEY_MODELS, the folder of weights: run parley models pull")
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range s.Catalogue().Defaults() {
		m, err := s.Catalogue().Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Installed(m) {
			t.Skipf("%s is not installed: run parley models pull", name)
		}
		if _, err := s.Folder(name); err != nil {
			t.Error(err)
		}
	}
}
