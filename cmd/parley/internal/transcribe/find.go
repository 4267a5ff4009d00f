package transcribe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// job is one recording: one file, or the two sides of a call.
type job struct {
	path, other string
}

// name is how a recording is called in messages.
func (j job) name() string {
	if j.other == "" {
		return j.path
	}
	return j.path + " and " + j.other
}

// errForeign is the trouble of a sound file in a folder that cannot be read.
var errForeign = errors.New("only WAV and FLAC are read: convert it first")

// find makes recordings of what was named: a file is one, a folder gives all WAV and FLAC files in it and below, where
// NAME_caller and NAME_agent are the two sides of one call. Sound files of other kinds in a folder are told as trouble.
func find(named []string) (jobs []job, bad []trouble, err error) {
	seen := map[string]bool{}
	for _, p := range named {
		info, err := os.Stat(p)
		if err != nil || !info.IsDir() { // a file that is missing is told when it is opened
			if clean := filepath.Clean(p); !seen[clean] {
				seen[clean] = true
				jobs = append(jobs, job{path: p})
			}
			continue
		}
		files, others, err := walk(p)
		if err != nil {
			return nil, nil, err
		}
		for _, o := range others {
			bad = append(bad, trouble{Path: o, Why: errForeign.Error()})
		}
		if len(files)+len(others) == 0 {
			bad = append(bad, trouble{Path: p, Why: "the folder holds no WAV or FLAC file"})
		}
		for _, j := range pair(files) {
			if clean := filepath.Clean(j.path); !seen[clean] {
				seen[clean] = true
				jobs = append(jobs, j)
			}
		}
	}
	return jobs, bad, nil
}

// walk lists the sound files in a folder and below, in order, those that can be read apart from others.
func walk(dir string) (files, others []string, err error) {
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && p != dir { // what systems and copying programs leave behind
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch strings.ToLower(filepath.Ext(p)) {
		case ".wav", ".wave", ".flac":
			if !d.IsDir() {
				files = append(files, p)
			}
		case ".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".oga", ".opus", ".wma", ".amr", ".gsm", ".au", ".aiff", ".aif", ".webm", ".caf":
			if !d.IsDir() {
				others = append(others, p)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("look through the folder: %w", err)
	}
	return files, others, nil
}

// sides are the endings of names that tell whose side of a call a file is.
var sides = map[string]bool{"caller": true, "customer": true, "agent": false, "operator": false}

// side cuts such an ending off a path.
func sideOf(path string) (stem string, caller, ok bool) {
	ext := filepath.Ext(path)
	base := strings.TrimSuffix(path, ext)
	i := strings.LastIndexAny(base, "_-.")
	if i < 0 || i < len(filepath.Dir(path))+1 {
		return "", false, false
	}
	caller, ok = sides[strings.ToLower(base[i+1:])]
	return base[:i] + ext, caller, ok
}

// pair joins the two sides of calls and leaves the other files as they are, in order.
func pair(files []string) []job {
	type halves struct{ caller, agent []string }
	by := map[string]*halves{}
	for _, p := range files {
		stem, caller, ok := sideOf(p)
		if !ok {
			continue
		}
		if by[stem] == nil {
			by[stem] = &halves{}
		}
		if caller {
			by[stem].caller = append(by[stem].caller, p)
		} else {
			by[stem].agent = append(by[stem].agent, p)
		}
	}
	var out []job
	for _, p := range files {
		stem, _, ok := sideOf(p)
		if !ok || len(by[stem].caller) != 1 || len(by[stem].agent) != 1 {
			out = append(out, job{path: p})
			continue
		}
		j := job{path: by[stem].caller[0], other: by[stem].agent[0]}
		if !slices.Contains(out, j) {
			out = append(out, j)
		}
	}
	return out
}
