package scoring

import (
	"slices"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/nlu/sentiment"
	"github.com/parley-voice/parley/pipeline/call"
)

// Alert is a rule that warned during a call.
type Alert struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"` // info, warning, critical
}

// Facts are what a call can be found by beside its words and scores.
type Facts struct {
	Silence float64  // the longest, in seconds
	Mood    float64  // of the caller's worst turn, -1 (angry, sad) to 1; 0 when the caller said nothing
	Intents []string // of the caller, each once
	Alerts  []Alert  // each rule once, with its worst severity
}

// FactsOf reads the facts off a call that lasted duration seconds.
func FactsOf(duration float64, turns []call.Turn, alerts []Alert) Facts {
	var f Facts
	first := true
	for _, t := range turns {
		duration = max(duration, t.End.Seconds())
		if t.Who != call.Caller {
			continue
		}
		mood := sentiment.OfTurn(t.Sentiment, t.Text, t.Lang)
		if first || mood < f.Mood {
			f.Mood, first = mood, false
		}
		if t.Intent != "" && !slices.Contains(f.Intents, t.Intent) {
			f.Intents = append(f.Intents, t.Intent)
		}
	}
	f.Silence = talk.Measure(duration, talk.FromTurns(turns)).Longest
	for _, a := range alerts {
		i := slices.IndexFunc(f.Alerts, func(b Alert) bool { return b.Rule == a.Rule })
		switch {
		case i < 0:
			f.Alerts = append(f.Alerts, a)
		case weight(a.Severity) > weight(f.Alerts[i].Severity):
			f.Alerts[i].Severity = a.Severity
		}
	}
	return f
}

// weight orders severities.
func weight(severity string) int {
	return slices.Index([]string{"info", "warning", "critical"}, severity) + 1
}

// Weigh is how much a call wants to be looked at, 0 to 100, with the reasons in the order of their weight: an automatic
// fail, or an answer near to one, a low score, alerts, an upset caller, questions that the machine could not tell.
func (i Item) Weigh() (risk float64, why []string) {
	why = []string{}
	add := func(points float64, reason string) {
		if points > 0 {
			risk += points
			why = append(why, reason)
		}
	}
	if len(i.Fails) > 0 {
		add(50, "fail")
	} else if len(i.Near) > 0 {
		add(25, "near_fail")
	}
	if i.Critical {
		add(20, "critical_alert")
	} else if len(i.Alerts) > 0 {
		add(8, "alert")
	}
	if i.Score != nil {
		if low := (70 - *i.Score) / 70; low > 0 {
			add(20*low, "low_score")
		}
	}
	if i.Mood < -0.6 {
		add(10*min(1, -i.Mood), "upset_caller")
	}
	if i.Open > 0 {
		add(min(5, float64(i.Open)), "cannot_tell")
	}
	return min(100, risk), why
}
