package llm

import "net/http"

// repeatable sends each request once more on a new connection when the one it was to use turns out to be closed, which a server
// may do with an idle one at the very moment a request sets out on it. net/http does so of its own accord for requests that change
// nothing; asking for words changes nothing either.
type repeatable struct{ below http.RoundTripper }

// repeating is client with requests that are repeatable; client itself stays as it is.
func repeating(client *http.Client) *http.Client {
	c := *client
	below := c.Transport
	if below == nil {
		below = http.DefaultTransport
	}
	c.Transport = repeatable{below}
	return &c
}

// RoundTrip marks req with a key that has no value: net/http takes such a request for one that may be sent again, and does not send
// the key.
func (t repeatable) RoundTrip(req *http.Request) (*http.Response, error) {
	again := req.Clone(req.Context())
	again.Header["Idempotency-Key"] = []string{}
	return t.below.RoundTrip(again)
}
