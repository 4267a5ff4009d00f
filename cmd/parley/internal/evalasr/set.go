package evalasr

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-voice/parley/asr/score"
	"github.com/parley-voice/parley/pipeline/audio"
)

// item is one recording with what is said in it.
type item struct {
	file, text string
}

// set is a folder of recordings.
type set struct {
	dir, name string
	items     []item
}

// readSet reads dir/refs.tsv, at most limit lines of it if limit is positive. The first line is the header.
func readSet(dir string, limit int) (*set, error) {
	path := filepath.Join(dir, "refs.tsv")
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read references: %w: the folder must hold refs.tsv (file, seconds, text)", err)
	}
	defer f.Close()
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("read references: %w", err)
	}
	s := &set{dir: dir, name: filepath.Base(abs)}
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan() && (limit <= 0 || len(s.items) < limit); n++ {
		line := strings.TrimRight(in.Text(), "\r")
		cols := strings.Split(strings.TrimPrefix(line, "\ufeff"), "\t")
		if n == 1 && cols[0] == "file" || strings.TrimSpace(line) == "" {
			continue
		}
		if len(cols) < 3 {
			return nil, fmt.Errorf("%s line %d: has %d columns; want file, seconds, text with tabs between", path, n, len(cols))
		}
		s.items = append(s.items, item{file: cols[0], text: cols[2]})
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read references %s: %w", path, err)
	}
	if len(s.items) == 0 {
		return nil, fmt.Errorf("%s names no recordings", path)
	}
	return s, nil
}

// metric is CER when most references are Chinese.
func (s *set) metric() score.Metric {
	han := 0
	for _, it := range s.items {
		if score.MetricOf(it.text) == score.CER {
			han++
		}
	}
	if 2*han > len(s.items) {
		return score.CER
	}
	return score.WER
}

func (s *set) lang() string {
	if s.metric() == score.CER {
		return "zh"
	}
	return "en"
}

// load reads a recording as 16 kHz mono.
func (s *set) load(i int) ([]int16, error) {
	c, err := audio.Load(filepath.Join(s.dir, s.items[i].file))
	if err != nil {
		return nil, err
	}
	return c.Mono16k(), nil
}

// pairs writes what was compared. A nil pairs writes nothing.
type pairs struct {
	file *os.File
	w    *bufio.Writer
}

func createPairs(path string) (*pairs, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("write pairs: %w", err)
	}
	p := &pairs{file: f, w: bufio.NewWriter(f)}
	_, err = fmt.Fprintln(p.w, "set\tfile\treference\trecognised\treference_normalised\trecognised_normalised")
	return p, err
}

func (p *pairs) write(set, file string, m score.Metric, ref, hyp string) error {
	if p == nil {
		return nil
	}
	clean := strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")
	a, b := score.Alike(m, ref, hyp)
	_, err := fmt.Fprintf(p.w, "%s\t%s\t%s\t%s\t%s\t%s\n", set, file, clean.Replace(ref), clean.Replace(hyp),
		score.Normalise(m, a), score.Normalise(m, b))
	return err
}

func (p *pairs) close() error {
	if p == nil {
		return nil
	}
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("write pairs: %w", err)
	}
	return p.file.Close()
}
