package export

import (
	"encoding/base64"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/pipeline/call"
)

// Draft is the draft of vCon that is followed.
const Draft = "draft-ietf-vcon-vcon-core-04"

// syntax is what the draft has in its deprecated version parameter, which readers of earlier drafts ask for.
const syntax = "0.4.0"

type vcon struct {
	VCon        string         `json:"vcon"`
	UUID        string         `json:"uuid"`
	CreatedAt   string         `json:"created_at"`
	Subject     string         `json:"subject,omitempty"`
	Parties     []vconParty    `json:"parties"`
	Dialog      []vconDialog   `json:"dialog"`
	Analysis    []vconAnalysis `json:"analysis"`
	Attachments []struct{}     `json:"attachments"`
}

type vconParty struct {
	Tel        string `json:"tel,omitempty"`
	Name       string `json:"name,omitempty"`
	Validation string `json:"validation,omitempty"`
	UUID       string `json:"uuid,omitempty"`
	Type       string `json:"type"`
}

type vconDialog struct {
	Type      string  `json:"type"`
	Start     string  `json:"start"`
	Duration  float64 `json:"duration"`
	Parties   any     `json:"parties"`
	MediaType string  `json:"mediatype"`
	Filename  string  `json:"filename,omitempty"`
	Body      string  `json:"body"`
	Encoding  string  `json:"encoding"`
}

type vconAnalysis struct {
	Type      string `json:"type"`
	Dialog    any    `json:"dialog,omitempty"`
	MediaType string `json:"mediatype"`
	Vendor    string `json:"vendor"`
	Product   string `json:"product"`
	Schema    string `json:"schema"`
	Body      any    `json:"body"`
	Encoding  string `json:"encoding"`
}

// vconTurn is one turn of the transcript analysis.
type vconTurn struct {
	Party      int         `json:"party"`
	Start      call.Offset `json:"start_s"`
	End        call.Offset `json:"end_s"`
	Text       string      `json:"text"`
	Lang       string      `json:"lang"`
	Confidence float64     `json:"confidence,omitempty"`
}

var phone = regexp.MustCompile(`^\+?[0-9]{3,15}$`)

func (c *Call) vcon() vcon {
	v := vcon{
		VCon: syntax, UUID: vconID(c.ID), CreatedAt: c.ended().Format(time.RFC3339Nano), Subject: c.Route,
		Parties: []vconParty{}, Dialog: []vconDialog{}, Analysis: []vconAnalysis{}, Attachments: []struct{}{},
	}
	index := map[call.Party]int{}
	for i, p := range c.parties() {
		index[p] = i
		v.Parties = append(v.Parties, c.vconParty(p))
	}
	var all []int
	if c.Audio != nil {
		v.Dialog = append(v.Dialog, c.recording(index))
		all = []int{0}
	} else {
		for i, t := range c.Turns {
			v.Dialog = append(v.Dialog, vconDialog{
				Type: "text", Start: c.at(t.Start), Duration: max(0, (t.End - t.Start).Seconds()), Parties: index[t.Who], MediaType: "text/plain",
				Body: t.Text, Encoding: "none",
			})
			all = append(all, i)
		}
	}
	add := func(kind, schema string, body any) {
		a := vconAnalysis{Type: kind, MediaType: "application/json", Vendor: "Parley", Product: "parley", Schema: schema, Body: body, Encoding: "json"}
		if len(all) > 0 {
			a.Dialog = all
		}
		v.Analysis = append(v.Analysis, a)
	}
	turns, moods := []vconTurn{}, []float64{}
	for _, t := range c.Turns {
		turns = append(turns, vconTurn{index[t.Who], t.Start, t.End, t.Text, t.Lang, t.Confidence})
		moods = append(moods, feeling(t))
	}
	add("transcript", "parley-transcript-1", map[string][]vconTurn{"turns": turns})
	add("sentiment", "parley-sentiment-1", map[string][]float64{"turns": moods})
	add("report", "parley-talk-1", c.vconTalk())
	for _, s := range c.Sheets {
		add("report", "parley-scorecard-1", vconSheet{s.Sheet.Form, s.Version, s.By, s.At.UTC().Format(time.RFC3339), s.Card})
	}
	if len(c.Alerts) > 0 {
		add("report", "parley-alerts-1", map[string][]Alert{"alerts": c.Alerts})
	}
	return v
}

type vconSheet struct {
	Form    string       `json:"form"`
	Version int          `json:"version"`
	By      string       `json:"by"`
	At      string       `json:"at"`
	Card    quality.Card `json:"card"`
}

// vconTalk is how the talk was shared, with when each voice spoke.
func (c *Call) vconTalk() any {
	voices := c.Voices
	if voices == nil {
		voices = talk.FromTurns(c.Turns)
	}
	return struct {
		talk.Figures

		Voices []talk.Voice `json:"voices"`
	}{c.figures(), voices}
}

func (c *Call) vconParty(p call.Party) vconParty {
	switch p {
	case call.Caller:
		if phone.MatchString(c.From) {
			return vconParty{Tel: c.From, Type: "person"}
		}
		return vconParty{Name: c.From, Validation: "none", Type: "person"}
	case call.Bot:
		return vconParty{Name: "Parley", Validation: "none", Type: "bot"}
	}
	name := string(p)
	if p == call.Agent && len(c.Agents) > 0 {
		name = c.agents()
	}
	return vconParty{Name: name, Validation: "none", Type: "person"}
}

// recording is the stereo recording: the caller left, who answers right.
func (c *Call) recording(index map[call.Party]int) vconDialog {
	left, right := []int{}, []int{}
	for _, p := range c.parties() {
		switch p {
		case call.Caller:
			left = append(left, index[p])
		case call.Bot, call.Agent:
			right = append(right, index[p])
		default: // one voice stands for everybody, on both sides
			left, right = append(left, index[p]), append(right, index[p])
		}
	}
	if len(right) == 0 {
		right = left
	}
	return vconDialog{
		Type: "recording", Start: c.at(0), Duration: c.Duration, Parties: [][]int{left, right}, MediaType: "audio/x-wav",
		Filename: string(c.ID) + ".wav", Body: base64.RawURLEncoding.EncodeToString(c.Audio), Encoding: "base64url",
	}
}

func (c *Call) at(o call.Offset) string {
	return c.StartedAt.UTC().Add(time.Duration(o)).Format("2006-01-02T15:04:05.000Z07:00")
}

func (c *Call) ended() time.Time {
	if c.EndedAt != nil {
		return c.EndedAt.UTC()
	}
	return c.StartedAt.UTC()
}

// vconID is the call's id where that is a UUID, else one made from it.
func vconID(id call.ID) string {
	if _, err := uuid.Parse(string(id)); err == nil {
		return string(id)
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(id)).String()
}
