package models

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-voice/parley/models/ggml"
)

// Addition asks to install a file an operator has.
type Addition struct {
	// File is the file, or the folder of a faster-whisper (CTranslate2) model.
	File string
	// As names the model it belongs to; a name the catalogue does not have makes a new model. "" finds the model by the
	// file's checksum.
	As string
	// Path is its path in the model; "" means the one file it can be.
	Path string
	// SHA256 is what its publisher says its checksum is, in hex; "" leaves that unchecked where the catalogue does not know.
	SHA256 string
}

// Added says what was installed.
type Added struct {
	Model string   `json:"model"`
	Paths []string `json:"paths"`
}

// Add installs a file by hand: a copy of one the catalogue knows, one it has no checksum for, or a whisper model of the
// operator's own, in ggml's or CTranslate2's format. The last is converted. Their checksums are remembered in added.yaml.
func (s *Store) Add(ctx context.Context, a Addition, opt PullOptions) (Added, error) {
	file := a.File
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		file = filepath.Join(file, "model.bin")
	}
	got, err := sum(file)
	if err != nil {
		return Added{}, fmt.Errorf("add: %w: check the path", err)
	}
	if a.SHA256 != "" && !strings.EqualFold(a.SHA256, got.SHA256) {
		return Added{}, fmt.Errorf("add %s: %w: it is %s, not %s", file, ErrWrong, got.SHA256, a.SHA256)
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return Added{}, fmt.Errorf("add: %w", err)
	}
	if a.As == "" {
		return s.addKnown(ctx, file, got)
	}
	m, err := s.cat.Find(a.As)
	if err != nil {
		return s.addOwn(ctx, file, got, a.As, opt)
	}
	f, err := m.slot(cmp.Or(a.Path, filepath.Base(file)), a.Path != "")
	if err != nil {
		return Added{}, err
	}
	if len(f.hashes()) > 0 || f.SHA1 != "" {
		if !f.accepts(got) {
			return Added{}, fmt.Errorf("add %s: %w: it is not %s of %s", file, ErrWrong, f.Path, m.Name)
		}
		return s.copyIn(ctx, file, m, f)
	}
	added, err := s.copyIn(ctx, file, m, f)
	if err != nil {
		return added, err
	}
	s.local.Files = append(s.local.Files, localFile{Model: m.Name, Path: f.Path, Size: got.Size, SHA256: got.SHA256})
	return added, s.local.write(s.dir)
}

// addKnown installs a file that the catalogue knows by its checksum.
func (s *Store) addKnown(ctx context.Context, file string, got stamp) (Added, error) {
	for i := range s.cat.Models {
		m := &s.cat.Models[i]
		for k := range m.Files {
			if f := &m.Files[k]; f.accepts(got) {
				return s.copyIn(ctx, file, m, f)
			}
		}
	}
	return Added{}, fmt.Errorf("add %s: no file of the catalogue has its checksum %s: say what it is with --as NAME", file, got.SHA256)
}

// slot is the file of m that path names, or when nothing names one, the only one without a checksum.
func (m *Model) slot(path string, named bool) (*File, error) {
	f, err := m.File(path)
	if err == nil || named {
		return f, err
	}
	var free []*File
	for i := range m.Files {
		if len(m.Files[i].hashes()) == 0 && !m.Files[i].Scratch {
			free = append(free, &m.Files[i])
		}
	}
	if len(free) != 1 {
		return nil, fmt.Errorf("%s has several files: say which with --file", m.Name)
	}
	return free[0], nil
}

func (s *Store) copyIn(ctx context.Context, file string, m *Model, f *File) (Added, error) {
	target := s.path(m, f)
	if err := copyFile(ctx, target, file); err != nil {
		return Added{}, fmt.Errorf("add: %w", err)
	}
	if st, err := sum(target); err == nil {
		st.write(target)
	}
	return Added{Model: m.Name, Paths: []string{target}}, nil
}

// addOwn makes a new model of a whisper file.
func (s *Store) addOwn(ctx context.Context, file string, got stamp, name string, opt PullOptions) (Added, error) {
	m := Model{
		Name: name, Folder: name, Task: ASR, Languages: []string{"any"}, Commercial: Unclear,
		Licence: Licence{SPDX: "LicenseRef-added", Attribution: "added by hand from " + filepath.Base(file)},
		Note:    "added by hand: see to its licence yourself",
	}
	if !plainName.MatchString(name) {
		return Added{}, fmt.Errorf("add: %q: a model's name may have letters, digits, dots and dashes only", name)
	}
	kind, err := sniff(file)
	if err != nil {
		return Added{}, fmt.Errorf("add %s: %w", file, err)
	}
	full := filepath.Join(s.dir, name, "ggml-"+name+".bin")
	switch kind {
	case formatGGML:
		if err := copyFile(ctx, full, file); err != nil {
			return Added{}, fmt.Errorf("add: %w", err)
		}
	case formatCT2:
		if err := s.convertOwn(ctx, full, file, opt); err != nil {
			return Added{}, fmt.Errorf("add %s: %w", file, err)
		}
	default:
		return Added{}, fmt.Errorf("add %s: %s is %w%s, and the file (sha256 %s) is no whisper model in ggml's or CTranslate2's format",
			file, name, ErrUnknown, didYouMean(name, s.names()), got.SHA256)
	}
	added := Added{Model: name, Paths: []string{full}}
	if kind == formatCT2 {
		small := filepath.Join(s.dir, name, "ggml-"+name+"-q8_0.bin")
		if err := ggml.QuantizeQ8(ctx, small, full); err != nil {
			return Added{}, fmt.Errorf("add %s: %w", file, err)
		}
		added.Paths = []string{small, full} // the first is the one that is loaded
	}
	for _, p := range added.Paths {
		st, err := sum(p)
		if err != nil {
			return Added{}, fmt.Errorf("add: %w", err)
		}
		st.write(p)
		m.Files = append(m.Files, File{Path: filepath.Base(p), Size: st.Size, SHA256: st.SHA256})
	}
	s.local.Models = append(s.local.Models, m)
	return added, s.local.write(s.dir)
}

// convertOwn converts a CTranslate2 model with the vocabulary it was trained with: whisper's English-only models, whose
// names end in .en, have another than the rest. Vocabulary and filters are pulled for it.
func (s *Store) convertOwn(ctx context.Context, dst, src string, opt PullOptions) error {
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	from, vocabulary := "whisper-base", "multilingual.tiktoken"
	if strings.HasSuffix(strings.TrimSuffix(filepath.Base(dst), ".bin"), ".en") {
		from, vocabulary = "whisper-tiny.en", "gpt2.tiktoken"
	}
	paths, drop, err := s.scratch(ctx, from, []string{vocabulary, "mel_filters.npz"}, opt)
	if err != nil {
		return err
	}
	defer drop()
	return ggml.FromCTranslate2(ctx, dst, src, paths[0], paths[1])
}

func (s *Store) names() []string {
	var all []string
	for i := range s.cat.Models {
		all = append(all, s.cat.Models[i].Name)
	}
	return all
}

// format is the format of a file of weights.
type format int

const (
	formatOther format = iota
	formatGGML
	formatCT2
)

// sniff tells the format of a file by how it begins.
func sniff(file string) (format, error) {
	f, err := os.Open(file)
	if err != nil {
		return formatOther, err
	}
	defer f.Close()
	head := make([]byte, 32)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return formatOther, err
	}
	switch head = head[:n]; {
	case n >= 4 && binary.LittleEndian.Uint32(head) == 0x67676d6c:
		return formatGGML, nil
	case strings.Contains(string(head), "WhisperSpec"):
		return formatCT2, nil
	}
	return formatOther, nil
}

// copyFile copies src to dst, which appears whole or not at all.
func copyFile(ctx context.Context, dst, src string) error {
	if same, err := sameFile(dst, src); err == nil && same {
		return nil
	}
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(dst), ".adding-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // gone already when all went well
	_, err = io.Copy(out, reader{ctx, in})
	if err := errors.Join(err, out.Chmod(0o644), out.Sync(), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), dst)
}

func sameFile(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	if err != nil {
		return false, err
	}
	return os.SameFile(x, y), nil
}

// reader ends a copy when its context ends.
type reader struct {
	ctx context.Context //nolint:containedctx // lives as long as one copy
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
