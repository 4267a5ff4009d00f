package embed

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/parley-voice/parley/pipeline/onnx"
)

// part is an ONNX graph that is put behind the bytes of the model's own file, whose 8-bit weights it uses again with small
// changes (of low rank) that were learnt: two such messages one after the other are one. It is opened when it is first needed
// and is safe for concurrent use.
type part struct {
	graph  []byte // nil: nothing was learnt for the model
	output string // what it adds
	last   bool   // the model's own last layer is wanted, too, as the first output

	mu      sync.Mutex // guards the following
	session *onnx.Session
	closed  bool
}

// open returns the session of the model in the file path with the part behind it; nil where there is no part. The first call
// takes most of a second.
func (p *part) open(path string) (*onnx.Session, error) {
	if p.graph == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, fmt.Errorf("the model %s is closed", path)
	}
	if p.session != nil {
		return p.session, nil
	}
	outputs := []string{p.output}
	if p.last {
		_, out, err := onnx.Ports(path)
		if err != nil {
			return nil, err
		}
		outputs = []string{out[0].Name, p.output}
	}
	model, err := p.joined(path)
	if err != nil {
		return nil, fmt.Errorf("open embedding model: %w", err)
	}
	model, inputs, err := onnx.Only(model, outputs...)
	if err != nil {
		return nil, fmt.Errorf("join embedding model and its part: %w", err)
	}
	p.session, err = onnx.OpenBytes(path, model, onnx.Options{Threads: 1, Inputs: inputs, Outputs: outputs})
	return p.session, err
}

// joined reads the model in the file path and puts the part behind it, without growing what is read: it is large.
func (p *part) joined(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the folder is ours
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	model := make([]byte, st.Size()+int64(len(p.graph)))
	if _, err := io.ReadFull(f, model[:st.Size()]); err != nil {
		return nil, err
	}
	copy(model[st.Size():], p.graph)
	return model, nil
}

// close frees the session, if there is one, for good.
func (p *part) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.session == nil {
		return nil
	}
	return p.session.Close()
}
