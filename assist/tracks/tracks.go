// Package tracks is what a reviewer sees beside a recording: where nobody spoke, where both did, hold, the bot's turns,
// alerts, the mood of each side, and the outline of the sound. It is pure: a call in, numbers out.
package tracks

import (
	"encoding/json"

	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/nlu/sentiment"
	"github.com/parley-voice/parley/pipeline/call"
)

// Span is from when to when, in seconds from the start of the call.
type Span [2]float64

// Point is a time, in seconds, and a value.
type Point [2]float64

// Mark is an alert.
type Mark struct {
	At       float64 `json:"at_s"`
	Rule     string  `json:"rule"`
	Text     string  `json:"text"`
	Severity string  `json:"severity"`
	Turn     int     `json:"turn,omitempty"`
}

// Tracks lie beside a recording.
type Tracks struct {
	Silence []Span `json:"silence" doc:"Nobody spoke for 3 s or more"`
	Overlap []Span `json:"overlap" doc:"More than one spoke"`
	Hold    []Span `json:"hold"`
	Bot     []Span `json:"bot" doc:"Turns of the bot"`
	Alerts  []Mark `json:"alerts"`
	// Sentiment has a point in the middle of each turn of a party, -1 to 1.
	Sentiment map[call.Party][]Point `json:"sentiment"`
}

// Of reads the tracks off a call: how long it lasted, its turns, the voices where they were found in the sound (nil takes
// the turns), its alerts and its holds.
func Of(duration float64, turns []call.Turn, voices []talk.Voice, alerts []export.Alert, hold []Span) Tracks {
	t := Tracks{Silence: []Span{}, Overlap: []Span{}, Hold: append([]Span{}, hold...), Bot: []Span{}, Alerts: []Mark{}, Sentiment: map[call.Party][]Point{}}
	for _, x := range turns {
		duration = max(duration, x.End.Seconds())
	}
	if voices == nil {
		voices = talk.FromTurns(turns)
	}
	f := talk.Measure(duration, voices)
	for _, s := range f.Silences {
		t.Silence = append(t.Silence, Span{s.From, s.To})
	}
	for _, s := range f.Overlaps {
		t.Overlap = append(t.Overlap, Span{s.From, s.To})
	}
	for _, x := range turns {
		if x.Who == call.Bot {
			t.Bot = append(t.Bot, Span{x.Start.Seconds(), x.End.Seconds()})
			continue
		}
		mood := sentiment.OfTurn(x.Sentiment, x.Text, x.Lang)
		t.Sentiment[x.Who] = append(t.Sentiment[x.Who], Point{(x.Start.Seconds() + x.End.Seconds()) / 2, mood})
	}
	for _, a := range alerts {
		t.Alerts = append(t.Alerts, Mark{a.At.Seconds(), a.Rule, a.Text, a.Severity, a.Turn})
	}
	return t
}

// Holds reads from the events of a call, in order, when it was on hold; a hold that nobody ended lasts until duration
// seconds.
func Holds(evs []call.Event, duration float64) []Span {
	var out []Span
	from := -1.0
	set := func(on bool, at float64) {
		switch {
		case on && from < 0:
			from = at
		case !on && from >= 0:
			out = append(out, Span{from, at})
			from = -1
		}
	}
	for _, e := range evs {
		switch e.Kind {
		case call.KindHold:
			var h call.Hold
			if json.Unmarshal(e.Body, &h) == nil {
				set(h.On, e.At.Seconds())
			}
		case call.KindParty:
			var p struct {
				Action string `json:"action"`
			}
			if json.Unmarshal(e.Body, &p) == nil && (p.Action == "hold" || p.Action == "unhold") {
				set(p.Action == "hold", e.At.Seconds())
			}
		case call.KindEnded:
			set(false, e.At.Seconds())
		}
	}
	set(false, max(duration, from))
	return out
}
