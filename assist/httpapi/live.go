package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/assist/desk"
	"github.com/parley-voice/parley/assist/record"
	"github.com/parley-voice/parley/pipeline/call"
)

type (
	floorOutput  struct{ Body floor }
	watchCommand struct {
		CallPath
		Body struct {
			On bool `json:"on,omitempty"`
		}
	}
	alertInput struct {
		ID   string  `path:"id" maxLength:"100" doc:"Of the alert"`
		Call call.ID `query:"call" minLength:"1" maxLength:"64"`
	}
)

type nodesOutput struct {
	Body struct {
		Items []record.Node `json:"items"`
	}
}

// floor is what a supervisor sees.
type floor struct {
	desk.Floor

	Nodes []record.Node `json:"nodes,omitempty" doc:"Every node that shares the record"`
}

// sees tells which queues a person may see: those they are in, all of them when none is named.
func sees(ctx context.Context) func(string) bool {
	p := access.From(ctx).Person
	return func(queue string) bool { return len(p.Queues) == 0 || slices.Contains(p.Queues, queue) }
}

func (a *API) registerLive(api huma.API) {
	d := a.o.Desk.Desk
	if d == nil {
		return
	}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"live"}, Summary: summary}
	}
	huma.Register(api, op("live", http.MethodGet, "/api/live", "Calls, queue, agents and alerts now"), func(ctx context.Context, _ *struct{}) (*floorOutput, error) {
		out := &floorOutput{floor{Floor: d.Floor(sees(ctx))}}
		if a.o.Nodes == nil {
			return out, nil
		}
		var err error
		if out.Body.Nodes, err = a.o.Nodes(ctx); err != nil {
			a.log.Warn("the nodes cannot be listed", "err", err) // what this one does is still shown
		}
		return out, nil
	})
	nodes := op("nodes", http.MethodGet, "/api/nodes", "Every node that shares the record: version, load and last sign of life")
	huma.Register(api, nodes, func(ctx context.Context, _ *struct{}) (*nodesOutput, error) {
		out := &nodesOutput{}
		out.Body.Items = []record.Node{}
		if a.o.Nodes == nil {
			return out, nil
		}
		all, err := a.o.Nodes(ctx)
		if err != nil {
			a.log.Warn("the nodes cannot be listed", "err", err)
			return nil, huma.Error503ServiceUnavailable("the nodes cannot be listed: the record does not answer")
		}
		out.Body.Items = append(out.Body.Items, all...)
		return out, nil
	})
	events := op("live-events", http.MethodGet, "/api/live/events", "The same, whenever it changed")
	events.Responses = content("text/event-stream", http.StatusOK)
	huma.Register(api, events, func(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
		see := sees(ctx)
		return a.stream(func(ctx context.Context, s *stream) error {
			return s.window(ctx, d.OverlookVia(desk.Via(ctx)), func() any { return d.Floor(see) })
		})
	})
	huma.Register(api, op("listen", http.MethodPost, "/api/live/calls/{id}/listen", "Listen to a call without being heard"), func(ctx context.Context, in *sdpInput) (*sdpOutput, error) {
		if err := mayWatch(ctx, d, in.CallPath); err != nil {
			return nil, err
		}
		out := &sdpOutput{}
		out.Body.Call = in.ID
		var err error
		if out.Body.SDP, err = a.o.Desk.Media.Listen(ctx, in.ID, agentOf(ctx), in.Body.SDP); err != nil {
			return nil, a.deskFail(err)
		}
		return out, nil
	})
	for _, do := range []string{"whisper", "take", "leave"} {
		huma.Register(api, op("live-"+do, http.MethodPost, "/api/live/calls/{id}/"+do, "While listening: "+do), func(ctx context.Context, in *watchCommand) (*struct{}, error) {
			if err := mayWatch(ctx, d, in.CallPath); err != nil {
				return nil, err
			}
			c := desk.Command{Do: do}
			switch do {
			case "whisper":
				c.On = in.Body.On
			case "take":
				c = desk.Command{Do: "role", Role: "agent"}
			}
			return nil, a.deskFail(d.Do(in.ID, agentOf(ctx).ID, c))
		})
	}
	huma.Register(api, op("alert-seen", http.MethodPost, "/api/live/alerts/{id}/seen", "An alert was looked at"), func(ctx context.Context, in *alertInput) (*struct{}, error) {
		if err := mayWatch(ctx, d, CallPath{in.Call}); err != nil {
			return nil, err
		}
		return nil, a.deskFail(d.Seen(in.Call, in.ID))
	})
}

// mayWatch refuses calls of queues that are not the person's.
func mayWatch(ctx context.Context, d *desk.Desk, in CallPath) error {
	v, err := d.Call(in.ID)
	if err != nil || !sees(ctx)(v.Queue) {
		return huma.Error404NotFound("this call does not run")
	}
	return nil
}
