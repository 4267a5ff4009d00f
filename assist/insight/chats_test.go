package insight

import "testing"

// TestChatsHaveNoSpeech: figures of speech are not about chats, nor about calls in which nobody spoke; of calls whose turns have no
// times they cannot be told.
func TestChatsHaveNoSpeech(t *testing.T) {
	t.Parallel()
	for _, m := range talking() {
		if m.ID == "upset" { // is about words
			continue
		}
		quiet := apart // nothing to be a share of
		if m.Unit == Number {
			quiet = counts
		}
		for name, c := range map[string]struct {
			f    Fact
			want state
		}{
			"a chat": {Fact{Channel: "chat", Agent: "amy"}, apart}, "a call without times": {Fact{Channel: "phone", Agent: "amy"}, unknown},
			"a call in which nobody spoke": {Fact{Channel: "phone", Agent: "amy", Timed: true}, quiet},
			"a call":                       {Fact{Channel: "phone", Agent: "amy", Timed: true, CallerS: 1, CompanyS: 3, SilenceS: 2, BaseS: 6}, counts},
		} {
			if _, got := m.of(&linked{Fact: &c.f}, &Options{}); got != c.want {
				t.Errorf("%s of %s: %d, want %d", m.ID, name, got, c.want)
			}
		}
	}
}
