package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	d := record.Detail{
		Call: record.Call{ID: "a", From: "alice", To: "bank", StartedAt: time.Unix(0, 0), Duration: 3725},
		Turns: []call.Turn{
			{N: 1, Who: call.Caller, Text: " two\nlines -->  & <b> ", Start: call.Offset(61 * time.Second), End: call.Offset(61 * time.Second)},
			{N: 2, Who: call.Bot, Text: ""},
			{N: 3, Who: call.Bot, Text: "好的", Start: call.Offset(3661500 * time.Millisecond), End: call.Offset(3662 * time.Second), Cut: true},
		},
	}
	for f, want := range map[record.Format]string{
		record.WebVTT: "WEBVTT\n\n1\n00:01:01.000 --> 00:01:01.001\n<v caller>two lines --&gt; &amp; &lt;b&gt;\n\n3\n01:01:01.500 --> 01:01:02.000\n<v bot>好的\n",
		record.Text:   "1970-01-01T00:00:00Z  alice -> bank  1:02:05\n\n  1:01  caller  two lines --> & <b>\n  0:00  bot     \n1:01:01  bot     好的 [interrupted]\n",
	} {
		var b strings.Builder
		if err := record.Write(&b, d, f); err != nil || b.String() != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", f, err, b.String(), want)
		}
	}
	if err := record.Write(&strings.Builder{}, d, "doc"); err == nil {
		t.Error("an unknown format was written")
	}
}

func TestSetGaps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in       []int
		p50, max int
	}{{nil, 0, 0}, {[]int{0}, 0, 0}, {[]int{900, 0, 500, 700}, 700, 900}, {[]int{500, 700}, 500, 700}} {
		var got record.Call
		if got.SetGaps(c.in); got.GapP50 != c.p50 || got.GapMax != c.max {
			t.Errorf("%v: %d, %d", c.in, got.GapP50, got.GapMax)
		}
	}
}
