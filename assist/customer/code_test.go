package customer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/store"
)

const coded = `id,name,numbers,code
C1,Ann,+44 7911 123456,2718
C2,Bea,+44 7911 123456,3141
C3,Cem,+44 7911 123457,
C4,Dan,+44 7911 123458,99
`

// TestCodes keeps codes of a file and checks what callers key in, until too many were wrong.
func TestCodes(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	b := &customer.Book{Store: s.Customers(), Codes: s.Customers(), CodeKey: []byte(strings.Repeat("k", customer.MinCodeKey)), Now: func() time.Time { return now }}
	load := func(file string) customer.Report {
		t.Helper()
		rep, err := b.Load(t.Context(), strings.NewReader(file), false)
		if err != nil {
			t.Fatal(err)
		}
		return rep
	}
	if rep := load(coded); rep.New != 3 || len(rep.Invalid) != 1 || strings.Contains(rep.Invalid[0].Why, "99") {
		t.Fatalf("%+v", rep)
	}
	if rep := load(coded); rep.Same != 3 {
		t.Errorf("the same file again: %+v", rep)
	}
	if rep := load("id,name,numbers,code\nC1,Ann,+44 7911 123456,\n"); rep.Same != 1 {
		t.Errorf("no code in the file: %+v", rep)
	}
	id := map[string]string{}
	for _, ref := range []string{"C1", "C2", "C3"} {
		c, err := b.Store.ByRef(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		id[ref] = c.ID
		if mark, _, _ := s.Customers().Code(t.Context(), c.ID); strings.Contains(mark, "2718") || strings.Contains(mark, "3141") {
			t.Errorf("%s is kept as %q", ref, mark)
		}
	}
	shared := []string{id["C1"], id["C2"]}
	prove := func(ids []string, digits, want string, why error) {
		t.Helper()
		if got, err := b.Prove(t.Context(), ids, digits); got != want || !errors.Is(err, why) {
			t.Errorf("%q: %q, %v; want %q, %v", digits, got, err, want, why)
		}
	}
	prove(shared, "3141", id["C2"], nil)
	prove(shared, "9999", "", customer.ErrCode)
	prove([]string{id["C3"]}, "9999", "", customer.ErrNoCode)
	prove(nil, "9999", "", customer.ErrNoCode)
	if !b.HasCode(t.Context(), shared) || b.HasCode(t.Context(), []string{id["C3"]}) {
		t.Error("who has a code is not known")
	}
	for range customer.MostWrong {
		_, _ = b.Prove(t.Context(), []string{id["C1"]}, "0000")
	}
	prove([]string{id["C1"]}, "2718", "", customer.ErrLocked) // and it is not said that it is right
	now = now.Add(customer.LockedFor + time.Second)
	prove([]string{id["C1"]}, "2718", id["C1"], nil)
	if rep := load("id,name,numbers,code\nC1,Ann,+44 7911 123456,555555\n"); rep.Changed != 1 {
		t.Errorf("a new code: %+v", rep)
	}
	prove([]string{id["C1"]}, "2718", "", customer.ErrCode)
	prove([]string{id["C1"]}, "555555", id["C1"], nil)
	if err := b.Store.Remove(t.Context(), id["C1"]); err != nil {
		t.Fatal(err)
	}
	if mark, _, err := s.Customers().Code(t.Context(), id["C1"]); mark != "" || err != nil {
		t.Errorf("the code of somebody who was removed: %q, %v", mark, err)
	}
	b.CodeKey = []byte("short")
	if rep := load(coded); len(rep.Invalid) != 3 || rep.New+rep.Changed > 0 {
		t.Errorf("without a key: %+v", rep)
	}
}
