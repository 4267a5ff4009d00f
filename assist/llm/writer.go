package llm

import (
	"context"
	"errors"

	"github.com/tmc/langchaingo/llms"

	"github.com/parley-voice/parley/assist/reach"
)

// writerTokens bounds what a Writer answers.
const writerTokens = 900

// Writer answers instructions about a text. It is safe for concurrent use.
type Writer struct {
	model model
	rest  reach.Breaker
}

// NewWriter returns a writer over m.
func NewWriter(m *Model) *Writer { return newWriter(m) }

func newWriter(m model) *Writer { return &Writer{model: m} }

// Write answers. The text is data: whoever writes the instructions says so in them, and checks the answer. It blocks until
// the answer is complete or ctx ends; after several failures in a row it is ErrResting for a while.
func (w *Writer) Write(ctx context.Context, instructions, text string) (string, error) {
	if !w.rest.Allow() {
		return "", ErrResting
	}
	resp, err := w.model.GenerateContent(ctx, []llms.MessageContent{
		llms.TextParts(llms.ChatMessageTypeSystem, instructions), llms.TextParts(llms.ChatMessageTypeHuman, text),
	}, llms.WithMaxTokens(writerTokens), llms.WithTemperature(0))
	w.rest.Result(err)
	if err != nil {
		return "", err
	}
	if len(resp.Choices) == 0 {
		return "", errors.New("language model: no answer")
	}
	return resp.Choices[0].Content, nil
}
