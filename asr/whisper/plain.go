package whisper

import (
	"errors"
	"fmt"
	"strings"

	binding "github.com/ggerganov/whisper.cpp/bindings/go"
)

// Plain is whisper.cpp at its own defaults, as its command line runs it: 30 s of context, five beams, tries at rising
// temperatures. It is what Engine is measured against. Calls must not overlap.
type Plain struct {
	model   *model
	threads int
}

// OpenPlain loads the ggml weights at path. The caller closes it.
func OpenPlain(path string, threads int) (*Plain, error) {
	m, err := loadModel(path)
	if err != nil {
		return nil, err
	}
	return &Plain{model: m, threads: threads}, nil
}

// Close frees the weights.
func (p *Plain) Close() error {
	p.model.free()
	return nil
}

// plainBeams is what whisper.cpp's command line uses.
const plainBeams = 5

// Hear returns the text of pcm, 16 kHz mono, in the language with code lang. It blocks until it is done, a second or more.
func (p *Plain) Hear(pcm []int16, lang string) (string, error) {
	if len(pcm) == 0 {
		return "", errors.New("hear: no sound")
	}
	langs, err := p.model.languages([]string{lang})
	if err != nil {
		return "", err
	}
	params := p.model.ctx.Whisper_full_default_params(binding.SAMPLING_BEAM_SEARCH)
	params.SetThreads(p.threads)
	params.SetBeamSize(plainBeams)
	params.SetPrintProgress(false)
	params.SetPrintTimestamps(false)
	params.SetNoContext(true)
	if p.model.many {
		if err := params.SetLanguage(langs[0]); err != nil {
			return "", fmt.Errorf("hear: %w", err)
		}
	}
	if err := p.model.ctx.Whisper_full(params, floats(pcm), nil, nil, nil); err != nil {
		return "", fmt.Errorf("hear: %w", err)
	}
	var b strings.Builder
	for i := range p.model.ctx.Whisper_full_n_segments() {
		b.WriteString(p.model.ctx.Whisper_full_get_segment_text(i))
	}
	return strings.TrimSpace(b.String()), nil
}
