package node

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/customer/site"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/cmd/parley/internal/cli"
	"github.com/parley-voice/parley/cmd/parley/internal/config"
	"github.com/parley-voice/parley/pipeline/call"
	"github.com/parley-voice/parley/pipeline/sip"
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
		at, started := desk.Occasion{Call: "c7", Queue: "cards"}, call.Started{From: "chat"}
		n.vouch(&started, c.token, "Bo", c.contact)
		who, _, err := acquaintance{n}.Lookup(t.Context(), at, started, "chat")
		may := ""
		for _, m := range who.Maybe {
			may += m.Name
		}
		if gave := started.Site == ""; err != nil || gave != (who.Given != nil && who.Given.Name == "Bo" && who.Given.Contact == c.contact) || who.Name != c.who || who.Identity.State != c.state || may != c.may {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}

// TestCRMAddress fills in all that a template may name, of somebody known, somebody not and somebody chosen.
func TestCRMAddress(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	pop, err := customer.ParsePop("https://crm.example/?n={number}&c={call}&q={queue}&r={ref}")
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Customers().Put(t.Context(), []customer.Customer{{Ref: "C&1", Name: "Wu", Tier: "Gold", Handles: []customer.Handle{{Channel: customer.Phone, Value: "+442079460000"}}}}); err != nil {
		t.Fatal(err)
	}
	a := acquaintance{&Node{store: st, business: &Business{Customers: &customer.Book{Store: st.Customers(), Countries: []string{"GB"}}, Pop: &pop}}}
	at := desk.Occasion{Call: "c7", Queue: "new cards", Number: "+442079460000"}
	address := func(who desk.Who, err error) string {
		t.Helper()
		if err != nil || len(who.Links) != 1 {
			t.Fatalf("%+v, %v", who, err)
		}
		return who.Links[0].URL
	}
	who, _, err := a.Lookup(t.Context(), at, call.Started{From: "020 7946 0000"}, "sip")
	const known = "https://crm.example/?n=%2B442079460000&c=c7&q=new%20cards&r=C%261"
	if got := address(who, err); got != known || who.Value == 0 {
		t.Errorf("known: %s, value %v", got, who.Value)
	}
	chosen, _, err := a.Person(t.Context(), at, who.ID)
	if got := address(chosen, err); got != known {
		t.Errorf("chosen: %s", got)
	}
	who, _, err = a.Lookup(t.Context(), at, call.Started{From: "+442079460001"}, "sip")
	if got := address(who, err); got != "https://crm.example/?n=%2B442079460001&c=c7&q=new%20cards&r=" {
		t.Errorf("unknown: %s", got)
	}
}

// TestWithheldNumber knows a customer by a number that is not to be shown, and does not show it.
func TestWithheldNumber(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	n := &Node{store: st, env: &cli.Env{Log: slog.New(slog.DiscardHandler)}, business: &Business{Customers: &customer.Book{Store: st.Customers()}}}
	if err := st.Customers().Put(t.Context(), []customer.Customer{{Ref: "C-1", Name: "Wu", Handles: []customer.Handle{{Channel: customer.Phone, Value: "+442079460123"}}}}); err != nil {
		t.Fatal(err)
	}
	started := call.Started{From: "anonymous", Withheld: "+442079460123"}
	who, _, err := acquaintance{n}.Lookup(t.Context(), desk.Occasion{Call: "c1", Queue: "cards"}, started, "sip")
	if err != nil || who.Name != "Wu" || who.Number != "anonymous" {
		t.Errorf("%+v, %v", who, err)
	}
	book := n.business.Customers
	book.Seek = seeker(func(h customer.Handle) []customer.Customer {
		t.Errorf("another system is told %s", h.Value)
		return []customer.Customer{{Ref: "C-2", Name: "Li"}}
	})
	who, _, err = acquaintance{n}.Lookup(t.Context(), desk.Occasion{Call: "c2", Queue: "cards"}, call.Started{From: "anonymous", Withheld: "+442079460999"}, "sip")
	if err != nil || who.Name != "" || len(who.Maybe) > 0 || who.Number != "anonymous" {
		t.Errorf("nobody known: %+v, %v", who, err)
	}
	if m, err := book.Store.Find(t.Context(), customer.Handle{Channel: customer.Phone, Value: "+442079460999"}); err != nil || len(m) > 0 {
		t.Errorf("the number is kept: %+v, %v", m, err)
	}
	if body, err := json.Marshal(started); err != nil || strings.Contains(string(body), "2079460123") {
		t.Errorf("the record has the number: %s, %v", body, err)
	}
}

// seeker is another system that knows customers.
type seeker func(h customer.Handle) []customer.Customer

func (s seeker) Seek(_ context.Context, h customer.Handle) ([]customer.Customer, error) {
	return s(h), nil
}

// away is another system that cannot be asked.
type away struct{}

func (away) Seek(context.Context, customer.Handle) ([]customer.Customer, error) {
	return nil, errors.New("the system answered 500")
}

// TestSystemAway tells an agent that who calls could not be asked, which is something else than nobody knowing them.
func TestSystemAway(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	book := &customer.Book{Store: st.Customers(), Seek: away{}}
	a := acquaintance{&Node{store: st, env: &cli.Env{Log: slog.New(slog.DiscardHandler)}, business: &Business{Customers: book}}}
	for _, want := range []bool{true, false} {
		who, _, err := a.Lookup(t.Context(), desk.Occasion{Call: "c1"}, call.Started{From: "+442079460000"}, "sip")
		if err != nil || who.Unasked != want {
			t.Errorf("%+v, %v: want %v", who, err, want)
		}
		book.Seek = seeker(func(customer.Handle) []customer.Customer { return nil })
	}
}

// TestDivertedCall takes the line that was called first, where it is one of ours.
func TestDivertedCall(t *testing.T) {
	t.Parallel()
	n := &Node{}
	n.live.Store(&config.Config{Routes: []config.Route{{Name: "bank", Match: []string{"100"}}, {Name: "cards", Match: []string{"+44200*"}}, {Name: "all", Match: []string{"*"}}}})
	for first, want := range map[string]string{"": "100", "+442001": "+442001", "+44999": "100"} {
		if got := n.dialled(sip.Invite{To: "100", Diversion: first}); got != want {
			t.Errorf("first %q: %q, want %q", first, got, want)
		}
	}
}
