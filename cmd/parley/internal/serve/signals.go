package serve

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/parley-voice/parley/cmd/parley/internal/cli"
)

// server is what signals act on.
type server interface {
	// Reload reads the configuration again and names what needs a restart.
	Reload(ctx context.Context) ([]string, error)
	// Cut ends a drain at once.
	Cut()
}

// listen has the signals sent to a channel from now on.
func listen() chan os.Signal {
	ch := make(chan os.Signal, 4)
	signal.Notify(ch, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	return ch
}

// obey acts on the signals of listen until ctx ends: SIGHUP reads the configuration again; SIGTERM and Ctrl-C, which end the server
// through their own context, end it at once the second time.
func obey(ctx context.Context, env *cli.Env, n server, ch chan os.Signal) {
	defer signal.Stop(ch)
	ends := 0
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-ch:
			if s != syscall.SIGHUP {
				if ends++; ends == 1 {
					notify(env, "STOPPING=1")
				} else {
					n.Cut()
				}
				continue
			}
			reload(ctx, env, n)
		}
	}
}

func reload(ctx context.Context, env *cli.Env, n server) {
	notify(env, "RELOADING=1\nMONOTONIC_USEC="+monotonic())
	defer notify(env, "READY=1")
	restart, err := n.Reload(ctx)
	switch {
	case err != nil:
		env.Log.Error("configuration not read again", "err", err)
	case len(restart) > 0:
		env.Log.Warn("configuration read again; some of it counts after a restart", "keys", restart)
	default:
		env.Log.Info("configuration read again")
	}
}
