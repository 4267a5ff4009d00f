package ingest

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

// jsonLines reads one JSON object per line with the fields of an entry; similar and queues may be a list or one text.
func (c *collector) jsonLines(text string) {
	c.unit = "line"
	n := 0
	for line := range strings.Lines(text) {
		n++
		if strings.TrimSpace(line) == "" {
			continue
		}
		var v struct {
			ID       looseString `json:"id"`
			Question string      `json:"question"`
			Answer   string      `json:"answer"`
			Similar  looseList   `json:"similar"`
			Category string      `json:"category"`
			Lang     string      `json:"lang"`
			Audience string      `json:"audience"`
			State    string      `json:"state"`
			Queues   looseList   `json:"queues"`
			From     string      `json:"from"`
			Until    string      `json:"until"`
			Begins   string      `json:"valid_from"`
			Ends     string      `json:"valid_until"`
			Pair     string      `json:"pair"`
			QnABot
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			c.add(n, "not-entry", `is not an entry: %s; write {"question":"...","answer":"..."}`, jsonWhy(err))
			continue
		}
		if v.Question == "" && v.Answer == "" && len(v.Q) > 0 {
			v.ID, v.Question, v.Similar, v.Answer = looseString(v.QID), v.Q[0], v.Q[1:], v.A
		}
		if strings.ContainsRune(v.Question+v.Answer, 0) {
			c.add(n, "nul-text", "a NUL character in the text")
			continue
		}
		more := status{Audience: v.Audience, State: v.State, Queues: v.Queues, From: cmp.Or(v.Begins, v.From), Until: cmp.Or(v.Ends, v.Until), Pair: v.Pair}
		c.entry(n, knowledge.Entry{
			ID: string(v.ID), Question: v.Question, Answer: v.Answer,
			Similar: v.Similar, Category: v.Category, Lang: v.Lang,
		}, c.lineTold(n, line, more))
	}
}

// lineTold is more with what the object in line n tells in words of its own, as in a whole document.
func (c *collector) lineTold(n int, line string, more status) status {
	var all map[string]any
	dec := json.NewDecoder(strings.NewReader(line))
	if dec.UseNumber(); dec.Decode(&all) != nil {
		return more
	}
	said := map[string]string{"state": more.State, "audience": more.Audience, "from": more.From, "until": more.Until}
	c.jsonTold(n, all, said)
	more.State, more.Audience, more.From, more.Until = said["state"], said["audience"], said["from"], said["until"]
	helpdesk(all, &more)
	return more
}

// QnABot are the fields of an item as QnABot exports it.
type QnABot struct {
	QID string   `json:"qid"`
	Q   []string `json:"q"`
	A   string   `json:"a"`
}

func jsonWhy(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return "a " + wrong.Value + " instead of an object"
		}
		return "field " + wrong.Field + " is a " + wrong.Value
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// looseString takes a JSON string or number.
type looseString string

// UnmarshalJSON reads either.
func (s *looseString) UnmarshalJSON(b []byte) error {
	var num json.Number
	if err := json.Unmarshal(b, &num); err == nil && len(b) > 0 && b[0] != '"' {
		*s = looseString(num)
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*s = looseString(text)
	return nil
}

// looseList takes a JSON list of strings or one string with | between the items.
type looseList []string

// UnmarshalJSON reads either.
func (l *looseList) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err == nil {
		*l = splitSimilar(text)
		return nil
	}
	var items []string
	if err := json.Unmarshal(b, &items); err != nil {
		return err
	}
	*l = items
	return nil
}
