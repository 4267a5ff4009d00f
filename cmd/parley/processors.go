package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// spare is how many calls into C (speech, embeddings, voice activity, codecs) may run at once without one of them standing
// in the way of a packet. Go takes a processor from such a call only when its monitor looks, which is up to 10 ms later.
const spare = 6

// roomForC gives Go more processors than the machine has, so that one that C code holds leaves others, and lets twice as
// much be allocated between two collections. Who sets GOMAXPROCS or GOGC decides.
func roomForC() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}
