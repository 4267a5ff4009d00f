package node

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-voice/parley/assist/llm"
	"github.com/parley-voice/parley/cmd/parley/internal/brain"
	"github.com/parley-voice/parley/pipeline/sip"
	"github.com/parley-voice/parley/pipeline/work"
)

// TestFiguresAreDocumented compares the figures there are with those that the documentation, the dashboard and the alert
// rules speak of.
func TestFiguresAreDocumented(t *testing.T) {
	t.Parallel()
	q := work.New(1)
	defer q.Close()
	phone, err := sip.Listen(sip.Config{UDP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := phone.Close(); err != nil {
			t.Error(err)
		}
	}()
	m := newMetrics(&Node{queue: q, sip: phone, brain: &brain.Brain{Phraser: llm.NewPhraser(nil, slog.New(slog.DiscardHandler))}})
	descs := make(chan *prometheus.Desc, 256)
	m.registry.Describe(descs)
	close(descs)
	var have []string
	name := regexp.MustCompile(`fqName: "([a-z_]+)"`)
	for d := range descs {
		if n := name.FindStringSubmatch(d.String())[1]; !slices.Contains(have, n) {
			have = append(have, n)
		}
	}
	root := filepath.FromSlash("../../../../")
	doc := read(t, root+"docs/operations.md")
	for _, n := range have {
		if !strings.Contains(doc, "`"+n+"`") && !strings.Contains(doc, "`"+n+"{") {
			t.Errorf("%s is not in docs/operations.md", n)
		}
	}
	for _, file := range []string{"docs/operations.md", "deploy/monitoring/dashboard.json", "deploy/monitoring/alerts.yml"} {
		for _, n := range regexp.MustCompile(`parley_[a-z_]+`).FindAllString(read(t, root+file), -1) {
			for _, suffix := range []string{"_bucket", "_count", "_sum"} {
				n = strings.TrimSuffix(n, suffix)
			}
			if !slices.Contains(have, n) && !strings.HasPrefix(n, "parley_http_") && !strings.HasSuffix(n, "_") { // a schema's beginning
				t.Errorf("%s speaks of %s, which is no figure", file, n)
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
