package httpapi

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Strangers are the addresses that the telephone side has to do with.
type Strangers interface {
	// Bans lists those that are not heard now.
	Bans() []Ban
	// Lift ends a ban; false when there is none.
	Lift(ip netip.Addr) bool
}

// Ban is an address that is not heard.
type Ban struct {
	Address string    `json:"address" doc:"An IPv4 address, or the first of an IPv6 /64"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
	Why     string    `json:"why" doc:"The last offence"`
	Times   int       `json:"times" doc:"How often it was banned"`
}

type bansOutput struct {
	Body struct {
		Items []Ban `json:"items"`
	}
}

type banInput struct {
	Address string `path:"address" maxLength:"64" doc:"IP address"`
}

// registerBans adds what admins see of the telephone side's guard.
func (a *API) registerBans(api huma.API) {
	tags := []string{"security"}
	huma.Register(api, huma.Operation{
		OperationID: "list-bans", Method: http.MethodGet, Path: "/api/bans", Tags: tags, Summary: "Addresses that the telephone side does not hear",
	}, func(context.Context, *struct{}) (*bansOutput, error) {
		out := &bansOutput{}
		out.Body.Items = append([]Ban{}, a.o.Strangers.Bans()...)
		return out, nil
	})
	huma.Register(api, huma.Operation{
		OperationID: "lift-ban", Method: http.MethodDelete, Path: "/api/bans/{address}", Tags: tags, Summary: "Hear an address again", DefaultStatus: http.StatusNoContent,
	}, func(_ context.Context, in *banInput) (*struct{}, error) {
		ip, err := netip.ParseAddr(in.Address)
		if err != nil {
			return nil, huma.Error422UnprocessableEntity("this is no IP address")
		}
		if !a.o.Strangers.Lift(ip) {
			return nil, huma.Error404NotFound("this address is not banned")
		}
		return nil, nil //nolint:nilnil // no content
	})
}
