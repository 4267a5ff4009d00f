package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/export"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/talk"
	"github.com/parley-voice/parley/pipeline/call"
)

func s(v float64) call.Offset { return call.Offset(v * float64(time.Second)) }

// example is a call in which everything happens.
func example(t *testing.T) *export.Call {
	t.Helper()
	form, err := quality.Parse([]byte("form: shop\nversion: 2\nlanguages: [en]\nquestions:\n  - {id: hello, text_en: \"Did the agent greet the caller?\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	score := 100.0
	began := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	end := began.Add(20 * time.Second)
	c := &export.Call{Review: "open"}
	c.ID, c.Route, c.Lang, c.From, c.To, c.StartedAt, c.EndedAt, c.Duration, c.State = "0197d2a0-0000-7000-8000-00000000abcd", "shop", "en", "+4930123456", "100", began, &end, 20, record.Ended
	c.Turns = []call.Turn{
		{N: 1, Who: call.Bot, Text: "Good morning, how can I help?", Lang: "en", Start: s(0), End: s(2)},
		{N: 2, Who: call.Caller, Text: "I want to return my kettle, it is terrible and I am furious.", Lang: "en", Start: s(2.5), End: s(6), Confidence: 0.9},
		{N: 3, Who: call.Agent, Text: "=HYPERLINK(\"http://x\") sorry. I will send you a label tomorrow.", Lang: "en", Start: s(5), End: s(9)},
		{N: 4, Who: call.Caller, Text: "Thank you, wonderful.", Lang: "en", Start: s(14), End: s(16)},
	}
	c.Sheets = []export.Sheet{{Form: form, Sheet: scoring.Sheet{
		Call: c.ID, Form: "shop", Version: 2, By: scoring.Machine, At: end,
		Card: quality.Card{Call: string(c.ID), Form: "shop", Version: "2", Score: &score, Fails: []string{}, Answers: []quality.Answer{
			{Question: "hello", Value: quality.Yes, Confidence: 0.9, By: "wording", Why: "the words for it were said", Evidence: []quality.Evidence{{Turn: 0, Text: "Good morning", EndS: 1}}},
		}},
	}}}
	c.Alerts = []export.Alert{{Rule: "anger", Severity: "critical", Text: "The caller is angry.", At: s(6), Turn: 2}}
	return c
}

// keys walks over the names of all objects in a JSON document.
func keys(v any, path string, f func(path, name string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			f(path, k)
			keys(x, path+"."+k, f)
		}
	case []any:
		for _, x := range v {
			keys(x, path, f)
		}
	}
}

func decode(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// published are the names in the example output files of Contact Lens.
var published = strings.Fields(`Version AccountId Channel ContentMetadata RedactionTypes Output JobStatus LanguageCode Participants ParticipantId ParticipantRole
	Categories MatchedCategories MatchedDetails PointsOfInterest BeginOffsetMillis EndOffsetMillis DurationMillis ConversationCharacteristics
	TotalConversationDurationMillis Sentiment OverallSentiment SentimentByPeriod QUARTER Score AGENT CUSTOMER Interruptions InterruptionsByInterrupter TotalCount
	TotalTimeMillis NonTalkTime Instances TalkSpeed DetailsByParticipant AverageWordsPerMinute TalkTime CustomModels Transcript Content Id LoudnessScore
	Redaction RedactedTimestamps IssuesDetected OutcomesDetected ActionItemsDetected CharacterOffsets BeginOffsetChar EndOffsetChar Text`)

func TestContactLens(t *testing.T) {
	t.Parallel()
	raw, err := example(t).Write(export.ContactLens)
	if err != nil {
		t.Fatal(err)
	}
	v := decode(t, raw)
	seen := map[string]bool{}
	keys(v, "", func(path, name string) {
		own := path == "" && name == "Parley" || strings.HasPrefix(path, ".Parley") || strings.HasSuffix(path, ".MatchedDetails") || name == "SYSTEM"
		if !own && !slices.Contains(published, name) {
			t.Errorf("%s.%s is no name of Contact Lens", path, name)
		}
		seen[name] = true
	})
	for _, must := range []string{"IssuesDetected", "ActionItemsDetected", "InterruptionsByInterrupter", "MatchedDetails", "AverageWordsPerMinute", "QUARTER"} {
		if !seen[must] {
			t.Errorf("%s is missing", must)
		}
	}
	var got struct {
		Categories struct{ MatchedCategories []string }
		Chars      struct {
			TotalConversationDurationMillis int
			Interruptions                   struct{ TotalCount, TotalTimeMillis int }
			NonTalkTime                     struct{ TotalTimeMillis int }
			TalkTime                        struct {
				TotalTimeMillis      int
				DetailsByParticipant map[string]struct{ TotalTimeMillis int }
			}
			Sentiment struct{ OverallSentiment map[string]float64 }
		} `json:"ConversationCharacteristics"`
		Transcript []struct{ Sentiment, ParticipantId string } //nolint:revive,stylecheck // a name of Contact Lens
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	c := got.Chars
	want := fmt.Sprint(20000, 1, 1000, 5000+4000, 11500, 4000, []string{"anger"}, "NEGATIVE", "CUSTOMER")
	have := fmt.Sprint(c.TotalConversationDurationMillis, c.Interruptions.TotalCount, c.Interruptions.TotalTimeMillis, c.NonTalkTime.TotalTimeMillis,
		c.TalkTime.TotalTimeMillis, c.TalkTime.DetailsByParticipant["AGENT"].TotalTimeMillis, got.Categories.MatchedCategories, got.Transcript[1].Sentiment, got.Transcript[1].ParticipantId)
	if have != want {
		t.Errorf("got  %s\nwant %s", have, want)
	}
	if f := c.Sentiment.OverallSentiment["CUSTOMER"]; f < -5 || f > 5 {
		t.Errorf("sentiment %v is out of range", f)
	}
}

// The parameters of the draft, by object.
var draft = map[string][]string{
	"":            strings.Fields("vcon uuid extensions critical created_at updated_at subject redacted amended parties dialog analysis attachments"),
	".parties":    strings.Fields("tel sip stir mailto name did validation gmlpos civicaddress uuid type org dept"),
	".dialog":     strings.Fields("type start duration application parties originator recording_set mediatype filename message_id body encoding url content_hash session_id party_history recordings disposition"),
	".analysis":   strings.Fields("type dialog attachment mediatype filename vendor product schema body encoding url content_hash"),
	".attachment": strings.Fields("purpose start party dialog mediatype filename body encoding url content_hash"),
}

func TestVCon(t *testing.T) {
	t.Parallel()
	for _, audio := range [][]byte{nil, []byte("RIFF")} {
		c := example(t)
		c.Audio = audio
		raw, err := c.Write(export.VCon)
		if err != nil {
			t.Fatal(err)
		}
		v := decode(t, raw)
		keys(v, "", func(path, name string) {
			if names, ok := draft[path]; ok && !slices.Contains(names, name) {
				t.Errorf("%s.%s is no parameter of the draft", path, name)
			}
		})
		var got struct {
			UUID      string    `json:"uuid"`
			CreatedAt time.Time `json:"created_at"`
			Parties   []struct{ Tel, Name, Type string }
			Dialog    []struct {
				Type, MediaType, Encoding, Body string
				Start                           time.Time
				Duration                        float64
				Parties                         any
			}
			Analysis []struct {
				Type, Vendor, Encoding string
				Dialog                 []int
				Body                   any
			}
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if got.UUID != string(c.ID) || got.CreatedAt.IsZero() || len(got.Parties) != 3 || got.Parties[0].Tel != "+4930123456" {
			t.Errorf("%+v", got)
		}
		for _, p := range got.Parties {
			if !slices.Contains([]string{"person", "bot", "organization"}, p.Type) {
				t.Errorf("party of type %q", p.Type)
			}
		}
		for i, d := range got.Dialog {
			if !slices.Contains([]string{"recording", "text"}, d.Type) || d.MediaType == "" || d.Start.IsZero() || d.Duration < 0 || !slices.Contains([]string{"none", "base64url"}, d.Encoding) {
				t.Errorf("dialog %d: %+v", i, d)
			}
			if p, ok := d.Parties.([]any); d.Type == "recording" && (!ok || len(p) != 2) {
				t.Errorf("a stereo recording has parties %v, want one entry a channel", d.Parties)
			}
		}
		kinds := map[string]int{}
		for _, a := range got.Analysis {
			kinds[a.Type]++
			if a.Vendor == "" || a.Encoding != "json" || a.Body == nil {
				t.Errorf("%+v", a)
			}
			for _, d := range a.Dialog {
				if d < 0 || d >= len(got.Dialog) {
					t.Errorf("analysis of dialog %d, there are %d", d, len(got.Dialog))
				}
			}
		}
		if kinds["transcript"] != 1 || kinds["sentiment"] != 1 || kinds["report"] != 3 {
			t.Errorf("analyses %v", kinds)
		}
		if want := map[bool]int{false: 4, true: 1}[audio != nil]; len(got.Dialog) != want {
			t.Errorf("%d dialogs, want %d", len(got.Dialog), want)
		}
	}
}

// TestMono: a recording in which nobody knows who speaks has one party, and no empty caller.
func TestMono(t *testing.T) {
	t.Parallel()
	c := &export.Call{Voices: []talk.Voice{{Who: "unknown", Spans: []talk.Span{{From: 0, To: 1}}}}}
	c.ID, c.Duration = "not-a-uuid", 2
	c.Turns = []call.Turn{{N: 1, Who: "unknown", Text: "hello", Lang: "en", End: s(1)}}
	raw, err := c.Write(export.VCon)
	if err != nil {
		t.Fatal(err)
	}
	v := decode(t, raw)
	if p, _ := v["parties"].([]any); len(p) != 1 {
		t.Errorf("parties %v", v["parties"])
	}
	if _, err := c.Write(export.ContactLens); err != nil {
		t.Error(err)
	}
	if _, err := c.Write("xml"); err == nil {
		t.Error("an unknown format was written")
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	for _, answers := range []bool{false, true} {
		var b bytes.Buffer
		w := export.NewTable(&b, answers)
		c := example(t)
		c.From = "=1+1"
		c.Sheets[0].Card.Answers[0].Evidence[0].Text = "@SUM(A1)"
		if err := w.Add(c); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		row := map[string]string{}
		for i, name := range rows[0] {
			row[name] = rows[1][i]
		}
		if answers && (row["question"] != "hello" || row["answer"] != "yes" || row["made_by"] != "machine" || row["evidence"] != "'@SUM(A1)" || row["text"] == "") {
			t.Errorf("%v", row)
		}
		if !answers && (row["from"] != "'=1+1" || row["score"] != "100" || row["silence_s"] != "9.500" || row["alerts"] != "anger" || row["review"] != "open") {
			t.Errorf("%v", row)
		}
	}
	var b bytes.Buffer
	w := export.NewTable(&b, false)
	w.Excel = true
	if err := w.Flush(); err != nil || !strings.HasPrefix(b.String(), "\ufeffcall,") {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	body := func(v any) json.RawMessage {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	got := export.Alerts([]call.Event{
		{Kind: call.KindAlert, Body: body(export.Alert{Rule: "b", At: s(5), Turn: 3})}, {Kind: call.KindAlert, Body: body(export.Alert{Rule: "b", At: s(5), Turn: 3})},
		{Kind: call.KindAlert, Body: body(export.Alert{Rule: "a", At: s(2), Turn: 1})}, {Kind: call.KindTurn}, {Kind: call.KindAlert, Body: json.RawMessage("7")},
	})
	if len(got) != 2 || got[0].Rule != "a" || got[1].Rule != "b" {
		t.Errorf("%+v", got)
	}
}
