package store_test

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/assist/allow"
	"github.com/parley-voice/parley/assist/callback"
	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/hooks"
	"github.com/parley-voice/parley/assist/insight"
	"github.com/parley-voice/parley/assist/quality"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/assist/retain"
	"github.com/parley-voice/parley/assist/scoring"
	"github.com/parley-voice/parley/assist/seal"
	"github.com/parley-voice/parley/assist/store"
	"github.com/parley-voice/parley/assist/ticket"
	"github.com/parley-voice/parley/assist/wrapup"
	"github.com/parley-voice/parley/pipeline/call"
)

// ring is made of keys whose bytes are all the same.
func ring(t *testing.T, keys ...byte) *seal.Ring {
	t.Helper()
	var text strings.Builder
	for _, k := range keys {
		text.WriteString(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(k)), 32))) + "\n")
	}
	r, err := seal.Parse([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Words that a record with a person in it holds; none may be found in one that is sealed.
const (
	heliotrope = "my \"heliotrope\" wheelbarrow 紫色"
	telephone  = "+442079460123"
	adasName   = "Ada Heliotrope-Lim"
)

// everything writes about two calls what can be written.
func everything(t *testing.T, s *store.Store) call.ID {
	t.Helper()
	ctx, now := t.Context(), moment()
	id, other := call.NewID(), call.NewID()
	mustRecord(t, s, script(id, telephone, "en", heliotrope, false))
	mustRecord(t, s, script(other, "0044 20 7946 0999", "en", "another matter", false))
	b := func(v any) json.RawMessage { raw, err := json.Marshal(v); must[any](t)(nil, err); return raw }
	card := quality.Card{Answers: []quality.Answer{{Question: "q", Why: heliotrope}}}
	_, _, err := s.Tickets().AddTicket(ctx, "k", ticket.Ticket{ID: "t", Form: "f", Fields: map[string]string{"what": heliotrope}, Status: ticket.Open, Call: id, Created: now, Updated: now, Due: now, Version: 1})
	err = errors.Join(err,
		s.Wrapups().SaveOriginal(ctx, id, "amy", wrapup.Summary{Reason: wrapup.Line{Text: heliotrope}}, now),
		s.Wrapups().SaveEdit(ctx, id, wrapup.Summary{Reason: wrapup.Line{Text: heliotrope + "!"}}, "T", "amy", now),
		s.Scores().SaveScored(ctx, id, []scoring.Sheet{{Call: id, Form: "f", Version: 1, By: scoring.Machine, At: now, Card: card}}, []string{"heliotrope", "wheelbarrow"}),
		s.Scores().SaveVectors(ctx, id, meaningOf(t, heliotrope)),
		s.Scores().AddNote(ctx, id, scoring.Note{Kind: scoring.NoteWord, By: "amy", At: now, Turn: 1, Word: "wheelbarrow", Text: heliotrope}, scoring.Who{}),
		s.Scores().AddClip(ctx, scoring.Clip{ID: "c", Agent: "amy", Call: id, Text: heliotrope, By: "jo", At: now}),
		s.Imports().Save(ctx, record.Import{Sound: "hash", Call: id, Path: "monday.wav", At: now, Body: b(map[string]string{"text": heliotrope})}),
		s.Customers().Put(ctx, []customer.Customer{{ID: "1", Ref: "C-1", Name: adasName, Links: []customer.Link{{Title: "CRM", URL: "https://crm.example/heliotrope"}}, Updated: now,
			Handles: []customer.Handle{{Channel: customer.Phone, Value: telephone}, {Channel: "email", Value: "ada@heliotrope.example"}}}}),
		s.Customers().PutVisit(ctx, customer.Visit{Contact: customer.Contact{Call: id, At: now, Channel: customer.Phone, Summary: heliotrope}, Customer: "1"}),
		s.Outbox().Enqueue(ctx, []hooks.Target{{Name: "crm"}}, []hooks.Event{{ID: string(id) + "-1", Kind: hooks.TranscriptFinal, At: now, Call: id, Data: b(map[string]string{"text": heliotrope})}}, nil),
		s.Callbacks().Put(ctx, callback.Wish{ID: string(id), Number: telephone, Name: adasName, State: callback.Waiting, Since: now}),
		s.Grants().PutGrant(ctx, allow.Grant{ID: "g", Call: id, Customer: "1", Day: "2026-01-02", State: allow.Asked, Amount: 5, At: now, Note: heliotrope}),
		s.Insights().SaveDrawn(ctx, 1, now, []insight.Drawn{{
			Fact:      insight.Fact{Call: id, At: now, Queue: "bank-en", Lang: "en", Who: telephone, Reason: insight.Question{Call: id, Turn: 1, Lang: "en", Text: heliotrope, Words: []string{"heliotrope"}}},
			Questions: []insight.Question{{Call: id, Turn: 1, Lang: "en", Text: heliotrope, Words: []string{"heliotrope"}, Reason: true, Vector: []float32{1, 2}}},
		}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// told is all that a store says about a call, as one text.
func told(t *testing.T, s *store.Store, id call.ID) string {
	t.Helper()
	ctx, since := t.Context(), time.Now().Add(-24*time.Hour)
	var out []any
	add := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%T: %v", v, err)
		}
		out = append(out, v)
	}
	two := func(a, b any, err error) { t.Helper(); add(a, err); add(b, nil) }
	d, err := s.Get(ctx, id)
	add(d, err)
	evs, _, err := s.Events(ctx, id, 0, 100)
	add(evs, err)
	p, err := s.List(ctx, record.Query{Text: "HELIOTROPE"})
	add(p.Calls, err)
	p, err = s.List(ctx, record.Query{Text: "79460123"})
	add(p.Calls, err)
	v, err := s.Unanswered(ctx, "", since, 9)
	add(v, err)
	tk, err := s.Tickets().Ticket(ctx, "t")
	add(tk, err)
	wr, err := s.Wrapups().Wrapup(ctx, id)
	add(wr, err)
	sh, err := s.Scores().Sheets(ctx, id)
	add(sh, err)
	vec := &quality.Vectors{Model: "en-vowels"}
	err = s.Scores().Vectors(ctx, id, vec)
	add(vec.Len(), err)
	notes, state, err := s.Scores().Notes(ctx, id)
	two(notes, state, err)
	reads, wrong, err := s.Scores().Misheard(ctx, since)
	two(reads, wrong, err)
	found, err := s.Scores().Find(ctx, scoring.Filter{Words: []string{"heliotrope", "wheelbarrow"}, Limit: 9})
	add(found, err)
	clips, err := s.Scores().Clips(ctx, "")
	add(clips, err)
	imported, err := s.Imports().Of(ctx, id)
	add(imported, err)
	for _, text := range []string{"ada", "0123", "heliotrope.example"} {
		c, err := s.Customers().Search(ctx, text, 9)
		add(c, err)
	}
	c, err := s.Customers().Find(ctx, customer.Handle{Channel: customer.Phone, Value: telephone})
	add(c, err)
	h, err := s.Customers().History(ctx, "1", 9)
	add(h, err)
	ds, err := s.Outbox().Deliveries(ctx, hooks.Query{})
	add(ds, err)
	w, err := s.Callbacks().Open(ctx)
	add(w, err)
	g, err := s.Grants().GrantsOf(ctx, id)
	add(g, err)
	period := insight.Period{From: since, To: time.Now().Add(time.Hour)}
	f, err := s.Insights().Facts(ctx, nil, period)
	add(f, err)
	q, err := s.Insights().Asked(ctx, nil, period)
	add(q, err)
	steps, err := s.Learning().Steps(ctx, "", since, 9)
	add(steps, err)
	sp, err := s.Learning().Spoken(ctx, id)
	add(sp, err)
	tr, _, err := s.Keeping(nil).Traces(ctx, retain.Subject{Caller: telephone, Customer: true})
	add(tr, err)
	raw, err := json.Marshal(out)
	add(nil, err)
	return string(raw)
}

// raw is every text of every table, as the database has it, by table and column; bookkeeping of the sealing is left out.
func raw(t *testing.T, o store.Options) map[string][]string {
	t.Helper()
	db, list := beside(t, o), "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
	if o.URL != "" {
		list = "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = current_schema()"
	}
	columns := query(t, db, list, 2)
	out := map[string][]string{}
	for i := 0; i < len(columns); i += 2 {
		if table, column := columns[i], columns[i+1]; !strings.HasPrefix(table, "sealing_") {
			out[table+"."+column] = query(t, db, "SELECT CAST("+column+" AS TEXT) FROM "+table+" WHERE "+column+" IS NOT NULL ORDER BY 1", 1)
		}
	}
	return out
}

// beside opens the database as somebody else would.
func beside(t *testing.T, o store.Options) *sql.DB {
	t.Helper()
	name, dsn := "sqlite", "file:"+store.Path(o.Home)
	if o.URL != "" {
		name, dsn = "pgx", o.URL
	}
	db, err := sql.Open(name, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func query(t *testing.T, db *sql.DB, q string, n int) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatal(q, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		row, dest := make([]string, n), make([]any, n)
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(q, err)
		}
		out = append(out, row...)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(q, err)
	}
	return out
}

// inClear lists the columns in which a person is recognised.
func inClear(texts map[string][]string) []string {
	var out []string
	for name, all := range texts {
		if slices.ContainsFunc(all, func(s string) bool {
			s = strings.ToLower(s)
			return strings.Contains(s, "heliotrope") || strings.Contains(s, "wheelbarrow") || strings.Contains(s, "紫色") || strings.Contains(s, "79460123")
		}) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// BenchmarkSought looks for a text that nobody said in 2,000 calls, in the clear and sealed.
func BenchmarkSought(b *testing.B) {
	for _, name := range []string{"clear", "sealed"} {
		b.Run(name, func(b *testing.B) {
			s, err := store.Open(b.Context(), b.TempDir(), nil)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			if name == "sealed" {
				r, err := masterKeys(b.Context())
				if err == nil {
					err = s.SealRecord(b.Context(), r, true)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			for i := range 2000 {
				if _, err := s.Record(b.Context(), script(call.NewID(), fmt.Sprint("+4420794", i), "en", fmt.Sprint("what was said in call ", i), false)); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if p, err := s.List(b.Context(), record.Query{Text: "nobody said this"}); err != nil || len(p.Calls) > 0 {
					b.Fatal(p, err)
				}
			}
		})
	}
}
