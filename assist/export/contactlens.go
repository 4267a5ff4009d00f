package export

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// The names below are those of Contact Lens output files of version 1.1.0, so that tools made for them find what they look
// for. Scores are Parley's own and stand under one name that the original lacks.
type lens struct {
	Version         string            `json:"Version"`
	AccountID       string            `json:"AccountId"`
	Channel         string            `json:"Channel"`
	ContentMetadata lensContent       `json:"ContentMetadata"`
	JobStatus       string            `json:"JobStatus"`
	LanguageCode    string            `json:"LanguageCode"`
	Participants    []lensParticipant `json:"Participants"`
	Categories      lensCategories    `json:"Categories"`
	Characteristics lensCharacter     `json:"ConversationCharacteristics"`
	CustomModels    []string          `json:"CustomModels"`
	Transcript      []lensTurn        `json:"Transcript"`
	Parley          lensParley        `json:"Parley"`
}

type lensContent struct {
	RedactionTypes []string `json:"RedactionTypes"`
	Output         string   `json:"Output"`
}

type lensParticipant struct {
	ID   string `json:"ParticipantId"`
	Role string `json:"ParticipantRole"`
}

type lensSpan struct {
	Begin int64 `json:"BeginOffsetMillis"`
	End   int64 `json:"EndOffsetMillis"`
}

type lensLong struct {
	Begin    int64 `json:"BeginOffsetMillis"`
	Duration int64 `json:"DurationMillis"`
	End      int64 `json:"EndOffsetMillis"`
}

type lensCategories struct {
	Matched []string              `json:"MatchedCategories"`
	Details map[string]lensPoints `json:"MatchedDetails"`
}

type lensPoints struct {
	Points []lensSpan `json:"PointsOfInterest"`
}

type lensScore struct {
	Begin int64   `json:"BeginOffsetMillis"`
	End   int64   `json:"EndOffsetMillis"`
	Score float64 `json:"Score"`
}

type lensCharacter struct {
	Total     int64 `json:"TotalConversationDurationMillis"`
	Sentiment struct {
		Overall  map[string]float64                `json:"OverallSentiment"`
		ByPeriod map[string]map[string][]lensScore `json:"SentimentByPeriod"`
	} `json:"Sentiment"`
	Interruptions struct {
		By    map[string][]lensLong `json:"InterruptionsByInterrupter"`
		Count int                   `json:"TotalCount"`
		Time  int64                 `json:"TotalTimeMillis"`
	} `json:"Interruptions"`
	NonTalk struct {
		Time      int64      `json:"TotalTimeMillis"`
		Instances []lensLong `json:"Instances"`
	} `json:"NonTalkTime"`
	Speed struct {
		By map[string]lensSpeed `json:"DetailsByParticipant"`
	} `json:"TalkSpeed"`
	Talk struct {
		Time int64               `json:"TotalTimeMillis"`
		By   map[string]lensTime `json:"DetailsByParticipant"`
	} `json:"TalkTime"`
}

type lensSpeed struct {
	Words int `json:"AverageWordsPerMinute"`
}

type lensTime struct {
	Time int64 `json:"TotalTimeMillis"`
}

type lensFound struct {
	Offsets struct {
		Begin int `json:"BeginOffsetChar"`
		End   int `json:"EndOffsetChar"`
	} `json:"CharacterOffsets"`
	Text string `json:"Text"`
}

type lensTurn struct {
	Begin       int64       `json:"BeginOffsetMillis"`
	Content     string      `json:"Content"`
	End         int64       `json:"EndOffsetMillis"`
	ID          string      `json:"Id"`
	Participant string      `json:"ParticipantId"`
	Sentiment   string      `json:"Sentiment"`
	Issues      []lensFound `json:"IssuesDetected,omitempty"`
	Actions     []lensFound `json:"ActionItemsDetected,omitempty"`
}

// lensParley is what Contact Lens keeps elsewhere or does not have.
type lensParley struct {
	ContactID string      `json:"ContactId"`
	Queue     string      `json:"Queue"`
	StartedAt string      `json:"InitiationTimestamp"`
	Overlap   int64       `json:"OverlapMillis"`
	Agents    []string    `json:"AgentNames,omitempty"`
	Sheets    []lensSheet `json:"Evaluations"`
}

type lensSheet struct {
	Form     string       `json:"FormId"`
	Version  int          `json:"FormVersion"`
	By       string       `json:"EvaluatedBy"` // machine, or a person's id
	Name     string       `json:"EvaluatorName,omitempty"`
	Score    *float64     `json:"ScorePercentage"`
	AutoFail bool         `json:"AutomaticFail"`
	Answers  []lensAnswer `json:"Answers"`
}

type lensAnswer struct {
	Question   string     `json:"QuestionId"`
	Text       string     `json:"QuestionText,omitempty"`
	Value      string     `json:"Value"`
	Confidence float64    `json:"Confidence"`
	Method     string     `json:"Method"`
	Notes      string     `json:"Justification"`
	Evidence   []lensSpan `json:"PointsOfInterest"`
}

// lensRole is how Contact Lens calls a party; other voices keep their name in capitals.
func lensRole(who call.Party) string {
	switch who {
	case call.Caller:
		return "CUSTOMER"
	case call.Bot:
		return "SYSTEM"
	}
	return strings.ToUpper(string(who))
}

func lensLang(lang string) string {
	switch lang {
	case "en":
		return "en-US"
	case "zh":
		return "zh-CN"
	}
	return lang
}

func (c *Call) contactLens() lens {
	f := c.figures()
	l := lens{
		Version: "1.1.0", AccountID: "parley", Channel: "VOICE", ContentMetadata: lensContent{[]string{"PII"}, "Redacted"},
		JobStatus: "COMPLETED", LanguageCode: lensLang(c.Lang), Participants: []lensParticipant{}, CustomModels: []string{},
		Categories: lensCategories{Matched: []string{}, Details: map[string]lensPoints{}},
	}
	if c.Codec == call.Written {
		l.Channel = "CHAT"
	}
	for _, p := range c.parties() {
		l.Participants = append(l.Participants, lensParticipant{lensRole(p), lensRole(p)})
	}
	for _, a := range c.Alerts {
		p, ok := l.Categories.Details[a.Rule]
		if !ok {
			l.Categories.Matched = append(l.Categories.Matched, a.Rule)
		}
		p.Points = append(p.Points, c.around(a))
		l.Categories.Details[a.Rule] = p
	}
	l.Characteristics = c.character(f)
	l.Transcript = c.lensTurns()
	l.Parley = lensParley{string(c.ID), c.Route, c.StartedAt.UTC().Format("2006-01-02T15:04:05.000Z"), millis(f.Overlap), c.Agents, []lensSheet{}}
	for _, s := range c.Sheets {
		l.Parley.Sheets = append(l.Parley.Sheets, c.lensSheet(s))
	}
	return l
}

// around is the turn of an alert.
func (c *Call) around(a Alert) lensSpan {
	for _, t := range c.Turns {
		if t.N == a.Turn {
			return lensSpan{millis(t.Start.Seconds()), millis(t.End.Seconds())}
		}
	}
	return lensSpan{millis(a.At.Seconds()), millis(a.At.Seconds())}
}

func (c *Call) character(f talk.Figures) lensCharacter {
	var k lensCharacter
	k.Total = millis(f.Duration)
	k.Sentiment.Overall, k.Sentiment.ByPeriod = c.lensSentiment(f.Duration)
	k.Interruptions.By = map[string][]lensLong{}
	for _, i := range f.Interruptions {
		by := lensRole(i.By)
		k.Interruptions.By[by] = append(k.Interruptions.By[by], lensLong{millis(i.At), millis(i.Len), millis(i.At + i.Len)})
		k.Interruptions.Count++
		k.Interruptions.Time += millis(i.Len)
	}
	k.NonTalk.Instances = []lensLong{}
	for _, s := range f.Silences {
		k.NonTalk.Instances = append(k.NonTalk.Instances, lensLong{millis(s.From), millis(s.Len()), millis(s.To)})
		k.NonTalk.Time += millis(s.Len())
	}
	k.Speed.By, k.Talk.By = map[string]lensSpeed{}, map[string]lensTime{}
	for who, t := range f.Talk {
		k.Talk.By[lensRole(who)] = lensTime{millis(t)}
		k.Talk.Time += millis(t)
		if p, ok := f.Pace[who]; ok {
			k.Speed.By[lensRole(who)] = lensSpeed{int(p + 0.5)}
		}
	}
	return k
}

// lensSentiment is the mean sentiment of each party, -5 to 5, over the call and over its quarters.
func (c *Call) lensSentiment(duration float64) (map[string]float64, map[string]map[string][]lensScore) {
	const quarters = 4
	overall, by := map[string]float64{}, map[string][]lensScore{}
	for _, p := range c.parties() {
		var sum, n float64
		var part [quarters][2]float64
		for _, t := range c.Turns {
			if t.Who != p {
				continue
			}
			v := feeling(t)
			sum, n = sum+v, n+1
			q := 0
			if duration > 0 {
				q = min(quarters-1, int(t.Start.Seconds()/duration*quarters))
			}
			part[q][0], part[q][1] = part[q][0]+v, part[q][1]+1
		}
		if n == 0 {
			continue
		}
		overall[lensRole(p)] = tenth(5 * sum / n)
		for q, s := range part {
			if s[1] > 0 {
				by[lensRole(p)] = append(by[lensRole(p)], lensScore{
					millis(duration * float64(q) / quarters), millis(duration * float64(q+1) / quarters), tenth(5 * s[0] / s[1]),
				})
			}
		}
	}
	return overall, map[string]map[string][]lensScore{"QUARTER": by}
}

func tenth(v float64) float64 {
	if v < 0 {
		return float64(int(v*10-0.5)) / 10
	}
	return float64(int(v*10+0.5)) / 10
}

// lensTurns are the turns, with the reason of the call and the promises of the agent marked.
func (c *Call) lensTurns() []lensTurn {
	out := []lensTurn{}
	at := map[int]int{}
	for _, t := range c.Turns {
		mood := "NEUTRAL"
		switch v := feeling(t); {
		case v > 0.2:
			mood = "POSITIVE"
		case v < -0.2:
			mood = "NEGATIVE"
		}
		at[t.N] = len(out)
		out = append(out, lensTurn{
			Begin: millis(t.Start.Seconds()), Content: t.Text, End: millis(t.End.Seconds()), ID: fmt.Sprintf("%s-%d", c.ID, t.N),
			Participant: lensRole(t.Who), Sentiment: mood,
		})
	}
	s := wrapup.Summarise(wrapup.Call{Turns: c.Turns, Lang: c.Lang, Ended: call.Ended{By: c.EndedBy, Why: c.Why, Duration: c.Duration}})
	if i, ok := at[s.Reason.Turn]; ok && s.Reason.Text != "" {
		out[i].Issues = append(out[i].Issues, found(out[i].Content, s.Reason.Text))
	}
	for _, p := range s.Promised {
		if i, ok := at[p.Turn]; ok {
			out[i].Actions = append(out[i].Actions, found(out[i].Content, p.Text))
		}
	}
	return out
}

// found is where words stand in a turn; the whole turn when they are not in it word for word.
func found(turn, words string) lensFound {
	var f lensFound
	f.Text = turn
	f.Offsets.End = utf8.RuneCountInString(turn)
	if i := strings.Index(turn, words); i >= 0 {
		f.Text = words
		f.Offsets.Begin = utf8.RuneCountInString(turn[:i])
		f.Offsets.End = f.Offsets.Begin + utf8.RuneCountInString(words)
	}
	return f
}

func (c *Call) lensSheet(s Sheet) lensSheet {
	out := lensSheet{Form: s.Sheet.Form, Version: s.Version, By: s.By, Score: s.Card.Score, AutoFail: s.Card.Fail, Answers: []lensAnswer{}}
	if s.Name != s.By {
		out.Name = s.Name
	}
	for _, a := range s.Card.Answers {
		one := lensAnswer{
			Question: a.Question, Text: s.text(a.Question, c.Lang), Value: string(a.Value), Confidence: a.Confidence, Method: a.By, Notes: a.Why, Evidence: []lensSpan{},
		}
		for _, e := range a.Evidence {
			one.Evidence = append(one.Evidence, lensSpan{millis(e.StartS), millis(e.EndS)})
		}
		out.Answers = append(out.Answers, one)
	}
	return out
}
