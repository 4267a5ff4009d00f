package outbound

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func guard(t *testing.T, now *time.Time, tr Trunk) *Guard {
	t.Helper()
	tr.Name, tr.URI = "main", "sip:{number}@trunk.example"
	g, err := New([]Trunk{tr}, func() time.Time { return *now })
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestOnlyAllowedPrefixes(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	g := guard(t, &now, Trunk{Prefixes: []string{"+4420", "+861"}, Except: []string{"+442099"}, AtOnce: 1000, Minute: 1000})
	for number, want := range map[string]string{
		"+44 20 7946 0000": "sip:+442079460000@trunk.example", "+8613800138000": "sip:+8613800138000@trunk.example", "+44(20)7946-0000": "sip:+442079460000@trunk.example",
		"+442099000000": "", "+4490": "", "4420": "", "": "", "bob": "", "*21*+4420#": "", "sip:x@evil.example": "", "+4420@evil.example": "", "+4420;x=y": "",
		"+442079460000\r\nVia: x": "", "++4420": "", "+44207946000012345": "", "＋4420": "", "+٤٤٢٠": "",
	} {
		p, err := g.Ask("main", number)
		switch {
		case want == "" && !errors.Is(err, ErrDenied):
			t.Errorf("Ask(%q) = %v, %v, want denied", number, p, err)
		case want != "" && (err != nil || p.URI != want):
			t.Errorf("Ask(%q) = %v, %v, want %s", number, p, err, want)
		}
	}
	if _, err := g.Ask("other", "+44207946"); !errors.Is(err, ErrDenied) {
		t.Errorf("unknown trunk: %v", err)
	}
	closed := guard(t, &now, Trunk{})
	if _, err := closed.Ask("main", "+442079460000"); !errors.Is(err, ErrDenied) {
		t.Errorf("a trunk without prefixes: %v", err)
	}
}

func TestCaps(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	g := guard(t, &now, Trunk{Prefixes: []string{"+44"}, AtOnce: 2, Minute: 4, Minutes: 30})
	ask := func() (*Permit, error) { return g.Ask("main", "+442079460000") }
	a, err1 := ask()
	b, err2 := ask()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if _, err := ask(); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "at once") {
		t.Errorf("a third at once: %v", err)
	}
	a.Done()
	a.Done() // counts once
	b.Done()
	for range 2 {
		p, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		p.Done()
	}
	if _, err := ask(); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "minute") {
		t.Errorf("a fifth in a minute: %v", err)
	}
	now = now.Add(time.Minute)
	long, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(31 * time.Minute)
	if _, err := ask(); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "30 minutes") {
		t.Errorf("while a long call runs: %v", err)
	}
	long.Done()
	if _, err := ask(); !errors.Is(err, ErrDenied) {
		t.Errorf("after the minutes of the day: %v", err)
	}
	now = now.Add(24 * time.Hour)
	if _, err := ask(); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

func TestTrunksThatCannotWork(t *testing.T) {
	t.Parallel()
	for _, tr := range [][]Trunk{
		{{Name: "a", URI: "sip:trunk.example"}}, {{Name: "a", URI: "tel:{number}"}}, {{Name: "a", URI: "sip:{number}@x", Prefixes: []string{"+44 20"}}},
		{{Name: "a", URI: "sip:{number}@x"}, {Name: "a", URI: "sip:{number}@y"}},
	} {
		if _, err := New(tr, nil); err == nil {
			t.Errorf("New(%v) took it", tr)
		}
	}
}

func FuzzAsk(f *testing.F) {
	for _, s := range []string{"+4420 7946", "+1", "*31#", "sip:a@b", "+44\n20", "(+44)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, number string) {
		now := time.Unix(0, 0)
		g := guard(t, &now, Trunk{Prefixes: []string{"+44"}})
		p, err := g.Ask("main", number)
		if err != nil {
			return
		}
		user, _ := strings.CutPrefix(strings.TrimSuffix(p.URI, "@trunk.example"), "sip:")
		if !strings.HasPrefix(user, "+44") || strings.Trim(user[1:], "0123456789") != "" {
			t.Fatalf("Ask(%q) would dial %q", number, p.URI)
		}
	})
}
