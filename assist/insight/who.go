package insight

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-voice/parley/assist/customer"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

// Customers are those who are known.
type Customers interface {
	Visit(ctx context.Context, id call.ID) (customer.Visit, error)
	Find(ctx context.Context, h customer.Handle) ([]customer.Customer, error)
}

// WhoCalled is the customer of a call, or the number where that belongs to no customer or to several. It is "" for callers
// that cannot be told apart: withheld numbers, extensions, pages. countries are those by which numbers without + are read.
func WhoCalled(ctx context.Context, known Customers, c record.Call, countries []string) (string, error) {
	v, err := known.Visit(ctx, c.ID)
	if err != nil && !errors.Is(err, customer.ErrUnknown) {
		return "", fmt.Errorf("find the customer: %w", err)
	}
	if v.Customer != "" {
		return "customer:" + v.Customer, nil
	}
	number, ok := customer.Normalise(c.From, countries...)
	if !ok {
		return "", nil
	}
	found, err := known.Find(ctx, customer.Handle{Channel: customer.Phone, Value: number})
	if err != nil {
		return "", fmt.Errorf("find the customer: %w", err)
	}
	if len(found) == 1 {
		return "customer:" + found[0].ID, nil
	}
	return "number:" + number, nil
}
