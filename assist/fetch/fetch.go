// Package fetch gets the pages of a list of addresses, so that they can be imported like files. It asks public servers
// only, unless networks inside the own one are allowed: every address is checked when the connection is made, after its
// name was looked up and after every redirect. Pages, the whole list and the time for both are bounded.
package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/assist/reach"
	"github.com/parley-voice/parley/knowledge/ingest"
)

// Options bound what is fetched. A zero value takes the default.
type Options struct {
	Networks []netip.Prefix // inside the own network that may be reached; others are refused
	Hosts    []string       // the only hosts that may be asked; nil = every public one
	PageTime time.Duration  // for one page with its redirects, 20 s
	AllTime  time.Duration  // for the whole list, 10 min
	MaxPage  int64          // bytes of a page, 16 MiB
	MaxAll   int64          // bytes of all pages, 256 MiB
	// Progress is told after each page, on the goroutine of All. It may be nil.
	Progress func(done, total int)
}

// MaxList is the number of addresses in one list.
const MaxList = 500

const mostHops = 5 // redirects

// List reads a list of addresses, one a line; empty lines and lines that begin with # are passed over, an address that
// is there twice is taken once. Problems name the lines.
func List(name, text string) (urls []string, problems []ingest.Problem) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(strings.TrimPrefix(line, "\uFEFF"))
		if line == "" || strings.HasPrefix(line, "#") || slices.Contains(urls, line) {
			continue
		}
		if err := reach.Target(line); err != nil {
			problems = append(problems, ingest.NewProblem(fmt.Sprintf("%s line %d", name, n), "no-address", "is no address that can be fetched: write it as https://host/page"))
			continue
		}
		if urls = append(urls, line); len(urls) > MaxList {
			return nil, append(problems, ingest.NewProblem(name, "addresses-many", "has more than %d addresses: split it", MaxList))
		}
	}
	if len(urls) == 0 && len(problems) == 0 {
		problems = append(problems, ingest.NewProblem(name, "addresses-none", "holds no address: write one a line"))
	}
	return urls, problems
}

// All fetches the addresses one after the other and reads each page into entries. What cannot be fetched or read
// is a problem of its result; results come in the order of the list. It blocks and ends with ctx.
func All(ctx context.Context, urls []string, into ingest.Into, o Options) []ingest.Result {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(o.AllTime, 10*time.Minute))
	defer cancel()
	g := &getter{client: reach.Client(reach.Options{Timeout: cmp.Or(o.PageTime, 20*time.Second), Networks: o.Networks, Hosts: o.Hosts}), most: cmp.Or(o.MaxPage, 16<<20), left: cmp.Or(o.MaxAll, 256<<20)}
	defer g.client.CloseIdleConnections()
	g.pageTime = cmp.Or(o.PageTime, 20*time.Second)
	out := make([]ingest.Result, 0, len(urls))
	for i, u := range urls {
		out = append(out, g.read(ctx, u, into))
		if o.Progress != nil {
			o.Progress(i+1, len(urls))
		}
	}
	return out
}

type getter struct {
	client     *http.Client
	pageTime   time.Duration
	most, left int64
}

// read fetches one page and reads it.
func (g *getter) read(ctx context.Context, raw string, into ingest.Into) ingest.Result {
	ctx, cancel := context.WithTimeout(ctx, g.pageTime)
	defer cancel()
	body, kind, err := g.get(ctx, raw)
	if err != nil {
		return ingest.Result{Name: raw, Problems: []ingest.Problem{why(ctx, raw, err)}}
	}
	return ingest.As(raw, kind, body, into)
}

// why says what was wrong in the words of somebody who has a list of addresses.
func why(ctx context.Context, raw string, err error) ingest.Problem {
	switch {
	case errors.Is(err, reach.ErrForbidden):
		return ingest.NewProblem(raw, "fetch-forbidden", "may not be fetched: it leads to an address inside the own network, or to a host that is not allowed; see knowledge.fetch in the configuration")
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return ingest.NewProblem(raw, "fetch-late", "was not answered in time")
	}
	var e *url.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return ingest.NewProblem(raw, "fetch-failed", "cannot be fetched: %v", err)
}

var (
	errHops    = errors.New("it leads from page to page")
	errSize    = errors.New("it is larger than is taken")
	errContent = errors.New("its kind is not read here")
)

// get follows redirects itself, so that every hop is checked like the first address.
func (g *getter) get(ctx context.Context, raw string) (body []byte, kind string, err error) {
	for range mostHops + 1 {
		if err := reach.Target(raw); err != nil {
			return nil, "", err
		}
		res, err := g.ask(ctx, raw)
		if err != nil {
			return nil, "", err
		}
		if next := res.Header.Get("Location"); res.StatusCode/100 == 3 && next != "" {
			_ = res.Body.Close() // nothing is read of it
			to, err := res.Request.URL.Parse(next)
			if err != nil {
				return nil, "", fmt.Errorf("follow %s: %w", raw, err)
			}
			to.Fragment = ""
			raw = to.String()
			continue
		}
		return g.take(res)
	}
	return nil, "", errHops
}

func (g *getter) ask(ctx context.Context, raw string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, raw, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "parley-import")
	req.Header.Set("Accept", "text/html, text/csv, text/markdown, application/pdf, */*;q=0.5")
	return g.client.Do(req)
}

// take reads the page of an answer and tells its kind.
func (g *getter) take(res *http.Response) ([]byte, string, error) {
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("the server answers %s", res.Status)
	}
	kind, err := kindOf(res.Header.Get("Content-Type"), res.Request.URL)
	if err != nil {
		return nil, "", err
	}
	most := min(g.most, g.left)
	body, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err != nil {
		return nil, "", err
	}
	if int64(len(body)) > most {
		return nil, "", fmt.Errorf("%w: %d MB", errSize, most>>20)
	}
	g.left -= int64(len(body))
	return body, kind, nil
}

// kindOf tells how a page is read: by what the server says it is, else by the end of its address.
func kindOf(contentType string, u *url.URL) (string, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = ""
	}
	ext := strings.ToLower(path.Ext(u.Path))
	switch media {
	case "text/html", "application/xhtml+xml":
		return ".html", nil
	case "text/csv":
		return ".csv", nil
	case "text/tab-separated-values":
		return ".tsv", nil
	case "text/markdown", "text/x-markdown":
		return ".md", nil
	case "application/pdf":
		return ".pdf", nil
	case "application/x-ndjson", "application/jsonl", "application/jsonlines":
		return ".jsonl", nil
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return ".xlsx", nil
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return ".docx", nil
	case "", "text/plain", "application/octet-stream", "application/json":
		if ingest.Reads(ext) {
			return ext, nil
		}
		if media == "text/plain" {
			return ".txt", nil
		}
	}
	return "", fmt.Errorf("%w: %s", errContent, cmp.Or(media, "the server does not say what it is"))
}
