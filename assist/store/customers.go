package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/pipeline/call"
)

// customersPart holds who is known, where they can be met, and their contacts. Two customers may share a handle.
func customersPart() part {
	return part{"customers", []string{`
CREATE TABLE customers (
	id         TEXT PRIMARY KEY,
	ref        TEXT NOT NULL UNIQUE,
	name       TEXT NOT NULL,
	tier       TEXT NOT NULL,
	lang       TEXT NOT NULL,
	links      TEXT NOT NULL,
	source     TEXT NOT NULL,
	updated_ms INTEGER NOT NULL
);
CREATE TABLE customers_handles (
	channel  TEXT NOT NULL,
	value    TEXT NOT NULL,
	customer TEXT NOT NULL,
	PRIMARY KEY (channel, value, customer)
);
CREATE INDEX customers_handles_of ON customers_handles (customer);
CREATE TABLE customers_visits (
	call     TEXT PRIMARY KEY,
	customer TEXT NOT NULL DEFAULT '',
	channel  TEXT NOT NULL DEFAULT '',
	queue    TEXT NOT NULL DEFAULT '',
	at_ms    INTEGER NOT NULL DEFAULT 0,
	outcome  TEXT NOT NULL DEFAULT '',
	summary  TEXT NOT NULL DEFAULT '',
	state    TEXT NOT NULL DEFAULT 'unknown',
	how      TEXT NOT NULL DEFAULT '',
	person   TEXT NOT NULL DEFAULT '',
	state_ms INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX customers_visits_of ON customers_visits (customer, at_ms);
`, codesTable, `
ALTER TABLE customers_handles ADD COLUMN sealed TEXT NOT NULL DEFAULT '';
`}}
}

// Customers keeps customers in a Store. It is a customer.Store.
type Customers struct{ s *Store }

var _ customer.Store = (*Customers)(nil)

// Customers returns the part of the store that keeps customers.
func (s *Store) Customers() *Customers { return &Customers{s} }

const customerColumns = `c.id, c.ref, c.name, c.tier, c.lang, c.links, c.source, c.updated_ms,
	coalesce((SELECT json_group_array(json_object('channel', h.channel, 'value', h.value, 'sealed', h.sealed)) FROM (SELECT channel, value, sealed FROM customers_handles WHERE customer = c.id ORDER BY channel, value) h), '[]')`

func (s *Customers) scanCustomer(r scanner) (customer.Customer, error) {
	var c customer.Customer
	var links, handles string
	var updated int64
	err := r.Scan(&c.ID, &c.Ref, s.s.opened(&c.Name, "customers.name", &c.ID), &c.Tier, &c.Lang, s.s.opened(&links, "customers.links", &c.ID), &c.Source, &updated, &handles)
	if errors.Is(err, sql.ErrNoRows) {
		return c, customer.ErrUnknown
	}
	if err != nil {
		return c, fmt.Errorf("read customer: %w", err)
	}
	c.Updated = time.UnixMilli(updated).UTC()
	if err := errors.Join(json.Unmarshal([]byte(links), &c.Links), s.openHandles(&c, handles)); err != nil {
		return c, fmt.Errorf("read customer: %w", err)
	}
	return c, nil
}

// openHandles reads the handles of a customer, by channel and value.
func (s *Customers) openHandles(c *customer.Customer, text string) error {
	var all []struct {
		customer.Handle

		Sealed string `json:"sealed"`
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return err
	}
	c.Handles = make([]customer.Handle, len(all))
	for i, h := range all {
		c.Handles[i] = h.Handle
		if err := s.s.besideMark(&c.Handles[i].Value, "customers_handles.sealed", h.Value, h.Sealed, c.ID, h.Channel); err != nil {
			return err
		}
	}
	slices.SortFunc(c.Handles, func(a, b customer.Handle) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Value, b.Value))
	})
	return nil
}

func (s *Customers) list(ctx context.Context, query string, args ...any) ([]customer.Customer, error) {
	rows, err := s.s.read.QueryContext(ctx, "SELECT "+customerColumns+" FROM customers c "+query, args...)
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	return collect(rows, "list customers", s.scanCustomer)
}

// Find returns everybody with a handle.
func (s *Customers) Find(ctx context.Context, h customer.Handle) ([]customer.Customer, error) {
	in, args := s.s.marks("customers_handles.value", h.Value)
	return s.list(ctx, "WHERE c.id IN (SELECT customer FROM customers_handles WHERE channel = ? AND value IN "+in+") ORDER BY c.updated_ms DESC, c.id", append([]any{h.Channel}, args...)...)
}

// Customer returns a customer by ID.
func (s *Customers) Customer(ctx context.Context, id string) (customer.Customer, error) {
	return s.scanCustomer(s.s.read.QueryRowContext(ctx, "SELECT "+customerColumns+" FROM customers c WHERE c.id = ?", id))
}

// ByRef returns a customer by the company's own key.
func (s *Customers) ByRef(ctx context.Context, ref string) (customer.Customer, error) {
	return s.scanCustomer(s.s.read.QueryRowContext(ctx, "SELECT "+customerColumns+" FROM customers c WHERE c.ref = ?", ref))
}

// Search looks for a text in names, keys and numbers.
func (s *Customers) Search(ctx context.Context, text string, limit int) ([]customer.Customer, error) {
	if s.s.maySealed() {
		return s.sought(ctx, text, limit)
	}
	like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
	return s.list(ctx, `WHERE c.name LIKE ? ESCAPE '\' OR c.ref LIKE ? ESCAPE '\' OR c.id IN (SELECT customer FROM customers_handles WHERE value LIKE ? ESCAPE '\')
		ORDER BY c.name, c.id LIMIT ?`, like, like, like, limit)
}

// sought is Search where names and numbers are sealed: all customers are opened and looked through.
func (s *Customers) sought(ctx context.Context, text string, limit int) ([]customer.Customer, error) {
	all, err := s.list(ctx, "")
	if err != nil {
		return nil, err
	}
	text = folded(text)
	found := slices.DeleteFunc(all, func(c customer.Customer) bool {
		return !strings.Contains(folded(c.Name), text) && !strings.Contains(folded(c.Ref), text) &&
			!slices.ContainsFunc(c.Handles, func(h customer.Handle) bool { return strings.Contains(folded(h.Value), text) })
	})
	slices.SortFunc(found, func(a, b customer.Customer) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return found[:min(len(found), limit)], nil
}

// Put stores customers with their handles.
func (s *Customers) Put(ctx context.Context, all []customer.Customer) error {
	return s.s.inTx(ctx, "store customers", func(tx *sql.Tx) error {
		for _, c := range all {
			if err := s.s.putCustomer(ctx, tx, c); err != nil {
				return fmt.Errorf("store customer: %w", err)
			}
		}
		return nil
	})
}

func (s *Store) putCustomer(ctx context.Context, tx *sql.Tx, c customer.Customer) error {
	if c.ID == "" {
		c.ID = uuid.Must(uuid.NewV7()).String()
	}
	if c.Ref == "" {
		c.Ref = "id:" + c.ID
	}
	if c.Links == nil {
		c.Links = []customer.Link{}
	}
	links, err := json.Marshal(c.Links)
	if err != nil {
		return err
	}
	const q = `INSERT INTO customers (id, ref, name, tier, lang, links, source, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET ref = excluded.ref, name = excluded.name, tier = excluded.tier, lang = excluded.lang, links = excluded.links,
		source = excluded.source, updated_ms = excluded.updated_ms`
	if _, err := tx.ExecContext(ctx, q, c.ID, c.Ref, s.hide("customers.name", c.Name, c.ID), c.Tier, c.Lang, s.hide("customers.links", string(links), c.ID), c.Source, c.Updated.UnixMilli()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM customers_handles WHERE customer = ?", c.ID); err != nil {
		return err
	}
	for _, h := range c.Handles {
		if _, err := tx.ExecContext(ctx, "INSERT INTO customers_handles (channel, value, customer, sealed) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			h.Channel, s.mark("customers_handles.value", h.Value), c.ID, s.aside("customers_handles.sealed", h.Value, c.ID, h.Channel)); err != nil {
			return err
		}
	}
	return nil
}

// Remove removes a customer with handles; contacts stay without a name.
func (s *Customers) Remove(ctx context.Context, id string) error {
	return s.s.inTx(ctx, "remove customer", func(tx *sql.Tx) error {
		for _, q := range []string{
			"DELETE FROM customers_handles WHERE customer = ?", "DELETE FROM customers_codes WHERE customer = ?", "UPDATE customers_visits SET customer = '', summary = '' WHERE customer = ?", "DELETE FROM customers WHERE id = ?",
		} {
			if _, err := tx.ExecContext(ctx, q, id); err != nil {
				return fmt.Errorf("remove customer: %w", err)
			}
		}
		return nil
	})
}

// PutVisit stores a contact.
func (s *Customers) PutVisit(ctx context.Context, v customer.Visit) error {
	const q = `INSERT INTO customers_visits (call, customer, channel, queue, at_ms, outcome, summary) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (call) DO UPDATE SET customer = excluded.customer, channel = excluded.channel, queue = excluded.queue, at_ms = excluded.at_ms,
		outcome = CASE WHEN excluded.outcome = '' THEN customers_visits.outcome ELSE excluded.outcome END,
		summary = CASE WHEN excluded.summary = '' THEN customers_visits.summary ELSE excluded.summary END`
	if _, err := s.s.write.ExecContext(ctx, q, v.Call, v.Customer, v.Channel, v.Queue, v.At.UnixMilli(), v.Outcome, s.s.hide("customers_visits.summary", v.Summary, v.Call)); err != nil {
		return fmt.Errorf("store contact: %w", err)
	}
	return nil
}

// SetIdentity stores what was checked in a call.
func (s *Customers) SetIdentity(ctx context.Context, id call.ID, i customer.Identity) error {
	const q = `INSERT INTO customers_visits (call, state, how, person, state_ms) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (call) DO UPDATE SET state = excluded.state, how = excluded.how, person = excluded.person, state_ms = excluded.state_ms`
	if _, err := s.s.write.ExecContext(ctx, q, id, i.State, i.How, i.By, i.At.UnixMilli()); err != nil {
		return fmt.Errorf("store identity: %w", err)
	}
	return nil
}

// Visit returns the contact of a call.
func (s *Customers) Visit(ctx context.Context, id call.ID) (customer.Visit, error) {
	v := customer.Visit{}
	var at, checked int64
	err := s.s.read.QueryRowContext(ctx, "SELECT call, customer, channel, queue, at_ms, outcome, summary, state, how, person, state_ms FROM customers_visits WHERE call = ?", id).
		Scan(&v.Call, &v.Customer, &v.Channel, &v.Queue, &at, &v.Outcome, s.s.opened(&v.Summary, "customers_visits.summary", &v.Call), &v.Identity.State, &v.Identity.How, &v.Identity.By, &checked)
	if errors.Is(err, sql.ErrNoRows) {
		return v, customer.ErrUnknown
	}
	if err != nil {
		return v, fmt.Errorf("read contact: %w", err)
	}
	v.At = time.UnixMilli(at).UTC()
	if checked != 0 {
		v.Identity.At = time.UnixMilli(checked).UTC()
	}
	return v, nil
}

// History lists the contacts of a customer, newest first.
func (s *Customers) History(ctx context.Context, id string, limit int) ([]customer.Contact, error) {
	if id == "" {
		return []customer.Contact{}, nil
	}
	rows, err := s.s.read.QueryContext(ctx, "SELECT call, channel, queue, at_ms, outcome, summary FROM customers_visits WHERE customer = ? ORDER BY at_ms DESC, call DESC LIMIT ?", id, limit)
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	defer rows.Close()
	all := []customer.Contact{}
	for rows.Next() {
		var c customer.Contact
		var at int64
		if err := rows.Scan(&c.Call, &c.Channel, &c.Queue, &at, &c.Outcome, s.s.opened(&c.Summary, "customers_visits.summary", &c.Call)); err != nil {
			return nil, fmt.Errorf("list contacts: %w", err)
		}
		c.At = time.UnixMilli(at).UTC()
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return all, nil
}
