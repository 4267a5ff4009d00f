package httpapi_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestUndoImport takes an import back: what it changed, its state and times with it, is as it was, what was new is gone, what was forgotten is there
// again, and what somebody has changed since stays.
func TestUndoImport(t *testing.T) {
	_, know := newLibrary(t)
	imp := func(text string) string { return know.imports(t, text) }
	imp("id,question,answer,valid_until\n1,How do I pay?,By card.,2099-12-31\n2,Do you deliver?,Yes.,\n3,When are you open?,At nine.,\n4,Where are you?,In Leeds.,\n")
	id := imp("id,question,answer,valid_until,state\n1,How do I pay?,In shells.,none,draft\n2,Do you deliver?,No.,,\n5,Who are you?,Nobody.,,\n4,When are you open?,Never.,,\n")
	entry := func(id string) string { return know.entry(t, id) }
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

// imports stores what a table says and returns the import.
func (u user) imports(t *testing.T, table string) string {
	t.Helper()
	id, _ := u.upload(t, "faq.csv", table)
	if res, body := u.send(t, "POST", "/api/knowledge/import/"+id+"/apply", `{}`); res.StatusCode != 200 {
		t.Fatal(res.StatusCode, body)
	}
	return id
}

func (u user) entry(t *testing.T, id string) string {
	t.Helper()
	_, body := u.send(t, "GET", "/api/knowledge/entries/"+url.PathEscape("商店")+"/"+id, "")
	return body
}

// TestUndoBesideOthers: what an import moved from one entry to another is moved back, imports are taken back one after the other, and what somebody
// has made anew, or written in the place of what was forgotten, stays.
func TestUndoBesideOthers(t *testing.T) {
	const head = "id,question,answer\n"
	type step func(t *testing.T, know user)
	write := func(id, question, answer string) step {
		return func(t *testing.T, know user) {
			t.Helper()
			at := "/api/knowledge/entries/" + url.PathEscape("商店") + "/" + id
			if res, body := know.send(t, "PUT", at, `{"question":"`+question+`","answer":"`+answer+`","lang":"en","state":"published"}`); res.StatusCode != 200 {
				t.Fatal(res.StatusCode, body)
			}
		}
	}
	remove := func(id string) step {
		return func(t *testing.T, know user) {
			t.Helper()
			if res, body := know.send(t, "DELETE", "/api/knowledge/entries/"+url.PathEscape("商店")+"/"+id, ""); res.StatusCode != 204 {
				t.Fatal(res.StatusCode, body)
			}
		}
	}
	for name, c := range map[string]struct {
		imports []string // taken back, the last one first
		between []step
		counts  string
		want    map[string]string // a part of each entry
	}{
		"a question goes to another entry": {[]string{"1,How can I pay?,In shells.\n6,How do I pay?,In pearls.\n"}, nil, `"new":1,"changed":1,"same":0`,
			map[string]string{"1": `"question":"How do I pay?"`, "6": `"status":404`}},
		"two entries change places": {[]string{"1,Do you deliver?,Yes.\n2,How do I pay?,By card.\n"}, nil, `"new":1,"changed":1,"same":0`,
			map[string]string{"1": `"question":"How do I pay?"`, "2": `"question":"Do you deliver?"`}},
		"one import after the other": {[]string{"1,How do I pay?,In shells.\n", "1,How do I pay?,In pearls.\n"}, nil, `"new":0,"changed":1,"same":0`,
			map[string]string{"1": "By card."}},
		"made anew by somebody": {[]string{"6,Who are you?,Nobody.\n"}, []step{remove("6"), write("6", "Who are you?", "A shop.")}, `"new":0,"changed":0,"same":1`,
			map[string]string{"6": "A shop."}},
		"in the place of what was forgotten": {[]string{"1,Do you deliver?,No.\n"}, []step{write("2", "Who are you?", "A shop.")}, `"new":0,"changed":1,"same":1`,
			map[string]string{"1": "By card.", "2": "A shop."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, know := newLibrary(t)
			know.imports(t, head+"1,How do I pay?,By card.\n2,Do you deliver?,Yes.\n")
			var ids []string
			for _, rows := range c.imports {
				ids = append(ids, know.imports(t, head+rows))
			}
			for _, do := range c.between {
				do(t, know)
			}
			for _, id := range slices.Backward(ids) {
				if res, body := know.send(t, "POST", "/api/knowledge/imports/"+id+"/undo", `{}`); res.StatusCode != 200 || !strings.Contains(body, c.counts) {
					t.Error(res.StatusCode, body)
				}
			}
			for id, want := range c.want {
				if got := know.entry(t, id); !strings.Contains(got, want) {
					t.Errorf("entry %s: %s, want %s", id, got, want)
				}
			}
		})
	}
}
