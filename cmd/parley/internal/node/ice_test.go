package node

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
)

// TestTURNCredentials checks them as a server with the secret does: the hash of the user name, which begins with its end.
func TestTURNCredentials(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	c := config.WebCalls{ICE: []string{"stun:s.example:3478", "turn:t.example:3478?transport=udp"}, TURN: config.TURN{Secret: "north"}}
	got := ice(c, now, time.Hour)
	if len(got) != 2 || got[0].Username != "" || got[0].Credential != "" || got[1].URLs[0] != c.ICE[1] {
		t.Fatalf("%+v", got)
	}
	at, name, _ := strings.Cut(got[1].Username, ":")
	if end, err := strconv.ParseInt(at, 10, 64); err != nil || !time.Unix(end, 0).Equal(now.Add(time.Hour)) || name == "" {
		t.Errorf("user %q, %v", got[1].Username, err)
	}
	mac := hmac.New(sha1.New, []byte("north"))
	mac.Write([]byte(got[1].Username))
	if want := base64.StdEncoding.EncodeToString(mac.Sum(nil)); got[1].Credential != want {
		t.Errorf("credential %q, want %q", got[1].Credential, want)
	}
	c.TURN = config.TURN{User: "u", Password: "p"}
	want := desk.ICEServer{URLs: c.ICE[1:], Username: "u", Credential: "p"}
	if got := ice(c, now, time.Hour)[1]; got.Username != want.Username || got.Credential != want.Credential || !slices.Equal(got.URLs, want.URLs) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := ice(config.WebCalls{}, now, time.Hour); got == nil || len(got) != 0 {
		t.Errorf("without servers %v, want an empty list", got)
	}
}
