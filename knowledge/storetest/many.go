package storetest

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/knowledge"
)

// testMany imports $PARLEY_ROWS entries, twice, and prints how long that takes and what memory it needs at most. The vectors, which
// take most of the time of a real import, are made up.
func testMany(t *testing.T, open Open) {
	n, err := strconv.Atoi(os.Getenv("PARLEY_ROWS"))
	if err != nil {
		t.Skip("PARLEY_ROWS is not set: it takes minutes")
	}
	ctx, entries := t.Context(), many(n)
	st := open(t, "a", &Letters{Name: "one"})
	began, read := time.Now(), time.Time{}
	var wrote int
	opt := knowledge.ImportOptions{Progress: func(int, int) { read = time.Now() }, Writing: func(done, _ int) { wrote = done }}
	ch := must[knowledge.Change](t)(st.Import(ctx, entries, opt))
	if ch.New != n || wrote != n {
		t.Errorf("%d new, told of %d", ch.New, wrote)
	}
	t.Logf("%d entries: vectors kept in %s, written in %s, memory %s", n, read.Sub(began).Round(time.Second), time.Since(read).Round(time.Second), memory())
	began = time.Now()
	if ch = must[knowledge.Change](t)(st.Import(ctx, entries, knowledge.ImportOptions{})); ch.Same != n {
		t.Errorf("the second time: %d new, %d changed, %d the same", ch.New, ch.Changed, ch.Same)
	}
	t.Logf("again, nothing new: %s", time.Since(began).Round(time.Second))
	began = time.Now()
	hits := must[[]knowledge.Hit](t)(st.Search(ctx, knowledge.Ask{Base: "b", Text: entries[n/2].Question, Lang: "en", Most: 1}))
	if len(hits) != 1 || hits[0].ID != entries[n/2].ID {
		t.Errorf("found %+v", hits)
	}
	t.Logf("first search, which reads all of it: %s, memory %s", time.Since(began).Round(time.Second), memory())
}

// memory is the most that the process has had in memory at once, as Linux tells it.
func memory() string {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	_, rest, _ := strings.Cut(string(raw), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
