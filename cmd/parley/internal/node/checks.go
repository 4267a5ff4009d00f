package node

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"github.com/parley-voice/parley/assist/httpapi"
)

// leastRoom is the free space on the disk of the data folder under which the pages warn: some hours of recordings.
const leastRoom = 512 << 20

var (
	errNoEar  = errors.New("the recogniser is being started again")
	errNoRoom = errors.New("the disk is nearly full")
)

// checks are the parts that /readyz and the pages tell about. Without the optional ones calls are served less well.
func (n *Node) checks() []httpapi.Check {
	out := []httpapi.Check{
		{Name: "events", Run: n.bus.Check}, {Name: "record", Run: n.store.Check}, {Name: "draining", Run: n.taking},
		{Name: "speech", Run: n.mouth.Check, Optional: true}, {Name: "disk", Run: n.room, Optional: true},
	}
	if w, ok := n.hearing.(interface{ PID() int }); ok {
		out = append(out, httpapi.Check{Name: "recognition", Optional: true, Run: func(context.Context) error {
			if w.PID() == 0 {
				return errNoEar
			}
			return nil
		}})
	}
	if p := n.brain.Phraser; p != nil {
		out = append(out, httpapi.Check{Name: "language_model", Run: p.Check, Optional: true})
	}
	return out
}

// room warns before the disk is full.
func (n *Node) room(context.Context) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(n.env.Home, &st); err != nil {
		return fmt.Errorf("look at the disk: %w", err)
	}
	if free := st.Bavail * uint64(st.Bsize); free < leastRoom { //nolint:gosec // positive
		return fmt.Errorf("%w: %d MB are free", errNoRoom, free>>20)
	}
	return nil
}
