package whisper

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// behind is how far recognition stands behind speech on the wire, in nice levels: a packet is late after 20 ms, words
// are not. At five levels it still gets a quarter of a processor that something else wants whole.
const behind = 5

// standBehind lowers the priority of every thread of this process; threads they start later inherit it. On Linux a
// priority belongs to a thread, and by now Go has started several.
func standBehind() error {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return fmt.Errorf("lower priority: %w", err)
	}
	for _, t := range tasks {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		// A thread that has ended since needs nothing.
		if err := unix.Setpriority(unix.PRIO_PROCESS, id, behind); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("lower priority: %w", err)
		}
	}
	return nil
}
