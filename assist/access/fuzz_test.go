package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/access"
)

// FuzzCheckPassword reads stored hashes that are none. The salt and the hash in it are of the fuzzer, so no password fits.
func FuzzCheckPassword(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "secret")
	f.Add("$argon2id$v=19$m=8,t=1,p=16$$", "")
	f.Add("$$$$$", "\xff")
	f.Fuzz(func(t *testing.T, hash, password string) {
		var m, times, lanes int
		if parts := strings.Split(hash, "$"); len(parts) > 3 {
			if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &times, &lanes); err == nil && m > 0 && m <= 256<<10 && times > 0 && times <= 16 && m*times > 1<<12 {
				return // allowed, and slow on purpose
			}
		}
		if access.CheckPassword(hash, password) {
			t.Errorf("%q fits %q", password, hash)
		}
	})
}
