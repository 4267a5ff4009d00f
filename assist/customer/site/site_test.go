package site

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

const secret = "0123456789abcdef0123456789abcdef"

var moment = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// sign makes a token by hand, as a site would.
func sign(t *testing.T, head, claims map[string]any, key string) string {
	t.Helper()
	part := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := part(head) + "." + part(claims)
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func claims(change map[string]any) map[string]any {
	out := map[string]any{"iss": "shop", "aud": "parley", "sub": "C-4711", "exp": moment.Add(10 * time.Minute).Unix()}
	for k, v := range change {
		if out[k] = v; v == nil {
			delete(out, k)
		}
	}
	return out
}

func sites(t testing.TB) *Sites {
	s, err := New([]Key{{"shop", secret}, {"bank", strings.Repeat("k", MinKey)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRead(t *testing.T) {
	t.Parallel()
	s, hs256 := sites(t), map[string]any{"alg": "HS256", "typ": "JWT"}
	got, err := s.Read(sign(t, hs256, claims(nil), secret), moment)
	if err != nil || got.Site != "shop" || got.Customer != "C-4711" || !got.Until.Equal(moment.Add(10*time.Minute)) {
		t.Fatalf("%+v, %v", got, err)
	}
	good := sign(t, hs256, claims(nil), secret)
	for name, token := range map[string]string{
		"empty": "", "noise": "a.b.c", "long": strings.Repeat("a", 3000), "cut": good[:len(good)-3],
		"other key":      sign(t, hs256, claims(nil), strings.Repeat("k", MinKey)),
		"other site":     sign(t, hs256, claims(map[string]any{"iss": "bank"}), secret),
		"unknown site":   sign(t, hs256, claims(map[string]any{"iss": "evil"}), secret),
		"no algorithm":   sign(t, map[string]any{"alg": "none"}, claims(nil), secret),
		"algorithm":      sign(t, map[string]any{"alg": "HS512"}, claims(nil), secret),
		"for others":     sign(t, hs256, claims(map[string]any{"aud": "crm"}), secret),
		"for nobody":     sign(t, hs256, claims(map[string]any{"aud": nil}), secret),
		"over":           sign(t, hs256, claims(map[string]any{"exp": moment.Add(-time.Minute).Unix()}), secret),
		"without end":    sign(t, hs256, claims(map[string]any{"exp": nil}), secret),
		"for ever":       sign(t, hs256, claims(map[string]any{"exp": moment.Add(48 * time.Hour).Unix()}), secret),
		"not yet":        sign(t, hs256, claims(map[string]any{"nbf": moment.Add(time.Hour).Unix()}), secret),
		"nobody":         sign(t, hs256, claims(map[string]any{"sub": " "}), secret),
		"control":        sign(t, hs256, claims(map[string]any{"sub": "a\nb"}), secret),
		"payload change": strings.Split(good, ".")[0] + "." + strings.Split(sign(t, hs256, claims(map[string]any{"sub": "C-1"}), "x"), ".")[1] + "." + strings.Split(good, ".")[2],
	} {
		if c, err := s.Read(token, moment); !errors.Is(err, ErrToken) || c != (Claim{}) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	for _, keys := range [][]Key{{{"", secret}}, {{"a", "short"}}, {{"a", secret}, {"a", secret}}} {
		if _, err := New(keys); err == nil {
			t.Errorf("taken: %v", keys)
		}
	}
}

// FuzzRead lets nobody in without the key.
func FuzzRead(f *testing.F) {
	s := sites(f)
	f.Add("")
	f.Add("eyJhbGciOiJub25lIn0.eyJpc3MiOiJzaG9wIn0.")
	f.Add("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJzaG9wIiwiYXVkIjoicGFybGV5In0.AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := s.Read(token, moment); err == nil {
			t.Fatalf("%+v by %q", c, token)
		}
	})
}
