package httpapi

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/customer"
)

type customersInput struct {
	Text string `query:"q" minLength:"2" maxLength:"100" required:"true" doc:"Part of a name, key or number"`
}

type customersOutput struct {
	Body struct {
		Items []customer.Customer `json:"items"`
	}
}

type customerInput struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$"`
}

type customerOutput struct {
	Body struct {
		Customer customer.Customer  `json:"customer"`
		History  []customer.Contact `json:"history" doc:"Calls and chats, newest first"`
	}
}

type whoInput struct {
	Number string `query:"number" maxLength:"100" required:"true" doc:"As signalled or written"`
}

type whoOutput struct {
	Body struct {
		Number     string              `json:"number" doc:"In the form +8613800138000; empty when it is none"`
		Candidates []customer.Customer `json:"candidates" doc:"None, one, or several of whom none is assumed"`
		Why        string              `json:"why,omitempty" enum:"withheld,unknown,lookup_failed"`
	}
}

type handleInput struct {
	ID   string `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$"`
	Body struct {
		Channel customer.Channel `json:"channel" enum:"phone,web,chat,email"`
		Value   string           `json:"value" minLength:"1" maxLength:"200" doc:"Verified to be this customer's"`
	}
}

type importCustomersInput struct {
	DryRun  bool   `query:"dry_run" doc:"Only say what would happen"`
	RawBody []byte `contentType:"text/csv"`
}

type importCustomersOutput struct{ Body customer.Report }

const (
	mostCustomers = 50
	mostHistory   = 100
	importSize    = 64 << 20
	importTime    = 2 * time.Minute
)

func (a *API) registerCustomers(api huma.API) {
	tags := []string{"customers"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary}
	}
	book := a.o.Customers
	huma.Register(api, op("find-customers", http.MethodGet, "/api/customers", "Look customers up"), func(ctx context.Context, in *customersInput) (*customersOutput, error) {
		if err := a.noteCustomer(ctx, access.LookedAtCustomer, "search"); err != nil {
			return nil, err
		}
		all, err := book.Store.Search(ctx, strings.TrimSpace(in.Text), mostCustomers)
		if err != nil {
			return nil, a.failCustomer(err)
		}
		out := &customersOutput{}
		out.Body.Items = all
		return out, nil
	})
	huma.Register(api, op("who-calls", http.MethodGet, "/api/customers/who", "Who a number may belong to"), func(ctx context.Context, in *whoInput) (*whoOutput, error) {
		if err := a.noteCustomer(ctx, access.LookedAtCustomer, "number"); err != nil {
			return nil, err
		}
		m, err := book.Caller(ctx, in.Number)
		if err != nil {
			return nil, a.failCustomer(err)
		}
		out := &whoOutput{}
		out.Body.Number, out.Body.Why = m.Handle.Value, m.Why
		out.Body.Candidates = append([]customer.Customer{}, m.Candidates...)
		return out, nil
	})
	huma.Register(api, op("get-customer", http.MethodGet, "/api/customers/{id}", "One customer with their contacts"), func(ctx context.Context, in *customerInput) (*customerOutput, error) {
		if err := a.noteCustomer(ctx, access.LookedAtCustomer, in.ID); err != nil {
			return nil, err
		}
		return a.customer(ctx, in.ID)
	})
	huma.Register(api, op("join-handle", http.MethodPost, "/api/customers/{id}/handles", "Add a verified number, account or address"), a.handle(book.Join))
	huma.Register(api, op("part-handle", http.MethodDelete, "/api/customers/{id}/handles", "Take a number, account or address back"), a.handle(book.Part))
	imp := op("import-customers", http.MethodPost, "/api/customers/import", "Load a CSV file: id, name, numbers, email, tier, lang, links")
	imp.MaxBodyBytes, imp.BodyReadTimeout = importSize, importTime
	huma.Register(api, imp, func(ctx context.Context, in *importCustomersInput) (*importCustomersOutput, error) {
		if !in.DryRun {
			if err := a.noteCustomer(ctx, access.ImportedCustomers, ""); err != nil {
				return nil, err
			}
		}
		rep, err := book.Load(ctx, bytes.NewReader(in.RawBody), in.DryRun)
		if err != nil {
			return nil, a.failCustomer(err)
		}
		return &importCustomersOutput{rep}, nil
	})
}

func (a *API) customer(ctx context.Context, id string) (*customerOutput, error) {
	c, err := a.o.Customers.Store.Customer(ctx, id)
	if err != nil {
		return nil, a.failCustomer(err)
	}
	h, err := a.o.Customers.Store.History(ctx, id, mostHistory)
	if err != nil {
		return nil, a.failCustomer(err)
	}
	out := &customerOutput{}
	out.Body.Customer, out.Body.History = c, h
	return out, nil
}

// handle is the handler of a change to a customer's handles; a number is brought into its usual form.
func (a *API) handle(change func(context.Context, string, customer.Handle) error) func(context.Context, *handleInput) (*customerOutput, error) {
	return func(ctx context.Context, in *handleInput) (*customerOutput, error) {
		h := customer.Handle{Channel: in.Body.Channel, Value: strings.TrimSpace(in.Body.Value)}
		if h.Channel == customer.Phone {
			n, ok := customer.Normalise(h.Value, a.o.Customers.Countries...)
			if !ok {
				return nil, huma.Error422UnprocessableEntity("this is no telephone number here")
			}
			h.Value = n
		}
		if err := a.noteCustomer(ctx, access.ChangedCustomer, in.ID); err != nil {
			return nil, err
		}
		if err := change(ctx, in.ID, h); err != nil {
			return nil, a.failCustomer(err)
		}
		return a.customer(ctx, in.ID)
	}
}

func (a *API) noteCustomer(ctx context.Context, what, detail string) error {
	if a.o.Access == nil {
		return nil
	}
	e := by(ctx)
	e.What, e.Detail = what, detail
	if err := a.o.Access.Note(ctx, e); err != nil {
		a.log.Error("a customer is not shown since the look cannot be noted", "err", err)
		return huma.Error503ServiceUnavailable("the audit trail cannot be written, so nothing is shown")
	}
	return nil
}

func (a *API) failCustomer(err error) error {
	switch {
	case errors.Is(err, customer.ErrUnknown):
		return huma.Error404NotFound("there is no such customer")
	case errors.Is(err, customer.ErrInvalid):
		return invalid(err, customer.ErrInvalid)
	}
	return a.fail(err)
}
