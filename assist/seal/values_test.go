package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/parley-voice/parley/assist/seal"
)

const otherKey = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=\n"

func parse(t testing.TB, text string) *seal.Ring {
	t.Helper()
	r, err := seal.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func values(t testing.TB, r *seal.Ring, all ...seal.Wrapped) *seal.Values {
	t.Helper()
	v, err := r.Values(all)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestValues opens a text at its place alone, with its key alone, and as it was sealed alone.
func TestValues(t *testing.T) {
	t.Parallel()
	r := parse(t, fuzzKey)
	old, fresh := r.NewValueKey(), r.NewValueKey()
	first, both := values(t, r, old), values(t, r, fresh, old)
	const said = "heliotrope 紫色\x00"
	a, b := first.Seal(said, "turns.text", "c", "1"), first.Seal(said, "turns.text", "c", "1")
	if a == b || strings.Contains(a, "heliotrope") || seal.SealedBy(a) != old.ID || first.Seal("", "x") != "" {
		t.Errorf("%q %q", a, b)
	}
	if got, err := both.Open(a, "turns.text", "c", "1"); err != nil || got != said {
		t.Errorf("%q, %v", got, err)
	}
	for _, place := range [][]string{{"turns.text", "c", "2"}, {"turns.body", "c", "1"}, {"turns.text", "c1", ""}, {"turns.text", "c"}} {
		if got, err := both.Open(a, place...); !errors.Is(err, seal.ErrDamaged) || got != "" {
			t.Errorf("%v: %q, %v", place, got, err)
		}
	}
	for i := range len(a) {
		changed := a[:i] + string(a[i]^1) + a[i+1:]
		if got, err := both.Open(changed, "turns.text", "c", "1"); err == nil && got != changed {
			t.Errorf("changed at %d: %q", i, got)
		}
	}
	if _, err := values(t, r, fresh).Open(a, "turns.text", "c", "1"); !errors.Is(err, seal.ErrKey) {
		t.Errorf("without its key: %v", err)
	}
	var none *seal.Values
	if _, err := none.Open(a, "turns.text", "c", "1"); !errors.Is(err, seal.ErrKey) {
		t.Errorf("without any key: %v", err)
	}
	if got, err := none.Open(said); err != nil || got != said {
		t.Errorf("%q, %v", got, err)
	}
}

// TestMarks finds equal texts of a column under every key, and no others.
func TestMarks(t *testing.T) {
	t.Parallel()
	r := parse(t, fuzzKey)
	old, fresh := r.NewValueKey(), r.NewValueKey()
	first, both := values(t, r, old), values(t, r, fresh, old)
	m := first.Mark("+442079460123", "calls.caller")
	if m != first.Mark("+442079460123", "calls.caller") || m == first.Mark("+442079460123", "customers_handles.value") || m == first.Mark("+442079460124", "calls.caller") {
		t.Error("marks are not of one text in one column")
	}
	all := both.Marks("+442079460123", "calls.caller")
	if len(all) != 3 || all[0] != "+442079460123" || all[2] != m || seal.MarkedBy(all[1]) != fresh.ID || seal.MarkedBy("+44") != "" || first.Mark("", "x") != "" {
		t.Errorf("%q", all)
	}
	for _, forged := range []string{m, first.Seal("x", "y")} {
		if p := seal.Plain(forged); seal.SealedBy(p) != "" || seal.MarkedBy(p) != "" || p == forged {
			t.Errorf("%q passes", p)
		}
	}
}

// TestWrappedValueKeys seals keys of values under a new master key, after which the old one is not needed.
func TestWrappedValueKeys(t *testing.T) {
	t.Parallel()
	old, both, only := parse(t, fuzzKey), parse(t, otherKey+fuzzKey), parse(t, otherKey)
	w := old.NewValueKey()
	text := values(t, old, w).Seal("said", "p")
	if _, err := only.Values([]seal.Wrapped{w}); !errors.Is(err, seal.ErrKey) {
		t.Errorf("opened with another key: %v", err)
	}
	fresh, did, err := both.RewrapValueKey(w)
	if err != nil || !did {
		t.Fatal(did, err)
	}
	if _, did, err := both.RewrapValueKey(fresh); did || err != nil {
		t.Errorf("again: %v, %v", did, err)
	}
	if got, err := values(t, only, fresh).Open(text, "p"); err != nil || got != "said" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []seal.Wrapped{{ID: "AAAAAAAA", Key: fresh.Key}, {ID: fresh.ID, Key: fresh.Key[:20] + "AAAA" + fresh.Key[24:]}, {ID: fresh.ID, Key: only.Current() + ".!"}} {
		if _, err := only.Values([]seal.Wrapped{bad}); !errors.Is(err, seal.ErrDamaged) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	var none *seal.Ring
	if _, err := none.Values([]seal.Wrapped{w}); !errors.Is(err, seal.ErrKey) {
		t.Errorf("without keys: %v", err)
	}
}

// FuzzValues opens what somebody has put into a sealed column: nothing is read that was not sealed there.
func FuzzValues(f *testing.F) {
	r := parse(f, fuzzKey)
	v := values(f, r, r.NewValueKey())
	f.Add("said", "c", []byte{1}, uint(20))
	f.Add("", "", []byte{}, uint(0))
	f.Add("\x02AAAAAAAAAAAA", "c", []byte("\x02"), uint(0))
	f.Fuzz(func(t *testing.T, text, place string, change []byte, at uint) {
		sealed := v.Seal(text, "turns.text", place)
		if got, err := v.Open(sealed, "turns.text", place); err != nil || got != text {
			t.Fatalf("%q, %v", got, err)
		}
		changed := []byte(sealed)
		if len(changed) > 0 {
			copy(changed[at%uint(len(changed)):], change)
		}
		if got, err := v.Open(string(changed), "turns.text", place); err == nil && got != text && got != string(changed) {
			t.Errorf("%q is read of %q", got, changed)
		}
		if plain := seal.Plain(text); seal.SealedBy(plain) != "" || seal.MarkedBy(plain) != "" {
			t.Errorf("%q passes for sealed", plain)
		}
		_, _ = v.Open(text, place) // damaged or in the clear
	})
}

func BenchmarkSeal(b *testing.B) {
	r := parse(b, fuzzKey)
	v, text := values(b, r, r.NewValueKey()), strings.Repeat("what was said ", 40)
	for b.Loop() {
		if _, err := v.Open(v.Seal(text, "events.body", "c", "1"), "events.body", "c", "1"); err != nil {
			b.Fatal(err)
		}
	}
}

// TestBytes is TestValues for data, which is sealed without base64.
func TestBytes(t *testing.T) {
	t.Parallel()
	r := parse(t, fuzzKey)
	old, fresh := r.NewValueKey(), r.NewValueKey()
	first, both := values(t, r, old), values(t, r, fresh, old)
	said := []byte(`{"text":"heliotrope"}`)
	sealed := first.SealBytes(said, "events", "a.b")
	if bytes.Contains(sealed, []byte("heliotrope")) || sealed[0] >= ' ' {
		t.Errorf("%q", sealed)
	}
	if got, err := both.OpenBytes(sealed, "events", "a.b"); err != nil || !bytes.Equal(got, said) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := both.OpenBytes(sealed, "events", "a.c"); !errors.Is(err, seal.ErrDamaged) || got != nil {
		t.Errorf("elsewhere: %q, %v", got, err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if got, err := both.OpenBytes(changed, "events", "a.b"); err == nil && !bytes.Equal(got, changed) {
			t.Errorf("changed at %d: %q", i, got)
		}
		if got, err := both.OpenBytes(sealed[:i], "events", "a.b"); err == nil && i > 0 {
			t.Errorf("cut off at %d: %q", i, got)
		}
	}
	if _, err := values(t, r, fresh).OpenBytes(sealed, "events", "a.b"); !errors.Is(err, seal.ErrKey) {
		t.Errorf("without its key: %v", err)
	}
	if got, err := (*seal.Values)(nil).OpenBytes(said, "events", "a.b"); err != nil || !bytes.Equal(got, said) {
		t.Errorf("%q, %v", got, err)
	}
}
