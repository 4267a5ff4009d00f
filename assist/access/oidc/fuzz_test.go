package oidc_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/parley-voice/parley/assist/access/oidc"
)

// scripted is a provider whose answer to the exchange of a code is anything.
type scripted struct{ discovery, keys, token []byte }

func (s *scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	body := s.token
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		body = s.discovery
	case "/keys":
		body = s.keys
	}
	h := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Header: h, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// FuzzToken signs on with tokens that the provider has not signed: nobody is let in.
func FuzzToken(f *testing.F) {
	f.Add([]byte(`{"access_token":"a","token_type":"Bearer","id_token":"eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0."}`), "")
	f.Add([]byte(`{"access_token":"a","id_token":"eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIiwiYXVkIjoicGFybGV5Iiwic3ViIjoiNyIsImV4cCI6OTk5OTk5OTk5OX0.AAAA"}`), "a b c")
	f.Add([]byte(`{"id_token":7}`), "\xff")
	f.Add([]byte("<html>"), "YSBiIGM")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	const issuer = "https://idp.example"
	s := &scripted{}
	s.discovery, err = json.Marshal(map[string]any{"issuer": issuer, "authorization_endpoint": issuer + "/auth", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"}})
	if err != nil {
		f.Fatal(err)
	}
	if s.keys, err = json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Algorithm: "RS256", Use: "sig"}}}); err != nil {
		f.Fatal(err)
	}
	o := oidc.New(oidc.Config{Issuer: issuer, ClientID: "parley", Secret: "s3cret", Redirect: "https://parley.example/cb", Client: &http.Client{Transport: s}})
	to, kept, err := o.Start(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		f.Fatal(err)
	}
	state := u.Query().Get("state")
	f.Fuzz(func(t *testing.T, token []byte, cookie string) {
		s.token = token
		if c, err := o.Finish(t.Context(), kept, state, "code"); err == nil {
			t.Errorf("let in %+v", c)
		}
		if c, err := o.Finish(t.Context(), cookie, state, "code"); err == nil {
			t.Errorf("let in %+v", c)
		}
	})
}
