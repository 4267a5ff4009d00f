// Package llm lets a language model word replies: Model is langchaingo's llms.Model over any OpenAI-compatible server,
// Phraser asks it for a reply that rests on given passages alone and checks every sentence before it may be spoken.
package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	openai "github.com/sashabaranov/go-openai"
	"github.com/tmc/langchaingo/llms"
)

// Config says where the server is.
type Config struct {
	URL   string // base URL that ends in /v1 or the like
	Model string
	Key   string       // API key, "" for none
	HTTP  *http.Client // nil: one with a limit of 60 s for a whole answer
}

// Model is a chat model. It is safe for concurrent use.
type Model struct {
	client *openai.Client
	name   string
}

var _ llms.Model = (*Model)(nil)

// NewModel returns a model of the server in cfg. It does not call the server.
func NewModel(cfg Config) (*Model, error) {
	if cfg.URL == "" || cfg.Model == "" {
		return nil, errors.New("language model: give both llm.url and llm.model")
	}
	c := openai.DefaultConfig(cfg.Key)
	c.BaseURL = strings.TrimRight(cfg.URL, "/")
	client := cfg.HTTP
	if client == nil {
		client = &http.Client{Timeout: time.Minute}
	}
	c.HTTPClient = repeating(client)
	return &Model{client: openai.NewClientWithConfig(c), name: cfg.Model}, nil
}

// Call answers a single prompt.
func (m *Model) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

// GenerateContent sends the messages and returns the answer; with a streaming function, which is called on this
// goroutine, its pieces go there as they come. It blocks until the answer is complete, the function returns an error, or
// ctx ends. GenerationInfo has "PromptTokens", "CompletionTokens" and "TotalTokens" when the server counts them.
func (m *Model) GenerateContent(ctx context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	var opt llms.CallOptions
	for _, o := range options {
		o(&opt)
	}
	req, err := m.request(messages, opt)
	if err != nil {
		return nil, err
	}
	if opt.StreamingFunc != nil {
		return m.stream(ctx, req, opt.StreamingFunc)
	}
	resp, err := m.client.CreateChatCompletion(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("ask language model: %w", err)
	}
	out := &llms.ContentResponse{}
	for _, c := range resp.Choices {
		out.Choices = append(out.Choices, &llms.ContentChoice{
			Content: c.Message.Content, StopReason: string(c.FinishReason), ReasoningContent: c.Message.ReasoningContent, GenerationInfo: usage(&resp.Usage),
		})
	}
	if len(out.Choices) == 0 {
		return nil, errors.New("ask language model: the server gave no choice")
	}
	return out, nil
}

// request maps messages and options. Tools and pictures are refused, so that they are never dropped in silence.
func (m *Model) request(messages []llms.MessageContent, opt llms.CallOptions) (openai.ChatCompletionRequest, error) {
	req := openai.ChatCompletionRequest{
		Model: m.name, MaxTokens: opt.MaxTokens, Temperature: float32(opt.Temperature), TopP: float32(opt.TopP), N: opt.N, Stop: opt.StopWords,
		FrequencyPenalty: float32(opt.FrequencyPenalty), PresencePenalty: float32(opt.PresencePenalty),
	}
	if opt.Model != "" {
		req.Model = opt.Model
	}
	if opt.Seed != 0 {
		req.Seed = &opt.Seed
	}
	if opt.JSONMode {
		req.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	}
	if len(opt.Tools) > 0 || len(opt.Functions) > 0 {
		return req, errors.New("ask language model: tools are not supported")
	}
	for _, msg := range messages {
		var text strings.Builder
		for _, p := range msg.Parts {
			t, ok := p.(llms.TextContent)
			if !ok {
				return req, fmt.Errorf("ask language model: a part of type %T is not supported", p)
			}
			text.WriteString(t.Text)
		}
		role, err := roleOf(msg.Role)
		if err != nil {
			return req, err
		}
		req.Messages = append(req.Messages, openai.ChatCompletionMessage{Role: role, Content: text.String()})
	}
	return req, nil
}

func roleOf(r llms.ChatMessageType) (string, error) {
	switch r {
	case llms.ChatMessageTypeSystem:
		return openai.ChatMessageRoleSystem, nil
	case llms.ChatMessageTypeHuman, llms.ChatMessageTypeGeneric:
		return openai.ChatMessageRoleUser, nil
	case llms.ChatMessageTypeAI:
		return openai.ChatMessageRoleAssistant, nil
	}
	return "", fmt.Errorf("ask language model: a message by %q is not supported", r)
}

func usage(u *openai.Usage) map[string]any {
	if u == nil {
		return nil
	}
	return map[string]any{"PromptTokens": u.PromptTokens, "CompletionTokens": u.CompletionTokens, "TotalTokens": u.TotalTokens}
}

func (m *Model) stream(ctx context.Context, req openai.ChatCompletionRequest, piece func(context.Context, []byte) error) (*llms.ContentResponse, error) {
	req.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
	s, err := m.client.CreateChatCompletionStream(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("ask language model: %w", err)
	}
	defer s.Close()
	choice := &llms.ContentChoice{}
	var text, reasoning strings.Builder
	for {
		chunk, err := s.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read language model: %w", err)
		}
		if chunk.Usage != nil {
			choice.GenerationInfo = usage(chunk.Usage)
		}
		for _, c := range chunk.Choices {
			if c.Index != 0 {
				continue
			}
			if c.FinishReason != "" {
				choice.StopReason = string(c.FinishReason)
			}
			reasoning.WriteString(c.Delta.ReasoningContent)
			if c.Delta.Content == "" {
				continue
			}
			text.WriteString(c.Delta.Content)
			if err := piece(ctx, []byte(c.Delta.Content)); err != nil {
				return nil, fmt.Errorf("read language model: %w", err)
			}
		}
	}
	if choice.StopReason == "" { // a server that dies behind a proxy ends its answer like one that has finished
		return nil, fmt.Errorf("read language model: %w", io.ErrUnexpectedEOF)
	}
	choice.Content, choice.ReasoningContent = text.String(), reasoning.String()
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{choice}}, nil
}
