package nearest

import "testing"

func TestTo(t *testing.T) {
	t.Parallel()
	names := []string{"udp", "tcp", "langs", "language", "whisper-small", "whisper-large", "silero-vad"}
	for wrong, want := range map[string]string{
		"upd": "udp", "lang": "langs", "Langs": "langs", "whisper": "whisper-small", "whisper-lrge": "whisper-large", "wisper-small": "whisper-small",
		"silero": "silero-vad", "greetings": "", "xpx": "", "pud": "udp", "qqqqqqqq": "", "": "",
	} {
		if got := To(wrong, names); got != want {
			t.Errorf("%q: %q, want %q", wrong, got, want)
		}
	}
	if got := To("x", nil); got != "" {
		t.Errorf("of no names: %q", got)
	}
}
