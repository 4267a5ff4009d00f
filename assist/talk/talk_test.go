package talk_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/pipeline/call"
)

func TestMeasure(t *testing.T) {
	t.Parallel()
	f := talk.Measure(20, []talk.Voice{
		{Who: call.Caller, Spans: []talk.Span{{From: 1, To: 4}, {From: 9, To: 10}, {From: 10, To: 11}}},
		{Who: call.Agent, Spans: []talk.Span{{From: 3, To: 5}, {From: 9.8, To: 10.2}, {From: 18, To: 30}}},
	})
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("silence", f.Silence, 1+4+7)
	near("overlap", f.Overlap, 1+0.4)
	near("caller's talk", f.Talk[call.Caller], 5)
	near("agent's talk", f.Talk[call.Agent], 2+0.4+2)
	near("caller's share", f.Share[call.Caller], 5/9.4)
	near("longest silence", f.Longest, 7)
	if len(f.Silences) != 2 || len(f.Overlaps) != 2 {
		t.Errorf("silences %v, overlaps %v", f.Silences, f.Overlaps)
	}
	if len(f.Interruptions) != 1 || f.Interruptions[0].By != call.Agent || f.Interruptions[0].At != 3 || f.Interruptions[0].Len != 1 {
		t.Errorf("interruptions %v: only the agent at 3 s broke in for long enough", f.Interruptions)
	}
	f.Say([]talk.Said{{Who: call.Caller, Text: "It's 3 o'clock, 你好。"}, {Who: "nobody", Text: "hm"}})
	near("pace", f.Pace[call.Caller], 5.0/5*60)
	if len(f.Pace) != 1 {
		t.Errorf("pace %v", f.Pace)
	}
}

func TestNobody(t *testing.T) {
	t.Parallel()
	f := talk.Measure(4, []talk.Voice{{Who: call.Caller}})
	if f.Silence != 4 || f.Share[call.Caller] != 0 || math.IsNaN(f.Share[call.Caller]) {
		t.Errorf("%+v", f)
	}
}

// TestAgainstCounting compares with a plain count over milliseconds.
func TestAgainstCounting(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		const n = 3000 // milliseconds
		voices := []talk.Voice{{Who: call.Caller}, {Who: call.Agent}, {Who: call.Bot}}
		counts := make([]int, n)
		for i := range voices {
			for at := r.IntN(200); at < n; {
				end := min(n, at+1+r.IntN(400))
				voices[i].Spans = append(voices[i].Spans, talk.Span{From: float64(at) / 1000, To: float64(end) / 1000})
				for k := at; k < end; k++ {
					counts[k]++
				}
				at = end + r.IntN(300)
			}
			voices[i].Spans = talk.Join(voices[i].Spans)
		}
		silence, overlap := 0, 0
		for _, c := range counts {
			if c == 0 {
				silence++
			}
			if c > 1 {
				overlap++
			}
		}
		f := talk.Measure(float64(n)/1000, voices)
		if math.Abs(f.Silence-float64(silence)/1000) > 1e-6 || math.Abs(f.Overlap-float64(overlap)/1000) > 1e-6 {
			t.Fatalf("silence %v, overlap %v; counted %d, %d ms", f.Silence, f.Overlap, silence, overlap)
		}
	}
}

func TestFromTurns(t *testing.T) {
	t.Parallel()
	s := func(v float64) call.Offset { return call.Offset(v * 1e9) }
	got := talk.FromTurns([]call.Turn{
		{Who: call.Bot, Start: s(0), End: s(2)}, {Who: call.Caller, Start: s(2), End: s(2)}, {Who: call.Bot, Start: s(1.5), End: s(3)},
		{Who: call.Caller, Start: s(4), End: s(5)},
	})
	if len(got) != 2 || len(got[0].Spans) != 1 || got[0].Spans[0] != (talk.Span{From: 0, To: 3}) || got[1].Who != call.Caller {
		t.Errorf("%+v", got)
	}
}
