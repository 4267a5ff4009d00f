package cli

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong")
	for in, want := range map[string][]string{"": nil, "\n \r\n": nil, "\ufeffa\r\n\n b \nc": {"a", "b", "c"}} {
		var got []string
		err := Lines(strings.NewReader(in), "f", func(line []byte) error { got = append(got, string(line)); return nil })
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	err := Lines(strings.NewReader("a\n\nb"), "f.jsonl", func(line []byte) error {
		if string(line) == "b" {
			return wrong
		}
		return nil
	})
	if !errors.Is(err, wrong) || err.Error() != "read f.jsonl line 3: wrong" {
		t.Errorf("got %v", err)
	}
}
