package customer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/parley-voice/parley/assist/reach"
)

const (
	seekLimit = 800 * time.Millisecond
	mostBody  = 256 << 10
	mostFound = 20
)

// HTTP asks another system with GET. The answer is {"customers": [...]} or one customer, each with id, name, numbers, tier,
// lang, links; 404 means that nobody is known. It is a Seeker; it takes 800 ms at most, and a system that failed three
// times in a row is left alone for half a minute.
type HTTP struct {
	Pop       Pop          // the address asked, with {number} or {id}
	Client    *http.Client // as of package reach, held to the hosts that are allowed
	Token     string       // sent as Authorization: Bearer; "" = none
	Countries []string
	Limit     time.Duration // 0 = 800 ms

	breaker reach.Breaker
}

type foundList struct {
	Customers *[]found `json:"customers"`
	found
}

type found struct {
	ID      json.RawMessage `json:"id"` // a string or a number
	Name    string          `json:"name"`
	Number  string          `json:"number"`
	Numbers []string        `json:"numbers"`
	Email   string          `json:"email"`
	Tier    string          `json:"tier"`
	Lang    string          `json:"lang"`
	Links   []Link          `json:"links"`
}

// Seek asks for the customers with a handle.
func (h *HTTP) Seek(ctx context.Context, at Handle) ([]Customer, error) {
	limit := h.Limit
	if limit <= 0 {
		limit = seekLimit
	}
	var out []Customer
	err := h.breaker.Do(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		var err error
		out, err = h.ask(ctx, at)
		return err
	})
	return out, err
}

func (h *HTTP) ask(ctx context.Context, at Handle) ([]Customer, error) {
	address := h.Pop.URL(map[string]string{"number": at.Value, "id": at.Value})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("look customer up: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	if h.Token != "" {
		req.Header.Set("Authorization", "Bearer "+h.Token)
	}
	res, err := h.Client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("look customer up: %w", errors.Unwrap(err)) // without the address: it has the number in it
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, mostBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("look customer up: %w", err)
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusNoContent:
		return nil, nil
	case res.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("look customer up: the system answered %d", res.StatusCode)
	case len(body) > mostBody:
		return nil, fmt.Errorf("look customer up: the answer is larger than %d bytes", mostBody)
	}
	var list foundList
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("look customer up: read the answer: %w", err)
	}
	all := []found{list.found}
	if list.Customers != nil {
		all = *list.Customers
	}
	var out []Customer
	for _, f := range all {
		if c, ok := h.read(f); ok && len(out) < mostFound {
			out = append(out, c)
		}
	}
	return out, nil
}

// read keeps what is usable of an answer; without a key and a name it says nothing.
func (h *HTTP) read(f found) (Customer, bool) {
	var key string
	if json.Unmarshal(f.ID, &key) != nil {
		var n json.Number
		if json.Unmarshal(f.ID, &n) == nil {
			key = n.String()
		}
	}
	c := Customer{Ref: tidy(key, 200), Name: tidy(f.Name, 200), Tier: tidy(f.Tier, 50), Lang: language(f.Lang)}
	if c.Ref == "" {
		return c, false
	}
	for _, n := range append([]string{f.Number}, f.Numbers...) {
		if e, ok := Normalise(n, h.Countries...); ok {
			c.Handles = append(c.Handles, Handle{Phone, e})
		}
	}
	if e, ok := email(f.Email); ok {
		c.Handles = append(c.Handles, Handle{Email, e})
	}
	for _, l := range f.Links {
		if safeLink(l.URL) && len(c.Links) < 10 {
			c.Links = append(c.Links, Link{tidy(l.Title, 100), l.URL})
		}
	}
	return c, true
}
