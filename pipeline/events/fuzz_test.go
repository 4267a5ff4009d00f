package events

import (
	"testing"

	"github.com/parley-voice/parley/pipeline/call"
)

// FuzzRead reads what somebody else has put on the bus.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"v":1,"call":"01a2171a-612c-7364-9bc6-fa05522437c3","seq":3,"at":1500000000,"kind":"turn","body":{"n":1}}`))
	f.Add([]byte(`{"v":99}`))
	f.Add([]byte(`{"seq":-1,"at":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := read(data); err == nil && e.V > call.Version {
			t.Errorf("an event of version %d was taken", e.V)
		}
	})
}
