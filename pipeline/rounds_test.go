package pipeline

import (
	"fmt"
	"testing"

	"github.com/parley-voice/parley/assist/answer"
	"github.com/parley-voice/parley/nlu"
)

// TestRounds counts turns that are nearly equal and brought the same reply, as a recogniser hears a machine.
func TestRounds(t *testing.T) {
	t.Parallel()
	heard := []string{"For sales, press one. For service, press two.", "for sales press one for service press two", "For sales press 1. For service, press two.",
		"Four sales press one. For service press two", "for sales, press one, for service press two", "for sale press one for service, press two."}
	zh := []string{"办理业务请按一，人工服务请按二。", "办理业务请按一人工服务请按二", "办理业务请按1，人工服务请按二", "办理业务，请按一，人工服务请按二", "办理业务请按一，人工服务请按二", "办理业务请按一，人工服务请按二"}
	for name, c := range map[string]struct {
		said []string
		dec  func(i int) answer.Decision
		want int // rounds until it is enough, 0: never
	}{
		"machine":       {heard, func(int) answer.Decision { return answer.Decision{Text: "Sorry?"} }, 6},
		"chinese":       {zh, func(int) answer.Decision { return answer.Decision{Text: "请再说一遍。"} }, 6},
		"other replies": {heard, func(i int) answer.Decision { return answer.Decision{Text: fmt.Sprintf("Sorry %d?", i/3)} }, 0},
		"no replies":    {heard, func(int) answer.Decision { return answer.Decision{} }, 0},
		"commands":      {heard, func(int) answer.Decision { return answer.Decision{Text: "Sorry?", Command: nlu.Repeat} }, 0},
		"other words": {[]string{"one two", "a card", "my account", "a transfer abroad", "opening hours", "fees", "limits"},
			func(int) answer.Decision { return answer.Decision{Text: "Sorry?"} }, 0},
		"too few": {append(heard[:5:5], "thank you"), func(int) answer.Decision { return answer.Decision{Text: "Sorry?"} }, 0},
	} {
		var r rounds
		got := 0
		for i, text := range c.said {
			if r.push(text, c.dec(i)) {
				got = i + 1
			}
		}
		if got != c.want {
			t.Errorf("%s: enough after %d rounds, want %d", name, got, c.want)
		}
	}
}
