package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"

	"github.com/parley-voice/parley/assist/access/oidc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// provider is a small OpenID Connect provider that signs in whoever asks.
type provider struct {
	*httptest.Server

	key    *rsa.PrivateKey
	asked  url.Values // of the authorisation
	claims map[string]any
	signer *rsa.PrivateKey // of the tokens, the key unless a test forges
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, signer: key}
	mux := http.NewServeMux()
	send := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		send(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		send(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		_, secret, _ := r.BasicAuth()
		if r.PostFormValue("code") != "good" || secret != "s3cret" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.asked.Get("code_challenge") {
			w.WriteHeader(http.StatusBadRequest)
			send(w, map[string]string{"error": "invalid_grant"})
			return
		}
		send(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.token(t)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) token(t *testing.T) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: p.signer}, (&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		t.Error(err)
		return ""
	}
	all := map[string]any{"iss": p.URL, "aud": "parley", "sub": "7", "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix(), "nonce": p.asked.Get("nonce"),
		"email": "wei@example.com", "email_verified": true, "name": "小王", "groups": []string{"desk", "staff"}}
	for k, v := range p.claims {
		all[k] = v
	}
	body, err := json.Marshal(all)
	if err != nil {
		t.Error(err)
	}
	signed, err := s.Sign(body)
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return text
}

// start begins a sign-on and returns what the browser keeps and the state it would come back with.
func start(t *testing.T, p *provider, o *oidc.Provider) (kept, state string) {
	t.Helper()
	to, kept, err := o.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, p.URL+"/auth?") {
		t.Fatal(to, err)
	}
	p.asked = u.Query()
	if p.asked.Get("code_challenge_method") != "S256" || !strings.Contains(p.asked.Get("scope"), "openid") || p.asked.Get("redirect_uri") != "https://parley.example/cb" {
		t.Errorf("asked %v", p.asked)
	}
	return kept, p.asked.Get("state")
}

func TestSignOn(t *testing.T) {
	p := newProvider(t)
	hc := p.Client()
	defer hc.CloseIdleConnections()
	o := oidc.New(oidc.Config{Issuer: p.URL, ClientID: "parley", Secret: "s3cret", Redirect: "https://parley.example/cb", Client: hc})
	kept, state := start(t, p, o)
	c, err := o.Finish(t.Context(), kept, state, "good")
	if err != nil {
		t.Fatal(err)
	}
	if c.Issuer != p.URL || c.Subject != "7" || c.Email != "wei@example.com" || !c.EmailVerified || c.Name != "小王" || len(c.Groups) != 2 {
		t.Errorf("%+v", c)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"wrong state": func() error { _, err := o.Finish(t.Context(), kept, "x", "good"); return err },
		"no cookie":   func() error { _, err := o.Finish(t.Context(), "", "", "good"); return err },
		"wrong code":  func() error { _, err := o.Finish(t.Context(), kept, state, "bad"); return err },
		"cookie of another try": func() error {
			k, s := start(t, p, o)
			start(t, p, o) // the provider now knows another challenge
			_, err := o.Finish(t.Context(), k, s, "good")
			return err
		},
		"nonce":    func() error { return finish(t, p, o, map[string]any{"nonce": "n"}, p.key) },
		"audience": func() error { return finish(t, p, o, map[string]any{"aud": "other"}, p.key) },
		"issuer":   func() error { return finish(t, p, o, map[string]any{"iss": "https://evil.example"}, p.key) },
		"expired":  func() error { return finish(t, p, o, map[string]any{"exp": 1000}, p.key) },
		"key":      func() error { return finish(t, p, o, nil, other) },
	} {
		if err := try(); !errors.Is(err, oidc.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	p.claims, p.signer = map[string]any{"email_verified": "false", "groups": "desk"}, p.key
	kept, state = start(t, p, o)
	if c, err = o.Finish(t.Context(), kept, state, "good"); err != nil || c.EmailVerified || len(c.Groups) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func finish(t *testing.T, p *provider, o *oidc.Provider, claims map[string]any, key *rsa.PrivateKey) error {
	t.Helper()
	p.claims, p.signer = claims, key
	defer func() { p.claims, p.signer = nil, p.key }()
	kept, state := start(t, p, o)
	_, err := o.Finish(t.Context(), kept, state, "good")
	return err
}

func TestProviderThatIsDownAtFirst(t *testing.T) {
	p := newProvider(t)
	hc := p.Client()
	defer hc.CloseIdleConnections()
	up := false
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": "http://" + r.Host, "authorization_endpoint": p.URL + "/auth", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys"})
	}))
	defer gate.Close()
	o := oidc.New(oidc.Config{Issuer: gate.URL, ClientID: "parley", Client: hc})
	if _, _, err := o.Start(t.Context()); err == nil {
		t.Error("started without a provider")
	}
	up = true
	if _, _, err := o.Start(t.Context()); err != nil {
		t.Error(err)
	}
}
