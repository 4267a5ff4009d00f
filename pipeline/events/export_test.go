package events

import "time"

// ForgetNewerAfter sets how long the bus fails Check after it met something of a newer program. Nothing may have been met yet.
func (b *Bus) ForgetNewerAfter(d time.Duration) { b.newerFor = d }
