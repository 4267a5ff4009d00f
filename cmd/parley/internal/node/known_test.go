package node

import (
	"log/slog"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/customer/site"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/pipeline/call"
)

// TestWhoAVisitorIs takes a site's signed word for its visitor, and nobody else's.
func TestWhoAVisitorIs(t *testing.T) {
	t.Parallel()
	const key = "a key of at least thirty-two bytes"
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	sites, err := site.New([]site.Key{{Site: "shop", Key: key}})
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{store: st, env: &cli.Env{Log: slog.New(slog.DiscardHandler)}, business: &Business{Customers: &customer.Book{Store: st.Customers()}, Sites: sites}}
	if err := st.Customers().Put(t.Context(), []customer.Customer{{Ref: "C-4711", Name: "Wu", Tier: "gold", Handles: []customer.Handle{{Channel: customer.Email, Value: "wu@example.com"}}}}); err != nil {
		t.Fatal(err)
	}
	sign := func(key string) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(key)}, nil)
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwt.Signed(signer).Claims(jwt.Claims{Issuer: "shop", Audience: jwt.Audience{"parley"}, Subject: "C-4711", Expiry: jwt.NewNumericDate(time.Now().Add(time.Minute))}).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for name, c := range map[string]struct {
		token, contact  string
		who, state, may string
	}{
		"signed":          {sign(key), "", "Wu", "verified", ""},
		"signed wrongly":  {sign("another key of thirty-two bytes!!"), "", "", "", ""},
		"wrong and given": {sign("another key of thirty-two bytes!!"), "wu@example.com", "", "", "Wu"},
		"only given":      {"", "WU@example.com", "", "", "Wu"},
		"nothing":         {"", "", "", "", ""},
	} {
		started := call.Started{From: "chat"}
		n.vouch(&started, c.token, "Bo", c.contact)
		who, _, err := acquaintance{n}.Lookup(t.Context(), started, "chat")
		may := ""
		for _, m := range who.Maybe {
			may += m.Name
		}
		if gave := started.Site == ""; err != nil || gave != (who.Given != nil && who.Given.Name == "Bo" && who.Given.Contact == c.contact) || who.Name != c.who || who.Identity.State != c.state || may != c.may {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}
