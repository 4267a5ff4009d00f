package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-voice/parley/assist/access"
	"github.com/parley-voice/parley/pipeline/call"
)

// member is a person as admins see them.
type member struct {
	access.Person

	State access.State `json:"state" enum:"invited,active,disabled"`
	SSO   bool         `json:"sso" doc:"Signs in through the single sign-on"`
}

func memberOf(a access.Account) member { return member{a.Person, a.State(), a.Subject != ""} }

type membersOutput struct {
	Body struct {
		Items []member `json:"items"`
	}
}

type memberOutput struct{ Body member }

type memberInput struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$"`
}

type addMemberInput struct {
	Body struct {
		Login  string        `json:"login" maxLength:"100"`
		Name   string        `json:"name,omitempty" maxLength:"200"`
		Roles  []access.Role `json:"roles" maxItems:"5"`
		Queues []string      `json:"queues,omitempty" maxItems:"100" doc:"Routes whose calls may be seen; empty = all"`
		Langs  []string      `json:"langs,omitempty" maxItems:"2"`
		Skills []string      `json:"skills,omitempty" maxItems:"100"`
	}
}

type changeMemberInput struct {
	ID   string `path:"id" pattern:"^[A-Za-z0-9_-]{1,64}$"`
	Body struct {
		Name     *string        `json:"name,omitempty" maxLength:"200"`
		Roles    *[]access.Role `json:"roles,omitempty" maxItems:"5"`
		Queues   *[]string      `json:"queues,omitempty" maxItems:"100"`
		Langs    *[]string      `json:"langs,omitempty" maxItems:"2"`
		Skills   *[]string      `json:"skills,omitempty" maxItems:"100"`
		Disabled *bool          `json:"disabled,omitempty" doc:"true: may not sign in; sessions end at once, and what rings at them goes on to others. Neither the last admin nor oneself"`
	}
}

type inviteOutput struct {
	Body struct {
		Link string `json:"link" doc:"Works once, for three days; it is not shown again"`
	}
}

type auditInput struct {
	Who    string  `query:"who" maxLength:"64" doc:"Only of this person"`
	What   string  `query:"what" maxLength:"64" doc:"Only of this kind, such as call.audio"`
	Call   call.ID `query:"call" maxLength:"64" doc:"Only looks at this call"`
	Cursor string  `query:"cursor" maxLength:"20" doc:"next of the page before"`
}

type auditOutput struct {
	Body struct {
		Items []access.Entry `json:"items"`
		Next  string         `json:"next,omitempty"`
	}
}

const auditPage = 100

func (a *API) registerPeople(api huma.API) {
	tags := []string{"people"}
	op := func(id, method, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: method, Path: path, Tags: tags, Summary: summary}
	}
	huma.Register(api, op("list-people", http.MethodGet, "/api/people", "Everybody who can sign in"), func(ctx context.Context, _ *struct{}) (*membersOutput, error) {
		all, err := a.o.Access.Accounts(ctx)
		if err != nil {
			return nil, a.failPeople(err)
		}
		out := &membersOutput{}
		out.Body.Items = make([]member, 0, len(all))
		for _, one := range all {
			out.Body.Items = append(out.Body.Items, memberOf(one))
		}
		return out, nil
	})
	huma.Register(api, op("add-person", http.MethodPost, "/api/people", "Add somebody, who is then invited"), func(ctx context.Context, in *addMemberInput) (*memberOutput, error) {
		b := in.Body
		got, err := a.o.Access.Add(ctx, access.Person{Login: b.Login, Name: b.Name, Roles: b.Roles, Queues: b.Queues, Langs: b.Langs, Skills: b.Skills}, by(ctx))
		return a.member(got, err)
	})
	huma.Register(api, op("change-person", http.MethodPatch, "/api/people/{id}", "Change somebody; what is not given stays"), func(ctx context.Context, in *changeMemberInput) (*memberOutput, error) {
		got, err := a.o.Access.Set(ctx, in.ID, access.Change(in.Body), by(ctx))
		if err == nil && got.Disabled {
			a.bar(got.ID)
		}
		return a.member(got, err)
	})
	huma.Register(api, op("remove-person", http.MethodDelete, "/api/people/{id}", "Remove somebody; the audit trail keeps what it says of them"), func(ctx context.Context, in *memberInput) (*struct{}, error) {
		if err := a.o.Access.Remove(ctx, in.ID, by(ctx)); err != nil {
			return nil, a.failPeople(err)
		}
		a.bar(in.ID)
		return nil, nil
	})
	huma.Register(api, op("invite-person", http.MethodPost, "/api/people/{id}/invite", "Make a one-time link with which the person sets a password"), a.invite)
	huma.Register(api, op("get-audit", http.MethodGet, "/api/audit", "Who looked at what, newest first"), a.audit)
}

func (a *API) invite(ctx context.Context, in *memberInput) (*inviteOutput, error) {
	p, err := a.o.Access.Account(ctx, in.ID)
	if err != nil {
		return nil, a.failPeople(err)
	}
	token, err := a.o.Access.Invite(ctx, in.ID, by(ctx))
	if err != nil {
		return nil, a.failPeople(err)
	}
	out := &inviteOutput{}
	out.Body.Link = WelcomeLink(a.o.Public, token, p.Login)
	return out, nil
}

// bar ends what somebody has open who may not be here any more: event streams, and their place at the desk.
func (a *API) bar(person string) {
	if d := a.o.Desk.Desk; d != nil {
		d.Dismiss(person)
	}
	a.left.ring()
}

// WelcomeLink is the page that uses a one-time link; without a public address it is only the path. login is that of who is
// invited, "" for the first admin, who chooses one.
func WelcomeLink(public, token, login string) string {
	whose := ""
	if login != "" {
		whose = "login=" + url.QueryEscape(login) + "&"
	}
	return strings.TrimSuffix(public, "/") + "/welcome?" + whose + "token=" + url.QueryEscape(token)
}

// by is a line of the audit trail with who makes the request.
func by(ctx context.Context) access.Entry {
	p := access.From(ctx).Person
	return access.Entry{Who: p.ID, Name: p.Name, From: from(ctx).source}
}

func (a *API) member(got access.Account, err error) (*memberOutput, error) {
	if err != nil {
		return nil, a.failPeople(err)
	}
	return &memberOutput{memberOf(got)}, nil
}

func (a *API) audit(ctx context.Context, in *auditInput) (*auditOutput, error) {
	before, err := placeOf(in.Cursor)
	if err != nil {
		return nil, err
	}
	e := by(ctx)
	e.What = access.LookedAtTrail
	if err := a.o.Access.Note(ctx, e); err != nil {
		return nil, a.failPeople(err)
	}
	all, err := a.o.Access.Entries(ctx, access.TrailQuery{Who: in.Who, What: in.What, Call: in.Call, Before: before, Limit: auditPage})
	if err != nil {
		return nil, a.failPeople(err)
	}
	out := &auditOutput{}
	if out.Body.Items = all; len(all) == auditPage {
		out.Body.Next = strconv.FormatInt(all[len(all)-1].N, 10)
	}
	return out, nil
}
