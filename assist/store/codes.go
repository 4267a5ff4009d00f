package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/assist/customer"
)

// codesTable is the second version of the tables of customers.
const codesTable = `
CREATE TABLE customers_codes (
	customer TEXT PRIMARY KEY,
	mark     TEXT NOT NULL,
	wrong    INTEGER NOT NULL DEFAULT 0,
	until_ms INTEGER NOT NULL DEFAULT 0
);
`

var _ customer.Codes = (*Customers)(nil)

// PutCodes stores marks of codes by customer.
func (s *Customers) PutCodes(ctx context.Context, marks map[string]string) error {
	return s.s.inTx(ctx, "store codes", func(tx *sql.Tx) error {
		for id, mark := range marks {
			q, args := "DELETE FROM customers_codes WHERE customer = ?", []any{id}
			if mark != "" {
				q, args = "INSERT INTO customers_codes (customer, mark) VALUES (?, ?) ON CONFLICT (customer) DO UPDATE SET mark = excluded.mark, wrong = 0, until_ms = 0", []any{id, mark}
			}
			if _, err := tx.ExecContext(ctx, q, args...); err != nil {
				return fmt.Errorf("store code: %w", err)
			}
		}
		return nil
	})
}

// Code is the mark of a customer's code and until when it is locked.
func (s *Customers) Code(ctx context.Context, id string) (mark string, locked time.Time, err error) {
	var until int64
	err = s.s.read.QueryRowContext(ctx, "SELECT mark, until_ms FROM customers_codes WHERE customer = ?", id).Scan(&mark, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, nil
	}
	if err != nil {
		return "", time.Time{}, fmt.Errorf("read code: %w", err)
	}
	return mark, time.UnixMilli(until).UTC(), nil
}

// Tried counts a wrong code, or forgets those before.
func (s *Customers) Tried(ctx context.Context, id string, ok bool, now time.Time) error {
	q, args := "UPDATE customers_codes SET wrong = 0, until_ms = 0 WHERE customer = ?", []any{id}
	if !ok { // counted in the database: two calls at once are two tries
		q = `UPDATE customers_codes SET until_ms = CASE WHEN wrong + 1 >= ? THEN ? ELSE until_ms END, wrong = CASE WHEN wrong + 1 >= ? THEN 0 ELSE wrong + 1 END WHERE customer = ?`
		args = []any{customer.MostWrong, now.Add(customer.LockedFor).UnixMilli(), customer.MostWrong, id}
	}
	if _, err := s.s.write.ExecContext(ctx, q, args...); err != nil {
		return fmt.Errorf("count codes: %w", err)
	}
	return nil
}
