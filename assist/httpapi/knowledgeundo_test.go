package httpapi_test

import (
	"net/url"
	"strings"
	"testing"
)

// TestUndoImport takes an import back: what it changed, its state and times with it, is as it was, what was new is gone, what was forgotten is there
// again, and what somebody has changed since stays.
func TestUndoImport(t *testing.T) {
	_, know := newLibrary(t)
	imp := func(text string) string {
		t.Helper()
		id, _ := know.upload(t, "faq.csv", text)
		if res, body := know.send(t, "POST", "/api/knowledge/import/"+id+"/apply", `{}`); res.StatusCode != 200 {
			t.Fatal(res.StatusCode, body)
		}
		return id
	}
	imp("id,question,answer,valid_until\n1,How do I pay?,By card.,2099-12-31\n2,Do you deliver?,Yes.,\n3,When are you open?,At nine.,\n4,Where are you?,In Leeds.,\n")
	id := imp("id,question,answer,valid_until,state\n1,How do I pay?,In shells.,none,draft\n2,Do you deliver?,No.,,\n5,Who are you?,Nobody.,,\n4,When are you open?,Never.,,\n")
	entry := func(id string) string {
		_, body := know.send(t, "GET", "/api/knowledge/entries/"+url.PathEscape("商店")+"/"+id, "")
		return body
	}
	if !strings.Contains(entry("1"), `"state":"draft"`) || strings.Contains(entry("3"), "At nine.") {
		t.Fatal("not imported:", entry("1"), entry("3"))
	}
	at := "/api/knowledge/entries/" + url.PathEscape("商店") + "/2"
	if res, body := know.send(t, "PUT", at, `{"question":"Do you deliver?","answer":"Soon.","lang":"en","state":"published","version":2}`); res.StatusCode != 200 {
		t.Fatal(res.StatusCode, body)
	}
	if _, body := know.send(t, "GET", "/api/knowledge/imports", ""); !strings.Contains(body, `"id":"`+id+`","base":"商店"`) || strings.Count(body, `"id"`) != 2 {
		t.Error(body)
	}
	undo := "/api/knowledge/imports/" + id + "/undo"
	if res, body := know.send(t, "POST", undo, `{}`); res.StatusCode != 200 || !strings.Contains(body, `"counts":{"new":1,"changed":2,"same":1,"invalid":0}`) {
		t.Fatal(res.StatusCode, body)
	}
	for id, want := range map[string]string{
		"1": `"answer":"By card."`, "2": `"answer":"Soon."`, "3": `"answer":"At nine."`, "4": `"question":"Where are you?"`, "5": `"status":404`,
	} {
		if got := entry(id); !strings.Contains(got, want) {
			t.Errorf("entry %s: %s, want %s", id, got, want)
		}
	}
	if got := entry("1"); !strings.Contains(got, `"state":"published"`) || !strings.Contains(got, `"until":"2100-01-01`) || !strings.Contains(got, `"version":3`) {
		t.Error("the first entry is not as it was:", got)
	}
	if res, body := know.send(t, "POST", undo, `{}`); res.StatusCode != 404 {
		t.Error("taken back twice:", res.StatusCode, body)
	}
}
