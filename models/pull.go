package models

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/parley-voice/parley/models/source"
)

// Stage is what a pull is doing with a file.
type Stage string

// The stages of a file, in their order.
const (
	Fetching Stage = "fetch"
	Making   Stage = "make"
	Ready    Stage = "ready"   // it is installed
	Same     Stage = "same"    // it was there already
	Trouble  Stage = "trouble" // a source failed; Note says how, the next one is tried
)

// Event says how far a pull is with one file.
type Event struct {
	Model, File string
	Stage       Stage
	Done, Total int64 // bytes; Total is 0 when it is not known
	Note        string
}

// PullOptions says how to pull. The zero value is right.
type PullOptions struct {
	// Parallel is how many files are fetched at once, 1 to 8; 0 means 3.
	Parallel int
	// Progress is told what happens, by one goroutine at a time. It must not block for long. nil means nobody is told.
	Progress func(Event)
}

// Report says what a pull did.
type Report struct {
	Pulled []string `json:"pulled"` // model/file
	Same   []string `json:"same"`
}

// Pull installs models: every file that is missing or wrong is fetched from its sources in order, checked and put in place
// whole. What an interrupted pull had fetched is used. It blocks until all is done, until the first file for which no
// source is left, or until ctx is done. Another process that pulls into the same folder is waited for.
func (s *Store) Pull(ctx context.Context, names []string, opt PullOptions) (Report, error) {
	var wanted []*Model
	for _, name := range names {
		m, err := s.cat.Find(name)
		if err != nil {
			return Report{}, err
		}
		if !m.Pullable() && !s.Installed(m) {
			return Report{}, fmt.Errorf("%s cannot be pulled, its checksum is not known here: get %s, then run: parley models add FILE --as %s --sha256 SUM",
				m.Name, m.publisher(), m.Name)
		}
		wanted = append(wanted, m)
	}
	p, unlock, err := s.begin(ctx, opt)
	if err != nil {
		return Report{}, err
	}
	defer unlock()
	return p.run(ctx, wanted)
}

// begin prepares a run and takes the folder for it.
func (s *Store) begin(ctx context.Context, opt PullOptions) (p *puller, unlock func(), err error) {
	if opt.Parallel <= 0 {
		opt.Parallel = 3
	}
	if opt.Progress == nil {
		opt.Progress = func(Event) {}
	}
	if err := os.MkdirAll(filepath.Join(s.dir, downloads), 0o755); err != nil {
		return nil, nil, fmt.Errorf("pull: %w: check that the folder of weights can be written or set PARLEY_MODELS", err)
	}
	p = &puller{store: s, web: source.NewWeb(), opt: opt, jobs: map[string]*job{}, packages: map[source.Package]*archive{}, fetched: map[string]bool{}}
	unlock, err = lock(ctx, s.dir, func() { p.tell(Event{Stage: Trouble, Note: "waiting for another pull into " + s.dir}) })
	if err != nil {
		return nil, nil, fmt.Errorf("pull: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(s.dir, downloads), 0o755); err != nil { // the one waited for has tidied up
		unlock()
		return nil, nil, fmt.Errorf("pull: %w", err)
	}
	return p, unlock, nil
}

// scratch installs files of a model for a while and returns their paths; drop removes them.
func (s *Store) scratch(ctx context.Context, model string, files []string, opt PullOptions) (paths []string, drop func(), err error) {
	m, err := s.cat.Find(model)
	if err != nil {
		return nil, nil, err
	}
	p, unlock, err := s.begin(ctx, opt)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	for _, name := range files {
		f, err := m.File(name)
		if err != nil {
			return nil, nil, err
		}
		if err := p.install(ctx, m, f); err != nil {
			return nil, nil, fmt.Errorf("pull: %w", err)
		}
		paths = append(paths, s.path(m, f))
	}
	return paths, func() { p.tidy([]*Model{m}) }, nil
}

// publisher is an address where a person can get the model.
func (m *Model) publisher() string {
	for _, f := range m.Files {
		for _, src := range f.Sources {
			if src.URL != "" {
				return src.URL
			}
		}
	}
	return m.Licence.Text
}

// puller is one run of Pull.
type puller struct {
	store *Store
	web   *source.Web
	opt   PullOptions

	mu       sync.Mutex
	jobs     map[string]*job // by path
	packages map[source.Package]*archive
	fetched  map[string]bool // by path: what this run put in place
	report   Report

	telling sync.Mutex
}

// job is the installation of one file; the first to need it does it, the others wait.
type job struct {
	done chan struct{}
	err  error
}

func (p *puller) tell(e Event) {
	p.telling.Lock()
	defer p.telling.Unlock()
	p.opt.Progress(e)
}

func (p *puller) run(ctx context.Context, wanted []*Model) (Report, error) {
	if err := p.room(wanted); err != nil {
		return p.report, err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(p.opt.Parallel)
	for _, m := range wanted {
		for i := range m.Files {
			if f := &m.Files[i]; !f.Scratch {
				g.Go(func() error { return p.install(gctx, m, f) }) // ends with the file or gctx; Wait waits
			}
		}
	}
	if err := g.Wait(); err != nil {
		return p.report, fmt.Errorf("pull: %w", err)
	}
	p.tidy(wanted)
	return p.report, nil
}

// room makes sure that what is missing will fit, with what is needed meanwhile.
func (p *puller) room(wanted []*Model) error {
	var need int64
	for _, m := range wanted {
		missing, scratch := int64(0), int64(0)
		for i := range m.Files {
			f := &m.Files[i]
			if f.Scratch {
				scratch += f.Size
			} else if _, err := os.Stat(p.store.path(m, f)); err != nil {
				missing += f.Size
			}
		}
		if missing > 0 {
			need += 2*missing + scratch // each file once as it comes, packed, and once in place
		}
	}
	free, err := freeSpace(p.store.dir)
	if err != nil || need == 0 {
		return err
	}
	if need += 64 << 20; free < need {
		return fmt.Errorf("%w: pulling needs %d MB under %s, %d MB are free: make room or set PARLEY_MODELS",
			ErrSpace, need/1e6, p.store.dir, free/1e6)
	}
	return nil
}

// install puts f in place unless it is there. Several goroutines may ask for the same file.
func (p *puller) install(ctx context.Context, m *Model, f *File) error {
	target := p.store.path(m, f)
	p.mu.Lock()
	j := p.jobs[target]
	if j != nil {
		p.mu.Unlock()
		select {
		case <-j.done:
			return j.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	j = &job{done: make(chan struct{})}
	p.jobs[target] = j
	p.mu.Unlock()
	defer close(j.done)
	j.err = p.installOnce(ctx, m, f, target)
	return j.err
}

func (p *puller) installOnce(ctx context.Context, m *Model, f *File, target string) error {
	name := m.Name + "/" + f.Path
	err := p.store.check(m, f, false)
	if err == nil {
		p.count(&p.report.Same, f, name)
		p.tell(Event{Model: m.Name, File: f.Path, Stage: Same, Done: f.Size, Total: f.Size})
		return nil
	}
	if errors.Is(err, ErrWrong) {
		p.tell(Event{Model: m.Name, File: f.Path, Stage: Trouble, Note: target + " had a wrong checksum and was moved aside; fetching it again"})
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	var tried []error
	for i := range f.Sources {
		err := p.try(ctx, m, f, &f.Sources[i], target)
		if err == nil {
			p.count(&p.report.Pulled, f, name)
			p.mu.Lock()
			p.fetched[target] = true
			p.mu.Unlock()
			p.tell(Event{Model: m.Name, File: f.Path, Stage: Ready, Done: f.Size, Total: f.Size})
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if full(err) {
			return fmt.Errorf("%s: %w: %w: make room under %s or set PARLEY_MODELS", name, ErrSpace, err, p.store.dir)
		}
		tried = append(tried, err)
		p.tell(Event{Model: m.Name, File: f.Path, Stage: Trouble, Note: err.Error()})
	}
	return fmt.Errorf("%s: no source is left: %w", name, errors.Join(tried...))
}

func (p *puller) count(list *[]string, f *File, name string) {
	if f.Scratch {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	*list = append(*list, name)
}

// tidy removes what this run fetched and only needed on the way. What cannot be removed does no harm.
func (p *puller) tidy(wanted []*Model) {
	_ = os.RemoveAll(filepath.Join(p.store.dir, downloads))
	for _, m := range wanted {
		for i := range m.Files {
			if path := p.store.path(m, &m.Files[i]); m.Files[i].Scratch && p.fetched[path] {
				_ = os.Remove(path)
				_ = os.Remove(stampPath(path))
			}
		}
	}
}
