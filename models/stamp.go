package models

import (
	"crypto/sha1" //nolint:gosec // compared with publishers' own checksums only, beside SHA-256
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// originMade marks a file that was converted or quantized here.
const originMade = "made"

// stamp records what a file was found to be, so that it need not be read again until its size or time changes. It lies
// beside the file, as .NAME.checked.
type stamp struct {
	Size   int64  `json:"size"`
	Time   int64  `json:"mtime_ns"`
	SHA256 string `json:"sha256"`
	SHA1   string `json:"sha1"`
	Origin string `json:"origin,omitempty"`
}

func stampPath(file string) string {
	return filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".checked")
}

func readStamp(file string) (stamp, error) {
	var s stamp
	text, err := os.ReadFile(stampPath(file))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(text, &s)
}

// matches tells whether the file still is as it was when the stamp was written.
func (s stamp) matches(info os.FileInfo) bool {
	return s.Size == info.Size() && s.Time == info.ModTime().UnixNano()
}

// write puts the stamp beside file. A stamp that cannot be written only costs time later.
func (s stamp) write(file string) {
	text, err := json.Marshal(s)
	if err != nil {
		return
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".stamp-*")
	if err != nil {
		return
	}
	_, err = tmp.Write(append(text, '\n'))
	if err == nil {
		err = tmp.Chmod(0o644) // other users may run parley with the same weights
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), stampPath(file))
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
}

// sum reads file and returns what it is.
func sum(file string) (stamp, error) {
	f, err := os.Open(file)
	if err != nil {
		return stamp{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return stamp{}, err
	}
	if !info.Mode().IsRegular() {
		return stamp{}, fmt.Errorf("%s is not a plain file", file)
	}
	h256, h1 := sha256.New(), sha1.New() //nolint:gosec // see above
	n, err := io.Copy(io.MultiWriter(h256, h1), f)
	if err != nil {
		return stamp{}, err
	}
	return stamp{
		Size: n, Time: info.ModTime().UnixNano(),
		SHA256: hex.EncodeToString(h256.Sum(nil)), SHA1: hex.EncodeToString(h1.Sum(nil)),
	}, nil
}
