package config

import (
	"testing"
	"time"
)

// FuzzParse reads configurations that nobody would write: they are taken or refused in words.
func FuzzParse(f *testing.F) {
	f.Add([]byte("routes:\n  - {name: bank, match: [bank], langs: [en], hours: {zone: Europe/London, open: [\"Mon-Fri 09:00-17:00\"]}}\n"))
	f.Add([]byte("sip: {udp: \"0.0.0.0:5060\", allow: [10.0.0.0/8], users: {a: b}}\nlimits: {calls: 4, drain: 2s}\n"))
	f.Add([]byte("desk: {queues: [{name: cards, within: 10s, target: 0.9}]}\nretention: {audio: 7}\n"))
	f.Add([]byte("a: &a [*a, *a]\n<<: *a\n"))
	f.Add([]byte("routes: [\n"))
	f.Add([]byte("http:\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Default()
		if err := c.parse(data); err != nil {
			if err.Error() == "" {
				t.Error("refused without a word")
			}
			return
		}
		c.fill()
		_ = c.validate()
	})
}

// FuzzHours reads opening hours: what is taken can be asked about any moment.
func FuzzHours(f *testing.F) {
	for _, s := range []string{"Mon-Fri 09:00-17:00", "Sat,Sun 10:00-14:00", "Fri-Mon 22:00-06:00", "Mon", "Mon 24:00-24:00", "Mon- 1:1-2:2"} {
		f.Add(s, int64(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, at int64) {
		h := Hours{Zone: "Europe/London", Open: []string{text}}
		spans, err := h.parse()
		if err == nil && len(spans) != 1 {
			t.Fatalf("%d spans of one", len(spans))
		}
		if open := h.At(time.Unix(at%(1<<40), 0)); open && err != nil {
			t.Error("open by hours that cannot be read")
		}
	})
}
