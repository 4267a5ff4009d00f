package record

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/call"
)

// Format is a way to write a transcript; it is also the extension of its file.
type Format string

// The formats of a transcript.
const (
	JSON   Format = "json"
	WebVTT Format = "vtt"
	Text   Format = "txt"
)

// Formats lists the formats a transcript is kept in.
func Formats() []Format { return []Format{JSON, WebVTT, Text} }

// ContentType is the media type of a transcript in format f.
func (f Format) ContentType() string {
	switch f {
	case WebVTT:
		return "text/vtt; charset=utf-8"
	case Text:
		return "text/plain; charset=utf-8"
	default:
		return "application/json"
	}
}

// Transcript is what the JSON format holds.
type Transcript struct {
	ID        call.ID     `json:"id"`
	Route     string      `json:"route"`
	Lang      string      `json:"lang"`
	StartedAt time.Time   `json:"started_at"`
	Duration  float64     `json:"duration_s"`
	State     State       `json:"state"`
	Turns     []call.Turn `json:"turns"`
}

// Write writes the transcript of d to w in format f.
func Write(w io.Writer, d Detail, f Format) error {
	var err error
	switch f {
	case JSON:
		err = writeJSON(w, d)
	case WebVTT:
		err = writeVTT(w, d)
	case Text:
		err = writeText(w, d)
	default:
		return fmt.Errorf("write transcript: unknown format %q: use json, vtt or txt", f)
	}
	if err != nil {
		return fmt.Errorf("write transcript: %w", err)
	}
	return nil
}

func writeJSON(w io.Writer, d Detail) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(Transcript{
		ID: d.ID, Route: d.Route, Lang: d.Lang, StartedAt: d.StartedAt, Duration: d.Duration, State: d.State, Turns: d.Turns,
	})
}

// writeVTT writes one cue for a turn. WebVTT wants a cue to end after it starts.
func writeVTT(w io.Writer, d Detail) error {
	if _, err := io.WriteString(w, "WEBVTT\n"); err != nil {
		return err
	}
	esc := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	for _, t := range d.Turns {
		text := esc.Replace(oneLine(t.Text))
		if text == "" {
			continue
		}
		end := max(t.End, t.Start+call.Offset(time.Millisecond))
		if _, err := fmt.Fprintf(w, "\n%d\n%s --> %s\n<v %s>%s\n", t.N, vttTime(t.Start), vttTime(end), t.Who, text); err != nil {
			return err
		}
	}
	return nil
}

func vttTime(o call.Offset) string {
	ms := max(0, time.Duration(o).Milliseconds())
	return fmt.Sprintf("%02d:%02d:%02d.%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

func writeText(w io.Writer, d Detail) error {
	if _, err := fmt.Fprintf(w, "%s  %s -> %s  %s\n\n", d.StartedAt.UTC().Format(time.RFC3339), d.From, d.To, Clock(d.Duration)); err != nil {
		return err
	}
	for _, t := range d.Turns {
		cut := ""
		if t.Cut {
			cut = " [interrupted]"
		}
		if _, err := fmt.Fprintf(w, "%6s  %-6s  %s%s\n", Clock(t.Start.Seconds()), t.Who, oneLine(t.Text), cut); err != nil {
			return err
		}
	}
	return nil
}

// Clock writes seconds as m:ss, or h:mm:ss from an hour on.
func Clock(seconds float64) string {
	s := int(max(0, seconds))
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
