package softphone

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/parley-voice/parley/pipeline/sip"
)

// With runs use with a phone on a free loopback port, and frees the port after it.
func With(ctx context.Context, log *slog.Logger, use func(context.Context, *Phone) error) error {
	server, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0", DialOnly: true, UserAgent: "Parley caller", Log: log})
	if err != nil {
		return fmt.Errorf("open caller: %w", err)
	}
	return Serve(ctx, server, func(ctx context.Context) error { return use(ctx, New(server)) })
}

// Serve runs use while server reads messages for the calls it dials.
func Serve(ctx context.Context, server *sip.Server, use func(context.Context) error) error {
	sctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- server.Serve(sctx, nil) }() // ends with stop
	defer func() { stop(); <-served }()
	return use(ctx)
}
