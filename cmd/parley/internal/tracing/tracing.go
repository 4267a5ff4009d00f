// Package tracing sends a trace of each call to an OpenTelemetry collector: when which part of a reply was ready. The ID of
// the trace is the ID of the call. Nothing that was said, and no number, is ever in it.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-voice/parley/pipeline/call"
)

// Options say where traces go.
type Options struct {
	URL     string            // of the collector, such as http://127.0.0.1:4318/v1/traces
	Headers map[string]string // sent with every request
	Version string            // of the program
	Log     *slog.Logger
}

// Tracer traces calls. A nil Tracer traces nothing. It never holds a call up: what a collector does not take is dropped.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// Open readies the sending; nobody is contacted yet. The caller must Close it.
func Open(ctx context.Context, o Options) (*Tracer, error) {
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(o.URL), otlptracehttp.WithHeaders(o.Headers))
	if err != nil {
		return nil, fmt.Errorf("send traces to %s: %w", o.URL, err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { o.Log.Debug("traces not sent", "err", err) }))
	about := resource.NewSchemaless(attribute.String("service.name", "parley"), attribute.String("service.version", o.Version))
	p := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about), sdk.WithIDGenerator(ids{}))
	return &Tracer{p, p.Tracer("github.com/parley-voice/parley")}, nil
}

// closeTime bounds the sending of the last traces.
const closeTime = 5 * time.Second

// Close sends what is left, for at most 5 s.
func (t *Tracer) Close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("send the last traces: %w", err)
	}
	return nil
}

type idKey struct{}

// ids gives a trace the ID of its call.
type ids struct{}

// NewIDs implements sdk.IDGenerator.
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	t, ok := ctx.Value(idKey{}).(trace.TraceID)
	if !ok {
		t = trace.TraceID(uuid.New())
	}
	return t, ids{}.NewSpanID(ctx, t)
}

// NewSpanID implements sdk.IDGenerator.
func (ids) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	u := uuid.New()
	return trace.SpanID(u[8:])
}

// Call is the trace of one call. Its methods may be called from any goroutine.
type Call struct {
	tracer trace.Tracer
	start  time.Time
	mu     sync.Mutex
	ctx    context.Context //nolint:containedctx // carries the span, nothing ends with it
	span   trace.Span
}

// Begin starts the trace of a call; nil when nothing is traced.
func (t *Tracer) Begin(id call.ID, route, channel string, start time.Time) *Call {
	if t == nil {
		return nil
	}
	ctx := context.Background()
	if u, err := uuid.Parse(string(id)); err == nil {
		ctx = context.WithValue(ctx, idKey{}, trace.TraceID(u))
	}
	ctx, span := t.tracer.Start(ctx, "call", trace.WithTimestamp(start), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("parley.call", string(id)), attribute.String("parley.route", route), attribute.String("parley.channel", channel)))
	return &Call{tracer: t.tracer, start: start, ctx: ctx, span: span}
}

// Note takes an event of the call. Of its body only times and states are read.
func (c *Call) Note(at call.Offset, body any) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch b := body.(type) {
	case call.Waterfall:
		c.reply(b)
	case call.Transfer:
		c.span.AddEvent("transfer", trace.WithTimestamp(c.time(at)), trace.WithAttributes(attribute.String("state", b.State)))
	case call.Part:
		c.span.AddEvent("person", trace.WithTimestamp(c.time(at)), trace.WithAttributes(attribute.String("action", b.Action), attribute.String("role", b.Role)))
	case call.Trouble:
		c.span.AddEvent("trouble", trace.WithTimestamp(c.time(at)), trace.WithAttributes(attribute.String("part", b.Part)))
	case call.Ended:
		c.span.SetAttributes(attribute.String("parley.ended_by", string(b.By)), attribute.String("parley.ended_why", b.Why))
		if b.By == "" {
			c.span.SetStatus(codes.Error, b.Why)
		}
		c.span.End(trace.WithTimestamp(c.time(at)))
	}
}

func (c *Call) time(o call.Offset) time.Time { return c.start.Add(time.Duration(o)) }

// reply makes spans of a reply's marks: from the caller's last voice to the first of the reply, and the steps between.
func (c *Call) reply(w call.Waterfall) {
	if w.LastVoice == 0 || w.FirstVoice < w.LastVoice {
		return
	}
	ctx, reply := c.tracer.Start(c.ctx, "reply", trace.WithTimestamp(c.time(w.LastVoice)),
		trace.WithAttributes(attribute.Int("turn", w.Turn), attribute.Bool("speculated", w.Speculated), attribute.String("end_of_turn", w.Why)))
	from := w.LastVoice
	for _, s := range []struct {
		name string
		to   call.Offset
	}{{"recognition", w.FinalText}, {"answering", w.Answered}, {"speech", w.FirstAudio}, {"turn taking and sending", w.FirstVoice}} {
		if s.to <= from { // it was ready before
			continue
		}
		_, step := c.tracer.Start(ctx, s.name, trace.WithTimestamp(c.time(from)))
		step.End(trace.WithTimestamp(c.time(s.to)))
		from = s.to
	}
	reply.End(trace.WithTimestamp(c.time(w.FirstVoice)))
}
