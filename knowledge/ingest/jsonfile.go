package ingest

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-voice/parley/knowledge"
)

const deepJSON = 8 // of lists and objects around an entry

// jsonFile reads one JSON document, as help desks and makers of questions export theirs: each object in it that has a question (a title) and an
// answer (a body), whatever lies around it. Objects one a line are read as such.
func (c *collector) jsonFile(text string) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var all any
	err := dec.Decode(&all)
	if err == nil {
		var more any
		switch err = dec.Decode(&more); {
		case errors.Is(err, io.EOF):
			err = nil
		case err == nil:
			c.jsonLines(text)
			return
		}
	}
	if err != nil {
		c.add(0, "not-json", "is not JSON, or damaged: %s", jsonWhy(err))
		return
	}
	c.unit = "item"
	n := 0
	c.jsonItems(all, &n, 0)
	if n == 0 {
		c.add(0, "no-question-json", `holds no question: each is an object such as {"question":"...","answer":"..."} or {"title":"...","body":"..."}`)
	}
}

// jsonItems makes entries of the objects in v and counts them.
func (c *collector) jsonItems(v any, n *int, depth int) {
	if depth > deepJSON {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			c.jsonItems(x, n, depth+1)
		}
	case map[string]any:
		if c.jsonItem(v, n) {
			return
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			c.jsonItems(v[k], n, depth+1)
		}
	}
}

// jsonItem makes an entry of an object, when it is one.
func (c *collector) jsonItem(v map[string]any, n *int) bool {
	names := slices.Sorted(maps.Keys(v))
	fields, _ := fieldsOf(names)
	said := map[string]string{}
	var similar, queues []string
	has := map[string]bool{}
	for i, f := range fields {
		texts := jsonTexts(v[names[i]])
		if f == "" || len(texts) == 0 && meant[f] == nil {
			continue
		}
		switch has[f] = true; {
		case meant[f] != nil || f == "validity": // see jsonTold
		case f == "question" && said[f] == "":
			said[f] = texts[0]
			similar = append(similar, texts[1:]...)
		case f == "similar" && len(texts) > 1:
			similar = append(similar, texts...)
		case f == "similar":
			similar = append(similar, splitSimilar(texts[0])...)
		case f == "queues" && len(texts) > 1:
			queues = texts
		case f == "answer" || said[f] == "":
			said[f] = strings.TrimPrefix(said[f]+"\n"+strings.Join(texts, "\n"), "\n")
		}
	}
	if !has["question"] || !has["answer"] {
		return false
	}
	*n++
	c.jsonTold(*n, v, said)
	if queues == nil {
		queues = splitSimilar(said["queues"])
	}
	if strings.ContainsRune(said["question"]+said["answer"], 0) {
		c.add(*n, "nul-text", "a NUL character in the text")
		return true
	}
	more := status{Audience: said["audience"], State: said["state"], Queues: queues, From: said["from"], Until: said["until"], Pair: said["pair"]}
	helpdesk(v, &more)
	c.entry(*n, knowledge.Entry{ID: said["id"], Question: said["question"], Answer: said["answer"], Similar: similar, Category: said["category"], Lang: said["lang"]}, more)
	return true
}

// jsonTold adds to what object n says of its entry what it tells in words of its own; what is not known there is named in the report.
func (c *collector) jsonTold(n int, v map[string]any, said map[string]string) {
	names := slices.Sorted(maps.Keys(v))
	fields, _ := fieldsOf(names)
	inner := ""
	for i, f := range fields {
		if f == "answer" && inward.MatchString(columnName(names[i])) {
			inner = names[i]
		}
		if meant[f] == nil && f != "validity" {
			continue
		}
		texts := jsonTexts(v[names[i]])
		if b, ok := v[names[i]].(bool); ok {
			texts = []string{strconv.FormatBool(b)}
		}
		for _, text := range texts {
			if !tell(f, text, said) && c.once(names[i]) {
				c.unknown(n, f, names[i], text)
			}
		}
	}
	if inner != "" && said["audience"] == "" {
		said["audience"] = string(knowledge.ForAgent)
		if c.once(inner) {
			c.note(n, "kept", "column-inner", "column %q is for the desk: its answers are for agents alone", short(inner))
		}
	}
}

// once reports whether the report has not named a field of objects yet.
func (c *collector) once(field string) bool {
	if c.named[field] {
		return false
	}
	if c.named == nil {
		c.named = map[string]bool{}
	}
	c.named[field] = true
	return true
}

// helpdesk reads what Zendesk and Freshdesk say of an article: a draft must not be heard by callers, nor what only some may read.
func helpdesk(v map[string]any, more *status) {
	draft, _ := v["draft"].(bool)
	kept, _ := v["status"].(json.Number)
	if _, fresh := v["description_text"]; draft || fresh && kept == "1" {
		more.State = string(knowledge.Draft)
	}
	if v["user_segment_id"] != nil && more.Audience == "" {
		more.Audience = string(knowledge.ForAgent)
	}
}

// jsonTexts are the texts of a value: a text, a number, or a list of them; of an object the one called text or value.
func jsonTexts(v any) []string {
	switch v := v.(type) {
	case string:
		if strings.TrimSpace(v) != "" {
			return []string{v}
		}
	case json.Number:
		return []string{v.String()}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, jsonTexts(x)...)
		}
		return out
	case map[string]any:
		for _, k := range []string{"text", "value", "content"} {
			if t := jsonTexts(v[k]); len(t) == 1 {
				return t
			}
		}
	}
	return nil
}
