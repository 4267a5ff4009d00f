package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// FuzzTranscript writes what callers may say: their words never become cues, times or tags of the subtitles.
func FuzzTranscript(f *testing.F) {
	f.Add("hello", int64(0), int64(1e9))
	f.Add("00:00:00.000 --> 99:00:00.000\n\nNOTE <v boss>", int64(-5), int64(1<<62))
	f.Add("\xff\r\u2028\x00", int64(1), int64(0))
	f.Fuzz(func(t *testing.T, text string, start, end int64) {
		d := record.Detail{
			Call:  record.Call{ID: "a", From: text, To: "bank", StartedAt: time.Unix(0, 0), Duration: 5},
			Turns: []call.Turn{{N: 1, Who: call.Caller, Text: text, Start: call.Offset(start), End: call.Offset(end)}},
		}
		for _, format := range record.Formats() {
			var b strings.Builder
			if err := record.Write(&b, d, format); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if out := b.String(); format == record.WebVTT && (strings.Count(out, "-->") > 1 || strings.Count(out, "<") > 1 || strings.Count(out, "\n\n") > 1) {
				t.Errorf("%q", out)
			}
		}
	})
}
