// Package export writes finished calls in formats other systems read: call analytics in the shape of Amazon Connect
// Contact Lens, vCon, WebVTT and CSV. It is pure: what is known of a call goes in, bytes come out, and the same call always
// gives the same bytes. docs/quality.md says where the shapes differ from what they follow.
package export

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/nlu/sentiment"
	"github.com/parley-voice/parley/pipeline/call"
)

// Format is a way to write one call, or with CSV many.
type Format string

// The formats.
const (
	ContactLens Format = "contactlens"
	VCon        Format = "vcon"
	WebVTT      Format = "vtt"
	CSV         Format = "csv"
)

// Formats are all formats.
func Formats() []Format { return []Format{ContactLens, VCon, WebVTT, CSV} }

// Ext is the ending of files of a format, with its dot.
func (f Format) Ext() string {
	switch f {
	case ContactLens:
		return ".contactlens.json"
	case VCon:
		return ".vcon.json"
	case WebVTT:
		return ".vtt"
	}
	return ".csv"
}

// ContentType is the media type of a format.
func (f Format) ContentType() string {
	switch f {
	case ContactLens:
		return "application/json"
	case VCon:
		return "application/vcon"
	case WebVTT:
		return "text/vtt; charset=utf-8"
	}
	return "text/csv; charset=utf-8"
}

// Call is what is known of a finished call.
type Call struct {
	record.Detail

	Sheets []Sheet
	Alerts []Alert
	Review string // state of the review, "" when the call was not looked at
	// Agents are the people who took part, by name, in the order in which they did.
	Agents []string
	// Voices are when each party spoke; nil takes the turns instead.
	Voices []talk.Voice
	// Audio is the recording as a WAV file to be put into a vCon; nil leaves it out.
	Audio []byte
}

// Sheet is a score with the form that it was made with, nil when that is gone.
type Sheet struct {
	scoring.Sheet

	Form *quality.Form
	Name string // of the person who answered last, else what By has
}

// Alert is a warning of a rule.
type Alert struct {
	Rule     string      `json:"rule"`
	Severity string      `json:"severity"` // info, warning, critical
	Text     string      `json:"text"`
	TextZh   string      `json:"text_zh"`
	At       call.Offset `json:"at_s"`
	Turn     int         `json:"turn"` // number of the turn, 0 for none
}

// Alerts reads the alerts among the events of a call, each rule once a turn, in order.
func Alerts(evs []call.Event) []Alert {
	var out []Alert
	for _, e := range evs {
		var a Alert
		if e.Kind != call.KindAlert || json.Unmarshal(e.Body, &a) != nil {
			continue
		}
		if !slices.ContainsFunc(out, func(b Alert) bool { return b.Rule == a.Rule && b.Turn == a.Turn }) {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b Alert) int { return cmp.Compare(a.At, b.At) })
	return out
}

// Write returns the call in a format for one call.
func (c *Call) Write(f Format) ([]byte, error) {
	switch f {
	case ContactLens:
		return encode(c.contactLens())
	case VCon:
		return encode(c.vcon())
	case WebVTT:
		var b bytes.Buffer
		err := record.Write(&b, c.Detail, record.WebVTT)
		return b.Bytes(), err
	}
	return nil, fmt.Errorf("export: %q is no format for one call: use contactlens, vcon or vtt", f)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	return b.Bytes(), nil
}

// figures are how the talk was shared.
func (c *Call) figures() talk.Figures {
	voices := c.Voices
	if voices == nil {
		voices = talk.FromTurns(c.Turns)
	}
	f := talk.Measure(c.length(), voices)
	said := make([]talk.Said, 0, len(c.Turns))
	for _, t := range c.Turns {
		said = append(said, talk.Said{Who: t.Who, Text: t.Text})
	}
	f.Say(said)
	return f
}

// length is how long the call lasted in seconds, at least to the end of its last turn.
func (c *Call) length() float64 {
	d := c.Duration
	for _, t := range c.Turns {
		d = max(d, t.End.Seconds())
	}
	return d
}

// feeling is how a turn sounds, -1 to 1.
func feeling(t call.Turn) float64 { return sentiment.OfTurn(t.Sentiment, t.Text, t.Lang) }

func millis(seconds float64) int64 { return int64(seconds*1000 + 0.5) }

// parties are who speaks in the call, the caller first, even one who said nothing.
func (c *Call) parties() []call.Party {
	out := []call.Party{call.Caller}
	add := func(who call.Party) {
		if !slices.Contains(out, who) {
			out = append(out, who)
		}
	}
	for _, t := range c.Turns {
		add(t.Who)
	}
	for _, v := range c.Voices {
		add(v.Who)
	}
	if len(out) > 1 && slices.Contains(out, "unknown") && !slices.ContainsFunc(c.Turns, func(t call.Turn) bool { return t.Who == call.Caller }) {
		return out[1:] // a mono recording
	}
	return out
}

// text is a question in the language of the call.
func (s Sheet) text(question, lang string) string {
	if s.Form == nil {
		return ""
	}
	q := s.Form.Question(question)
	if q == nil {
		return ""
	}
	if strings.HasPrefix(lang, "zh") && q.TextZh != "" || q.TextEn == "" {
		return q.TextZh
	}
	return q.TextEn
}
