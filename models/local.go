package models

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml"
)

// localName is the file that remembers what was added by hand.
const localName = "added.yaml"

// local is what an operator added: checksums of files the catalogue has none for, and models of their own.
type local struct {
	Version int         `yaml:"version"`
	Files   []localFile `yaml:"files"`
	Models  []Model     `yaml:"models"`
}

type localFile struct {
	Model  string `yaml:"model"`
	Path   string `yaml:"path"`
	Size   int64  `yaml:"size"`
	SHA256 string `yaml:"sha256"`
}

func readLocal(dir string) (*local, error) {
	p := filepath.Join(dir, localName)
	text, err := os.ReadFile(p)
	if errors.Is(err, os.ErrNotExist) {
		return &local{Version: 1}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was added by hand: %w", err)
	}
	var l local
	if err := yaml.UnmarshalWithOptions(text, &l, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read %s: %w: mend or remove it", p, err)
	}
	return &l, nil
}

// extend returns cat with what was added; cat stays as it is.
func (l *local) extend(cat *Catalogue) (*Catalogue, error) {
	all := &Catalogue{Version: cat.Version, Models: slices.Clone(cat.Models)}
	for i := range all.Models {
		all.Models[i].Files = slices.Clone(all.Models[i].Files)
	}
	for _, added := range l.Files {
		m, err := all.Find(added.Model)
		if err != nil {
			continue // of a model that a later catalogue dropped
		}
		f, err := m.File(added.Path)
		if err != nil || f.SHA256 != "" {
			continue
		}
		f.Size, f.SHA256 = added.Size, added.SHA256
	}
	for _, m := range l.Models {
		if m.Folder == "" {
			m.Folder = m.Name
		}
		if _, err := all.Find(m.Name); err != nil {
			all.Models = append(all.Models, m)
		}
	}
	if err := all.check(); err != nil {
		return nil, fmt.Errorf("read %s: %w: mend or remove it", localName, err)
	}
	return all, nil
}

func (l *local) write(dir string) error {
	text, err := yaml.MarshalWithOptions(l, yaml.OmitEmpty())
	if err != nil {
		return fmt.Errorf("remember what was added: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".added-*")
	if err != nil {
		return fmt.Errorf("remember what was added: %w", err)
	}
	defer os.Remove(tmp.Name()) // gone already when all went well
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(dir, localName))
	}
	if err != nil {
		return fmt.Errorf("remember what was added: %w", err)
	}
	return nil
}
